"""Claim mapping: what of an assertion becomes a person's profile, and what never does (S-27, S-28, L-9, R-9)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scim.schemas import ENTERPRISE_URN, ENTERPRISE_USER, USER
from sso.claims import DEFAULTS, FIELDS, MORE, Profile, check_mapping, profile_of
from sso.model import Assertion, NameId

NOW = datetime(2026, 6, 1, tzinfo=UTC)
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"


def oidc(**attributes: Any) -> Assertion:
    """An assertion of a provider of OpenID Connect."""
    return _assertion("oidc", attributes, None)


def saml(attributes: dict[str, Any], name: str = "x-17", kind: str = PERSISTENT) -> Assertion:
    """An assertion of a SAML provider."""
    return _assertion("saml", attributes, NameId(name, kind))


def _assertion(protocol: str, attributes: dict[str, Any], name: NameId | None) -> Assertion:
    values = {name: (value,) if isinstance(value, str) else tuple(value) for name, value in attributes.items()}
    return Assertion(protocol, "https://idp", "subject", None, values, "id", NOW, "r", NOW, name_id=name)


def _problem(assertion: Assertion, field: str, **mapping: Any) -> str | None:
    [found] = [one for one in profile_of(assertion, mapping).fields if one.field == field]
    assert bool(found.values) != bool(found.problem)
    return found.problem


def test_standard_claims_of_openid_connect() -> None:
    """OpenID Connect Core §5.1."""
    assertion = oidc(
        sub="x",
        preferred_username="ana",
        name="Ana Núñez",
        given_name="Ana",
        family_name="Núñez",
        email="ana@acme.example",
        zoneinfo="Europe/Madrid",
        locale="es-ES",
    )
    assert profile_of(assertion, {}).profile == Profile(
        "ana", "Ana Núñez", "Ana", "Núñez", ("ana@acme.example",), {"timezone": "Europe/Madrid", "locale": "es-ES"}
    )


@pytest.mark.parametrize(
    ("assertion", "profile"),
    [
        # Okta's profile, as its wizard proposes it.
        (
            saml({"firstName": "Ana", "lastName": "Núñez", "email": "ana@acme.example", "login": "ana@acme.example"}),
            Profile("ana@acme.example", None, "Ana", "Núñez", ("ana@acme.example",)),
        ),
        # Entra ID and ADFS.
        (
            saml(
                {
                    f"{SOAP}/name": "ana@acme.example",
                    f"{SOAP}/givenname": "Ana",
                    f"{SOAP}/surname": "Núñez",
                    f"{SOAP}/emailaddress": "ana@acme.example",
                    "http://schemas.microsoft.com/identity/claims/displayname": "Ana Núñez",
                }
            ),
            Profile("ana@acme.example", "Ana Núñez", "Ana", "Núñez", ("ana@acme.example",)),
        ),
        # Shibboleth and others with the names of X.500.
        (
            saml(
                {
                    "urn:oid:0.9.2342.19200300.100.1.1": "ana",
                    "urn:oid:2.5.4.42": "Ana",
                    "urn:oid:2.5.4.4": "Núñez",
                    "urn:oid:0.9.2342.19200300.100.1.3": "ana@acme.example",
                    "urn:oid:2.16.840.1.113730.3.1.241": "Ana Núñez",
                    "urn:oid:2.5.4.12": "Analyst",
                }
            ),
            Profile("ana", "Ana Núñez", "Ana", "Núñez", ("ana@acme.example",), {"title": "Analyst"}),
        ),
        # Google and others that send a name and nothing else.
        (saml({}, "ana@acme.example", EMAIL), Profile("ana@acme.example", emails=("ana@acme.example",))),
        (saml({}, "x-17"), Profile("x-17")),
    ],
)
def test_attributes_of_usual_saml_providers(assertion: Assertion, profile: Profile) -> None:
    """Without any mapping of the customer's."""
    assert profile_of(assertion, {}).profile == profile


def test_a_mapping_replaces_defaults_field_by_field() -> None:
    """The first claim that says something counts; a field without claims stays empty."""
    assertion = oidc(email="ana@acme.example", mail="work@acme.example", name="Ana", dept="Sales", empty=" ")
    mapping = {"emails": ["empty", "missing", "mail", "email"], "department": "dept", "displayName": []}
    mapped = profile_of(assertion, mapping)
    assert mapped.profile.emails == ("work@acme.example",)
    assert mapped.profile.display_name is None
    assert mapped.profile.more == {f"{ENTERPRISE_URN}:department": "Sales"}
    explained = {one.field: one for one in mapped.fields}
    assert (explained["emails"].claim, explained["emails"].values) == ("mail", ("work@acme.example",))
    assert explained["emails"].tried == ("empty", "missing", "mail", "email")
    assert explained["displayName"].problem == "no claim is mapped to it"
    assert explained["givenName"].problem == "none of its claims is there"
    assert mapped.profile.user_name == "ana@acme.example"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("x" * 257, "longer than 256"),
        ("Ana\nAdmin: yes", "U+000A"),
        ("Ana\x00", "U+0000"),
        ("A\x1b[31mna", "U+001B"),
        ("Ana\x85na", "U+0085"),
        ("Ana\u2028na", "U+2028"),
        ("anA\u202enimda", "U+202E"),
        ("Ana\u2066a", "U+2066"),
        ("A\u200bna", "U+200B"),
        ("A\ufeffna", "U+FEFF"),
        ("Ana\ud800", "U+D800"),
        ("Ana\ue000", "U+E000"),
        ("Ana\U000e0041", "U+E0041"),
    ],
)
@pytest.mark.parametrize("field", ["userName", "displayName", "title"])
def test_s27_what_cannot_be_shown_as_it_is(field: str, value: str, problem: str) -> None:
    """Is not taken, from no protocol; the field says why."""
    assert problem in str(_problem(oidc(c=value), field, **{field: "c"}))
    assert problem in str(_problem(saml({"c": value}), field, **{field: "c"}))


