"""What a client can find out about this server (RFC 7643 §5 to §8, RFC 7644 §4): requirements 1 to 12."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.builders import CORE_GROUP, CORE_USER, ENTERPRISE, a_group, a_patch, a_user
from tests.protocol.conftest import ONE_ENGINE, PUBLIC_URL, Scim, refusal

CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
TYPE_URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA_URN = "urn:ietf:params:scim:schemas:core:2.0:Schema"
LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
BASE = f"{PUBLIC_URL}/scim/v2"

DISCOVERY = [
    "/ServiceProviderConfig",
    "/ResourceTypes",
    "/ResourceTypes/User",
    "/Schemas",
    f"/Schemas/{CORE_USER}",
]


def attribute(scim: Scim, urn: str, name: str, sub: str | None = None) -> dict[str, Any]:
    """The definition of an attribute, as ``/Schemas`` tells it."""
    found = next(one for one in scim.read(f"/Schemas/{urn}")["attributes"] if one["name"] == name)
    if sub is not None:
        found = next(one for one in found["subAttributes"] if one["name"] == sub)
    return found


def every_attribute(schemas: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for schema in schemas:
        for one in schema["attributes"]:
            yield f"{schema['id']}:{one['name']}", one
            for sub in one.get("subAttributes", ()):
                yield f"{schema['id']}:{one['name']}.{sub['name']}", sub


def test_c001_service_provider_config_has_every_required_part(scim: Scim) -> None:
    """RFC 7643 §5: each feature says as a boolean whether it is supported, with its limits."""
    answer = scim.get("/ServiceProviderConfig")
    config = answer.json
    assert answer.status_code == 200
    assert config["schemas"] == [CONFIG_URN]
    for feature in ("patch", "bulk", "filter", "changePassword", "sort", "etag"):
        assert type(config[feature]["supported"]) is bool, feature
    assert type(config["bulk"]["maxOperations"]) is int
    assert type(config["bulk"]["maxPayloadSize"]) is int
    assert type(config["filter"]["maxResults"]) is int


def test_c001_authentication_schemes_describe_the_bearer_token(scim: Scim) -> None:
    """RFC 7643 §5: each scheme has a type of the registered ones, a name and a description."""
    schemes = scim.read("/ServiceProviderConfig")["authenticationSchemes"]
    assert [scheme["type"] for scheme in schemes] == ["oauthbearertoken"]
    assert schemes[0]["name"]
    assert schemes[0]["description"]


def test_c002_service_provider_config_says_where_it_is(scim: Scim) -> None:
    """RFC 7643 §5: its meta names the resource type and the absolute location."""
    meta = scim.read("/ServiceProviderConfig")["meta"]
    assert meta["resourceType"] == "ServiceProviderConfig"
    assert meta["location"] == f"{BASE}/ServiceProviderConfig"


def test_c003_announced_features_are_the_ones_offered(scim: Scim) -> None:
    """RFC 7643 §5: patch, filter, sort and etag are offered; passwords are not kept, so not changed."""
    config = scim.read("/ServiceProviderConfig")
    assert config["patch"]["supported"] is True
    assert config["filter"]["supported"] is True
    assert config["sort"]["supported"] is True
    assert config["etag"]["supported"] is True
    assert config["changePassword"]["supported"] is False


def test_c003_patch_filter_sort_and_etag_work_as_announced(scim: Scim) -> None:
    """RFC 7644 §4: what the configuration announces is what a client may rely on."""
    zoe = scim.create("/Users", a_user("zoe", title="b"))
    scim.create("/Users", a_user("adam", title="a"))
    patched = scim.patch(f"/Users/{zoe['id']}", a_patch({"op": "replace", "path": "title", "value": "c"}))
    assert (patched.status_code, patched.json["title"]) == (200, "c")
    found = scim.read("/Users", filter='title eq "c"')
    assert [one["userName"] for one in found["Resources"]] == ["zoe"]
    ordered = scim.read("/Users", sortBy="userName")
    assert [one["userName"] for one in ordered["Resources"]] == ["adam", "zoe"]
    version = scim.get(f"/Users/{zoe['id']}").headers["ETag"]
    unchanged = scim.request("GET", f"/Users/{zoe['id']}", headers={"If-None-Match": version})
    assert unchanged.status_code == 304


def test_c003_max_results_is_the_largest_page(shared: Scim) -> None:
    """RFC 7643 §5 filter.maxResults: the limit that is announced is the limit that is used."""
    assert shared.read("/ServiceProviderConfig")["filter"]["maxResults"] == 1000


def test_c004_resource_types_are_listed(scim: Scim) -> None:
    """RFC 7643 §6, RFC 7644 §4: users and groups, their endpoints, schemas and extensions."""
    listed = scim.read("/ResourceTypes")
    assert listed["schemas"] == [LIST_URN]
    assert listed["totalResults"] == 2
    assert type(listed["totalResults"]) is int
    kinds = {kind["name"]: kind for kind in listed["Resources"]}
    assert kinds.keys() == {"User", "Group"}
    user, group = kinds["User"], kinds["Group"]
    assert user["schemas"] == [TYPE_URN]
    assert (user["id"], user["endpoint"], user["schema"]) == ("User", "/Users", CORE_USER)
    assert user["schemaExtensions"] == [{"schema": ENTERPRISE, "required": False}]
    assert (group["id"], group["endpoint"], group["schema"]) == ("Group", "/Groups", CORE_GROUP)
    assert group.get("schemaExtensions", []) == []
    assert user["meta"] == {"resourceType": "ResourceType", "location": f"{BASE}/ResourceTypes/User"}


@pytest.mark.parametrize(("name", "endpoint"), [("User", "/Users"), ("Group", "/Groups")])
def test_c005_a_resource_type_can_be_read(scim: Scim, name: str, endpoint: str) -> None:
    """RFC 7644 §4: one resource type by its name."""
    found = scim.read(f"/ResourceTypes/{name}")
    assert (found["name"], found["endpoint"]) == (name, endpoint)
    listed = scim.read("/ResourceTypes")["Resources"]
    assert found in listed


def test_c005_an_unknown_resource_type_is_404(scim: Scim) -> None:
    """RFC 7644 §3.12: what is not there is 404."""
    assert refusal(scim.get("/ResourceTypes/Printer")) == (404, None)


def test_c006_every_schema_of_the_resource_types_is_listed(scim: Scim) -> None:
    """RFC 7643 §6, §7: no resource type names a schema that cannot be read."""
    listed = scim.read("/Schemas")
    assert listed["schemas"] == [LIST_URN]
    known = {schema["id"] for schema in listed["Resources"]}
    assert {CORE_USER, CORE_GROUP, ENTERPRISE} <= known
    assert listed["totalResults"] == len(listed["Resources"])
    for kind in scim.read("/ResourceTypes")["Resources"]:
        assert kind["schema"] in known
        assert {extension["schema"] for extension in kind.get("schemaExtensions", ())} <= known


@pytest.mark.parametrize(("urn", "name"), [(CORE_USER, "User"), (CORE_GROUP, "Group"), (ENTERPRISE, "EnterpriseUser")])
def test_c007_a_schema_can_be_read_by_its_urn(scim: Scim, urn: str, name: str) -> None:
    """RFC 7644 §4: ``/Schemas/{urn}``."""
    schema = scim.read(f"/Schemas/{urn}")
    assert (schema["id"], schema["name"]) == (urn, name)
    assert schema["schemas"] == [SCHEMA_URN]
    assert schema["description"]
    assert schema["meta"] == {"resourceType": "Schema", "location": f"{BASE}/Schemas/{urn}"}
    assert schema in scim.read("/Schemas")["Resources"]


def test_c007_an_unknown_schema_is_404(scim: Scim) -> None:
    """RFC 7644 §3.12: what is not there is 404."""
    assert refusal(scim.get("/Schemas/urn:example:none")) == (404, None)


def test_c008_every_attribute_is_described_with_legal_words(scim: Scim) -> None:
    """RFC 7643 §7: name, type, multiValued and the characteristics, each from its list of values."""
    types = {"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"}
    seen = 0
    for at, one in every_attribute(scim.read("/Schemas")["Resources"]):
        seen += 1
        assert one["name"], at
        assert one["type"] in types, at
        assert type(one["multiValued"]) is bool, at
        assert type(one["required"]) is bool, at
        assert one["mutability"] in {"readOnly", "readWrite", "immutable", "writeOnly"}, at
        assert one["returned"] in {"always", "never", "default", "request"}, at
        if one["type"] == "string":
            assert type(one["caseExact"]) is bool, at
            assert one["uniqueness"] in {"none", "server", "global"}, at
        assert (one["type"] == "complex") == bool(one.get("subAttributes")), at
        assert (one["type"] == "reference") == bool(one.get("referenceTypes")), at
    assert seen > 75


@pytest.mark.parametrize("within", ["attributes", "attributes.subAttributes"])
def test_c008_the_schema_of_schemas_names_the_words_to_choose_from(scim: Scim, within: str) -> None:
    """RFC 7643 §7, §8.7.2: canonicalValues of type, mutability, returned and uniqueness."""
    facts: dict[str, Any] = scim.read(f"/Schemas/{SCHEMA_URN}")
    for name in within.split("."):
        listed = facts.get("attributes") or facts["subAttributes"]
        facts = next(one for one in listed if one["name"] == name)
    choices = {one["name"]: set(one.get("canonicalValues", ())) for one in facts["subAttributes"]}
    types = {"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"}
    assert choices["type"] == types
    assert choices["mutability"] == {"readOnly", "readWrite", "immutable", "writeOnly"}
    assert choices["returned"] == {"always", "never", "default", "request"}
    assert choices["uniqueness"] == {"none", "server", "global"}


def test_c008_our_authentication_scheme_is_among_those_to_choose_from(scim: Scim) -> None:
    """RFC 7643 §5: the values that authenticationSchemes.type can have."""
    choices = attribute(scim, CONFIG_URN, "authenticationSchemes", "type")["canonicalValues"]
    assert set(choices) == {"oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"}
    assert {one["type"] for one in scim.read("/ServiceProviderConfig")["authenticationSchemes"]} <= set(choices)


def test_c008_no_part_of_a_schema_is_null(scim: Scim) -> None:
    """Entra ID refuses to read a schema with null values in it."""

    def nulls(value: Any, at: str) -> Iterator[str]:
        if value is None:
            yield at
        elif isinstance(value, dict):
            for name, part in value.items():
                yield from nulls(part, f"{at}.{name}")
        elif isinstance(value, list):
            for index, part in enumerate(value):
                yield from nulls(part, f"{at}[{index}]")

    assert list(nulls(scim.get("/Schemas").json, "")) == []


def test_c009_user_name_is_required_unique_and_without_case(scim: Scim) -> None:
    """RFC 7643 §4.1.1 userName."""
    found = attribute(scim, CORE_USER, "userName")
    assert (found["required"], found["uniqueness"], found["caseExact"]) == (True, "server", False)


def test_c009_password_is_write_only_and_never_returned(scim: Scim) -> None:
    """RFC 7643 §4.1.1 password."""
    found = attribute(scim, CORE_USER, "password")
    assert (found["mutability"], found["returned"]) == ("writeOnly", "never")


def test_c009_groups_and_manager_name_are_read_only_member_ids_immutable(scim: Scim) -> None:
    """RFC 7643 §4.1.2 groups, §4.2 members, §4.3 manager.displayName."""
    assert attribute(scim, CORE_USER, "groups")["mutability"] == "readOnly"
    assert attribute(scim, CORE_USER, "groups", "value")["mutability"] == "readOnly"
    assert attribute(scim, CORE_GROUP, "members", "value")["mutability"] == "immutable"
    assert attribute(scim, ENTERPRISE, "manager", "displayName")["mutability"] == "readOnly"


def test_c009_external_id_and_ids_are_exact(scim: Scim) -> None:
    """RFC 7643 §2.2: references and binaries are compared with case."""
    assert attribute(scim, CORE_USER, "profileUrl")["caseExact"] is True
    assert attribute(scim, CORE_USER, "x509Certificates", "value")["type"] == "binary"
    assert attribute(scim, CORE_GROUP, "members", "$ref")["referenceTypes"] == ["User", "Group"]


@pytest.mark.parametrize("path", ["/ResourceTypes", "/Schemas"])
@pytest.mark.parametrize(
    "query",
    [{"startIndex": "2", "count": "1"}, {"count": "0"}, {"sortBy": "name", "sortOrder": "descending"}],
    ids=["page", "none", "sort"],
)
@ONE_ENGINE
def test_c010_paging_and_sorting_mean_nothing_to_discovery(scim: Scim, path: str, query: dict[str, str]) -> None:
    """RFC 7644 §4: discovery ignores paging and sorting parameters."""
    assert scim.read(path, **query) == scim.read(path)


@pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"])
def test_c011_a_filter_on_discovery_is_forbidden(scim: Scim, path: str) -> None:
    """RFC 7644 §4: a filter could hide a feature, so it is answered with 403."""
    assert refusal(scim.get(path, filter='name eq "User"'))[0] == 403


@pytest.mark.parametrize("path", DISCOVERY)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@ONE_ENGINE
def test_c012_discovery_cannot_be_written(shared: Scim, path: str, method: str) -> None:
    """RFC 7644 §4: only reading; the refusal says so."""
    body = None if method == "DELETE" else {"schemas": [SCHEMA_URN], "id": "x"}
    answer = shared.request(method, path, body)
    assert refusal(answer)[0] == 405
    assert "GET" in answer.headers["Allow"]


def test_discovery_takes_a_trailing_slash(scim: Scim) -> None:
    """Some clients end their addresses with a slash."""
    assert scim.read("/ServiceProviderConfig/") == scim.read("/ServiceProviderConfig")


def test_discovered_attributes_cover_what_a_resource_shows(scim: Scim) -> None:
    """RFC 7643 §7: a resource has no attribute that its schemas do not describe."""
    boss = scim.create("/Users", a_user())
    user = scim.create(
        "/Users",
        a_user(name={"givenName": "A"}, emails=[{"value": "a@b.example", "primary": True}])
        | {ENTERPRISE: {"manager": {"value": boss["id"]}}},
    )
    scim.create("/Groups", a_group(members=[user["id"]]))
    shown = scim.read(f"/Users/{user['id']}")
    described = {one["name"] for one in scim.read(f"/Schemas/{CORE_USER}")["attributes"]}
    common = {"schemas", "id", "externalId", "meta"}
    assert shown.keys() - described - common == {ENTERPRISE}
    assert "groups" in shown
    extension = {one["name"] for one in scim.read(f"/Schemas/{ENTERPRISE}")["attributes"]}
    assert shown[ENTERPRISE].keys() <= extension
