"""Whatever happens in whatever order, a subject never comes to be another person, and nobody gains a role by it.

Sign-ins by several subjects, with whatever attributes, between what a directory pushes, changes and deletes.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import uuid4

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.db import Database
from app.services import mapping_publish
from app.stores.access_tables import ASSIGNMENTS, GROUPS, MEMBERSHIPS
from tests.builders import a_group, a_patch
from tests.idp.oidc_provider import Provider
from tests.protocol.sign_in_world import LINKS, LOGOUT, SESSIONS, USERS, World

SUBJECTS = ("s-1", "s-2", "s-3")
EXTERNAL = ("e-1", "e-2", "E-1", "")
NAMES = ("ana@acme.example", "bo@acme.example", "ANA@acme.example")


class SignInsAndPushes(RuleBasedStateMachine):
    """An account with a directory, a connection that does all it may, and a group that a rule gives a role to."""

    app: Flask
    database: Database

    @initialize(creates=st.booleans(), adopts=st.booleans(), claims=st.booleans())
    def begin(self, creates: bool, adopts: bool, claims: bool) -> None:
        # Many sign-ins in a row are many visitors, each of whom has a pace of their own.
        self.world = World(self.app, self.database, f"10.{uuid4().bytes[0]}.{uuid4().bytes[0]}.1")
        said: dict[str, Any] = {
            "directory": self.world.customer.directory_id,
            "join_external_id": "eid",
            "join_user_name": "upn",
            "creates_people": creates,
            "adopts": adopts,
        }
        if claims:
            said |= {"groups_from": "claims", "groups_claim": "groups"}
        self.saml = self.world.saml(**said)
        self.group: str = self.world.scim.create("/Groups", a_group("Sales"))["id"]
        with self.database.writing() as session:
            rule = {"name": "R", "group": {"id": self.group}, "grants": [{"role": "Viewer"}]}
            mapping_publish.publish(session, self.world.account_id, {"rules": [rule]}, author="test")
        self.pushed: list[str] = []
        self.was: dict[str, str] = {}
        self.gone: set[str] = set()

    @rule(external=st.sampled_from(EXTERNAL), name=st.sampled_from(NAMES), is_member=st.booleans())
    def push(self, external: str, name: str, is_member: bool) -> None:
        body = {"userName": name, "emails": [{"value": name}]} | ({"externalId": external} if external else {})
        answer = self.world.scim.post("/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], **body})
        assert answer.status_code in (201, 409)
        if answer.status_code == 201:
            self.pushed.append(answer.json["id"])
            if is_member:
                add = a_patch({"op": "add", "path": "members", "value": [{"value": answer.json["id"]}]})
                assert self.world.scim.patch(f"/Groups/{self.group}", add).status_code in (200, 204)

    @rule(which=st.integers(0, 5), active=st.booleans(), external=st.sampled_from(EXTERNAL))
    def change(self, which: int, active: bool, external: str) -> None:
        if self.pushed:
            operations = [{"op": "replace", "path": "active", "value": active}]
            operations += [{"op": "replace", "path": "externalId", "value": external}] if external else []
            id = self.pushed[which % len(self.pushed)]
            assert self.world.scim.patch(f"/Users/{id}", a_patch(*operations)).status_code == 200

    @rule(which=st.integers(0, 5))
    def delete(self, which: int) -> None:
        if self.pushed:
            id = self.pushed.pop(which % len(self.pushed))
            assert self.world.scim.delete(f"/Users/{id}").status_code == 204
            self.gone.add(id)

    @rule(
        subject=st.sampled_from(SUBJECTS),
        external=st.sampled_from(EXTERNAL),
        name=st.sampled_from(NAMES),
        groups=st.lists(st.sampled_from(("Sales", "Staff", "Board")), unique=True),
    )
    def sign_in(self, subject: str, external: str, name: str, groups: list[str]) -> None:
        attributes = {"upn": [name], "userName": [name], "email": [name], "groups": groups}
        browser = self.world.browser()
        answer = self.saml.sign_in(
            browser, name_id=subject, attributes={key: value for key, value in attributes.items() if value}
            | ({"eid": [external]} if external else {})
        )  # fmt: skip
        assert answer.status_code in (303, 403)
        person = self.world.who(browser)
        if person is None:
            return
        before = self.was.get(subject)
        adopted = self._adopted(before, person.user_id)
        assert before in (None, person.user_id) or adopted
        assert person.user_id not in self.gone
        user = self.world.user(person.user_id)
        assert user.active
        # By a name alone nobody becomes somebody whose externalId says otherwise.
        if before is None and user.origin == "scim" and external and user.external_id:
            assert user.external_id == external
        self.was[subject] = person.user_id

    def _adopted(self, before: str | None, after: str) -> bool:
        """Whether the trail says that this was an adoption, of somebody who was made here."""
        found = [one for one in self.world.events("person.linked") if one.after["how"] == "adopted"]
        return any(one.target_id == after and one.after["instead_of"] == before for one in found)

    @invariant()
    def nobody_has_what_no_rule_gives(self) -> None:
        """Roles are those of the pushed group's members, and no sign-in puts anybody into it."""
        if not hasattr(self, "world"):
            return
        with self.database.reading() as session:
            here = ASSIGNMENTS.c.account_id == self.world.account_id
            holders = set(session.execute(select(ASSIGNMENTS.c.user_id).where(here)).scalars())
            members = select(MEMBERSHIPS.c.user_id).where(
                MEMBERSHIPS.c.account_id == self.world.account_id, MEMBERSHIPS.c.group_id == self.group
            )
            belong = set(session.execute(members).scalars())
        assert holders == belong
        assert belong <= set(self.pushed)

    @invariant()
    def sessions_are_of_active_people(self) -> None:
        """Whoever is off, or gone, is signed in nowhere; a subject has one link; pushed groups are the directory's."""
        if not hasattr(self, "world"):
            return
        people = {row.id: row for row in self.world.rows(USERS)}
        for row in self.world.rows(SESSIONS):
            assert row.ended is not None or people[row.user_id].active
        links = self.world.rows(LINKS)
        assert len({row.subject for row in links}) == len(links)
        for group in self.world.rows(GROUPS):
            if group.id != self.group:
                for one in self.world.rows(MEMBERSHIPS):
                    assert one.group_id != group.id or people[one.user_id].origin == "sso"

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.verify()


