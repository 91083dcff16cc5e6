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
from app.models.configurations import Configuration
from app.models.events import WebhookDelivery, WebhookEndpoint
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
from app.models.journal import AccessJournal
from app.models.mapping import (
    MappingBinding,
    MappingDraft,
    MappingEffect,
    MappingPlan,
    MappingPlanChange,
    MappingPlanPerson,
    MappingPlanStep,
    MappingRevision,
    MappingRule,
    Separation,
)
from app.models.provisioning import ApiKey, Directory, DirectoryToken, IdempotentAnswer, InstallationKey
from app.models.schemas import AccountSchemas
from app.models.usage import RoleUse

__all__ = [
    "AccessJournal",
    "Account",
    "AccountSchemas",
    "ApiKey",
    "AssignmentSource",
    "AuditEvent",
    "AuditHead",
    "Base",
    "BusinessUnit",
    "Configuration",
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
    "MappingBinding",
    "MappingDraft",
    "MappingEffect",
    "MappingPlan",
    "MappingPlanChange",
    "MappingPlanPerson",
    "MappingPlanStep",
    "MappingRevision",
    "MappingRule",
    "Membership",
    "Nesting",
    "Role",
    "RoleAssignment",
    "RolePermission",
    "RoleUse",
    "Separation",
    "UnitMembership",
    "User",
    "UserEmail",
    "WebhookDelivery",
    "WebhookEndpoint",
]
