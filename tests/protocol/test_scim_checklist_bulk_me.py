"""What is not offered says so; the enterprise extension (RFC 7644 §3.11, RFC 7643 §4.3): requirements 172, 173."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import CORE_USER, ENTERPRISE, a_patch, a_user
from tests.protocol.conftest import PUBLIC_URL, Scim, refusal

BULK_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/Me", "/Me/", "/Me?attributes=userName"])
def test_c172_me_is_not_offered(shared: Scim, method: str, path: str) -> None:
    """RFC 7644 §3.11: a directory's token is nobody's own; 501 says it will not work later either."""
    body = None if method in ("GET", "DELETE") else a_user()
    assert refusal(shared.request(method, path, body)) == (501, None)


def test_c173_the_enterprise_extension_has_six_attributes(scim: Scim) -> None:
    """RFC 7643 §4.3: all of them are kept, and ``schemas`` names the extension."""
    boss = scim.create("/Users", a_user(displayName="The Boss"))
    facts = {
        "employeeNumber": "701984",
        "costCenter": "4130",
        "organization": "Universal Studios",
        "division": "Theme Park",
        "department": "Tour Operations",
        "manager": {"value": boss["id"]},
    }
    user = scim.create("/Users", a_user() | {"schemas": [CORE_USER, ENTERPRISE], ENTERPRISE: facts})
    shown = user[ENTERPRISE]
    assert {name: value for name, value in shown.items() if name != "manager"} == {
        name: value for name, value in facts.items() if name != "manager"
    }
    assert shown["manager"]["value"] == boss["id"]
    assert shown["manager"]["$ref"] == f"{PUBLIC_URL}/scim/v2/Users/{boss['id']}"
    assert user["schemas"] == [CORE_USER, ENTERPRISE]
    assert scim.read(f"/Users/{user['id']}") == user


def test_c173_a_manager_nobody_knows_is_kept(scim: Scim) -> None:
    """Entra's validator sends managers that name nobody."""
    user = scim.create("/Users", a_user() | {ENTERPRISE: {"manager": {"value": "nobody"}}})
    assert user[ENTERPRISE]["manager"]["value"] == "nobody"


def test_c173_the_managers_display_name_cannot_be_set(scim: Scim) -> None:
    """RFC 7643 §4.3: manager.displayName is readOnly."""
    user = scim.create("/Users", a_user() | {ENTERPRISE: {"manager": {"value": "x"}}})
    operation = {"op": "replace", "path": f"{ENTERPRISE}:manager.displayName", "value": "Eve"}
    assert refusal(scim.patch(f"/Users/{user['id']}", a_patch(operation))) == (400, "mutability")
    assert scim.read(f"/Users/{user['id']}") == user


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": f"{ENTERPRISE}:department"},
        {"op": "remove", "path": ENTERPRISE},
        {"op": "replace", "path": f"{ENTERPRISE}:department", "value": None},
        {"op": "replace", "value": {ENTERPRISE: {"department": None}}},
    ],
    ids=str,
)
def test_c173_schemas_names_the_extension_exactly_when_it_has_data(scim: Scim, operation: dict[str, Any]) -> None:
    """RFC 7643 §3: added with the first value, gone with the last."""
    user = scim.create("/Users", a_user())
    assert user["schemas"] == [CORE_USER]
    at = f"/Users/{user['id']}"
    added = scim.patch(at, a_patch({"op": "add", "path": f"{ENTERPRISE}:department", "value": "x"})).json
    assert (added["schemas"], added[ENTERPRISE]) == ([CORE_USER, ENTERPRISE], {"department": "x"})
    removed = scim.patch(at, a_patch(operation)).json
    assert removed["schemas"] == [CORE_USER]
    assert ENTERPRISE not in removed
    assert scim.read(at) == removed
