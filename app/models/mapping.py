"""Role mapping: published rules and revisions, and what leads to them: drafts, plans with their rows, approvals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, KEY, Base, Id, new_id, now


class MappingRevision(Base):
    """One publish of an account's role mapping, with everything that explains it."""

    __tablename__ = "mapping_revisions"
    __table_args__ = (CheckConstraint("number > 0", name="number"),)

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    author: Mapped[str]
    # The id of a person; NULL where a program published.
    author_id: Mapped[str | None] = mapped_column(Id())
    reason: Mapped[str]
    document: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    summary: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    # What is new, changed and gone in the rules against the revision before.
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSON_DOCUMENT)
    published: Mapped[datetime] = mapped_column(default=now)
    approver: Mapped[str | None]
    approver_id: Mapped[str | None] = mapped_column(Id())
    approved: Mapped[datetime | None]
    plan_id: Mapped[str | None] = mapped_column(Id())
    restored_from: Mapped[int | None]


class MappingRule(Base):
    """A published rule: who fulfils its conditions gets its effects.

    The rule keeps its id and its name from revision to revision; ``first_revision`` says since when it says this.
    Which groups it is for say its bindings; ``pattern`` makes them as groups come and go. ``where_filter`` is a filter
    on people. ``position`` counts from 0 within the mapping. ``from_code``: a file that was applied says what it is,
    and only files change it.
    """

    __tablename__ = "mapping_rules"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "first_revision"], ["mapping_revisions.account_id", "mapping_revisions.number"]
        ),
        UniqueConstraint("account_id", "name_key"),
        *(
            Index(
                f"ix_mapping_rules_{column}",
                "account_id",
                sqlite_where=text(f"{column} IS NOT NULL"),
                postgresql_where=text(f"{column} IS NOT NULL"),
            )
            for column in ("pattern", "where_filter")
        ),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(KEY)
    first_revision: Mapped[int]
    position: Mapped[int] = mapped_column(server_default="0")
    pattern: Mapped[str | None]
    where_filter: Mapped[str | None]
    # Of a pattern, or of a filter alone: only groups, or people, of this directory.
    directory_id: Mapped[str | None] = mapped_column(Id())
    paused: Mapped[bool] = mapped_column(server_default=false())
    owner: Mapped[str | None]
    reason: Mapped[str] = mapped_column(server_default="")
    labels: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT, server_default="[]")
    allow_privileged: Mapped[bool] = mapped_column(server_default=false())
    until: Mapped[datetime | None]
    days: Mapped[int | None]
    from_code: Mapped[bool] = mapped_column(default=False, server_default=false())


class MappingBinding(Base):
    """A group whose members a rule is for; with what its name says, where the rule has a pattern.

    A rule that names a group has one binding. If that group goes, the binding stays as an orphan, visible and without
    effect: ``orphaned`` says since when, and what the group was called tells which new group may be the same one.

    ``matched``: since then a pattern is for the group, and no publish has shown it since. ``held`` says why nobody gets
    anything by it before one has.
    """

    __tablename__ = "mapping_bindings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "rule_id"], ["mapping_rules.account_id", "mapping_rules.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["account_id", "role_id"], ["roles.account_id", "roles.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_units.account_id", "business_units.id"],
            ondelete="CASCADE",
        ),
        Index("ix_mapping_bindings_group", "account_id", "group_id"),
        Index(
            "ix_mapping_bindings_orphaned",
            "account_id",
            "group_directory_id",
            sqlite_where=text("orphaned IS NOT NULL"),
            postgresql_where=text("orphaned IS NOT NULL"),
        ),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    rule_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    # The id stays when the group is deleted, so that the orphan can be shown: hence no foreign key.
    group_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    group_name: Mapped[str]
    # What a group is recognised by; NULL in a rule that was an orphan before this was kept.
    group_name_key: Mapped[str | None] = mapped_column(KEY)
    group_external_id: Mapped[str | None] = mapped_column(KEY)
    group_directory_id: Mapped[str | None] = mapped_column(Id())
    orphaned: Mapped[datetime | None]
    role_id: Mapped[str | None] = mapped_column(Id())
    business_unit_id: Mapped[str | None] = mapped_column(Id())
    matched: Mapped[datetime | None]
    held: Mapped[str | None] = mapped_column(String(12))


class MappingEffect(Base):
    """What a rule gives: a role somewhere (``role_id`` set), or work in a business unit (``role_id`` null).

    ``takes_role`` and ``takes_unit``: the role, or the unit, is what the group's name says; then no role is set, and
    the root stands for the unit. ``is_home``: the unit is also the home unit.
    """

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
    takes_role: Mapped[bool] = mapped_column(server_default=false())
    takes_unit: Mapped[bool] = mapped_column(server_default=false())
    is_home: Mapped[bool] = mapped_column(server_default=false())


