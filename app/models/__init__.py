"""All tables; importing this package registers each with the metadata (Alembic needs that)."""

from app.models.access import (
    AssignmentSource,
    DataFilter,
    DefaultRole,
    IndividualPermission,
    Role,
    RoleAssignment,
    RolePermission,
)
from app.models.audit import AuditEvent, AuditHead
from app.models.base import Base
from app.models.identity import (
    Account,
    BusinessUnit,
    Group,
    Membership,
    Nesting,
    UnitMembership,
    User,
    UserEmail,
)
from app.models.installation import Installation
from app.models.items import Item, ItemDefault, ItemShare
from app.models.mapping import (
    MappingDraft,
    MappingEffect,
    MappingPlan,
    MappingPlanRow,
    MappingRevision,
    MappingRule,
    Separation,
)
from app.models.provisioning import ApiKey, Directory, DirectoryToken, IdempotentAnswer, InstallationKey
from app.models.schemas import AccountSchemas

__all__ = [
    "Account",
    "AccountSchemas",
    "ApiKey",
    "AssignmentSource",
    "AuditEvent",
    "AuditHead",
    "Base",
    "BusinessUnit",
    "DataFilter",
    "DefaultRole",
    "Directory",
    "DirectoryToken",
    "Group",
    "IdempotentAnswer",
    "IndividualPermission",
    "Installation",
    "InstallationKey",
    "Item",
    "ItemDefault",
    "ItemShare",
    "MappingDraft",
    "MappingEffect",
    "MappingPlan",
    "MappingPlanRow",
    "MappingRevision",
    "MappingRule",
    "Membership",
    "Nesting",
    "Role",
    "RoleAssignment",
    "RolePermission",
    "Separation",
    "UnitMembership",
    "User",
    "UserEmail",
]
