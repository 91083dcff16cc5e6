"""/console/connections and /console/sign-ins: set up by hand, tried out, understood, switched on and off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.db import Database
from app.models import Connection
from app.models.base import table
from tests.idp.oidc_provider import Provider
from tests.idp.saml_documents import ENTITY, SSO, metadata
from tests.idp.saml_keys import rsa_pair
from tests.protocol.console_world import ConsoleWorld, cells_of, text_of
from tests.protocol.sign_in_world import SESSIONS, Saml, asked, earlier, local
from tests.protocol.test_query_counts import counted
from tests.protocol.test_sign_in_saml import Unchanged

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
CONNECTIONS = table(Connection)
_ADDRESS = re.compile(r'id="test-address" value="([^"]*)"')


@pytest.fixture(scope="module")
def app(reaching_app: Flask) -> Flask:
    """It may call providers on this machine."""
    return reaching_app


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own."""
    return ConsoleWorld(app, database)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as listening:
        yield listening


def made(world: ConsoleWorld, preset: str = "saml okta", name: str = "") -> str:
    """A connection that was made on the page; the path of its own."""
    answer = world.console.send("/console/connections/new", preset=preset, name=name)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].partition("?")[0]


def row(world: ConsoleWorld, path: str) -> Any:
    """What the database has of it."""
    return next(one for one in world.rows(CONNECTIONS) if path.endswith(one.id))


def sent(world: ConsoleWorld, path: str, **values: Any) -> TestResponse:
    """A form that was sent; it must have been done."""
    answer = world.console.send(path, **values)
    assert answer.status_code == 303, answer.text
    return answer


def home(saml: Saml) -> str:
    """The path of a connection's page."""
    return f"/console/connections/{saml.id}"


def tried(world: ConsoleWorld, saml: Saml, **said: Any) -> tuple[str, TestResponse]:
    """A test run that was begun on the page and done in another browser: its path, and the page at the end."""
    begun = world.console.send(f"{home(saml)}/tests")
    address = _ADDRESS.search(begun.text)
    assert address is not None, begun.text
    result = re.search(rf'hx-get="({home(saml)}/tests/[^"?]*)', begun.text)
    assert result is not None
    assert "waiting for somebody to open" in begun.text
    browser = world.browser()
    request = asked(browser.open(local(unescape(address[1]))).headers["Location"])
    end = saml.follow(browser, saml.post(browser, saml.message(request.request_id, **said), request.relay_state))
    assert world.who(browser) is None
    return result[1], end


def test_saml_from_nothing_to_on(world: ConsoleWorld) -> None:
    """The provider's own steps with our addresses; metadata by hand; who is meant; on, with what that means."""
    path = made(world)
    page = world.console.open(path).text
    for said in ("Single sign-on URL", "/acs", "Audience URI", "entity_id, sso_url, certificate", "not complete"):
        assert said in page
    assert "It lacks" in world.console.open(f"{path}/on").text
    pair = rsa_pair()
    read = world.console.send(f"{path}/source", text=metadata([pair]))
    assert read.status_code == 200
    assert "Different now: entity_id, logout_url, sso_url" in read.text
    assert ENTITY in read.text
    assert "valid" in read.text
    nobody = world.console.open(f"{path}/on").text
    assert "everybody new will be refused" in nobody
    sent(world, f"{path}/people", directory="IdP", join_external_id="id", groups_from="directory")
    assert "recognised as you have said" in world.console.open(f"{path}/on").text
    assert sent(world, f"{path}/on").headers["Location"].endswith("?done=connections.on")
    found = row(world, path)
    assert (found.enabled, found.directory_id) == (True, world.customer.directory_id)
    assert found.trust["sso_url"] == SSO
    assert {one.actor_id for one in world.events("connection.enabled")} == {world.owner}
    world.verify()


def test_oidc_by_discovery(world: ConsoleWorld, provider: Provider) -> None:
    """Issuer, client and secret; the secret is never shown again; what is wrong changes nothing."""
    path = made(world, "oidc generic", "Acme")
    trust = provider.trust()
    secret = str(provider.client_secret)
    wrong = world.console.send(f"{path}/source", issuer="https://localhost:1/", client_id="x", client_secret="y")
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.text
    assert row(world, path).trust["issuer"] is None
    done = world.console.send(f"{path}/source", issuer=trust.issuer, client_id=trust.client_id, client_secret=secret)
    assert done.status_code == 200, done.text
    found = row(world, path)
    assert found.trust["authorization_endpoint"] == trust.authorization_endpoint
    page = world.console.open(f"{path}/provider").text
    assert "There is one since" in page
    assert secret not in unescape(page)
    assert "certificates" not in page
    again = world.console.send(f"{path}/refresh")
    assert "Nothing is different" in again.text


