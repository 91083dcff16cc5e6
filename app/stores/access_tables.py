"""The tables that access is kept in: who somebody is, what they were given, and which rules gave it."""

from __future__ import annotations

from app.models import (
    Account,
    AssignmentSource,
    BusinessUnit,
    DataFilter,
    DefaultRole,
    Directory,
    Group,
    IndividualPermission,
    Item,
    ItemDefault,
    ItemShare,
    MappingDraft,
    MappingEffect,
    MappingPlan,
    MappingPlanRow,
    MappingRevision,
    MappingRule,
    Membership,
    Nesting,
    Role,
    RoleAssignment,
    RolePermission,
    Separation,
    UnitMembership,
    User,
)
from app.models.base import table

ACCOUNTS, USERS, GROUPS, UNITS = table(Account), table(User), table(Group), table(BusinessUnit)
MEMBERSHIPS, NESTINGS, DIRECTORIES = table(Membership), table(Nesting), table(Directory)
ROLES, PERMISSIONS, ASSIGNMENTS = table(Role), table(RolePermission), table(RoleAssignment)
SOURCES, WORKS = table(AssignmentSource), table(UnitMembership)
RULES, EFFECTS, REVISIONS = table(MappingRule), table(MappingEffect), table(MappingRevision)
DRAFTS, PLANS, PLAN_ROWS = table(MappingDraft), table(MappingPlan), table(MappingPlanRow)
SEPARATIONS = table(Separation)
INDIVIDUALS, FILTERS, DEFAULT_ROLES = table(IndividualPermission), table(DataFilter), table(DefaultRole)
ITEMS, SHARES, ITEM_DEFAULTS = table(Item), table(ItemShare), table(ItemDefault)
