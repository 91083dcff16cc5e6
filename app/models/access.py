"""Roles, and who has them and why: assignments with their sources, individual permissions, data filters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, KEY, Base, Id, clock, new_id, now


class Role(Base):
    """A named set of permissions. ``is_default`` roles belong to the platform profile and are locked.

    ``texts`` has title and description in each language, for a default role. ``origin_id`` is the role it was copied
    from; it stays when that one is deleted, so that the copy still says what it was made of. ``revision`` grows
    with each change; ``access_revision`` is the account's in which this role last became something else to decisions.
    ``from_code``: a file that was applied says what it is, and only files change it.
    """

    __tablename__ = "roles"
    __table_args__ = (UniqueConstraint("account_id", "name_key"),)

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(KEY)
    description: Mapped[str] = mapped_column(default="")
    is_default: Mapped[bool] = mapped_column(default=False)
    is_owner: Mapped[bool] = mapped_column(default=False)
    is_privileged: Mapped[bool] = mapped_column(default=False)
    texts: Mapped[dict[str, Any] | None] = mapped_column(JSON_DOCUMENT)
    origin_id: Mapped[str | None] = mapped_column(Id())
    origin_name: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    access_revision: Mapped[int] = mapped_column(default=0, server_default="0")
    from_code: Mapped[bool] = mapped_column(default=False, server_default=false())
    created: Mapped[datetime] = mapped_column(default=now)
    modified: Mapped[datetime | None]


class RolePermission(Base):
    """A role's allow or deny at a node of the catalogue; ``*`` is the whole tree.

    A role may both allow and deny a node, each under its own condition. Without ``condition`` it always holds.
    """

    __tablename__ = "role_permissions"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "role_id"], ["roles.account_id", "roles.id"], ondelete="CASCADE"),
        CheckConstraint("effect IN ('allow', 'deny')", name="effect"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    role_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    permission: Mapped[str] = mapped_column(KEY, primary_key=True)
    effect: Mapped[str] = mapped_column(String(5), primary_key=True)
    condition: Mapped[str | None]
    since: Mapped[datetime] = mapped_column(server_default=clock())


class DefaultRole(Base):
    """A role that every person gets whom somebody creates by hand; the account's own setting, empty at first."""

    __tablename__ = "default_roles"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "role_id"], ["roles.account_id", "roles.id"], ondelete="CASCADE"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    role_id: Mapped[str] = mapped_column(Id(), primary_key=True)


class IndividualPermission(Base):
    """An allow or deny put straight on a user, somewhere. ``reach`` is as in ``RoleAssignment``."""

    __tablename__ = "individual_permissions"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["account_id", "business_unit_id"], ["business_units.account_id", "business_units.id"]),
        UniqueConstraint(
            "account_id",
            "user_id",
            "permission",
            "effect",
            "business_unit_id",
            "reach",
            name="uq_individual_permissions_given",
        ),
        CheckConstraint("effect IN ('allow', 'deny')", name="effect"),
        CheckConstraint("reach IN ('account', 'unit', 'subtree')", name="reach"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Id())
    permission: Mapped[str] = mapped_column(KEY)
    effect: Mapped[str] = mapped_column(String(5))
    business_unit_id: Mapped[str] = mapped_column(Id())
    reach: Mapped[str] = mapped_column(String(10))
    granted_by: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    starts: Mapped[datetime | None]
    expires: Mapped[datetime | None]
    created: Mapped[datetime] = mapped_column(default=now)


