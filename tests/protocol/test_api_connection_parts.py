"""What belongs to a connection: metadata from a provider that really answers, certificates, and our keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from flask import Flask
from sqlalchemy import select

from app.audit import EVENTS
from app.compose import create_app
from app.db import Database
from app.models.base import now
from app.outbound import Outbound
from app.sealing import Keys
from app.services import connection_refresh
from app.services.connection_certificates import MOST
from app.services.errors import Conflict
from app.services.trusted import Trusted, TrustedConnections
from app.stores.connections import KEYS as KEY_PAIRS
from sso import saml_metadata
from tests.conftest import KEY, settings_for
from tests.idp.oidc_provider import Provider, Reply
from tests.idp.saml_documents import ENTITY, SLO, SSO, metadata
from tests.idp.saml_keys import ec_pair, rsa_pair
from tests.protocol.api_client import Api, done, places, problem
from tests.protocol.conftest import PUBLIC_URL

OLD, NEW, FOREIGN = rsa_pair("old"), rsa_pair("new"), rsa_pair("foreign")
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"


@pytest.fixture(scope="module")
def app(database_url: str) -> Flask:
    """The application of an operator who lets it call this machine."""
    settings = settings_for(database_url, public_url=PUBLIC_URL, log_level="error", private_targets="127.0.0.0/8")
    return create_app(settings)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An OpenID provider, which has SAML metadata at /metadata, too."""
    with Provider() as running:
        yield running


@pytest.fixture
def idp(api: Api, provider: Provider) -> dict[str, Any]:
    """A connection by SAML whose provider describes itself with the old key, and was read once."""
    describes(provider, metadata([OLD]))
    body = {"name": "idp", "protocol": "saml", "saml": {"metadata_url": f"{provider.issuer}/metadata"}}
    api.create("/connections", body)
    return done(api.post("/connections/idp/refresh"))


@pytest.fixture
def trusted(database: Database) -> Any:
    """What a sign-in goes by, as another worker knows it."""
    known = TrustedConnections(Keys(KEY.encode()), PUBLIC_URL)

    def find(id: str) -> Trusted:
        with database.reading() as session:
            found = known.find(session, id)
        assert found is not None
        return found

    return find


def describes(provider: Provider, document: str) -> None:
    """What a provider says of itself from now on."""
    provider.replies["/metadata"] = Reply(200, document.encode(), {"Content-Type": "application/xml"})


def states(connection: dict[str, Any]) -> list[str]:
    """How its certificates are, the oldest first."""
    return [one["state"] for one in connection["certificates"]]


def test_s49_metadata_is_read_where_the_provider_has_it(api: Api, idp: dict[str, Any], trusted: Any) -> None:
    """The first time its certificate counts at once: somebody asked for it. Then people can sign in."""
    found = idp["connection"]
    assert (found["saml"]["entity_id"], found["saml"]["sso_url"], found["saml"]["logout_url"]) == (ENTITY, SSO, SLO)
    assert (found["missing"], states(found)) == ([], ["valid"])
    done(api.patch("/connections/idp", {"enabled": True}))
    saml = trusted(found["id"]).saml
    assert (saml.entity_id, [*saml.certificates]) == (ENTITY, [OLD.certificate])
    health = done(api.get("/connections/idp/health"))
    assert health["refreshed"] is not None
    assert health["certificates"][0]["days_left"] > 300


def test_s48_a_new_certificate_counts_only_once_somebody_confirmed_it(
    api: Api, idp: dict[str, Any], provider: Provider, trusted: Any
) -> None:
    """Unless a certificate that counts has signed the metadata. One signed by another key is as good as unsigned."""
    id = idp["connection"]["id"]
    for signer in (None, FOREIGN, NEW):
        describes(provider, metadata([OLD, NEW], signed_by=signer))
        refreshed = done(api.post("/connections/idp/refresh"))
        assert states(refreshed["connection"]) == ["valid", "unconfirmed"], signer
        assert [*trusted(id).saml.certificates] == [OLD.certificate]
    [_, waiting] = refreshed["connection"]["certificates"]
    confirmed = done(api.post(f"/connections/idp/certificates/{waiting['fingerprint']}/confirm"))
    assert states(confirmed) == ["valid", "valid"]
    assert [*trusted(id).saml.certificates] == [OLD.certificate, NEW.certificate]
    assert problem(api.post(f"/connections/idp/certificates/{waiting['id']}/confirm")) == (409, "conflict")


