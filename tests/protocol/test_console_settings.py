"""/console/settings and /console/setup-links: what an account says of itself, and whom it lets in from outside."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.db import Database
from app.models import Account, ApiKey, OAuthClient, SetupLink, WebhookEndpoint
from app.models.base import table
from app.resolving import Unanswered
from tests.protocol.console_world import ConsoleWorld, cells_of, text_of
from tests.protocol.sign_in_world import earlier, local
from tests.protocol.test_query_counts import counted

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
ACCOUNTS, KEYS, HOOKS = table(Account), table(ApiKey), table(WebhookEndpoint)
CLIENTS, LINKS = table(OAuthClient), table(SetupLink)
SETTINGS = "/console/settings"
TABS = ("", "/enforcement", "/domains", "/account", "/webhooks", "/keys", "/clients")
SECURE = {
    "session_idle_minutes": "30",
    "session_hours": "12",
    "owner_session_hours": "8",
    "step_up_minutes": "10",
    "trace_days": "14",
}


@pytest.fixture(scope="module")
def app(reaching_app: Flask) -> Flask:
    """It may call providers on this machine."""
    return reaching_app


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own."""
    return ConsoleWorld(app, database)


def account(world: ConsoleWorld) -> Any:
    """Its row."""
    with world.database.reading() as session:
        return session.execute(ACCOUNTS.select().where(ACCOUNTS.c.id == world.account_id)).one()


def sent(world: ConsoleWorld, path: str, **values: Any) -> TestResponse:
    """A form that was sent; it must have been done."""
    answer = world.console.send(path, **values)
    assert answer.status_code == 303, answer.text
    return answer


