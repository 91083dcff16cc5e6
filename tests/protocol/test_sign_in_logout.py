"""Signing out at identity providers and because of them: whose sessions end, and whose never.

S-45 to S-47, O-36, O-37.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.db import Database
from app.models.base import now
from app.services import person_sessions
from sso.model import NameId, SamlTrust, ServiceProvider
from sso.saml_logout import LogoutRequest, answer_logout, begin_logout
from tests.idp.oidc_provider import Provider, Reply
from tests.idp.saml_idp import SAMLP, SamlIdp
from tests.idp.saml_keys import rsa_pair
from tests.protocol.browser import Browser, led_to
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.oauth_client import BYE, a_platform
from tests.protocol.oauth_client import Browser as Client
from tests.protocol.sign_in_world import KEYS, LOGOUT, Oidc, Saml, World, asked, local
from tests.protocol.test_sign_in_saml import is_refused, race

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


@pytest.fixture(scope="module")
def app(reaching_app: Flask) -> Flask:
    """It may call providers on this machine."""
    return reaching_app


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    return World(app, database)


@pytest.fixture
def saml(world: World) -> Saml:
    return world.saml(creates_people=True, saml={"logout_url": LOGOUT})


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as listening:
        yield listening


@pytest.fixture
def oidc(world: World, provider: Provider) -> Oidc:
    return world.oidc(provider, creates_people=True)


def request_of(
    saml: Saml, name_id: str, index: str | None = None, *, idp: SamlIdp | None = None, at: datetime | None = None
) -> str:
    """A logout request of the identity provider, as the address to which it sends the browser."""
    idp, sp = idp or saml.idp, saml.sp
    # The provider's side of the same message: it asks us, at our address.
    theirs = ServiceProvider(idp.entity_id, "", "", (idp.keys.key,), (idp.keys.certificate,))
    ours = SamlTrust(sp.entity_id, "https://unused.example", (), logout_url=sp.logout_url)
    name = NameId(name_id, PERSISTENT)
    return local(begin_logout(ours, theirs, name, () if index is None else (index,), "their-state", at or now()).url)


def signed_in(saml: Saml, name_id: str, index: str = "_s1") -> Browser:
    def bend(root: Any) -> None:
        root.find(".//{*}AuthnStatement").set("SessionIndex", index)

    browser = saml.world.browser()
    assert saml.sign_in(browser, name_id=name_id, bend=bend).status_code == 303
    return browser


def test_s45_the_provider_ends_sessions_of_its_own_connection(world: World, saml: Saml) -> None:
    """Of that subject and that index; others stay, also those of the same name at another connection."""
    other = world.saml(creates_people=True, saml={"logout_url": LOGOUT})
    ana, ana_elsewhere, bo = signed_in(saml, "ana", "_1"), signed_in(saml, "ana", "_2"), signed_in(saml, "bo", "_1")
    stranger = world.browser()
    other.sign_in(stranger, name_id="ana", attributes={"userName": ["ana2"]})
    answer = world.browser().open(request_of(saml, "ana", "_1"), site="cross-site")
    assert answer.status_code == 303, answer.text
    assert [world.who(one) is not None for one in (ana, ana_elsewhere, bo, stranger)] == [False, True, True, True]
    there = answer.headers["Location"]
    assert there.startswith(LOGOUT)
    assert parse_qs(urlsplit(there).query)["RelayState"] == ["their-state"]
    assert world.browser().open(request_of(saml, "ana"), site="cross-site").status_code == 303
    assert [world.who(one) is not None for one in (ana_elsewhere, bo, stranger)] == [False, True, True]
    ended = world.events("session.ended")
    assert [one.actor_kind for one in ended] == ["idp", "idp"]
    assert {one.after["because"] for one in ended} == {"provider"}
    world.verify()


def test_s45_a_provider_takes_no_other_session_from_a_browser(world: World, saml: Saml) -> None:
    """Neither one of another account, nor of another person: whoever brings its message there stays signed in."""
    stranger = World(world.app, world.database)
    theirs = stranger.saml(creates_people=True, saml={"logout_url": LOGOUT})
    ana, bo = signed_in(saml, "ana"), signed_in(saml, "bo")
    assert ana.open(request_of(theirs, "somebody"), site="cross-site").status_code == 303
    assert ana.open(request_of(saml, "bo"), site="cross-site").status_code == 303
    assert world.who(ana) is not None
    assert world.who(bo) is None
    assert ana.open(request_of(saml, "ana"), site="cross-site").status_code == 303
    assert ana.cookie("muster") is None


def test_s45_s26_a_session_proven_anew_is_the_providers_new_one(world: World, saml: Saml) -> None:
    """Its logout request names the new index, ours too; and where its session ends, ours does."""
    browser = signed_in(saml, "ana", "_first")
    before = world.who(browser)
    assert before is not None

    def bend(root: Any) -> None:
        statement = root.find(".//{*}AuthnStatement")
        statement.set("SessionIndex", "_second")
        statement.set("SessionNotOnOrAfter", (now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))

    assert saml.sign_in(browser, {"step_up": "1"}, name_id="ana", bend=bend).status_code == 303
    after = world.who(browser)
    assert after is not None
    assert (after.session_id, after.provider_session) == (before.session_id, "_second")
    assert timedelta(minutes=58) < after.ends - now() <= timedelta(hours=1) < before.ends - now()
    with world.database.reading() as session:
        assert person_sessions.provider_of(session, KEYS, after)["session_indexes"] == ["_first", "_second"]
    assert world.browser().open(request_of(saml, "ana", "_second"), site="cross-site").status_code == 303
    assert world.who(browser) is None


def stepped_up(saml: Saml, name_id: str, *indexes: str) -> Browser:
    """Somebody who has proved several times who they are; each is a session of its own at the provider."""
    browser = signed_in(saml, name_id, indexes[0])
    for index in indexes[1:]:

        def bend(root: Any, index: str = index) -> None:
            root.find(".//{*}AuthnStatement").set("SessionIndex", index)

        assert saml.sign_in(browser, {"step_up": "1"}, name_id=name_id, bend=bend).status_code == 303
    return browser


@pytest.mark.parametrize("index", ["_first", "_second", "_third", None])
def test_s45_every_session_that_the_provider_had_ends_ours(world: World, saml: Saml, index: str | None) -> None:
    """Whichever of them its logout names; and never that of somebody else, nor by an index of theirs."""
    browser, bo = stepped_up(saml, "ana", "_first", "_second", "_third"), stepped_up(saml, "bo", "_b1", "_b2")
    for wrong in (("ana", "_b1"), ("bo", "_first"), ("ana", "_fourth")):
        assert world.browser().open(request_of(saml, *wrong), site="cross-site").status_code == 303
    assert world.who(browser) is not None
    assert world.browser().open(request_of(saml, "ana", index), site="cross-site").status_code == 303
    assert world.who(browser) is None
    assert world.who(bo) is not None


def test_s45_signing_out_ends_every_session_that_the_provider_had(world: World, saml: Saml) -> None:
    browser = stepped_up(saml, "ana", "_first", "_second", "_second", "_third")
    begun = asked(led_to(browser.send("/signout")))
    indexes = [one.text for one in begun.request.findall(f"{{{SAMLP}}}SessionIndex")]
    assert indexes == ["_first", "_second", "_third"]


def test_s45_another_name_of_the_same_subject_is_theirs_too(world: World) -> None:
    """Where an attribute is the subject, the name may be another one each time."""
    saml = world.saml(
        creates_people=True,
        saml={"subject_attribute": "employeeId", "name_id_format": "transient", "logout_url": LOGOUT},
    )
    browser, said = world.browser(), {"attributes": {"employeeId": ["e-1"]}}
    assert saml.sign_in(browser, name_id="t-1", **said).status_code == 303
    assert saml.sign_in(browser, {"step_up": "1"}, name_id="t-2", **said).status_code == 303
    assert world.browser().open(request_of(saml, "t-1"), site="cross-site").status_code == 303
    assert world.who(browser) is None


def test_o36_a_session_proven_anew_has_the_providers_new_name(world: World, oidc: Oidc, provider: Provider) -> None:
    browser = world.browser()
    provider.claims["sid"] = "sid-1"
    oidc.sign_in(browser)
    provider.claims["sid"] = "sid-2"
    assert oidc.sign_in(browser, {"step_up": "1"}).status_code == 303
    found = world.who(browser)
    assert found is not None
    assert found.provider_session == "sid-2"
    with world.database.reading() as session:
        hint = person_sessions.provider_of(session, KEYS, found)["id_token"]
    body = hint.split(".")[1]
    assert json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))["sid"] == "sid-2"


def test_s45_the_name_is_what_a_logout_names_also_where_an_attribute_is_the_subject(world: World) -> None:
    """A logout request has no attributes; it names the NameID, which may be another one than the person's subject."""
    saml = world.saml(creates_people=True, saml={"logout_url": LOGOUT, "subject_attribute": "uid"})
    ana, bo = world.browser(), world.browser()
    for browser, uid, name_id in ((ana, "u-1", "_a1"), (bo, "_a1", "_b1")):
        said = {"uid": [uid], "userName": [f"person {uid}"]}
        assert saml.sign_in(browser, name_id=name_id, attributes=said).status_code == 303
    assert world.browser().open(request_of(saml, "u-1"), site="cross-site").status_code == 303
    assert [world.who(one) is not None for one in (ana, bo)] == [True, True]
    assert world.browser().open(request_of(saml, "_a1"), site="cross-site").status_code == 303
    assert [world.who(one) is not None for one in (ana, bo)] == [False, True]
    world.verify()