def test_s48_metadata_signed_by_a_pinned_key_is_believed(
    api: Api, idp: dict[str, Any], provider: Provider, trusted: Any
) -> None:
    """A provider's roll-over: its old key answers for the new one, and later the old one is removed."""
    describes(provider, metadata([OLD, NEW], signed_by=OLD))
    refreshed = done(api.post("/connections/idp/refresh"))
    assert states(refreshed["connection"]) == ["valid", "valid"]
    describes(provider, metadata([NEW], signed_by=NEW))
    again = done(api.post("/connections/idp/refresh"))
    [old, _] = again["connection"]["certificates"]
    assert any(old["fingerprint"] in note and "no more" in note for note in again["notes"])
    left = done(api.delete(f"/connections/idp/certificates/{old['id']}"))
    assert [one["certificate"] for one in left["certificates"]] == [NEW.certificate]
    assert [*trusted(left["id"]).saml.certificates] == [NEW.certificate], "removal takes effect at once"


def test_s48_metadata_never_changes_who_the_provider_is(api: Api, idp: dict[str, Any], provider: Provider) -> None:
    """Neither read nor handed over, however it is signed."""
    other = metadata([OLD], entity_id="https://attacker.example/", signed_by=OLD)
    describes(provider, other)
    assert problem(api.post("/connections/idp/refresh")) == (400, "invalid")
    assert problem(api.post("/connections/idp/metadata", {"xml": other})) == (400, "invalid")
    assert done(api.get("/connections/idp"))["saml"]["entity_id"] == ENTITY


def test_s49_metadata_is_handed_over(api: Api) -> None:
    """Its certificates count at once, since somebody answers for them; what it lacks is said."""
    api.create("/connections", {"name": "idp", "protocol": "saml"})
    given = done(api.post("/connections/idp/metadata", {"xml": metadata([OLD, ec_pair()], logout_url=None)}))
    assert states(given["connection"]) == ["valid", "valid"]
    assert given["changed"] == ["entity_id", "sso_url"]
    assert any("no logout address" in note for note in given["notes"])
    later = done(api.post("/connections/idp/metadata", {"xml": metadata([NEW])}))
    assert states(later["connection"]) == ["valid"] * 3


@pytest.mark.parametrize(
    "document",
    [
        "",
        "<a/>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
        metadata([OLD], sso_url=None),
        metadata([OLD], sso_url="http://idp.example/sso"),
        metadata([OLD], sso_url="javascript:alert(1)"),
        metadata([]),
        metadata([rsa_pair("weak", 1024)]),
        metadata([OLD], until=now() - timedelta(days=1)),
        metadata([OLD], entity_id=""),
        metadata([OLD], formats=[TRANSIENT]),
        "<EntitiesDescriptor>" + metadata([OLD]) + "</EntitiesDescriptor>",
    ],
)
def test_s49_what_metadata_is_refused(api: Api, document: str) -> None:
    """S-12, S-29: as a whole, so that nothing of it is stored."""
    api.create("/connections", {"name": "idp", "protocol": "saml"})
    assert problem(api.post("/connections/idp/metadata", {"xml": document})) == (400, "invalid")
    found = done(api.get("/connections/idp"))
    assert (found["saml"]["entity_id"], found["certificates"]) == (None, [])


def test_s29_a_stable_attribute_makes_transient_names_usable(api: Api) -> None:
    """Named before, metadata that knows only transient names is taken."""
    api.create("/connections", {"name": "idp", "protocol": "saml", "saml": {"subject_attribute": "uid-for-good"}})
    given = done(api.post("/connections/idp/metadata", {"xml": metadata([OLD], formats=[TRANSIENT])}))
    assert given["connection"]["missing"] == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(404, b"nothing here"),
        Reply(302, headers={"Location": "/elsewhere"}),
        Reply(200, b"x" * (1024 * 1024 + 1)),
        Reply(200, metadata([OLD]).encode(), {"Content-Encoding": "gzip"}),
    ],
)
def test_s49_what_is_read_is_bounded(api: Api, idp: dict[str, Any], provider: Provider, reply: Reply) -> None:
    """O-32: refused, not a fault, and what was there stays."""
    provider.replies["/metadata"] = reply
    assert problem(api.post("/connections/idp/refresh")) == (400, "invalid")
    assert done(api.get("/connections/idp"))["saml"]["sso_url"] == SSO