def test_r08_a_test_run_changes_nothing_and_shows_all(world: ConsoleWorld) -> None:
    """What the provider said, each check, the profile, whom it means."""
    saml = world.saml(enabled=False, creates_people=True)
    state = Unchanged(world)
    assert world.console.open(home(saml)).text.count('class="step done"') == 2
    path, end = tried(world, saml, attributes={"displayName": [HOSTILE], "mail": ["ana@acme.example"]})
    assert "worked" in end.text
    state.check()
    assert world.console.open(home(saml)).text.count('class="step done"') == 3, "it was tried"
    page = world.console.open(path)
    assert "everything is right" in page.text
    assert "hx-get" not in page.text.partition('id="result"')[2].partition(">")[0]
    said = text_of(page.text)
    assert f"{HOSTILE} ← displayName" in said
    assert "ana@acme.example" in said
    assert "Somebody new: they would be created" in said
    assert "signature of the assertion passed" in said
    assert "<script>alert" not in page.text
    listed = world.console.open(f"{home(saml)}/tests").text
    assert "passed" in listed


def test_r08_a_refused_test_says_what_to_do(world: ConsoleWorld) -> None:
    """The failed check, the reason, the advice; also in the list of sign-ins, found by its reference."""
    saml = world.saml(enabled=False, creates_people=True)

    def bend(root: Any) -> None:
        root.find(".//{*}Audience").text = "https://another.example"

    path, end = tried(world, saml, bend=bend)
    assert "failed" in end.text
    said = text_of(world.console.open(path).text)
    assert "Refused: audience" in said
    assert "for whom it is meant failed" in said
    assert "Copy our entity id" in said
    (trace,) = world.traces()
    (listed,) = cells_of(world.console.open(f"/console/sign-ins?q={trace.reference}"))
    assert listed[1] == "test"
    one = text_of(world.console.open(f"/console/sign-ins/{trace.reference}").text)
    assert "Refused: audience" in one
    spanish = text_of(world.console.open(path, headers={"Accept-Language": "es"}).text)
    assert "para quién es fallida" in spanish
    assert world.console.open("/console/sign-ins/nothing").status_code == 404


def test_a_refused_sign_in_is_found_and_tells_no_secret(world: ConsoleWorld) -> None:
    """A-4: by the reference that the person saw; the message itself is nowhere."""
    saml = world.saml(join_external_id="id", directory=world.customer.directory_id)
    browser = world.browser()
    refused = saml.sign_in(browser, attributes={"id": ["nobody"]})
    reference = re.search(r"<code>([^<]+)</code>", refused.text)
    assert reference is not None
    rows = cells_of(world.console.open(f"/console/sign-ins?outcome=refused&q={reference[1]}"))
    assert [row[3] for row in rows] == ["not_provisioned"]
    page = world.console.open(f"/console/sign-ins/{reference[1]}").text
    assert "Nobody here is known to be this person" in page
    assert "SAMLResponse" not in page
    assert "SignatureValue" not in page


def test_claims_are_tried_on_a_real_answer_before_they_are_saved(world: ConsoleWorld) -> None:
    """As one types; nothing is saved by that, and what makes no sense is told beside what was typed."""
    saml = world.saml(creates_people=True)
    path = f"{home(saml)}/claims"
    assert "Nobody has signed in by it lately" in world.console.open(path).text
    tried(world, saml, attributes={"displayName": ["Ana"], "nick": ["Annie"], "mail": ["a@acme.example"]})
    before = row(world, home(saml)).claims
    preview = world.console.open(f"{path}?displayName=nothing,nick&emails=-")
    results = {cells[0]: cells[1:] for cells in cells_of(preview)}
    assert results["displayName"] == ["Annie", "nick"]
    assert results["emails"] == ["– no claim is mapped to it", ""]
    assert row(world, home(saml)).claims == before
    wrong = world.console.send(path, displayName="x" * 600)
    assert wrong.status_code == 422
    assert "x" * 600 in wrong.text
    sent(world, path, displayName="nothing, nick", emails="-")
    assert row(world, home(saml)).claims == {"displayName": ["nothing", "nick"], "emails": []}
    page = world.console.open(path).text
    assert 'value="nothing, nick"' in page
    assert 'name="emails" value="-"' in page


