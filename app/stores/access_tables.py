"""The tables that access is kept in: who somebody is, what they were given, and which rules gave it."""

from __future__ import annotations

from app.models import (
    AccessJournal,
    Account,
    AssignmentSource,
    BusinessUnit,
    Configuration,
    DataFilter,
    DefaultRole,
    Directory,
    Group,
    IndividualPermission,
    Item,
    ItemDefault,
    ItemShare,
    MappingBinding,
    MappingDraft,
    MappingEffect,
    MappingPlan,
    MappingPlanChange,
    MappingPlanPerson,
    MappingPlanStep,
    MappingRevision,
    MappingRule,
    Membership,
    Nesting,
    Role,
    RoleAssignment,
    RolePermission,
    RoleUse,
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
BINDINGS = table(MappingBinding)
DRAFTS, PLANS = table(MappingDraft), table(MappingPlan)
PLAN_CHANGES, PLAN_STEPS, PLAN_PEOPLE = table(MappingPlanChange), table(MappingPlanStep), table(MappingPlanPerson)
SEPARATIONS, CONFIGURATIONS = table(Separation), table(Configuration)
ROLE_USES = table(RoleUse)
INDIVIDUALS, FILTERS, DEFAULT_ROLES = table(IndividualPermission), table(DataFilter), table(DefaultRole)
ITEMS, SHARES, ITEM_DEFAULTS = table(Item), table(ItemShare), table(ItemDefault)
JOURNAL = table(AccessJournal)
