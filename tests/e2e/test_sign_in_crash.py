"""Sign-ins by several processes at once, and a server that is killed in the middle of them."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from sqlalchemy import func, select

from app.db import Database
from app.models import IdentityLink, PersonSession, User
from app.models.base import table
from sso.model import ServiceProvider
from tests.conftest import settings_for
from tests.e2e.conftest import Server, start, stop
from tests.e2e.providers import Connected, api_key
from tests.e2e.test_operations import end_orphans
from tests.idp.saml_documents import metadata
from tests.idp.saml_idp import SamlIdp, Tree, the
from tests.protocol.sign_in_world import asked
from tests.webhooks import wait_until

pytestmark = pytest.mark.e2e
LINKS, SESSIONS, USERS = table(IdentityLink), table(PersonSession), table(User)
CROSS = {"Sec-Fetch-Site": "cross-site"}


class Idp:
    """A connection that creates people, and the provider that signs for it."""

    def __init__(self, server: Server) -> None:
        key = api_key(server, "connections:read", "connections:write", "access:write")
        self.server, self.idp = server, SamlIdp()
        made = Connected(server, "", "", key, {}).api(
            "POST", "/connections", {"name": uuid4().hex, "protocol": "saml", "creates_people": True}
        )
        self.connected = Connected(server, made["id"], "", key, made["addresses"])
        self.connected.api("POST", f"/connections/{made['id']}/metadata", {"xml": metadata([self.idp.keys])})
        self.connected.api("PATCH", f"/connections/{made['id']}", {"enabled": True})

    def answered(self, browser: requests.Session, name: str) -> dict[str, str]:
        """The form with which the provider answers a sign-in that this browser begins."""
        addresses = self.connected.addresses
        led = browser.get(addresses["start"], allow_redirects=False, timeout=30).headers["Location"]
        begun = asked(led)
        sp = ServiceProvider(addresses["metadata"], addresses["acs"], addresses["logout"])
        message = self.idp.answer(sp, begun.request_id, datetime.now(UTC), name_id=name, bend=_renamed, attributes={})
        return {"SAMLResponse": message, "RelayState": begun.relay_state or ""}

    def sign_in(self, browser: requests.Session, name: str) -> bool:
        """All of it; whether somebody is signed in at the end."""
        address, form = self.connected.addresses["acs"], self.answered(browser, name)
        posted = browser.post(address, form, headers=CROSS, allow_redirects=False, timeout=30)
        if posted.status_code != 303:
            return False
        browser.get(self.server.url + posted.headers["Location"], allow_redirects=False, timeout=30)
        return "muster" in browser.cookies


def _renamed(root: Tree) -> None:
    """Each assertion has an id of its own."""
    the(root, "saml:Assertion").set("ID", f"_{uuid4().hex}")


def test_s41_s42_one_answer_is_one_session_whoever_is_faster(own_server: Server) -> None:
    """Posted by many at once, to two processes; and so is the ticket. One session, one person, and no fault."""
    idp, browser = Idp(own_server), requests.Session()
    form = idp.answered(browser, "u-1")

    def post(_: int) -> requests.Response:
        return requests.post(idp.connected.addresses["acs"], form, headers=CROSS, allow_redirects=False, timeout=30)

    with ThreadPoolExecutor(8) as pool:
        posted = [*pool.map(post, range(8))]
    [ticket] = [own_server.url + one.headers["Location"] for one in posted if one.status_code == 303]

    def arrive(_: int) -> requests.Response:
        return requests.get(ticket, cookies=browser.cookies.get_dict(), allow_redirects=False, timeout=30)

    with ThreadPoolExecutor(8) as pool:
        arrived = [*pool.map(arrive, range(8))]
    assert sum("muster" in one.cookies for one in arrived) == 1
    assert all(one.status_code == 303 or 400 <= one.status_code < 500 for one in (*posted, *arrived))
    assert _counts(own_server) == (1, 1, 1)


def test_a_kill_leaves_nothing_half_written(own_server: Server, tmp_path: Path) -> None:
    """kill -9 while people come in for the first time: each is there whole, or not at all; who was in still is."""
    idp, told, lock = Idp(own_server), threading.Event(), threading.Lock()
    signed_in: list[requests.Session] = []

    def come() -> None:
        while not told.is_set():
            browser = requests.Session()
            try:
                is_in = idp.sign_in(browser, uuid4().hex)
            except (requests.RequestException, KeyError):
                return
            if is_in:
                with lock:
                    signed_in.append(browser)

    people = [threading.Thread(target=come) for _ in range(4)]
    for person in people:
        person.start()
    wait_until(lambda: len(signed_in) > 12)
    own_server.process.send_signal(signal.SIGKILL)
    own_server.process.wait(timeout=40)
    told.set()
    for person in people:
        person.join()
    end_orphans(own_server)
    process = start(own_server.environment, int(own_server.url.rsplit(":", 1)[1]), tmp_path)
    try:
        made, linked, sessions = _counts(own_server)
        assert made == linked == sessions >= len(signed_in)
        for browser in (signed_in[0], signed_in[-1]):
            page = browser.get(f"{own_server.url}/me", allow_redirects=False, timeout=30)
            assert page.status_code == 200
        assert "chain intact" in own_server.muster("audit", "verify")
        assert idp.sign_in(requests.Session(), "after the fall")
    finally:
        assert stop(process) == 0


def _counts(server: Server) -> tuple[int, int, int]:
    """People whom sign-in has made, links, and sessions that are open; each of a person and a link that are there."""
    database = Database(settings_for(server.environment["MUSTER_DATABASE_URL"]))
    here = USERS.c.account_id == server.demo["account_id"]
    with database.reading() as session:
        made = session.execute(select(func.count()).select_from(USERS).where(here, USERS.c.origin == "sso")).scalar()
        linked = session.execute(
            select(func.count()).select_from(LINKS.join(USERS, USERS.c.id == LINKS.c.user_id)).where(here)
        ).scalar()
        opened = session.execute(
            select(func.count())
            .select_from(SESSIONS.join(LINKS, LINKS.c.user_id == SESSIONS.c.user_id))
            .where(SESSIONS.c.account_id == server.demo["account_id"], SESSIONS.c.ended.is_(None))
        ).scalar()
    database.dispose()
    return int(made or 0), int(linked or 0), int(opened or 0)
