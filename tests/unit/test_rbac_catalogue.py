"""The permission catalogue and the platform profile that comes with the product."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from rbac.catalogue import Catalogue, Operation, Permission, Section, Tab, Text
from rbac.errors import InvalidDocument
from rbac.profiles import DEFAULT, Profile, load_profile, parse_catalogue, parse_profile, read_profile, shipped

PROFILE = load_profile(DEFAULT)


def may(role: str) -> set[str]:
    """The permissions of a default role."""
    template = next(one for one in PROFILE.roles if one.name == role)
    allowed = {key for node in template.allow for key in PROFILE.catalogue.covered_by(node)}
    return allowed - {key for node in template.deny for key in PROFILE.catalogue.covered_by(node)}


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
    assert catalogue.find("campaigns.email.view", "anything") is not None
    assert catalogue.find("campaigns.email.view") is not None
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
    assert profile.owner.permissions == {"a": "allow"}


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
