"""The schemas of the discovery resources themselves (RFC 7643 §5, §6, §7)."""

from __future__ import annotations

from scim.attributes import Attribute, Mutability, Returned, Schema, Type, Uniqueness
from scim.declare import READ_ONLY, complex_, flag, many, number, reference, text

SERVICE_PROVIDER_CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE_URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA_URN = "urn:ietf:params:scim:schemas:core:2.0:Schema"


def _text(name: str, description: str, *choices: str, required: bool = True) -> Attribute:
    return text(name, description, required=required, canonical=choices, mutability=READ_ONLY)


def _flag(name: str, description: str) -> Attribute:
    return flag(name, description, required=True, mutability=READ_ONLY)


def _number(name: str, description: str) -> Attribute:
    return number(name, description, required=True, mutability=READ_ONLY)


def _uri(name: str, description: str, *references: str, required: bool = True) -> Attribute:
    return reference(name, description, *references, required=required, mutability=READ_ONLY)


def _feature(name: str, description: str, *details: Attribute) -> Attribute:
    supported = _flag("supported", "Whether it is offered.")
    return complex_(name, description, supported, *details, required=True, mutability=READ_ONLY)


SERVICE_PROVIDER_CONFIG = Schema(
    SERVICE_PROVIDER_CONFIG_URN,
    "ServiceProviderConfig",
    "What the service offers (RFC 7643 §5).",
    (
        _uri("documentationUri", "Where help is.", "external", required=False),
        _feature("patch", "Changes by PATCH."),
        _feature(
            "bulk",
            "Several operations in one request.",
            _number("maxOperations", "The most operations in one request."),
            _number("maxPayloadSize", "The most bytes in one request."),
        ),
        _feature("filter", "Searching by filter.", _number("maxResults", "The most resources in one answer.")),
        _feature("changePassword", "Changing passwords."),
        _feature("sort", "Sorting."),
        _feature("etag", "Entity tags."),
        complex_(
            "pagination",
            "How lists are read in pages (RFC 9865 §4).",
            _flag("cursor", "Whether by cursor."),
            _flag("index", "Whether by startIndex."),
            text(
                "defaultPaginationMethod",
                "The method where the client chooses none.",
                canonical=("cursor", "index"),
                mutability=READ_ONLY,
            ),
            number("defaultPageSize", "The page size where the client chooses none.", mutability=READ_ONLY),
            number("maxPageSize", "The largest page.", mutability=READ_ONLY),
            number("cursorTimeout", "For how many seconds a cursor is good.", mutability=READ_ONLY),
            mutability=READ_ONLY,
        ),
        many(
            "authenticationSchemes",
            "How clients prove who they are.",
            _text("type", "The scheme.", "oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"),
            _text("name", "Its name."),
            _text("description", "What it is."),
            _uri("specUri", "Its specification.", "external", required=False),
            _uri("documentationUri", "How to use it.", "external", required=False),
            flag("primary", "Whether it is the preferred one.", mutability=READ_ONLY),
            required=True,
            mutability=READ_ONLY,
        ),
    ),
)

RESOURCE_TYPE = Schema(
    RESOURCE_TYPE_URN,
    "ResourceType",
    "A kind of resource (RFC 7643 §6).",
    (
        _text("id", "The same as the name.", required=False),
        _text("name", "The name of the kind."),
        _text("description", "What it is for.", required=False),
        _uri("endpoint", "Where its resources are, relative to the base address.", "uri"),
        _uri("schema", "The URN of its base schema.", "uri"),
        many(
            "schemaExtensions",
            "The extensions it may have.",
            _uri("schema", "The URN of the extension.", "uri"),
            _flag("required", "Whether each resource must have it."),
            mutability=READ_ONLY,
        ),
    ),
)

_CHARACTERISTICS = (
    _text("name", "The attribute's name."),
    _text("type", "The type of its values.", *Type),
    _flag("multiValued", "Whether it has several values."),
    _text("description", "What it means.", required=False),
    _flag("required", "Whether it must have a value."),
    text("canonicalValues", "Values to choose from.", multi_valued=True, mutability=READ_ONLY),
    flag("caseExact", "Whether case counts in comparisons.", mutability=READ_ONLY),
    _text("mutability", "Whether and when it can be changed.", *Mutability),
    _text("returned", "When answers contain it.", *Returned),
    _text("uniqueness", "Among which resources its value is unique.", *Uniqueness, required=False),
    text("referenceTypes", "What its values may refer to.", multi_valued=True, mutability=READ_ONLY),
)

SCHEMA = Schema(
    SCHEMA_URN,
    "Schema",
    "The attributes of a kind of resource (RFC 7643 §7).",
    (
        _text("id", "The schema's URN."),
        _text("name", "The schema's name.", required=False),
        _text("description", "What it describes.", required=False),
        many(
            "attributes",
            "The attributes and their characteristics.",
            *_CHARACTERISTICS,
            many("subAttributes", "The parts of a complex attribute.", *_CHARACTERISTICS, mutability=READ_ONLY),
            required=True,
            mutability=READ_ONLY,
        ),
    ),
)

DISCOVERY_SCHEMAS = (SERVICE_PROVIDER_CONFIG, RESOURCE_TYPE, SCHEMA)
"""Known by their URN, but not among the schemas that resources here are made of."""
