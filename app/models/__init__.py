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
from app.models.connections import Connection, ConnectionCertificate, ConnectionKey, Domain, SetupLink, SignInTrace
from app.models.events import WebhookDelivery, WebhookEndpoint
from app.models.feedback import AccessRequest, SavedView
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
from app.models.local_sign_in import DoorAddress, Invitation, LocalCredential, Mail, Passkey, RecoveryCode
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
from app.models.oauth import AuthorizationCode, LogoutNotice, OAuthClient, OAuthToken, SigningKey
from app.models.person_sessions import PersonSession, ProviderSession
from app.models.provisioning import (
    ApiKey,
    Directory,
    DirectoryRequest,
    DirectoryToken,
    IdempotentAnswer,
    InstallationKey,
)
from app.models.schemas import AccountSchemas
from app.models.sign_in import DepartedPerson, IdentityLink, LoginAttempt, SignInTicket, UsedMessage
from app.models.usage import RoleUse

__all__ = [
    "AccessJournal",
    "AccessRequest",
    "Account",
    "AccountSchemas",
    "ApiKey",
    "AssignmentSource",
    "AuditEvent",
    "AuditHead",
    "AuthorizationCode",
    "Base",
    "BusinessUnit",
    "Configuration",
    "Connection",
    "ConnectionCertificate",
    "ConnectionKey",
    "DataFilter",
    "DefaultRole",
    "DepartedPerson",
    "Directory",
    "DirectoryRequest",
    "DirectoryToken",
    "Domain",
    "DoorAddress",
    "Group",
    "IdempotentAnswer",
    "IdentityLink",
    "IndividualPermission",
    "Installation",
    "InstallationKey",
    "Invitation",
    "Item",
    "ItemDefault",
    "ItemShare",
    "LocalCredential",
    "LoginAttempt",
    "LogoutNotice",
    "Mail",
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
    "OAuthClient",
    "OAuthToken",
    "Passkey",
    "PersonSession",
    "ProviderSession",
    "RecoveryCode",
    "Role",
    "RoleAssignment",
    "RolePermission",
    "RoleUse",
    "SavedView",
    "Separation",
    "SetupLink",
    "SignInTicket",
    "SignInTrace",
    "SigningKey",
    "UnitMembership",
    "UsedMessage",
    "User",
    "UserEmail",
    "WebhookDelivery",
    "WebhookEndpoint",
]