def test_s45_unsigned_wrongly_signed_foreign_or_used(world: World, saml: Saml) -> None:
    """Nobody ends anybody's session without the provider's key."""
    browser = signed_in(saml, "ana")
    genuine = request_of(saml, "ana")
    parts = urlsplit(genuine)
    pairs = parse_qsl(parts.query)

    def send(query: Any) -> TestResponse:
        text = query if isinstance(query, str) else urlencode(query)
        return world.browser().open(f"{parts.path}?{text}", site="cross-site")

    unsigned = [(name, value) for name, value in pairs if name not in ("Signature", "SigAlg")]
    is_refused(world, send(unsigned), "unsigned")
    is_refused(world, send([*pairs, ("RelayState", "another")]), "form", 400)
    thief = SamlIdp(rsa_pair("thief"))
    is_refused(world, world.browser().open(request_of(saml, "ana", idp=thief)), "signature")
    other = world.saml(idp=saml.idp, creates_people=True, saml={"logout_url": LOGOUT})
    is_refused(world, world.browser().open(genuine.replace(saml.id, other.id)), "destination")
    assert world.who(browser) is not None
    assert world.browser().open(genuine).status_code == 303
    assert world.who(browser) is None
    again = signed_in(saml, "ana")
    is_refused(world, world.browser().open(genuine), "replay")
    assert world.who(again) is not None