def shown_once(page: TestResponse) -> str:
    """The secret that a page shows this once."""
    assert page.status_code == 200, page.text
    found = re.search(r'id="secret" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return found[1]


def test_sessions_and_proofs_are_set_within_limits(world: ConsoleWorld) -> None:
    """What is wrong stands beside it, and what was typed stays."""
    sent(world, SETTINGS, **(SECURE | {"session_hours": "4", "requires_mfa": "yes", "sign_in_methods": "mfa, hwk"}))
    row = account(world)
    assert (row.session_hours, row.requires_mfa, list(row.sign_in_methods)) == (4, True, ["mfa", "hwk"])
    page = world.console.open(SETTINGS).text
    assert 'name="session_hours" type="number" value="4"' in page
    assert 'id="requires_mfa" name="requires_mfa" value="yes" checked' in page
    wrong = world.console.send(SETTINGS, **(SECURE | {"session_hours": "999", "sign_in_methods": "kept"}))
    assert wrong.status_code == 422
    assert "From 1 to 168." in wrong.text
    assert "kept" in wrong.text
    assert account(world).session_hours == 4
    assert {one.actor_id for one in world.events("account.changed")} == {world.owner}


def test_a_person_makes_the_limits_of_mapping_only_stricter(world: ConsoleWorld) -> None:
    """Name, default roles, and after how much a second owner is needed."""
    given = {"name": "Acme & Sons", "subject_form": "id", "approves_privileged": "yes"}
    sent(world, f"{SETTINGS}/account", blast_radius="50", default_roles=["Viewer"], **given)
    row = account(world)
    assert (row.name, row.subject_form, row.blast_radius) == ("Acme & Sons", "id", 50)
    page = world.console.open(f"{SETTINGS}/account").text
    assert 'value="Viewer" checked' in page
    assert 'value="Account Owner"' not in page
    looser = world.console.send(f"{SETTINGS}/account", blast_radius="500", default_roles=["Analyst"], **given)
    assert looser.status_code == 403
    assert "second Account Owner" in looser.text
    assert 'value="Analyst" checked' in looser.text
    assert account(world).blast_radius == 50
    nameless = world.console.send(f"{SETTINGS}/account", **(given | {"name": ""}))
    assert nameless.status_code == 422
    assert account(world).name == "Acme & Sons"


def test_r07_the_ramp_says_what_is_missing(world: ConsoleWorld) -> None:
    """Step by step; it cannot be required before, whatever is sent."""
    page = text_of(world.console.open(f"{SETTINGS}/enforcement").text)
    assert "A connection is switched on still missing" in page
    world.saml()
    page = text_of(world.console.open(f"{SETTINGS}/enforcement").text)
    assert "A connection is switched on done" in page
    assert "You came in through a connection within the last hour still missing" in page
    asked = world.console.open(f"{SETTINGS}/enforcement/require").text
    assert "It cannot be required yet" in asked
    assert f'action="{SETTINGS}/enforcement/require"' not in asked
    refused = world.console.send(f"{SETTINGS}/enforcement/require")
    assert refused.status_code == 409
    assert account(world).sso_required is None
    sent(world, f"{SETTINGS}/enforcement/days", door_days="7")
    assert account(world).door_days == 7
    assert world.console.send(f"{SETTINGS}/enforcement/days", door_days="0").status_code == 422
    sent(world, f"{SETTINGS}/enforcement/relax")


def test_a_domain_is_added_proven_led_and_given_up(world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its record to copy; DNS that lacks it is told, and what changed is said at the end."""
    refused = world.console.send(f"{SETTINGS}/domains", name="co.uk")
    assert refused.status_code == 422
    assert 'value="co.uk"' in refused.text
    path = sent(world, f"{SETTINGS}/domains", name="acme-console.com").headers["Location"].partition("?")[0]
    page = world.console.open(path).text
    record = re.search(r'id="record-value" value="([^"]*)"', page)
    assert record is not None
    assert "_muster-challenge.acme-console.com" in page
    assert "not proven yet" in page
    texts: list[str] = []
    resolver = world.app.extensions["resolver"]
    monkeypatch.setattr(type(resolver), "texts", lambda _self, _name: texts)
    missing = world.console.send(f"{path}/check")
    assert missing.status_code == 422
    assert "no TXT record" in missing.text

    def silent(_self: object, name: str) -> list[str]:
        raise Unanswered(f"nobody answers about {name}")

    monkeypatch.setattr(type(resolver), "texts", silent)
    assert "nobody answers" in world.console.send(f"{path}/check").text
    texts.append(record[1])
    monkeypatch.setattr(type(resolver), "texts", lambda _self, _name: texts)
    assert sent(world, f"{path}/check").headers["Location"].endswith("?done=domains.verified")
    saml = world.saml(name="Okta")
    sent(world, f"{path}/bind", connection=saml.id)
    assert [row[:3] for row in cells_of(world.console.open(f"{SETTINGS}/domains"))] == [
        ["acme-console.com", "proven", "Okta"]
    ]
    assert "Its people are led to Okta no more" in world.console.open(f"{path}/remove").text
    sent(world, f"{path}/remove")
    assert world.console.open(path).status_code == 404


def test_an_api_key_is_shown_once_and_may_only_what_was_ticked(world: ConsoleWorld) -> None:
    """Then it is ended, and refused."""
    new = f"{SETTINGS}/keys/new"
    for values, said in (
        ({"name": "", "days": "90", "scopes": ["users:read"]}, "Give it a name"),
        ({"name": "x", "days": "90"}, "Tick at least one"),
        ({"name": "x", "days": "90", "scopes": ["everything"]}, "unknown scope"),
    ):
        wrong = world.console.send(new, **values)
        assert wrong.status_code == 422
        assert said in wrong.text
    assert "For 7 days a program with this key can act in the name of no other" in world.console.open(new).text
    spanish = world.console.open(new, headers={"Accept-Language": "es"}).text
    assert "Durante 7 días" in spanish
    key = shown_once(world.console.send(new, name=HOSTILE, days="90", scopes=["users:read"]))
    client = world.app.test_client()
    bearer = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/v1/users", headers=bearer).status_code == 200
    assert client.get("/api/v1/account", headers=bearer).status_code == 403
    page = world.console.open(f"{SETTINGS}/keys?q={key[5:17]}")
    assert key not in page.text
    assert "<script>alert" not in page.text
    assert cells_of(page)[0][0] == HOSTILE
    (row,) = world.rows(KEYS)[-1:]
    asked = world.console.open(f"{SETTINGS}/keys/{row.id}/end").text
    assert "users:read" in asked
    sent(world, f"{SETTINGS}/keys/{row.id}/end")
    assert client.get("/api/v1/users", headers=bearer).status_code == 401
    assert world.console.send(f"{SETTINGS}/keys/nothing/end").status_code == 404


def test_a_webhook_from_its_secret_to_its_end(world: ConsoleWorld) -> None:
    """Tested, switched off and on, sent again, given another secret, deleted with what that means."""
    wrong = world.console.send(f"{SETTINGS}/webhooks/new", name="crm", url="ftp://nowhere")
    assert wrong.status_code == 422
    assert 'value="ftp://nowhere"' in wrong.text
    given: dict[str, Any] = {"name": "crm", "url": "https://127.0.0.1:9443/hook"}
    secret = shown_once(world.console.send(f"{SETTINGS}/webhooks/new", types=["access.granted"], **given))
    assert secret.startswith("whsec_")
    (row,) = world.rows(HOOKS)
    path = f"{SETTINGS}/webhooks/{row.id}"
    assert secret not in world.console.open(path).text
    assert 'value="access.granted" checked' in world.console.open(path).text
    sent(world, path, types=[], **(given | {"name": "CRM"}))
    sent(world, f"{path}/test")
    sent(world, f"{path}/off")
    assert world.console.send(f"{path}/test").status_code == 422
    sent(world, f"{path}/on")
    sent(world, f"{path}/replay", after="0")
    assert world.rows(HOOKS)[0].cursor == 0
    for after in ("x", "99999999"):
        assert world.console.send(f"{path}/replay", after=after).status_code == 422
    assert shown_once(world.console.send(f"{path}/rotate")) != secret
    assert "The secret before counts until" in world.console.open(path).text
    assert world.console.send(f"{path}/eat").status_code == 404
    assert "are not sent any more" in world.console.open(f"{path}/delete").text
    sent(world, f"{path}/delete")
    assert not world.rows(HOOKS)
    world.verify()


def test_a_client_from_its_secret_to_its_end(world: ConsoleWorld) -> None:
    """Its id to copy, its addresses checked, another secret, and away for good."""
    given = {"name": "Postbird", "auth_method": "client_secret_basic", "scopes": "openid\nprofile"}
    wrong = world.console.send(f"{SETTINGS}/clients/new", redirect_uris="http://elsewhere.example/", **given)
    assert wrong.status_code == 422
    assert "must begin with https" in wrong.text
    good = {"redirect_uris": "https://postbird.example/in\nhttps://next.example/in"}
    secret = shown_once(world.console.send(f"{SETTINGS}/clients/new", **given, **good))
    (row,) = world.rows(CLIENTS)
    path = f"{SETTINGS}/clients/{row.id}"
    assert list(row.redirect_uris) == good["redirect_uris"].split()
    page = world.console.open(path).text
    assert secret not in page
    assert f'id="client-id" value="{row.id}"' in page
    sent(world, path, with_roles="yes", **(given | good))
    assert world.rows(CLIENTS)[0].with_roles
    assert shown_once(world.console.send(f"{path}/rotate")) != secret
    sent(world, f"{path}/end")
    assert world.console.send(path, **(given | good)).status_code == 422
    assert [cells[2] for cells in cells_of(world.console.open(f"{SETTINGS}/clients"))] == ["ended"]


def test_a_set_up_link_is_shown_once_and_ended(world: ConsoleWorld) -> None:
    """Its page opens until then; what makes no sense is told beside it."""
    new = "/console/setup-links/new"
    for values, said in (
        ({"purpose": "saml", "hours": "x"}, "From 1 to 720."),
        ({"purpose": "certificate", "hours": "72", "connection": ""}, "is needed"),
        ({"purpose": "scim", "hours": "72", "enables": "yes"}, "is for saml and oidc"),
    ):
        wrong = world.console.send(new, note="kept", **values)
        assert wrong.status_code == 422
        assert said in wrong.text
        assert 'value="kept"' in wrong.text
    url = shown_once(world.console.send(new, purpose="saml", hours="72", note=HOSTILE, enables="yes"))
    visitor = world.browser()
    assert visitor.open(local(url)).status_code == 200
    page = world.console.open("/console/setup-links")
    assert url not in page.text
    assert "<script>alert" not in page.text
    assert cells_of(page)[0][:3] == [HOSTILE, "Sign-in by SAML", "good"]
    (row,) = world.rows(LINKS)
    assert row.created_by == world.owner
    assert "sees the page of an ended link" in world.console.open(f"/console/setup-links/{row.id}/end").text
    sent(world, f"/console/setup-links/{row.id}/end")
    assert visitor.open(local(url)).status_code == 404
    assert cells_of(world.console.open("/console/setup-links?state=revoked"))[0][2] == "ended"


def test_whoever_proved_long_ago_who_they_are_does_so_again(world: ConsoleWorld) -> None:
    """N-7: before whatever gives somebody outside something, or lets more people in; looking needs it not."""
    world.console.signs_in(world.database, world.account_id, world.owner, earlier(90))
    for path in (f"{SETTINGS}/keys/new", f"{SETTINGS}/enforcement/require", "/console/setup-links/new"):
        assert "step_up=1" in world.console.open(path).text
    for path, values in (
        (SETTINGS, SECURE),
        (f"{SETTINGS}/keys/new", {"name": "x", "days": "90", "scopes": "users:read"}),
        (f"{SETTINGS}/webhooks/new", {"name": "x", "url": "https://127.0.0.1:9443/"}),
        (f"{SETTINGS}/clients/new", {"name": "x"}),
        ("/console/setup-links/new", {"purpose": "saml", "hours": "1"}),
    ):
        assert "step_up=1" in world.console.send(path, **values).text, path
    assert not world.rows(HOOKS)
    assert not world.rows(LINKS)
    for tab in TABS:
        assert "step_up=1" not in world.console.open(f"{SETTINGS}{tab}").text


def test_only_owners_and_only_of_this_account(world: ConsoleWorld) -> None:
    """M-1."""
    delegate = world.push()
    world.gives("Administrator", delegate)
    looking = world.signed_in(delegate)
    for tab in TABS:
        assert looking.open(f"{SETTINGS}{tab}").status_code == 403
    assert looking.open("/console/setup-links").status_code == 403
    shown_once(world.console.send(f"{SETTINGS}/webhooks/new", name="crm", url="https://127.0.0.1:9443/"))
    shown_once(world.console.send("/console/setup-links/new", purpose="saml", hours="1"))
    other = ConsoleWorld(world.app, world.database)
    (hook,), (link,) = world.rows(HOOKS), world.rows(LINKS)
    key = world.rows(KEYS)[0]
    for path in (
        f"{SETTINGS}/webhooks/{hook.id}",
        f"{SETTINGS}/webhooks/{hook.id}/delete",
        f"{SETTINGS}/keys/{key.id}/end",
        f"/console/setup-links/{link.id}/end",
    ):
        assert other.console.open(path).status_code == 404, path
        assert other.console.send(path).status_code == 404, path
    assert len(world.rows(HOOKS)) == 1


def test_every_tab_is_said_in_spanish(world: ConsoleWorld) -> None:
    """Titles and what to do first."""
    said = ("Terminar toda sesión", "Quién puede entrar sin el proveedor", "Añadir un dominio", "creadas a mano")
    said += ("Nuevo webhook", "Emitir una clave de API", "Nuevo cliente")
    for tab, words in zip(TABS, said, strict=True):
        page = world.console.open(f"{SETTINGS}{tab}", headers={"Accept-Language": "es"}).text
        assert words in page
        assert "Ajustes" in page


def test_pages_cost_no_statement_per_row(world: ConsoleWorld) -> None:
    """However many keys, webhooks, domains and links there are."""

    def cost() -> list[int]:
        found = []
        for path in (*(f"{SETTINGS}{tab}" for tab in TABS), "/console/setup-links"):
            world.console.open(path)
            with counted(world.database.engine) as seen:
                assert world.console.open(path).status_code == 200
            found.append(len(seen))
        return found

    def more(name: str) -> None:
        shown_once(world.console.send(f"{SETTINGS}/webhooks/new", name=name, url="https://127.0.0.1:9443/"))
        shown_once(world.console.send("/console/setup-links/new", purpose="saml", hours="1"))
        sent(world, f"{SETTINGS}/domains", name=f"{name}-console.com")
        keys: dict[str, Any] = {"name": name, "days": "90", "scopes": ["users:read"]}
        shown_once(world.console.send(f"{SETTINGS}/keys/new", **keys))

    more("first")
    before = cost()
    for number in range(4):
        more(f"n{number}")
    assert cost() == before
    assert max(before) < 40
