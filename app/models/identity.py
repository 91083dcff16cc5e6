"""The shared identity model: account, business unit, user, group, membership.

INVARIANT: the primary key of a tenant row starts with its account, and every foreign key
carries it along, so the database refuses a reference from one account to another.

What directories are searched and sorted by has an index that ends with the id: it answers a comparison
and yields the order of a list at once, so that no database has to choose between the two.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, KEY, Base, Id, clock, new_id, now

BLAST_RADIUS = 50
"""So many people may be changed by one publish without a second Account Owner, unless the account says otherwise."""
IDLE_MINUTES, SESSION_HOURS, OWNER_HOURS = 30, 12, 8
"""How long sessions last, unless the account says otherwise (N-3)."""
STEP_UP_MINUTES = 10
"""So recently must somebody have proved who they are before they do what is hard to undo (N-7)."""
DOOR_DAYS, TRACE_DAYS = 30, 14
"""How fresh a proof of the local door must be, and how long traces of sign-ins are kept."""


class Account(Base):
    """A customer organisation: the wall between tenants.

    ``access_revision`` grows with every change that may alter a decision; a cache compiled
    for another revision is worthless. ``schema_revision`` repeats that of ``AccountSchemas``, so that a
    request learns it with a row it reads anyway; 0: nothing was ever declared.
    """

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(KEY, unique=True)
    profile: Mapped[str]
    catalogue: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    access_revision: Mapped[int] = mapped_column(default=0)
    schema_revision: Mapped[int] = mapped_column(default=0, server_default="0")
    suspended: Mapped[bool] = mapped_column(default=False)
    # How searches name people, and whether a decision may be asked for by externalId.
    subject_form: Mapped[str] = mapped_column(String(10), default="userName", server_default="userName")
    finds_external_id: Mapped[bool] = mapped_column(default=False, server_default=false())
    # A plan that changes more people, or gives a privileged role, needs a second Account Owner; NULL: no limit.
    blast_radius: Mapped[int | None] = mapped_column(default=BLAST_RADIUS, server_default=str(BLAST_RADIUS))
    approves_privileged: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Whether role mapping may make Account Owners.
    maps_owner: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Since when the whole mapping is paused: nobody gains or loses by it.
    mapping_paused: Mapped[datetime | None]
    # Whether a mapping rule has, or was ever planned to have, a filter on people, so that their attributes matter.
    filters_people: Mapped[bool] = mapped_column(default=False, server_default=false())
    # How long a session may be idle, and how long it lasts at most.
    session_idle_minutes: Mapped[int] = mapped_column(default=IDLE_MINUTES, server_default=str(IDLE_MINUTES))
    session_hours: Mapped[int] = mapped_column(default=SESSION_HOURS, server_default=str(SESSION_HOURS))
    owner_session_hours: Mapped[int] = mapped_column(default=OWNER_HOURS, server_default=str(OWNER_HOURS))
    # How old a proof may be for what is hard to undo.
    step_up_minutes: Mapped[int] = mapped_column(default=STEP_UP_MINUTES, server_default=str(STEP_UP_MINUTES))
    # Of which methods (amr) and contexts (acr, AuthnContext) a sign-in by any connection must name one; none: of any.
    sign_in_methods: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT, default=list, server_default="[]")
    sign_in_contexts: Mapped[list[Any]] = mapped_column(JSON_DOCUMENT, default=list, server_default="[]")
    # Whether the local door asks for a second factor.
    requires_mfa: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Since when people must sign in through a connection, and within how many days the local door must have been tried.
    sso_required: Mapped[datetime | None]
    door_days: Mapped[int] = mapped_column(default=DOOR_DAYS, server_default=str(DOOR_DAYS))
    trace_days: Mapped[int] = mapped_column(default=TRACE_DAYS, server_default=str(TRACE_DAYS))
    created: Mapped[datetime] = mapped_column(default=now)


class BusinessUnit(Base):
    """A node of an account's tree. ``key`` is its short name in mappings and decisions, unique in the account.

    ``from_code``: a file that was applied says what it is, and only files change it.
    """

    __tablename__ = "business_units"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "parent_id"], ["business_units.account_id", "business_units.id"]),
        UniqueConstraint("account_id", "key"),
        Index(
            "uq_business_units_root",
            "account_id",
            unique=True,
            sqlite_where=text("parent_id IS NULL"),
            postgresql_where=text("parent_id IS NULL"),
        ),
        Index("ix_business_units_parent", "account_id", "parent_id"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_own_parent"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    parent_id: Mapped[str | None] = mapped_column(Id())
    key: Mapped[str] = mapped_column(String(100))
    name: Mapped[str]
    from_code: Mapped[bool] = mapped_column(default=False, server_default=false())
    created: Mapped[datetime] = mapped_column(default=now)


class User(Base):
    """A person of an account.

    ``document`` is the SCIM resource as it is sent (without meta and relations); ``search`` its
    folded search form; the other columns repeat what is looked up often. ``*_key`` columns are folded.
    """

    __tablename__ = "users"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "directory_id"], ["directories.account_id", "directories.id"]),
        ForeignKeyConstraint(["account_id", "home_unit_id"], ["business_units.account_id", "business_units.id"]),
        UniqueConstraint("account_id", "directory_id", "user_name_key", name="uq_users_user_name"),
        Index("ix_users_directory", "account_id", "directory_id", "id"),
        Index("ix_users_external_id", "account_id", "directory_id", "external_id", "id"),
        Index("ix_users_display_name", "account_id", "directory_id", "display_name_key", "id"),
        Index("ix_users_family_name", "account_id", "directory_id", "family_name_key", "id"),
        Index("ix_users_given_name", "account_id", "directory_id", "given_name_key", "id"),
        Index("ix_users_created", "account_id", "directory_id", "created", "id"),
        Index("ix_users_modified", "account_id", "directory_id", "modified", "id"),
        # Those who are switched off are few and often asked for.
        Index(
            "ix_users_inactive",
            "account_id",
            "directory_id",
            "id",
            sqlite_where=text("active IS 0"),
            postgresql_where=text("active IS false"),
        ),
        Index("ix_users_account_user_name", "account_id", "user_name_key", "id"),
        # People of all directories by what they are called.
        Index("ix_users_name", "account_id", text("coalesce(display_name_key, user_name_key)"), "id"),
        # Most identifiers are in lower case, and found as they are. With all that is asked for of a row, or SQLite
        # would rather read another index from end to end.
        Index(
            "ix_users_external_id_lower",
            "account_id",
            text("lower(external_id)"),
            "external_id",
            "id",
            sqlite_where=text("external_id <> lower(external_id)"),
            postgresql_where=text("external_id <> lower(external_id)"),
        ),
        Index(
            "ix_users_home_unit",
            "account_id",
            "home_unit_id",
            "id",
            sqlite_where=text("home_unit_id IS NOT NULL"),
            postgresql_where=text("home_unit_id IS NOT NULL"),
        ),
        # Who signs in at the local door says a name, and not of which account.
        Index(
            "ix_users_manual",
            "user_name_key",
            sqlite_where=text("origin = 'manual'"),
            postgresql_where=text("origin = 'manual'"),
        ),
        CheckConstraint("origin IN ('scim', 'sso', 'manual')", name="origin"),
        CheckConstraint("version > 0", name="version"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    directory_id: Mapped[str] = mapped_column(Id())
    origin: Mapped[str] = mapped_column(String(10))
    active: Mapped[bool]
    user_name: Mapped[str]
    user_name_key: Mapped[str] = mapped_column(KEY)
    external_id: Mapped[str | None] = mapped_column(KEY)
    display_name_key: Mapped[str | None] = mapped_column(KEY)
    family_name_key: Mapped[str | None] = mapped_column(KEY)
    given_name_key: Mapped[str | None] = mapped_column(KEY)
    home_unit_id: Mapped[str | None] = mapped_column(Id())
    # Whether a mapping rule set the home unit; what somebody set by hand, no rule changes.
    home_is_mapped: Mapped[bool] = mapped_column(server_default=false())
    document: Mapped[str]
    search: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    version: Mapped[int] = mapped_column(default=1)
    created: Mapped[datetime] = mapped_column(default=now)
    modified: Mapped[datetime] = mapped_column(default=now)


class UserEmail(Base):
    """One e-mail address of a user, as the search for addresses needs it.

    ``value_reversed`` serves "ends with" by index.
    """

    __tablename__ = "user_emails"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
        Index("ix_user_emails_value", "account_id", "directory_id", "value_key"),
        Index("ix_user_emails_reversed", "account_id", "directory_id", "value_reversed"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    directory_id: Mapped[str] = mapped_column(Id())
    value_key: Mapped[str | None] = mapped_column(KEY)
    value_reversed: Mapped[str | None] = mapped_column(KEY)
    type_key: Mapped[str | None] = mapped_column(KEY)
    display_key: Mapped[str | None] = mapped_column(KEY)
    is_primary: Mapped[bool | None]


class Group(Base):
    """A named set of users and groups. ``member_count`` counts direct members."""

    __tablename__ = "groups"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "directory_id"], ["directories.account_id", "directories.id"]),
        UniqueConstraint("account_id", "directory_id", "unique_name_key", name="uq_groups_display_name"),
        Index("ix_groups_directory", "account_id", "directory_id", "id"),
        Index("ix_groups_display_name", "account_id", "directory_id", "display_name_key", "id"),
        Index("ix_groups_external_id", "account_id", "directory_id", "external_id", "id"),
        Index("ix_groups_created", "account_id", "directory_id", "created", "id"),
        Index("ix_groups_modified", "account_id", "directory_id", "modified", "id"),
        CheckConstraint("origin IN ('scim', 'local')", name="origin"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("member_count >= 0", name="member_count"),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    directory_id: Mapped[str] = mapped_column(Id())
    origin: Mapped[str] = mapped_column(String(10))
    display_name: Mapped[str]
    display_name_key: Mapped[str] = mapped_column(KEY)
    # NULL where the directory allows several groups of one name.
    unique_name_key: Mapped[str | None] = mapped_column(KEY)
    external_id: Mapped[str | None] = mapped_column(KEY)
    document: Mapped[str]
    search: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    member_count: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created: Mapped[datetime] = mapped_column(default=now)
    modified: Mapped[datetime] = mapped_column(default=now)


class Membership(Base):
    """A user in a group, directly."""

    __tablename__ = "memberships"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "group_id"], ["groups.account_id", "groups.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
        Index("ix_memberships_user", "account_id", "user_id", "group_id"),
        {"sqlite_with_rowid": False},
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    group_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    since: Mapped[datetime] = mapped_column(server_default=clock())


class Nesting(Base):
    """A group in a group, directly. Circles are stored as sent and harmless to read."""

    __tablename__ = "nestings"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "group_id"], ["groups.account_id", "groups.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["account_id", "child_id"], ["groups.account_id", "groups.id"], ondelete="CASCADE"),
        Index("ix_nestings_child", "account_id", "child_id", "group_id"),
        {"sqlite_with_rowid": False},
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    group_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    child_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    since: Mapped[datetime] = mapped_column(server_default=clock())


class UnitMembership(Base):
    """A user may work in a business unit, because of one source; several may say so."""

    __tablename__ = "unit_memberships"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_units.account_id", "business_units.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["account_id", "rule_id"], ["mapping_rules.account_id", "mapping_rules.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["account_id", "group_id"], ["groups.account_id", "groups.id"], ondelete="CASCADE"),
        Index("ix_unit_memberships_user", "account_id", "user_id"),
        Index("ix_unit_memberships_rule", "account_id", "rule_id"),
        Index("ix_unit_memberships_group", "account_id", "group_id"),
        Index("ix_unit_memberships_unit", "account_id", "business_unit_id", "user_id"),
        CheckConstraint("(kind = 'mapping') = (rule_id IS NOT NULL)", name="mapping_has_rule"),
        CheckConstraint("kind IN ('manual', 'mapping')", name="kind"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    id: Mapped[str] = mapped_column(Id(), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Id())
    business_unit_id: Mapped[str] = mapped_column(Id())
    with_children: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[str] = mapped_column(String(10))
    rule_id: Mapped[str | None] = mapped_column(Id())
    # NULL for a rule without a group, and for a paused one whose group was deleted.
    group_id: Mapped[str | None] = mapped_column(Id())
    is_home: Mapped[bool] = mapped_column(server_default=false())
    expires: Mapped[datetime | None]
    created: Mapped[datetime] = mapped_column(default=now)