def test_s46_s47_nonsense_is_never_a_fault(world: World, saml: Saml) -> None:
    some = (
        "",
        "SAMLRequest=",
        "SAMLRequest=%%%",
        "SAMLResponse=eA%3D%3D",
        "x=" + "y" * 70_000,
        "SAMLRequest=%ff&SigAlg=x",
    )
    for query in some:
        answer = world.browser().open(f"/sso/{saml.id}/logout?{query}")
        assert 400 <= answer.status_code < 500, query[:40]


def test_signing_out_at_a_saml_provider(world: World, saml: Saml) -> None:
    """Our session ends first; the request names the person as the provider did; the answer leads to a page of ours."""
    browser = signed_in(saml, "ana", "_index-7")
    secret = browser.cookie("muster")
    there = led_to(browser.send("/signout"))
    assert there.startswith(LOGOUT)
    browser.keep("muster", secret or "")
    assert world.who(browser) is None
    query = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    begun = asked(there)
    assert begun.request.tag == f"{{{SAMLP}}}LogoutRequest"
    assert begun.request.findtext(f"{{{SAMLP}}}SessionIndex") == "_index-7"
    [name] = begun.request.findall("{*}NameID")
    assert (name.text, name.get("Format")) == ("ana", PERSISTENT)
    response = response_to(saml, begun.request_id, query["RelayState"])
    answer = browser.open(response, site="cross-site")
    assert (answer.status_code, led_to(answer)) == (303, "/signin?over=1")
    is_refused(world, browser.open(response), "replay")


