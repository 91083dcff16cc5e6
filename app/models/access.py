"""Roles, who has them and why: assignments with their sources, and the mapping that makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, KEY, Base, Id, new_id, now


class Role(Base):
    """A named set of permissions. ``is_default`` roles belong to the platform profile and are locked."""

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
    created: Mapped[datetime] = mapped_column(default=now)


class RolePermission(Base):
    """A role's allow or deny at a node of the catalogue; ``*`` is the whole tree."""

    __tablename__ = "role_permissions"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "role_id"], ["roles.account_id", "roles.id"], ondelete="CASCADE"),
        CheckConstraint("effect IN ('allow', 'deny')", name="effect"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    role_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    permission: Mapped[str] = mapped_column(KEY, primary_key=True)
    effect: Mapped[str] = mapped_column(String(5))


class RoleAssignment(Base):
    """One effective grant: a principal has a role somewhere. It lives as long as it has a source.

    ``reach`` is ``account`` (everywhere; the unit is the root), ``unit`` (only there) or ``subtree``
    (there and below). Exactly one principal is set: a user, a group, or a business unit.
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

    ``kind`` is ``manual`` (``granted_by`` says by whom) or ``mapping`` (rule, group and revision say why).
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
        Index(
            "uq_assignment_sources_mapping",
            "account_id",
            "assignment_id",
            "rule_id",
            "group_id",
            unique=True,
            sqlite_where=text("kind = 'mapping'"),
            postgresql_where=text("kind = 'mapping'"),
        ),
        Index(
            "uq_assignment_sources_manual",
            "account_id",
            "assignment_id",
            unique=True,
            sqlite_where=text("kind = 'manual'"),
            postgresql_where=text("kind = 'manual'"),
        ),
        Index("ix_assignment_sources_rule", "account_id", "rule_id"),
        Index("ix_assignment_sources_assignment", "account_id", "assignment_id"),
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


class MappingRevision(Base):
    """One publish of an account's role mapping, with everything that explains it."""

    __tablename__ = "mapping_revisions"
    __table_args__ = (CheckConstraint("number > 0", name="number"),)

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    author: Mapped[str]
    reason: Mapped[str]
    document: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    summary: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    published: Mapped[datetime] = mapped_column(default=now)


class MappingRule(Base):
    """A published rule: members of a group get its effects.

    The rule keeps its id and its name from revision to revision; ``first_revision`` says since when.
    A rule whose group is gone stays as an orphan, visible and without effect: ``orphaned`` says since when, and
    what the group was called tells which new group may be the same one.
    """

    __tablename__ = "mapping_rules"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "first_revision"], ["mapping_revisions.account_id", "mapping_revisions.number"]
        ),
        UniqueConstraint("account_id", "name_key"),
        Index("ix_mapping_rules_group", "account_id", "group_id"),
        Index(
            "ix_mapping_rules_orphaned",
            "account_id",
            "group_directory_id",
            sqlite_where=text("orphaned IS NOT NULL"),
            postgresql_where=text("orphaned IS NOT NULL"),
        ),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(KEY)
    # The id stays when the group is deleted, so that the orphan can be shown: hence no foreign key.
    group_id: Mapped[str] = mapped_column(Id())
    group_name: Mapped[str]
    first_revision: Mapped[int]
    # What a group is recognised by; NULL in a rule that was an orphan before this was kept.
    group_name_key: Mapped[str | None] = mapped_column(KEY)
    group_external_id: Mapped[str | None] = mapped_column(KEY)
    group_directory_id: Mapped[str | None] = mapped_column(Id())
    orphaned: Mapped[datetime | None]


class MappingEffect(Base):
    """What a rule gives: a role somewhere (``role_id`` set), or work in a business unit (``role_id`` null)."""

    __tablename__ = "mapping_effects"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "rule_id"], ["mapping_rules.account_id", "mapping_rules.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["account_id", "role_id"], ["roles.account_id", "roles.id"]),
        ForeignKeyConstraint(["account_id", "business_unit_id"], ["business_units.account_id", "business_units.id"]),
        CheckConstraint("reach IN ('account', 'unit', 'subtree')", name="reach"),
        Index("ix_mapping_effects_rule", "account_id", "rule_id"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    rule_id: Mapped[str] = mapped_column(Id())
    role_id: Mapped[str | None] = mapped_column(Id())
    business_unit_id: Mapped[str] = mapped_column(Id())
    reach: Mapped[str] = mapped_column(String(10))