def test_l01_l07_a_subject_never_comes_to_be_another_person(app: Flask, database: Database) -> None:
    machine = type("OnThisDatabase", (SignInsAndPushes,), {"app": app, "database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


PATHS = (
    ("start", "GET"),
    ("acs", "POST"),
    ("finish", "GET"),
    ("callback", "GET"),
    ("logout", "GET"),
    ("backchannel-logout", "POST"),
    ("frontchannel-logout", "GET"),
    ("metadata", "GET"),
    ("jwks", "GET"),
)
FIELDS = ("SAMLResponse", "SAMLRequest", "RelayState", "SigAlg", "Signature", "state", "code", "iss", "sid", "error")
FIELDS += ("ticket", "logout_token", "return_to", "step_up", "test", "x")


def test_nothing_that_somebody_sends_is_a_fault(app: Flask, database: Database) -> None:
    """Whatever comes to an address of a connection, by either protocol, is answered below 500 and signs nobody in."""
    world = World(app, database)
    idp = world.saml(creates_people=True, unsolicited=True, saml={"logout_url": LOGOUT})
    with Provider() as provider:
        ids = [idp.id, world.oidc(provider, creates_people=True).id, "x"]
    texts = st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: b64encode(raw).decode())
    texts |= st.sampled_from(("eA==", "a.b.c", "https://evil.example", "\0", "1", "é" * 200))

    fields = st.lists(st.tuples(st.sampled_from(FIELDS), texts), max_size=4)

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(ids), st.sampled_from(PATHS), fields)
    def send(id: str, place: tuple[str, str], pairs: list[tuple[str, str]]) -> None:
        path, method = place
        sent = {"query_string" if method == "GET" else "data": MultiDict(pairs)}
        browser = world.browser()
        answer = browser.open(f"/sso/{id}/{path}", method, "cross-site", **sent)
        # Nobody listens there any more, so the provider's keys cannot be read.
        assert answer.status_code < 500 or (path, answer.status_code) == ("backchannel-logout", 502), answer.text
        assert browser.cookie("muster") is None

    send()
    assert world.rows(SESSIONS) == []