def response_to(saml: Saml, request_id: str, relay_state: str) -> str:
    """The provider's answer to a logout request of ours."""
    idp, sp = saml.idp, saml.sp
    theirs = ServiceProvider(idp.entity_id, "", "", (idp.keys.key,), (idp.keys.certificate,))
    ours = SamlTrust(sp.entity_id, "https://unused.example", (), logout_url=sp.logout_url)
    asked_for = LogoutRequest(request_id, NameId("ana"), (), relay_state, now())
    return local(answer_logout(ours, theirs, asked_for, now()))


def asks_to_end(world: World, browser: Browser) -> tuple[TestResponse, Any]:
    """A platform asks for the end of the session, with the person's ID token of it."""
    platform = a_platform(world.app, world.database, world.account_id)
    hint = platform.tokens(Client(world.app, browser.cookie("muster")))["id_token"]
    asked = {"id_token_hint": hint, "post_logout_redirect_uri": BYE, "state": "s 1"}
    return browser.open("/oauth/logout", query_string=asked, site="cross-site"), hint


def test_a_platform_signs_out_at_a_saml_provider_too(world: World, saml: Saml) -> None:
    """The session ends first; from the provider the browser comes back to the platform, with its state."""
    browser = signed_in(saml, "ana")
    answer, hint = asks_to_end(world, browser)
    there = answer.headers["Location"]
    assert answer.status_code == 303
    assert there.startswith(LOGOUT)
    assert world.who(browser) is None
    begun = asked(there)
    back = browser.open(response_to(saml, begun.request_id, begun.relay_state), site="cross-site")
    assert (back.status_code, led_to(back)) == (303, f"{BYE}?state=s+1")
    gone = {"id_token_hint": hint, "post_logout_redirect_uri": BYE}
    assert browser.open("/oauth/logout", query_string=gone).headers["Location"] == BYE


def test_a_platform_signs_out_at_an_openid_provider_too(world: World, oidc: Oidc, provider: Provider) -> None:
    browser = world.browser()
    assert oidc.sign_in(browser).status_code == 303
    there = asks_to_end(world, browser)[0].headers["Location"]
    assert there.startswith(f"{provider.issuer}/logout")
    assert world.who(browser) is None
    state = parse_qs(urlsplit(there).query)["state"][0]
    back = browser.open(f"/sso/{oidc.id}/logout?{urlencode({'state': state})}")
    assert (back.status_code, led_to(back)) == (303, f"{BYE}?state=s+1")


def test_o37_signing_out_at_an_openid_provider(world: World, oidc: Oidc, provider: Provider) -> None:
    """With the hint, to the registered address, and back only once."""
    browser = world.browser()
    assert oidc.sign_in(browser).status_code == 303
    secret = browser.cookie("muster")
    there = led_to(browser.send("/signout"))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    assert there.startswith(f"{provider.issuer}/logout")
    assert asked["post_logout_redirect_uri"] == f"{PUBLIC_URL}/sso/{oidc.id}/logout"
    assert asked["id_token_hint"].count(".") == 2
    browser.keep("muster", secret or "")
    assert world.who(browser) is None
    back = f"/sso/{oidc.id}/logout"
    is_refused(world, browser.open(back), "request")
    is_refused(world, browser.open(f"{back}?state=unknown"), "request")
    answer = browser.open(f"{back}?{urlencode({'state': asked['state']})}")
    assert (answer.status_code, led_to(answer)) == (303, "/signin?over=1")
    is_refused(world, browser.open(f"{back}?{urlencode({'state': asked['state']})}"), "replay")