@pytest.mark.parametrize("value", ["", " ", "\t\n", "\u00a0"])
def test_s27_what_is_empty_is_absent(value: str) -> None:
    """Then the next claim counts."""
    assert _problem(oidc(a=value), "title", title="a") == "none of its claims is there"
    assert profile_of(oidc(a=value, b="Lead"), {"title": ["a", "b"]}).profile.more["title"] == "Lead"


@pytest.mark.parametrize(
    "value", ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "Ana\u200dÑ", "مريم", "李 娜", "🦊"]
)
def test_r9_text_is_kept_as_it_is(value: str) -> None:
    """It is escaped where it is shown; refusing it would only hide a forgotten place."""
    assert profile_of(oidc(name=value), {}).profile.display_name == value


def test_l9_text_is_composed() -> None:
    """Before it is compared with anything."""
    assert profile_of(oidc(preferred_username="Zoe\u0308"), {}).profile.user_name == "Zoë"


@pytest.mark.parametrize("field", ["userName", "emails", "title"])
def test_s28_which_of_several_values_counts_is_not_guessed(field: str) -> None:
    """Unless they are the same."""
    assert "2 values" in str(_problem(oidc(c=["a@x.example", "b@x.example"]), field, **{field: "c"}))
    assert _problem(oidc(c=["a@x.example", " a@x.example"]), field, **{field: "c"}) is None


def test_a_bad_value_is_not_replaced_by_another_claim() -> None:
    """Who can make one claim bad could choose which of them counts."""
    assert profile_of(oidc(preferred_username="a\nb", email="a@x.example"), {}).profile.user_name is None


@pytest.mark.parametrize("value", ["ana", "@acme.example", "ana@", "a@b@c.example", "ana acme@x.example", "a b"])
def test_what_is_no_address(value: str) -> None:
    """Is no e-mail."""
    assert _problem(oidc(email=value), "emails") == "is no e-mail address"


def test_a_name_id_is_an_address_only_if_it_says_so() -> None:
    """Whatever it looks like."""
    assert profile_of(saml({}, "ana@acme.example", PERSISTENT), {}).profile.emails == ()
    assert profile_of(saml({"NameID": "forged@acme.example"}, "x-17"), {}).profile.user_name == "x-17"


def test_never_roles() -> None:
    """No field of a profile is one, whatever a provider says (domain: nobody gains roles by signing in)."""
    assertion = oidc(roles="owner", groups="Owners", entitlements="all", active="true", email="a@x.example")
    profile = profile_of(assertion, {}).profile
    assert profile == Profile("a@x.example", emails=("a@x.example",))
    assert not {"roles", "groups", "entitlements", "active", "password", "externalId"} & {*FIELDS, *MORE.values()}


def test_fields_are_attributes_of_the_schema() -> None:
    """Further ones are texts of a SCIM user, at these paths."""
    core = {one.name for one in USER.attributes} | {
        f"name.{part.name}" for one in USER.attributes if one.name == "name" for part in one.sub
    }
    enterprise = {f"{ENTERPRISE_URN}:{one.name}" for one in ENTERPRISE_USER.attributes}
    assert set(MORE.values()) <= core | enterprise
    for protocol in DEFAULTS.values():
        assert set(protocol) <= set(FIELDS)
        assert not check_mapping(protocol)


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ({"roles": "roles"}, "roles: is no field"),
        ({"title": 5}, "title: must name a claim"),
        ({"title": {"claim": "x"}}, "title: must name a claim"),
        ({"title": ["x"] * 21}, "title: must name a claim"),
        ({"title": [""]}, "title: a claim's name"),
        ({"title": " x"}, "title: a claim's name"),
        ({"title": ["a\nb"]}, "title: a claim's name"),
        ({"title": ["x" * 513]}, "title: a claim's name"),
        ({"title": [None]}, "title: a claim's name"),
    ],
)
def test_mappings_that_make_no_sense(mapping: dict[str, Any], problem: str) -> None:
    """Are told before they are stored."""
    [found] = check_mapping(mapping)
    assert found.startswith(problem)
    assert not check_mapping({"title": "https://acme.example/claims/title", "emails": ["email", "mail"], "locale": []})