class MappingDraft(Base):
    """Rules being edited. ``document`` is a whole mapping; ``base_revision`` the published one that it began from.

    ``version`` grows with each change, so that two editors notice each other.
    """

    __tablename__ = "mapping_drafts"
    __table_args__ = (CheckConstraint("version > 0", name="version"),)

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    title: Mapped[str]
    document: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    base_revision: Mapped[int]
    restored_from: Mapped[int | None]
    # Who changed it last; ``authors`` are the ids of all persons who wrote rules into it.
    author: Mapped[str]
    author_id: Mapped[str | None] = mapped_column(Id())
    authors: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT)
    version: Mapped[int] = mapped_column(default=1)
    created: Mapped[datetime] = mapped_column(default=now)
    modified: Mapped[datetime] = mapped_column(default=now)


class MappingPlan(Base):
    """What publishing a document would do, as it was computed once, and what became of it.

    ``digest`` stands for all rows and for what the rules mean: a publish computes both anew, and applies nothing else
    than was seen.
    ``base_revision`` and ``access_revision`` say on what state of the account it was computed.
    """

    __tablename__ = "mapping_plans"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "draft_id"], ["mapping_drafts.account_id", "mapping_drafts.id"], ondelete="CASCADE"
        ),
        CheckConstraint("state IN ('open', 'approved', 'rejected', 'published', 'outdated')", name="state"),
        Index("ix_mapping_plans_draft", "account_id", "draft_id"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    # NULL when its draft was published, and for a document that never was a draft.
    draft_id: Mapped[str | None] = mapped_column(Id())
    draft_version: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(10))
    document: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    reason: Mapped[str]
    # Who planned it; ``authors`` are the ids of all persons who wrote rules of it.
    author: Mapped[str]
    author_id: Mapped[str | None] = mapped_column(Id())
    authors: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT)
    base_revision: Mapped[int]
    access_revision: Mapped[int]
    restored_from: Mapped[int | None]
    digest: Mapped[str] = mapped_column(String(64))
    summary: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    # Why a second Account Owner is needed; empty where nobody is.
    needs: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT)
    decided_by: Mapped[str | None]
    decided_by_id: Mapped[str | None] = mapped_column(Id())
    decided: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    revision: Mapped[int | None]
    created: Mapped[datetime] = mapped_column(default=now)


class MappingPlanChange(Base):
    """One thing that people would gain or lose by a plan, with the rule that does it; in words that last.

    Once for all to whom it happens. ``sooner`` and ``later`` are said of what stays but ends at another time, which is
    ``expires``. ``role_name`` is NULL for work in a unit. ``standing`` says of these people: ``new`` have nothing
    before, ``nothing`` have nothing after.
    """

    __tablename__ = "mapping_plan_changes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "plan_id"], ["mapping_plans.account_id", "mapping_plans.id"], ondelete="CASCADE"
        ),
        CheckConstraint("change IN ('gained', 'lost', 'sooner', 'later')", name="change"),
        CheckConstraint("standing IN ('new', 'nothing', 'other')", name="standing"),
        {"sqlite_with_rowid": False},
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    plan_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    change: Mapped[str] = mapped_column(String(6))
    standing: Mapped[str] = mapped_column(String(7))
    privileged: Mapped[bool]
    role_id: Mapped[str | None] = mapped_column(Id())
    role_name: Mapped[str | None]
    unit_id: Mapped[str] = mapped_column(Id())
    unit_key: Mapped[str]
    reach: Mapped[str] = mapped_column(String(10))
    is_home: Mapped[bool]
    expires: Mapped[datetime | None]
    rule_id: Mapped[str] = mapped_column(Id())
    rule_name: Mapped[str]
    group_id: Mapped[str | None] = mapped_column(Id())
    group_name: Mapped[str | None]


class MappingPlanStep(Base):
    """One of the changes that stand together in a plan, in a run that is the same for all who are alike."""

    __tablename__ = "mapping_plan_steps"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "plan_id"], ["mapping_plans.account_id", "mapping_plans.id"], ondelete="CASCADE"
        ),
        {"sqlite_with_rowid": False},
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    plan_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    run: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    nth: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    change_number: Mapped[int]


class MappingPlanPerson(Base):
    """Whom a run of changes happens to: the rows of a plan from ``start`` on, one for each of its steps.

    Rows are in the order in which they are shown: privileged gains first. So a person has a run for each kind of row.
    """

    __tablename__ = "mapping_plan_people"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "plan_id"], ["mapping_plans.account_id", "mapping_plans.id"], ondelete="CASCADE"
        ),
        {"sqlite_with_rowid": False},
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    plan_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    start: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run: Mapped[int]
    user_id: Mapped[str] = mapped_column(Id())
    user_name: Mapped[str]


class Separation(Base):
    """A separation of duties: permissions that nobody should have together in one business unit."""

    __tablename__ = "separations"
    __table_args__ = (UniqueConstraint("account_id", "name_key"),)

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(KEY)
    reason: Mapped[str] = mapped_column(default="")
    permissions: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT)
    from_code: Mapped[bool] = mapped_column(default=False, server_default=false())
    created: Mapped[datetime] = mapped_column(default=now)
    modified: Mapped[datetime] = mapped_column(default=now)