def tell(oidc: Oidc, token: Any, **form: Any) -> TestResponse:
    """A logout token, from one server to another."""
    client = oidc.world.app.test_client()
    data = {"logout_token": token, **form}
    return client.post(f"/sso/{oidc.id}/backchannel-logout", base_url=PUBLIC_URL, data=data)


def test_o36_back_channel_logout(world: World, oidc: Oidc, provider: Provider) -> None:
    """By subject or by session; of that connection; once; and it is not stored by anybody."""
    browsers = {}
    for sub, sid in (("s-1", "one"), ("s-1", "two"), ("s-2", "three")):
        browsers[sid] = world.browser()
        oidc.sign_in(browsers[sid], sub=sub, sid=sid, preferred_username=sub)
    del provider.person["sid"]
    answer = tell(oidc, provider.logout_token(sub="s-1", sid="two"))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert [world.who(one) is not None for one in browsers.values()] == [True, False, True]
    token = provider.logout_token(sub="s-1")
    assert tell(oidc, token).status_code == 200
    assert [world.who(one) is not None for one in browsers.values()] == [False, False, True]
    oidc.sign_in(browsers["one"], sub="s-1")
    replayed = tell(oidc, token)
    assert (replayed.status_code, replayed.headers["Cache-Control"]) == (400, "no-store")
    assert world.who(browsers["one"]) is not None
    assert tell(oidc, provider.logout_token(sub=..., sid="three")).status_code == 200
    assert world.who(browsers["three"]) is None
    for one in world.events("sign_in.refused"):
        assert one.reason == "replay"


def test_o36_what_is_no_logout_token(world: World, oidc: Oidc, provider: Provider) -> None:
    browser = world.browser()
    oidc.sign_in(browser, sub="s-1")
    bad: list[Any] = [
        "",
        "a.b.c",
        "x" * 40_000,
        provider.id_token(secrets.token_urlsafe(8)),
        provider.logout_token(nonce="n"),
        provider.logout_token(aud="another"),
        provider.logout_token(iss="https://evil.example"),
        provider.logout_token(jti=...),
        provider.logout_token(sub=...),
        provider.logout_token(events={}),
    ]
    for token in bad:
        answer = tell(oidc, token)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (400, "no-store"), str(token)[:30]
    client = world.app.test_client()
    assert client.post(f"/sso/{oidc.id}/backchannel-logout", base_url=PUBLIC_URL).status_code == 400
    assert client.get(f"/sso/{oidc.id}/backchannel-logout", base_url=PUBLIC_URL).status_code == 405
    unknown = "0193a5f0-0000-7000-8000-000000000000"
    token = provider.logout_token(sub="s-1")
    data = {"logout_token": token}
    assert client.post(f"/sso/{unknown}/backchannel-logout", base_url=PUBLIC_URL, data=data).status_code == 400
    assert world.who(browser) is not None


def test_o36_the_same_token_at_the_same_moment(world: World, oidc: Oidc, provider: Provider) -> None:
    token = provider.logout_token(sub="s-1")
    assert race(*[lambda: tell(oidc, token)] * 3) == [200, 400, 400]


def test_o36_a_provider_whose_keys_cannot_be_read(world: World, provider: Provider) -> None:
    oidc = world.oidc(provider, creates_people=True)
    provider.replies["/jwks"] = Reply(500)
    assert tell(oidc, provider.logout_token(sub="s-1")).status_code == 502


def test_front_channel_logout(world: World, oidc: Oidc, provider: Provider) -> None:
    """By issuer and session only; a frame has no cookie of ours."""
    browser, other = world.browser(), world.browser()
    oidc.sign_in(browser, sub="s-1", sid="one")
    oidc.sign_in(other, sub="s-1", sid="two")
    path = f"/sso/{oidc.id}/frontchannel-logout"
    for query in ("", "?sid=one", f"?iss={provider.issuer}", "?iss=https://evil.example&sid=one"):
        assert 400 <= world.browser().open(path + query, site="cross-site").status_code < 500
    assert world.who(browser) is not None
    answer = world.browser().open(f"{path}?{urlencode({'iss': provider.issuer, 'sid': 'one'})}", site="cross-site")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert [world.who(one) is not None for one in (browser, other)] == [False, True]