def test_trust_is_checked_and_what_was_typed_stays(world: ConsoleWorld) -> None:
    """Beside the setting that it is about, from the page or from the service."""
    saml = world.saml()
    good = {"entity_id": saml.idp.entity_id, "sso_url": SSO, "signed": "both", "name_id_format": "persistent"}
    sent(world, f"{home(saml)}/trust", skew_seconds="60", **good)
    assert row(world, home(saml)).trust["signed"] == "both"
    for change, said in (
        ({"skew_seconds": "999"}, "From 0 to 180."),
        ({"skew_seconds": "60", "signed": "nothing"}, "Choose one of these."),
        ({"skew_seconds": "60", "name_id_format": "transient"}, "another one at each sign-in"),
        ({"skew_seconds": "60", "sso_url": "ftp://idp.example"}, "https"),
    ):
        refused = world.console.send(f"{home(saml)}/trust", **(good | change | {"contexts": "urn:kept"}))
        assert refused.status_code == 422, change
        assert said in text_of(refused.text), change
        assert "urn:kept" in refused.text
    assert row(world, home(saml)).trust["signed"] == "both"


def test_another_provider_forgets_links_only_if_that_is_said(world: ConsoleWorld) -> None:
    """L-1: the refusal offers it, and says what it means."""
    saml = world.saml(creates_people=True)
    saml.sign_in(world.browser())
    given = {"entity_id": "https://other.example", "sso_url": SSO, "signed": "assertion", "skew_seconds": "60"}
    given["name_id_format"] = "persistent"
    assert "forget_links" not in world.console.open(f"{home(saml)}/provider").text
    refused = world.console.send(f"{home(saml)}/trust", **given)
    assert refused.status_code == 409
    assert 'name="forget_links"' in refused.text
    sent(world, f"{home(saml)}/trust", forget_links="yes", **given)
    assert row(world, home(saml)).trust["entity_id"] == "https://other.example"


def test_certificates_are_added_confirmed_and_removed(world: ConsoleWorld) -> None:
    """Several at once; the last one of a connection that is on stays; each deed says the fingerprint first."""
    saml = world.saml()
    path = f"{home(saml)}/provider"
    nothing = world.console.send(f"{home(saml)}/certificates", certificate="")
    assert nothing.status_code == 422
    assert "Paste a certificate" in nothing.text
    assert world.console.send(f"{home(saml)}/certificates", certificate="nonsense").status_code == 422
    removal = re.search(rf'href="({home(saml)}/certificates/[^"]*/remove)"', world.console.open(path).text)
    assert removal is not None
    assert "SHA-256" in world.console.open(removal[1]).text
    assert world.console.send(removal[1]).status_code == 409
    sent(world, f"{home(saml)}/certificates", certificate=rsa_pair("next").certificate)
    sent(world, removal[1])
    assert world.console.open(removal[1]).status_code == 404
    assert world.console.open(removal[1].replace("/remove", "/eat")).status_code == 404


def test_keys_are_rolled_over(world: ConsoleWorld) -> None:
    """Published, switched to, and the former one forgotten."""
    saml = world.saml()
    first = world.trusted(saml.id).provider
    for deed, said in (("prepare", "published"), ("switch", "former"), ("retire", "in use")):
        sent(world, f"{home(saml)}/keys/{deed}")
        assert said in world.console.open(f"{home(saml)}/provider").text
    last = world.trusted(saml.id).provider
    assert first is not None
    assert last is not None
    assert last.certificates != first.certificates
    assert world.console.send(f"{home(saml)}/keys/retire").status_code == 409
    assert world.console.send(f"{home(saml)}/keys/eat").status_code == 404


