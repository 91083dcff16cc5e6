"""The permission catalogue and the platform profile that comes with the product."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from rbac.catalogue import (
    Administration,
    AttributeType,
    Catalogue,
    ItemKeys,
    Operation,
    OwnerGone,
    Permission,
    Section,
    SubjectAttribute,
    Tab,
    Text,
)
from rbac.errors import InvalidDocument
from rbac.profiles import DEFAULT, Profile, load_profile, parse_catalogue, parse_profile, read_profile, shipped
from rbac.role_document import RoleEntry

PROFILE = load_profile(DEFAULT)


def may(role: str) -> set[str]:
    """The permissions of a default role."""
    template = next(one for one in PROFILE.roles if one.name == role)
    said = {
        effect: {
            key
            for entry in template.entries
            if entry.effect == effect
            for key in PROFILE.catalogue.covered_by(entry.node)
        }
        for effect in ("allow", "deny")
    }
    return said["allow"] - said["deny"]


def document() -> dict[str, Any]:
    """A small valid profile."""
    text = {"en": "x", "es": "y"}
    permission = {"key": "a.b.c", "title": text, "description": text, "operation": "reads"}
    section = {"key": "a.b", "title": text, "permissions": [permission]}
    role = {"name": "Owner", "title": text, "description": text, "allow": ["a.*"], "owner": True}
    return {
        "name": "small",
        "title": text,
        "description": text,
        "tabs": [{"key": "a", "title": text, "sections": [section]}],
        "roles": [role],
    }


def problems(wrong: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(InvalidDocument) as caught:
        parse_profile(wrong)
    return caught.value.problems


def test_a_node_covers_everything_beneath_it() -> None:
    """``campaigns.email`` and ``campaigns.email.*`` are one node; ``*`` is the whole tree."""
    catalogue = PROFILE.catalogue
    email = {key for key in catalogue.permissions if key.startswith("campaigns.email.")}
    assert catalogue.covered_by("campaigns.email") == catalogue.covered_by("campaigns.email.*") == email
    assert catalogue.covered_by("*") == set(catalogue.permissions)
    assert catalogue.covered_by("campaigns.email.launch") == {"campaigns.email.launch"}
    assert catalogue.covered_by("campaigns.emai") == frozenset()


def test_sections_cover_keys_of_one_segment() -> None:
    """A key of one segment is legal; the tree says where it belongs, not its dots."""
    words = Text("x", "y")
    read = Permission("read", words, words, Operation.READS)
    catalogue = Catalogue((Tab("records", words, (Section("records.all", words, (read,)),)),))
    for node in ("read", "records.all", "records", "records.*", "*"):
        assert catalogue.covered_by(node) == {"read"}


def test_a_key_is_looked_up_within_the_item_type() -> None:
    """A permission that names item types is known only for those; one that names none, for all."""
    catalogue = PROFILE.catalogue
    assert catalogue.find("profile.view", "profile") is not None
    assert catalogue.find("profile.view", "campaign") is None
    assert catalogue.find("campaigns.email.view", "campaign") is not None
    assert catalogue.find("campaigns.email.view", "anything") is None
    assert catalogue.find("campaigns.email.view") is not None
    assert catalogue.find("settings.general.view", "anything") is not None
    assert catalogue.find("nothing", "profile") is None


def test_missing_requirements_are_told_and_never_granted() -> None:
    """The editor warns; nothing is added."""
    assert PROFILE.catalogue.missing(["campaigns.email.launch"]) == {
        "campaigns.email.launch": ("campaigns.email.view",)
    }
    assert PROFILE.catalogue.missing(["campaigns.email.launch", "campaigns.email.view"]) == {}


def test_the_shipped_profile_is_rich_and_in_two_languages() -> None:
    """Every node has words in English and Spanish."""
    assert DEFAULT in shipped()
    assert len(PROFILE.catalogue) >= 50
    for permission in PROFILE.catalogue:
        for text in (permission.title, permission.description):
            assert text.en
            assert text.es
            assert text.en != text.es
    assert PROFILE.catalogue.titles["campaigns"] == Text("Campaigns", "Campañas")


def test_administrator_has_full_access_to_all_features_and_settings() -> None:
    """Including user provisioning and system configuration."""
    assert may("Administrator") == set(PROFILE.catalogue.permissions)


def test_marketer_creates_and_manages_campaigns_with_limited_settings() -> None:
    """Campaign creation, management and analytics; limited access to user settings and configuration."""
    allowed = may("Marketer")
    assert allowed >= PROFILE.catalogue.covered_by("campaigns")
    assert allowed >= PROFILE.catalogue.covered_by("analytics")
    account = {key for key in allowed if key.startswith("account.")}
    assert account == {"account.users.view"}
    settings = PROFILE.catalogue.covered_by("settings")
    assert allowed & settings
    assert not settings <= allowed
    assert not any(PROFILE.catalogue.permissions[key].privileged for key in allowed)


def test_analyst_reports_and_analyses_but_does_not_manage_campaigns() -> None:
    """Access to reporting and analytics, restricted from creating or managing campaigns."""
    assert may("Analyst") == PROFILE.catalogue.covered_by("reports") | PROFILE.catalogue.covered_by("analytics")


def test_viewer_only_reads_campaigns_and_reports() -> None:
    """Read-only access to campaigns and reports."""
    allowed = may("Viewer")
    assert allowed
    for key in allowed:
        assert key.split(".")[0] in ("campaigns", "reports")
        assert PROFILE.catalogue.permissions[key].operation is Operation.READS
    assert "campaigns.email.test" not in allowed


def test_account_owner_manages_access_and_nothing_else() -> None:
    """User management, roles, mapping and security: the only owner role, and privileged."""
    assert PROFILE.owner.name == "Account Owner"
    assert PROFILE.owner.is_privileged
    assert {".".join(key.split(".")[:2]) for key in may("Account Owner")} == {
        "account.users",
        "account.roles",
        "account.mappings",
        "account.security",
    }


@pytest.mark.parametrize("role", [role.name for role in PROFILE.roles])
def test_default_roles_have_what_their_permissions_require(role: str) -> None:
    """No default role grants something of little use."""
    assert PROFILE.catalogue.missing(may(role)) == {}


def test_self_service_is_for_the_profile_page_only() -> None:
    """What needs no role is named in the catalogue."""
    assert PROFILE.catalogue.self_service == {"profile.view", "profile.edit"}


def test_the_stored_document_gives_the_same_catalogue() -> None:
    """An account keeps its own copy."""
    assert parse_catalogue(json.dumps(PROFILE.document)) == PROFILE.catalogue


def test_a_small_profile_is_valid() -> None:
    """The smallest thing that works."""
    profile = parse_profile(document())
    assert isinstance(profile, Profile)
    assert profile.owner.entries == (RoleEntry("a", "allow"),)


def test_errors_name_the_place() -> None:
    """Every problem at once, each where it is."""
    wrong = document()
    wrong["tabs"][0]["sections"][0]["permissions"][0] |= {"operation": "writes", "surprise": 1}
    del wrong["roles"][0]["name"]
    told = problems(wrong)
    assert any(line.startswith("tabs[0].sections[0].permissions[0].operation: ") for line in told)
    assert any(line.startswith("tabs[0].sections[0].permissions[0].surprise: ") for line in told)
    assert any(line.startswith("roles[0].name: ") for line in told)


def test_keys_are_unique_and_never_also_a_node() -> None:
    """A key that is the beginning of another could mean two things in a role."""
    wrong = document()
    permission = wrong["tabs"][0]["sections"][0]["permissions"][0]
    wrong["tabs"][0]["sections"][0]["permissions"] += [permission | {"key": "a.b.c"}, permission | {"key": "a.b.c.d"}]
    told = "\n".join(problems(wrong))
    assert 'permissions[1].key: "a.b.c" is used already' in told
    assert 'permissions[0].key: "a.b.c" is also a tab, a section or the beginning of another key' in told


def test_permissions_do_not_require_each_other_in_a_circle() -> None:
    """However long it is; a chain and two ways to one permission are none."""
    wrong = document()
    permissions = wrong["tabs"][0]["sections"][0]["permissions"]
    first = permissions[0]
    permissions += [first | {"key": key} for key in ("a.b.d", "a.b.e", "a.b.f")]
    permissions[0] = first | {"requires": ["a.b.d", "a.b.e"]}
    permissions[1]["requires"] = permissions[2]["requires"] = ["a.b.f"]
    assert parse_profile(copy.deepcopy(wrong)).catalogue.permissions["a.b.d"].requires == ("a.b.f",)
    permissions[3]["requires"] = ["a.b.c"]
    [told] = problems(wrong)
    assert told.startswith("tabs: permissions require each other in a circle: ")
    assert {"a.b.c", "a.b.f"} < set(re.findall(r"a\.b\.\w", told))
    itself = document()
    itself["tabs"][0]["sections"][0]["permissions"][0]["requires"] = ["a.b.c"]
    assert problems(itself) == ("tabs: permissions require each other in a circle: a.b.c → a.b.c",)


def test_requirements_nodes_and_owner_are_checked() -> None:
    """References must point at something, and there is one owner role."""
    wrong = document()
    wrong["tabs"][0]["sections"][0]["permissions"][0]["requires"] = ["a.b.z"]
    wrong["roles"].append(copy.deepcopy(wrong["roles"][0]) | {"allow": ["q.*"], "deny": ["*"]})
    told = "\n".join(problems(wrong))
    assert 'requires: there is no permission "a.b.z"' in told
    assert 'roles[1].allow: there is nothing at "q.*"' in told
    assert 'roles[1].name: "Owner" is used twice' in told
    assert "exactly one role must be the owner role, not 2" in told


def test_a_profile_that_is_not_toml_or_not_there() -> None:
    """Each refusal says what it is about."""
    with pytest.raises(InvalidDocument, match="not TOML"):
        read_profile("= nothing")
    with pytest.raises(LookupError, match=r"there are: .*email-marketing"):
        load_profile("../../etc/passwd")


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_profile_is_in_two_languages(name: str) -> None:
    """Everything that people read: permissions, tabs and sections, item types, roles."""
    profile = load_profile(name)
    assert profile.name == name
    texts = [text for one in profile.catalogue for text in (one.title, one.description)]
    texts += [*profile.catalogue.titles.values(), *(kind.title for kind in profile.catalogue.item_kinds.values())]
    texts += [text for role in profile.roles for text in (role.title, role.description)]
    assert all(text.en and text.es for text in texts)
    assert all(one.description.en != one.description.es for one in profile.catalogue)
    assert profile.sample


@pytest.mark.parametrize("name", [name for name in shipped() if name != "teenvio"])
def test_default_roles_of_every_profile_lack_nothing(name: str) -> None:
    """Apart from one that is of use only together with others, each default role has what its permissions require."""
    catalogue = load_profile(name).catalogue
    for role in load_profile(name).roles:
        allowed = {key for entry in role.entries if entry.effect == "allow" for key in catalogue.covered_by(entry.node)}
        assert not catalogue.missing(allowed)


@pytest.mark.parametrize("name", shipped())
def test_no_default_role_denies_without_a_condition(name: str) -> None:
    """Whoever has several roles has all that any of them gives."""
    for role in load_profile(name).roles:
        assert all(entry.effect == "allow" or entry.when for entry in role.entries)


def a_rich_document() -> dict[str, Any]:
    """A profile that declares one of everything."""
    text = {"en": "x", "es": "y"}
    kind = {"name": "thing", "title": text, "levels": True, "inventory": "held", "owner_gone": "modify"}
    made = document() | {
        "version": "3",
        "item_types": [kind | {"attributes": [{"name": "size", "type": "number"}], "records": True}],
        "subject_attributes": [{"name": "rank", "path": "title", "accept_from_pep": True}],
        "action_attributes": [{"name": "soft", "type": "boolean"}],
        "context_attributes": [{"name": "at", "type": "dateTime"}],
        "administration": {"assign_roles": "a.b.c", "manage_units": "a.b.c"},
        "items": {"manage_all": "a.b.c"},
    }
    made["tabs"][0]["sections"][0]["permissions"][0]["item_types"] = ["thing"]
    return made


def test_what_a_catalogue_declares_beside_the_tree() -> None:
    """Item types, attributes, and the permissions that Muster heeds; stored, it is the same again."""
    profile = parse_profile(a_rich_document())
    catalogue = profile.catalogue
    assert catalogue.version == "3"
    thing = catalogue.item_kinds["thing"]
    assert (thing.levels, thing.held, thing.owner_gone, thing.records) == (True, True, OwnerGone.MODIFY, True)
    assert thing.attributes == {"size": AttributeType.NUMBER}
    assert catalogue.subject_attributes == {"rank": SubjectAttribute("rank", AttributeType.STRING, "title", True)}
    assert catalogue.action_attributes == {"soft": AttributeType.BOOLEAN}
    assert catalogue.context_attributes == {"at": AttributeType.DATE_TIME}
    assert catalogue.administration == Administration(assign_roles="a.b.c", manage_units="a.b.c")
    assert catalogue.items == ItemKeys(manage_all="a.b.c")
    assert parse_catalogue(json.dumps(profile.document)) == catalogue


def test_item_types_that_are_only_named_are_open() -> None:
    """Where a document declares none, those that permissions name are kept by the platform; declared, all must be."""
    named = document()
    named["tabs"][0]["sections"][0]["permissions"][0]["item_types"] = ["gadget", "profile"]
    catalogue = parse_profile(named).catalogue
    assert not catalogue.item_kinds["gadget"].held
    assert set(catalogue.item_kinds) == {"gadget", "profile"}
    named["item_types"] = [{"name": "thing", "title": {"en": "x", "es": "y"}}]
    told = problems(named)
    assert told == ('tabs[0].sections[0].permissions[0].item_types: there is no item type "gadget"',)


def test_declarations_are_checked() -> None:
    """Names used twice or with a meaning of their own, values from nowhere, records without attributes."""
    wrong = a_rich_document()
    wrong["item_types"] += [wrong["item_types"][0], {"name": "profile", "title": {"en": "x", "es": "y"}}]
    wrong["item_types"][2]["records"] = True
    wrong["subject_attributes"] += [{"name": "mood"}, {"name": "id", "path": "id"}]
    wrong["action_attributes"] += [{"name": "name"}]
    wrong["context_attributes"] += [{"name": "business_unit"}]
    wrong["schema_extensions"] = [{"attributes": []}]
    wrong["default_roles"] = ["Nobody"]
    told = problems(wrong)
    for line in (
        'item_types[1].name: "thing" is used twice',
        'item_types[2].name: "profile" has a meaning of its own',
        "item_types[2].attributes: records that are filtered need attributes",
        "subject_attributes[1].path: it has no value from anywhere without path or accept_from_pep",
        'subject_attributes[2].name: "id" has a meaning of its own',
        'action_attributes[1].name: "name" has a meaning of its own',
        'context_attributes[1].name: "business_unit" has a meaning of its own',
        "schema_extensions[0].id: is needed, since paths name it",
        'default_roles: there is no role "Nobody"',
    ):
        assert line in told
    wrong = a_rich_document()
    wrong["action_attributes"][0]["type"] = "date"
    wrong["item_types"][0] |= {"inventory": "maybe", "owner_gone": "never", "name": "a thing"}
    told = problems(wrong)
    assert {line.partition(":")[0] for line in told} == {
        "action_attributes[0].type",
        "item_types[0].inventory",
        "item_types[0].owner_gone",
        "item_types[0].name",
    }


def test_roles_speak_under_conditions() -> None:
    """An entry is a node, or a node with a condition; the same node is named once for each effect."""
    made = document()
    soft = {"node": "a.b.*", "when": "action.soft eq true"}
    made["roles"][0] |= {"allow": [soft], "deny": ["a.b.c"]}
    assert parse_profile(made).roles[0].entries == (
        RoleEntry("a.b", "allow", "action.soft eq true"),
        RoleEntry("a.b.c", "deny"),
    )
    made["roles"][0]["allow"] = [soft, "a.b"]
    assert problems(made) == ('roles[0].allow: "a.b.*" is named twice; join its conditions with "or"',)
    made["roles"][0]["allow"] = [3, {"node": "a", "if": "x"}, {"when": "x"}]
    told = problems(made)
    assert told[0].startswith("roles[0].allow[0]: must be a node, or a table")
    assert any(line.startswith("roles[0].allow[1].if: ") for line in told)
    assert any(line.startswith("roles[0].allow[2].node: ") for line in told)


def test_samples_name_only_what_there_is() -> None:
    """Every unit, person, group, role, item type and node that a sample names is in the profile or in itself."""
    made = a_rich_document()
    made["sample"] = {
        "units": [{"key": "below", "name": "B", "parent": "above", "filters": {"gadget": "size gt 3"}}],
        "roles": [{"name": "owner"}, {"name": "Own", "allow": ["a.z"]}],
        "users": [{"user_name": "ana", "name": "Ana", "home": "u1", "works_in": [{"unit": "u2"}]}],
        "groups": [{"name": "G", "members": ["bob"]}],
        "assignments": [{"role": "R", "user": "cid"}, {"role": "Own", "group": "H"}, {"role": "Own", "unit": "u3"}],
        "permissions": [{"user": "dan", "permission": "a.q", "effect": "allow", "at": "u4"}],
        "defaults": [{"user": "eve", "type": "gadget", "levels": dict.fromkeys(("owner", "group", "rest"), "read")}],
        "items": [{"type": "gizmo", "id": "1", "owner": "fay", "group": "I", "unit": "u5", "shares": {"u6": "read"}}],
    }
    assert problems(made) == (
        'sample.roles[0].name: "owner" is used twice',
        'sample.roles[1].allow: there is nothing at "a.z.*" in the catalogue',
        'sample.units[0].parent: there is no business unit "above" above it in the list',
        'sample.units[0].filters: there is no item type "gadget"',
        'sample.users[0].home: there is no business unit "u1"',
        'sample.users[0].works_in: there is no business unit "u2"',
        'sample.groups[0].members: there is no user "bob"',
        'sample.assignments[0].role: there is no role "R"',
        'sample.assignments[0].user: there is no user "cid"',
        'sample.assignments[1].group: there is no group "H"',
        'sample.assignments[2].unit: there is no business unit "u3"',
        'sample.permissions[0].user: there is no user "dan"',
        'sample.permissions[0].at: there is no business unit "u4"',
        'sample.permissions[0].permission: there is nothing at "a.q" in the catalogue',
        'sample.defaults[0].user: there is no user "eve"',
        'sample.defaults[0].type: there is no item type "gadget"',
        'sample.items[0].owner: there is no user "fay"',
        'sample.items[0].type: there is no item type "gizmo"',
        'sample.items[0].group: there is no group "I"',
        'sample.items[0].unit: there is no business unit "u5"',
        'sample.items[0].unit: there is no business unit "u6"',
    )


def test_samples_have_one_principal_and_one_owner_group() -> None:
    """What would have two meanings is refused where it stands."""
    made = a_rich_document()
    made["sample"] = {
        "users": [{"user_name": "ana", "name": "Ana"}],
        "assignments": [{"role": "Owner"}, {"role": "Owner", "unit": "root", "at": "root"}],
        "items": [{"type": "thing", "id": "1", "group": "G", "role": "Owner"}],
    }
    told = problems(made)
    assert "sample.assignments[0]: name one of user, group and unit" in told
    assert "sample.assignments[1].at: a unit's role applies in that unit" in told
    assert "sample.items[0]: the owner group is a group or a role, not both" in told
