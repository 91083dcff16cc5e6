"""Users and groups, declared once: everything else is derived from this page (RFC 7643 §3.1, §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from scim.attributes import Attribute, Extension, Mutability, ResourceType, Returned, Schema, Uniqueness
from scim.declare import (
    IMMUTABLE,
    READ_ONLY,
    binary,
    complex_,
    flag,
    labelled,
    many,
    moment,
    reference,
    text,
)

USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

COMMON: tuple[Attribute, ...] = (
    reference(
        "schemas",
        "The schemas that describe this resource.",
        "uri",
        multi_valued=True,
        required=True,
        returned=Returned.ALWAYS,
    ),
    text(
        "id",
        "The identifier this service gave to the resource.",
        case_exact=True,
        mutability=READ_ONLY,
        returned=Returned.ALWAYS,
        uniqueness=Uniqueness.SERVER,
    ),
    text("externalId", "The identifier the client knows the resource by.", case_exact=True),
    complex_(
        "meta",
        "Facts about the resource that the service keeps.",
        text("resourceType", "The name of the resource type.", case_exact=True, mutability=READ_ONLY),
        moment("created", "When the resource was created.", mutability=READ_ONLY),
        moment("lastModified", "When the resource was last changed.", mutability=READ_ONLY),
        reference("location", "The address of the resource.", "uri", mutability=READ_ONLY),
        text("version", "The version, as in the ETag header.", case_exact=True, mutability=READ_ONLY),
        mutability=READ_ONLY,
    ),
)
"""The attributes every resource has; they stand in no schema (RFC 7643 §3.1)."""

USER = Schema(
    USER_URN,
    "User",
    "A person who signs in (RFC 7643 §4.1).",
    (
        text(
            "userName",
            "The name the person signs in with; unique in the directory, compared without case.",
            required=True,
            uniqueness=Uniqueness.SERVER,
        ),
        complex_(
            "name",
            "The parts of the person's name.",
            text("formatted", "The whole name as it is written."),
            text("familyName", "The family or last name."),
            text("givenName", "The given or first name."),
            text("middleName", "The middle names."),
            text("honorificPrefix", "A title before the name, such as Ms."),
            text("honorificSuffix", "A suffix after the name, such as III."),
        ),
        text("displayName", "The name to show to people."),
        text("nickName", "What the person is casually called."),
        reference("profileUrl", "A page about the person.", "external"),
        text("title", "The job title."),
        text("userType", "The relation to the organisation, such as Employee or Contractor."),
        text("preferredLanguage", "The languages the person prefers, as in an Accept-Language header."),
        text("locale", "The locale for currency, dates and numbers, such as en-US."),
        text("timezone", "The time zone, such as Europe/Berlin."),
        flag("active", "Whether the person may sign in.", default=True),
        text(
            "password",
            "Accepted because directories send it; this service keeps no passwords and drops it.",
            case_exact=True,
            mutability=Mutability.WRITE_ONLY,
            returned=Returned.NEVER,
        ),
        labelled("emails", "E-mail addresses.", text("value", "The address."), "work", "home", "other"),
        labelled(
            "phoneNumbers",
            "Telephone numbers, kept as sent.",
            text("value", "The number."),
            *("work", "home", "mobile", "fax", "pager", "other"),
        ),
        labelled(
            "ims",
            "Instant messaging addresses.",
            text("value", "The address."),
            *("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
        ),
        labelled(
            "photos",
            "Pictures of the person.",
            reference("value", "The address of the picture.", "external"),
            *("photo", "thumbnail"),
        ),
        many(
            "addresses",
            "Postal addresses.",
            text("formatted", "The whole address as it is printed."),
            text("streetAddress", "Street, house number, PO box."),
            text("locality", "The city."),
            text("region", "The state or region."),
            text("postalCode", "The postal code."),
            text("country", "The country, ISO 3166-1 alpha-2."),
            text("type", "What the address is for.", canonical=("work", "home", "other")),
            flag("primary", "Whether this is the preferred address; true at most once."),
        ),
        many(
            "groups",
            "The groups the person belongs to, computed from the groups' members.",
            text("value", "The group's id.", mutability=READ_ONLY),
            reference("$ref", "The group's address.", "User", "Group", mutability=READ_ONLY),
            text("display", "The group's name.", mutability=READ_ONLY),
            text(
                "type",
                "Whether the person is a member itself or through another group.",
                canonical=("direct", "indirect"),
                mutability=READ_ONLY,
            ),
            mutability=READ_ONLY,
            relation=True,
        ),
        labelled("entitlements", "Things the person is entitled to.", text("value", "The entitlement.")),
        labelled("roles", "Roles of the person, as the directory names them.", text("value", "The role.")),
        labelled("x509Certificates", "Certificates of the person.", binary("value", "A DER certificate.")),
    ),
)

ENTERPRISE_USER = Schema(
    ENTERPRISE_URN,
    "EnterpriseUser",
    "What an enterprise knows about a person (RFC 7643 §4.3).",
    (
        text("employeeNumber", "The number the organisation gave to the person."),
        text("costCenter", "The cost centre."),
        text("organization", "The organisation."),
        text("division", "The division."),
        text("department", "The department."),
        complex_(
            "manager",
            "The person's manager.",
            text("value", "The id of the manager."),
            reference("$ref", "The manager's address, computed.", "User", mutability=READ_ONLY),
            text("displayName", "The manager's display name.", mutability=READ_ONLY),
        ),
    ),
)

GROUP = Schema(
    GROUP_URN,
    "Group",
    "A set of users and groups (RFC 7643 §4.2).",
    (
        text("displayName", "The name of the group.", required=True),
        many(
            "members",
            "Who belongs to the group.",
            text("value", "The member's id.", mutability=IMMUTABLE),
            reference("$ref", "The member's address.", "User", "Group", mutability=IMMUTABLE),
            text("type", "What the member is.", canonical=("User", "Group"), mutability=IMMUTABLE),
            relation=True,
        ),
    ),
)

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    "User": ResourceType("User", "Users", "User accounts.", USER, (Extension(ENTERPRISE_USER),)),
    "Group": ResourceType("Group", "Groups", "Groups of users.", GROUP),
}
"""The kinds a directory has before its account declares anything of its own."""


def extended(extensions: Sequence[Schema]) -> Mapping[str, ResourceType]:
    """The kinds of a directory whose account has declared these extensions of users.

    Keep the result for as long as the declaration stands: types compare by identity.
    """
    # RFC 7643 §3.3: were an extension required, a provider that does not send it could deactivate nobody.
    own = tuple(Extension(schema) for schema in extensions)
    user = RESOURCE_TYPES["User"]
    return {**RESOURCE_TYPES, "User": replace(user, extensions=(*user.extensions, *own))}