def test_t20_only_public_addresses_are_read(app: Flask, api: Api) -> None:
    """When it is saved, and again when it is read."""
    answer = api.post("/connections", {"name": "x", "protocol": "saml", "saml": {"metadata_url": "https://10.0.0.1/m"}})
    assert places(answer) == {"/saml/metadata_url"}
    body = {"name": "x", "protocol": "oidc", "oidc": {"issuer": "https://10.0.0.1", "client_id": "muster"}}
    api.create("/connections", body)
    assert problem(api.post("/connections/x/refresh")) == (400, "invalid")


def test_s12_certificates_by_hand(api: Api, idp: dict[str, Any]) -> None:
    """Several at once, each once, whole and strong ones only, and not without end."""
    for text, said in (
        (rsa_pair("weak", 1024).certificate, "1024"),
        (ec_pair("odd", "secp256k1").certificate, "secp256k1"),
        (OLD.key, "private key"),
        ("nonsense", "no X.509"),
    ):
        answer = api.post("/connections/idp/certificates", {"certificate": text})
        assert (problem(answer), places(answer)) == ((400, "invalid"), {"/certificate"})
        assert said in answer.json["detail"]
        assert OLD.key[100:140] not in answer.text
    assert problem(api.post("/connections/idp/certificates", {"certificate": OLD.certificate})) == (409, "conflict")
    added = done(api.post("/connections/idp/certificates", {"certificate": NEW.body}))
    assert [one["source"] for one in added["certificates"]] == ["metadata", "person"]
    for number in range(MOST - 2):
        done(api.post("/connections/idp/certificates", {"certificate": ec_pair(f"more {number}").certificate}))
    assert problem(api.post("/connections/idp/certificates", {"certificate": FOREIGN.certificate})) == (400, "invalid")
    assert problem(api.delete("/connections/idp/certificates/nobody's")) == (404, "not-found")


def test_s50_our_key_is_rolled_over_without_a_gap(
    api: Api, idp: dict[str, Any], database: Database, trusted: Any
) -> None:
    """Published, used, retired: our metadata names what signs now and next, and what was used still decrypts."""
    id = idp["connection"]["id"]

    def published() -> list[str]:
        return [*trusted(id).provider.certificates]

    [first] = idp["connection"]["keys"]
    prepared = done(api.post("/connections/idp/keys/prepare"))
    assert [one["state"] for one in prepared["keys"]] == ["current", "next"]
    second = prepared["keys"][1]
    assert published() == [first["certificate"], second["certificate"]]
    assert problem(api.post("/connections/idp/keys/prepare")) == (409, "conflict")
    switched = done(api.post("/connections/idp/keys/switch"))
    assert [(one["state"], one["id"]) for one in switched["keys"]] == [
        ("current", second["id"]),
        ("former", first["id"]),
    ]
    assert published() == [second["certificate"]]
    keys = trusted(id).provider.keys
    assert len(keys) == 2
    assert _public(keys[0]) == _certified(second["certificate"])
    assert second["certificate"].split("\n")[1] in saml_metadata.ours(trusted(id).provider, "idp").decode()
    assert problem(api.post("/connections/idp/keys/switch")) == (409, "conflict")
    retired = done(api.post("/connections/idp/keys/retire"))
    assert [one["id"] for one in retired["keys"]] == [second["id"]]
    assert len(trusted(id).provider.keys) == 1
    assert problem(api.post("/connections/idp/keys/retire")) == (409, "conflict")
    certificate = x509.load_pem_x509_certificate(second["certificate"].encode())
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size >= 2048
    with database.reading() as session:
        stored = session.execute(select(KEY_PAIRS.c.private_key).where(KEY_PAIRS.c.connection_id == id)).scalars().all()
        actions = session.execute(select(EVENTS.c.action).where(EVENTS.c.account_id == api.account_id)).scalars().all()
    assert all(text.startswith("s1.") for text in stored), "sealed (T-10)"
    assert {"connection.key_prepared", "connection.key_switched", "connection.key_retired"} <= set(actions)


def test_a_key_that_was_never_used_can_be_taken_back(api: Api, idp: dict[str, Any]) -> None:
    """What is in use stays."""
    done(api.post("/connections/idp/keys/prepare"))
    retired = done(api.post("/connections/idp/keys/retire"))
    assert [(one["state"], one["id"]) for one in retired["keys"]] == [("current", idp["connection"]["keys"][0]["id"])]