class RoleAssignment(Base):
    """One effective grant: a principal has a role somewhere. It lives as long as it has a source.

    ``reach`` is ``account`` (everywhere; the unit is the root), ``unit`` (only there) or ``subtree``
    (there and below). Exactly one principal is set: a user, a group, or a business unit. The role of a
    business unit is for whoever works there; ``subtree`` forces it on the units below.
    """

    __tablename__ = "role_assignments"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "role_id"], ["roles.account_id", "roles.id"]),
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["account_id", "group_id"], ["groups.account_id", "groups.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["account_id", "principal_unit_id"],
            ["business_units.account_id", "business_units.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["account_id", "business_unit_id"], ["business_units.account_id", "business_units.id"]),
        CheckConstraint("reach IN ('account', 'unit', 'subtree')", name="reach"),
        CheckConstraint(
            "(CASE WHEN user_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN group_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN principal_unit_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_principal",
        ),
        *(
            Index(
                f"uq_role_assignments_{principal}",
                "account_id",
                principal,
                "role_id",
                "business_unit_id",
                "reach",
                unique=True,
                sqlite_where=text(f"{principal} IS NOT NULL"),
                postgresql_where=text(f"{principal} IS NOT NULL"),
            )
            for principal in ("user_id", "group_id", "principal_unit_id")
        ),
        Index("ix_role_assignments_role", "account_id", "role_id"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    role_id: Mapped[str] = mapped_column(Id())
    user_id: Mapped[str | None] = mapped_column(Id())
    group_id: Mapped[str | None] = mapped_column(Id())
    principal_unit_id: Mapped[str | None] = mapped_column(Id())
    business_unit_id: Mapped[str] = mapped_column(Id())
    reach: Mapped[str] = mapped_column(String(10))
    created: Mapped[datetime] = mapped_column(default=now)


class AssignmentSource(Base):
    """One reason why an assignment exists. Removing one source never removes another's.

    ``kind`` is ``manual`` (``granted_by`` says by whom) or ``mapping`` (rule, group and revision say why; there is no
    group for a rule without one, and for a paused one whose group was deleted).
    A source counts from ``starts`` until ``expires``, where those are set.
    """

    __tablename__ = "assignment_sources"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "assignment_id"], ["role_assignments.account_id", "role_assignments.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["account_id", "rule_id"], ["mapping_rules.account_id", "mapping_rules.id"]),
        ForeignKeyConstraint(["account_id", "group_id"], ["groups.account_id", "groups.id"], ondelete="CASCADE"),
        CheckConstraint("kind IN ('manual', 'mapping')", name="kind"),
        CheckConstraint("(kind = 'mapping') = (rule_id IS NOT NULL)", name="mapping_has_rule"),
        # Of all, to find the sources of an assignment too: those made by hand have no rule, and differ by that.
        Index("uq_assignment_sources_mapping", "account_id", "assignment_id", "rule_id", "group_id", unique=True),
        Index(
            "uq_assignment_sources_ungrouped",
            "account_id",
            "assignment_id",
            "rule_id",
            unique=True,
            sqlite_where=text("kind = 'mapping' AND group_id IS NULL"),
            postgresql_where=text("kind = 'mapping' AND group_id IS NULL"),
        ),
        Index(
            "uq_assignment_sources_manual",
            "account_id",
            "assignment_id",
            unique=True,
            sqlite_where=text("kind = 'manual'"),
            postgresql_where=text("kind = 'manual'"),
        ),
        # Most begin at once and never end.
        Index(
            "ix_assignment_sources_dated",
            "account_id",
            "assignment_id",
            sqlite_where=text("starts IS NOT NULL OR expires IS NOT NULL"),
            postgresql_where=text("starts IS NOT NULL OR expires IS NOT NULL"),
        ),
        Index("ix_assignment_sources_rule", "account_id", "rule_id"),
        Index("ix_assignment_sources_group", "account_id", "group_id"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    assignment_id: Mapped[str] = mapped_column(Id())
    kind: Mapped[str] = mapped_column(String(10))
    rule_id: Mapped[str | None] = mapped_column(Id())
    group_id: Mapped[str | None] = mapped_column(Id())
    granted_by: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    starts: Mapped[datetime | None]
    expires: Mapped[datetime | None]
    created: Mapped[datetime] = mapped_column(default=now)


class DataFilter(Base):
    """A condition on records of one type: of whoever works in a business unit, or of one assignment.

    ``filter`` is in the SCIM filter grammar over the attributes that the catalogue declares for the type.
    """

    __tablename__ = "data_filters"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_units.account_id", "business_units.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["account_id", "assignment_id"], ["role_assignments.account_id", "role_assignments.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("account_id", "business_unit_id", "record_type", name="uq_data_filters_unit"),
        UniqueConstraint("account_id", "assignment_id", "record_type", name="uq_data_filters_assignment"),
        CheckConstraint("(business_unit_id IS NULL) <> (assignment_id IS NULL)", name="one_holder"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    record_type: Mapped[str] = mapped_column(KEY)
    filter: Mapped[str]
    business_unit_id: Mapped[str | None] = mapped_column(Id())
    assignment_id: Mapped[str | None] = mapped_column(Id())
    created: Mapped[datetime] = mapped_column(default=now)
