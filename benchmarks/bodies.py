"""What clients send: bodies and addresses as Okta and Microsoft Entra ID write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from scim.schemas import ENTERPRISE_URN, GROUP_URN, USER_URN

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
USERS, GROUPS, BULK = "/scim/v2/Users", "/scim/v2/Groups", "/scim/v2/Bulk"
EVALUATION = "/access/v1/evaluation"
API = "/api/v1"

DOMAIN, RARE_DOMAIN = "northwind.example", "rare.example"

Body = dict[str, Any]


def okta_user(number: int, domain: str = DOMAIN, title: str = "Manager") -> Body:
    """A whole user, as Okta creates and replaces one."""
    address = f"person{number:07d}@{domain}"
    return {
        "schemas": [USER_URN, ENTERPRISE_URN],
        "userName": address,
        "name": {"givenName": f"Given{number}", "familyName": f"Family{number % 997}"},
        "emails": [{"primary": True, "value": address, "type": "work"}],
        "displayName": f"Given{number} Family{number % 997}",
        "title": title,
        "locale": "en-US",
        "timezone": "Europe/Madrid",
        "phoneNumbers": [{"value": f"+34 600 {number:07d}", "type": "work"}],
        "externalId": f"00u{number:09d}",
        "groups": [],
        "password": "x1y2-not-kept",
        "active": True,
        ENTERPRISE_URN: {
            "employeeNumber": str(number),
            "department": f"Department {number % 40}",
            "costCenter": "4130",
        },
    }


def entra_user(number: int) -> Body:
    """A user, as Entra creates one at the first sync."""
    address = f"entra{number:07d}@{DOMAIN}"
    return {
        "schemas": [USER_URN, ENTERPRISE_URN],
        "externalId": f"entra-{number:09d}",
        "userName": address,
        "active": True,
        "emails": [{"primary": True, "type": "work", "value": address}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": f"Given{number} Family", "familyName": "Family", "givenName": f"Given{number}"},
        "roles": [],
        ENTERPRISE_URN: {"department": "Marketing"},
    }


def creates(users: Iterable[Body]) -> Body:
    """A bulk that adds users."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": f"u{place}", "data": user} for place, user in enumerate(users)
    ]
    return {"schemas": [BULK_URN], "Operations": operations}


def group(name: str) -> Body:
    """A group without members."""
    return {"schemas": [GROUP_URN], "displayName": name}


def deactivation(active: bool) -> Body:
    """Okta's way to switch a user off or on: no path."""
    return _patch({"op": "replace", "value": {"active": active}})


def addition(user_id: str) -> Body:
    """One more member."""
    return _patch({"op": "add", "path": "members", "value": [{"value": user_id}]})


def removal(user_id: str) -> Body:
    """One member less."""
    return _patch({"op": "remove", "path": f'members[value eq "{user_id}"]'})


def evaluation(user_name: str) -> Body:
    """May this person launch a campaign?"""
    return {
        "subject": {"type": "user", "id": user_name},
        "action": {"name": "campaigns.email.launch"},
        "resource": {"type": "campaign", "id": "c-17"},
    }


def look_up(user_name: str) -> str:
    """The address by which both providers match a user."""
    return _search(f'userName eq "{user_name}"')


def page(start: int) -> str:
    """A page of an import."""
    return f"{USERS}?startIndex={start}&count=100"


def by_email() -> str:
    """A filter whose conditions must hold for one and the same address."""
    return _search(f'emails[type eq "work" and value ew "@{RARE_DOMAIN}"] and active eq true')


def _search(text: str) -> str:
    return f"{USERS}?filter={quote(text)}&startIndex=1&count=100"


def _patch(*operations: Body) -> Body:
    return {"schemas": [PATCH_URN], "Operations": list(operations)}