def test_off_and_away_say_first_who_is_concerned(world: ConsoleWorld) -> None:
    """Sessions and domains in numbers and names; what is on, or led to, is not deleted."""
    saml = world.saml(creates_people=True)
    world.prove("acme.example", saml.id)
    saml.sign_in(world.browser())
    deleting = world.console.open(f"{home(saml)}/delete").text
    assert "It is on. Switch it off first." in deleting
    asked_off = text_of(world.console.open(f"{home(saml)}/off").text)
    assert "Open sessions: 1, of people: 1." in asked_off
    assert "People of acme.example cannot sign in" in asked_off
    sent(world, f"{home(saml)}/off")
    assert {one.ended is None for one in world.rows(SESSIONS) if one.connection_id == saml.id} == {False}
    assert "acme.example leads to it" in world.console.open(f"{home(saml)}/delete").text
    assert world.console.send(f"{home(saml)}/delete").status_code == 409
    world.prove("acme.example", None)
    assert "It forgets whom it knows as whom (people: 1)" in world.console.open(f"{home(saml)}/delete").text
    sent(world, f"{home(saml)}/delete")
    assert world.console.open(home(saml)).status_code == 404


def test_whoever_proved_long_ago_who_they_are_does_so_again(world: ConsoleWorld) -> None:
    """N-7: before anything that decides who may sign in; a test and looking need it not."""
    saml = world.saml()
    world.console.signs_in(world.database, world.account_id, world.owner, earlier(90))
    for path in ("/on", "/off", "/delete"):
        assert "step_up=1" in world.console.open(f"{home(saml)}{path}").text
    for path in ("/trust", "/people", "/claims", "/source", "/certificates", "/keys/prepare", "/off"):
        assert world.console.send(f"{home(saml)}{path}").status_code == 200, path
    assert row(world, home(saml)).enabled
    assert world.console.open(f"{home(saml)}/provider").status_code == 200
    assert _ADDRESS.search(world.console.send(f"{home(saml)}/tests").text)


def test_only_owners_and_only_of_this_account(world: ConsoleWorld) -> None:
    """R-3, M-1."""
    saml = world.saml()
    delegate = world.push()
    world.gives("Administrator", delegate)
    looking = world.signed_in(delegate)
    other = ConsoleWorld(world.app, world.database)
    for path in ("", "/provider", "/people", "/claims", "/tests", "/on", "/off", "/delete"):
        assert looking.open(f"{home(saml)}{path}").status_code == 403, path
        assert other.console.open(f"{home(saml)}{path}").status_code == 404, path
    for path in ("/trust", "/people", "/claims", "/off", "/delete", "/keys/prepare", "/tests"):
        assert looking.send(f"{home(saml)}{path}").status_code == 403, path
        assert other.console.send(f"{home(saml)}{path}").status_code in (404, 422), path
    assert looking.open("/console/sign-ins").status_code == 403
    assert row(world, home(saml)).enabled


def test_the_list_is_legible_whatever_the_names(world: ConsoleWorld) -> None:
    """Protocol, state, last sign-in, when the certificate ends; in Spanish, too."""
    saml = world.saml(name=HOSTILE, creates_people=True)
    saml.sign_in(world.browser())
    made(world, "oidc entra")
    page = world.console.open("/console/connections?sort=name")
    rows = {cells[0]: cells[1:] for cells in cells_of(page)}
    assert rows[HOSTILE][0] == "SAML 2.0"
    assert rows[HOSTILE][2] == "on"
    assert "UTC" in rows[HOSTILE][3]
    assert rows["Microsoft Entra ID"][2] == "not complete"
    assert "<script>alert" not in page.text
    for path in ("", "/provider", "/people", "/claims", "/tests", "/off"):
        assert "<script>alert" not in world.console.open(f"{home(saml)}{path}").text
    spanish = world.console.open("/console/connections", headers={"Accept-Language": "es"}).text
    assert "Último inicio de sesión" in spanish


def test_pages_cost_no_statement_per_row(world: ConsoleWorld) -> None:
    """However many connections, certificates and sign-ins there are."""
    saml = world.saml(creates_people=True)
    paths = ("/console/connections", home(saml), f"{home(saml)}/provider", f"{home(saml)}/tests", "/console/sign-ins")

    def cost() -> list[int]:
        found = []
        for path in paths:
            world.console.open(path)
            with counted(world.database.engine) as seen:
                assert world.console.open(path).status_code == 200
            found.append(len(seen))
        return found

    before = cost()
    for number in range(4):
        world.saml()
        saml.sign_in(world.browser())
        sent(world, f"{home(saml)}/certificates", certificate=rsa_pair(f"next {number}").certificate)
    assert cost() == before
    assert max(before) < 40