def test_o30_an_issuer_is_discovered(api: Api, provider: Provider, trusted: Any) -> None:
    """O-31: its endpoints, as it says; another issuer has said nothing yet. Discovery widens no allow-list (O-10)."""
    oidc = {"issuer": provider.issuer, "client_id": "muster"}
    made = api.create("/connections", {"name": "op", "protocol": "oidc", "oidc": oidc, "client_secret": "s"})
    assert made["missing"] == ["discovery"]
    provider.discovery["id_token_signing_alg_values_supported"] = ["HS256", "none", "RS256"]
    found = done(api.post("/connections/op/refresh"))["connection"]
    assert (found["missing"], found["oidc"]["jwks_uri"]) == ([], f"{provider.issuer}/jwks")
    assert found["oidc"]["algorithms"] == ["RS256", "PS256", "ES256"]
    done(api.patch("/connections/op", {"enabled": True}))
    known = trusted(made["id"])
    assert (known.oidc.token_endpoint, known.credentials.secret) == (f"{provider.issuer}/token", "s")
    done(api.patch("/connections/op", {"enabled": False}))
    moved = done(api.patch("/connections/op", {"oidc": {"issuer": "https://other.example"}}))
    assert (moved["oidc"]["jwks_uri"], moved["missing"]) == (None, ["discovery", "client_secret"])


def test_r10_the_client_secret_goes_to_no_other_provider(api: Api, provider: Provider) -> None:
    """Nobody learns it by sending it to themselves; whoever knows it says it anew."""
    oidc = {"issuer": provider.issuer, "client_id": "muster"}
    api.create("/connections", {"name": "op", "protocol": "oidc", "oidc": oidc, "client_secret": "s"})
    done(api.post("/connections/op/refresh"))
    kept = done(api.patch("/connections/op", {"oidc": {"client_id": "another", "scopes": ["openid"]}}))
    assert kept["secret_set"] is not None
    moved = done(api.patch("/connections/op", {"oidc": {"issuer": "https://evil.example"}}))
    assert moved["secret_set"] is None
    given = done(api.patch("/connections/op", {"oidc": {"issuer": "https://third.example"}, "client_secret": "t"}))
    assert given["secret_set"] is not None


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://somebody.example"},
        {"token_endpoint": "http://op.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_o31_what_a_provider_may_not_say(api: Api, provider: Provider, said: dict[str, Any]) -> None:
    """It is refused, and nothing of it is stored."""
    provider.discovery.update(said)
    oidc = {"issuer": provider.issuer, "client_id": "muster"}
    api.create("/connections", {"name": "op", "protocol": "oidc", "oidc": oidc})
    assert problem(api.post("/connections/op/refresh")) == (400, "invalid")
    assert done(api.get("/connections/op"))["oidc"]["token_endpoint"] is None


def test_o35_private_key_jwt_uses_the_connection_s_own_key(api: Api, provider: Provider, trusted: Any) -> None:
    """Published in its JWKS with the next one; the one that is in use signs. No secret is needed."""
    oidc = {"issuer": provider.issuer, "client_id": "muster", "client_authentication": "private_key_jwt"}
    made = api.create("/connections", {"name": "op", "protocol": "oidc", "oidc": oidc})
    assert done(api.post("/connections/op/refresh"))["connection"]["missing"] == []
    prepared = done(api.post("/connections/op/keys/prepare"))
    known = trusted(made["id"])
    assert known.credentials.key_id == made["keys"][0]["id"]
    assert [one["kid"] for one in known.jwks["keys"]] == [one["id"] for one in prepared["keys"]]
    assert all(set(one) <= {"kty", "kid", "use", "alg", "n", "e"} for one in known.jwks["keys"]), "nothing private"
    assert "PRIVATE" not in repr(known)


def test_a_change_while_the_provider_is_asked_is_not_overwritten(api: Api, idp: dict[str, Any]) -> None:
    """The refresh is refused; it can be repeated."""
    database: Database = api.app.extensions["database"]
    calls = Outbound(settings_for("sqlite:///x", private_targets="127.0.0.0/8").networks())
    with database.reading() as session:
        source = connection_refresh.source_of(session, api.account_id, "idp")
        seen = connection_refresh.read(calls, source)
    done(api.patch("/connections/idp", {"session_hours": 2}))
    with pytest.raises(Conflict, match="meanwhile"), database.writing() as session:
        connection_refresh.refresh(session, calls, source, seen)


def _public(private: str) -> Any:
    return load_pem_private_key(private.encode(), None).public_key().public_numbers()  # type: ignore[union-attr]


def _certified(certificate: str) -> Any:
    return x509.load_pem_x509_certificate(certificate.encode()).public_key().public_numbers()  # type: ignore[union-attr]
