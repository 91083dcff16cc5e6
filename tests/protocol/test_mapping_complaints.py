"""What people complain about in the role mapping of other products, and what happens here instead.

Each test is named after the complaint; it uses the doors that a customer has: the directory, the decision, the
command line and the administration API.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from sqlalchemy import select, update

from app.db import Database
from app.models import AuditEvent
from app.models.base import now, table
from app.stores.access_revision import bump
from app.stores.access_tables import SOURCES
from tests.builders import Customer, a_group, a_patch, a_second_directory, a_user
from tests.protocol.api_client import Api, an_api_key
from tests.protocol.conftest import Scim
from tests.test_cli import Muster

EVENTS = table(AuditEvent)
LAUNCH, READ = "campaigns.email.launch", "campaigns.email.view"


@pytest.fixture
def muster(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """The command on the application's database."""
    monkeypatch.chdir(tmp_path)
    return Muster(database_url, tmp_path)


@pytest.fixture
def api(app: Flask, database: Database, customer: Customer) -> Api:
    """A program of the platform, with every scope."""
    return Api(app, an_api_key(database, customer.account_id))


class Office:
    """A customer's people and groups, and the mapping that the operator publishes for them."""

    def __init__(self, scim: Scim, muster: Muster, customer: Customer, database: Database, folder: Path) -> None:
        self.scim, self.muster, self.account = scim, muster, customer.account_name
        self._account_id, self._database, self._folder = customer.account_id, database, folder

    def person(self, **attributes: Any) -> str:
        return str(self.scim.create("/Users", a_user(**attributes))["id"])

    def group(self, name: str | None = None, *members: str, **attributes: Any) -> str:
        return str(self.scim.create("/Groups", a_group(name, list(members), **attributes))["id"])

    def move(self, group: str, *operations: dict[str, Any]) -> None:
        answer = self.scim.patch(f"/Groups/{group}", a_patch(*operations))
        assert answer.status_code in (200, 204), answer.text

    def join(self, group: str, *members: str) -> None:
        self.move(group, {"op": "add", "path": "members", "value": [{"value": member} for member in members]})

    def leave(self, group: str, *members: str) -> None:
        self.move(group, *({"op": "remove", "path": f'members[value eq "{member}"]'} for member in members))

    def file(self, *rules: dict[str, Any]) -> Path:
        file = self._folder / "mapping.yaml"
        file.write_text(yaml.safe_dump({"reason": "test", "rules": list(rules)}))
        return file

    def publish(self, *rules: dict[str, Any], code: int = 0) -> str:
        return self.muster.run("mapping", "publish", self.account, str(self.file(*rules)), code=code)

    def grants(self, user: str) -> list[tuple[str, str]]:
        """Every source of every role that somebody has: the role, and what kind of source it is."""
        found = self.muster.json("grant", "list", self.account, "--user", user)["grants"]
        return sorted((one["role"], source["kind"]) for one in found for source in one["sources"])

    def events(self) -> list[dict[str, Any]]:
        """The audit trail, in order."""
        query = select(EVENTS).where(EVENTS.c.account_id == self._account_id).order_by(EVENTS.c.sequence)
        with self._database.reading() as session:
            return [dict(row) for row in session.execute(query).mappings()]

    def let_all_end(self) -> None:
        """Everything that has an end has reached it."""
        over = update(SOURCES).where(SOURCES.c.account_id == self._account_id, SOURCES.c.expires.is_not(None))
        with self._database.writing() as session:
            session.execute(over.values(expires=now() - timedelta(seconds=1)))
            bump(session, self._account_id)


def gives(name: str, group: str | dict[str, Any], *roles: str, **more: Any) -> dict[str, Any]:
    """A rule: a group, by its id or described, gives roles."""
    bound = {"id": group} if isinstance(group, str) else group
    return {"name": name, "group": bound, "grants": [{"role": role} for role in roles]} | more


@pytest.fixture
def office(scim: Scim, muster: Muster, customer: Customer, database: Database, tmp_path: Path) -> Office:
    return Office(scim, muster, customer, database, tmp_path)


Decide = Callable[..., dict[str, Any]]


def test_a_rule_that_is_gone_or_changed_takes_its_role_along(office: Office, decide: Decide) -> None:
    """The old role stays for ever once its mapping was edited (keycloak 36578, 13461, 45510)."""
    ana = office.person()
    group = office.group(None, ana)
    office.publish(gives("R", group, "Marketer"))
    assert decide(ana, LAUNCH)["decision"] is True
    office.publish(gives("R", group, "Viewer"))
    assert (decide(ana, LAUNCH)["decision"], decide(ana, READ)["decision"]) == (False, True)
    office.publish(gives("Another", office.group(), "Viewer"))
    assert decide(ana, READ)["decision"] is False
    assert office.grants(ana) == []


def test_only_what_mapping_gave_is_taken(office: Office, decide: Decide) -> None:
    """The sync deletes what somebody gave by hand (FusionAuth 3273, lightdash 24718, product-is 7203, jmix 5429)."""
    ana = office.person()
    group = office.group(None, ana)
    office.muster.run("grant", "give", office.account, "Marketer", "--user", ana, "--reason", "covers for Bob")
    office.publish(gives("R", group, "Marketer"))
    assert office.grants(ana) == [("Marketer", "manual"), ("Marketer", "mapping")]
    office.leave(group, ana)
    assert office.grants(ana) == [("Marketer", "manual")]
    assert decide(ana, LAUNCH)["decision"] is True
    office.join(group, ana)
    office.muster.run("grant", "take", office.account, "Marketer", "--user", ana)
    assert office.grants(ana) == [("Marketer", "mapping")]
    assert decide(ana, LAUNCH)["decision"] is True


def test_groups_without_a_rule_change_nothing(office: Office, decide: Decide) -> None:
    """A sync that removes people from groups which nobody mapped, administrators among them (metabase 26079, 29718)."""
    ana, bob = office.person(), office.person()
    mapped, unmapped = office.group(None, ana, bob), office.group(None, ana)
    office.muster.run("grant", "give", office.account, "Administrator", "--user", bob)
    office.publish(gives("R", mapped, "Viewer"))
    office.leave(unmapped, ana)
    assert decide(ana, READ)["decision"] is True
    office.leave(mapped, bob)
    assert office.grants(bob) == [("Administrator", "manual")]


def test_a_rule_that_could_never_work_is_refused(office: Office) -> None:
    """A mapping to administrators is accepted by the page and ignored by the server (metabase 13820, 20686, 27564)."""
    group = office.group()
    said = office.publish(gives("R", group, "Account Owner"), code=4)
    assert "rules[0].grants[0].role: Account Owner cannot be given by mapping" in said
    assert 'there is no role "Marketeer"; did you mean' in office.publish(gives("R", group, "Marketeer"), code=4)
    assert office.muster.json("mapping", "show", office.account) == {"rules": []}


def test_a_synced_role_says_that_it_is_synced(office: Office) -> None:
    """Nothing says that a role comes from a group, and an edit is reverted (grafana 24289, 6907; casdoor 5779)."""
    ana = office.person()
    group = office.group("Sales crew", ana)
    office.publish(gives("From sales", group, "Marketer"))
    shown = office.muster.run("grant", "list", office.account, "--user", ana)
    for word in ("Marketer", "From sales", "Sales crew"):
        assert word in shown
    # There is nothing given by hand to take, and what mapping gave is not touched.
    office.muster.run("grant", "take", office.account, "Marketer", "--user", ana)
    assert office.grants(ana) == [("Marketer", "mapping")]
    told = office.muster.run("explain", office.account, ana, LAUNCH)
    for word in ("Marketer", "From sales", "Sales crew", "revision 1"):
        assert word in told


def test_somebody_may_have_several_roles_of_several_groups(office: Office, decide: Decide) -> None:
    """One group gives one role only; the first mapping wins (teleport 45097)."""
    ana = office.person()
    one, two = office.group(None, ana), office.group(None, ana)
    office.publish(gives("One", one, "Viewer", "Analyst"), gives("Two", two, "Marketer"))
    assert {role for role, _ in office.grants(ana)} == {"Viewer", "Analyst", "Marketer"}
    office.leave(two, ana)
    assert {role for role, _ in office.grants(ana)} == {"Viewer", "Analyst"}
    assert decide(ana, "analytics.dashboards.edit", {"type": "dashboard", "id": "1"})["decision"] is True


def test_roles_follow_the_group_at_any_time(office: Office, decide: Decide) -> None:
    """Roles are set when the person is created and never again (wp-simple-saml 94), or only at the next sign-in."""
    ana, group = office.person(), office.group()
    office.publish(gives("R", group, "Marketer"))
    for _ in range(2):
        assert decide(ana, LAUNCH)["decision"] is False
        office.join(group, ana)
        assert decide(ana, LAUNCH)["decision"] is True
        office.leave(group, ana)


def test_a_renamed_group_keeps_its_rules(office: Office, decide: Decide) -> None:
    """A rename forks the group and access is gone without a word (opencloud 304, fleet 47822, authd 620)."""
    ana = office.person()
    group = office.group("Before", ana)
    office.publish(gives("R", {"name": "Before"}, "Marketer"))
    office.scim.patch(f"/Groups/{group}", a_patch({"op": "replace", "path": "displayName", "value": "After"}))
    assert decide(ana, LAUNCH)["decision"] is True
    # Whoever takes the old name gets nothing by it.
    bob = office.person()
    office.group("Before", bob)
    assert decide(bob, LAUNCH)["decision"] is False
    [rule] = office.muster.json("mapping", "show", office.account)["rules"]
    assert (rule["group"]["id"], rule["group"]["name"]) == (group, "After")


def test_a_group_with_a_name_like_an_id_is_shown_with_its_name(office: Office) -> None:
    """Groups appear as GUIDs that nobody can read (FlowFuse 8474, chainguard 3793)."""
    guid = "7c4e0b1e-6a6f-4a58-9c6a-0c1d5f9f4c11"
    group = office.group("Marketing EMEA", externalId=guid)
    office.publish(gives("R", {"external_id": guid}, "Marketer"))
    [rule] = office.muster.json("mapping", "show", office.account)["rules"]
    assert (rule["group"]["id"], rule["group"]["name"]) == (group, "Marketing EMEA")


@pytest.mark.parametrize(
    "name", ["Marketing Team, EMEA", "  spaced  ", "Ünïcode – 市场", "a/b\\c", "'; DROP", "x" * 200]
)
def test_any_group_name_can_be_mapped(office: Office, decide: Decide, name: str) -> None:
    """Names with spaces or commas cannot match (coder 6178)."""
    ana = office.person()
    office.group(name, ana)
    office.publish(gives("R", {"name": name}, "Marketer"))
    assert decide(ana, LAUNCH)["decision"] is True


def test_members_of_nested_groups_count(office: Office, decide: Decide) -> None:
    """Nested groups are silently empty, or refused (fleet 46374, authentik 22765, directory-connector 3)."""
    ana = office.person()
    inner = office.group(None, ana)
    outer = office.group()
    office.publish(gives("R", outer, "Marketer"))
    office.join(outer, inner)
    assert decide(ana, LAUNCH)["decision"] is True
    assert len(office.scim.read(f"/Groups/{outer}")["members"]) == 1
    office.leave(inner, ana)
    assert decide(ana, LAUNCH)["decision"] is False


def test_a_wrong_rule_shows_who_ends_with_nothing_before_it_counts(office: Office, decide: Decide) -> None:
    """Switch mapping on with a wrong group, and everybody is without a role (DataDog 27489; Kilo 5184)."""
    people = [office.person() for _ in range(3)]
    right, wrong = office.group(None, *people), office.group("Wrong")
    office.publish(gives("R", right, "Marketer"))
    file = office.file(gives("R", wrong, "Marketer"))
    said = office.muster.run("mapping", "publish", office.account, str(file), "--dry-run")
    assert "would be published as revision 2" in said
    assert "Marketer: +0 -3" in said
    planned = office.muster.json("mapping", "publish", office.account, str(file), "--dry-run")
    assert planned["people_losing"] == 3
    assert all(decide(person, LAUNCH)["decision"] for person in people)


def test_the_last_owner_stays_whatever_a_directory_wants(
    office: Office, api: Api, database: Database, customer: Customer
) -> None:
    """A sync removes or deactivates the last administrator (defguard 3184, sentry-docs 6253, itsaplan 250)."""
    boss = office.person(userName="boss@acme.example")
    office.muster.run("grant", "give", office.account, "Account Owner", "--user", boss)
    gone = office.scim.patch(f"/Users/{boss}", a_patch({"op": "replace", "path": "active", "value": False}))
    assert (gone.status_code, gone.json["active"]) == (200, False)
    [owner] = office.muster.json("owner", "list", office.account)
    assert (owner["user_name"], owner["active"], owner["kept"]) == ("boss@acme.example", True, True)


def test_who_is_new_has_nothing(office: Office, decide: Decide) -> None:
    """Somebody new gets a default role that nobody meant (BloodHound 1723; a default member role elsewhere)."""
    ana = office.person()
    assert office.grants(ana) == []
    for permission in (READ, LAUNCH, "reports.campaigns.view", "account.users.view"):
        assert decide(ana, permission)["decision"] is False


def test_an_end_is_an_end_whatever_the_next_sync_says(office: Office, decide: Decide, customer: Customer) -> None:
    """A membership with an end is added anew by the next sync (teleport 65811)."""
    ana = office.person()
    group = office.group(None, ana)
    office.publish(gives("R", group, "Marketer", days=30))
    assert decide(ana, LAUNCH)["decision"] is True
    office.let_all_end()
    assert decide(ana, LAUNCH)["decision"] is False
    # The provider repeats itself: the whole list of members, and a member who is one already.
    office.join(group, ana)
    office.move(group, {"op": "replace", "path": "members", "value": [{"value": ana}]})
    office.scim.put(f"/Groups/{group}", a_group("Same people", [ana]))
    assert decide(ana, LAUNCH)["decision"] is False


def test_groups_of_two_directories_do_not_meet(
    office: Office, app: Flask, database: Database, customer: Customer, decide: Decide
) -> None:
    """After a merger two directories push groups of one name (ssoready 245, Atlassian ACCESS-1369)."""
    other = Scim(app.test_client(), a_second_directory(database, customer))
    ana, bob = office.person(), str(other.create("/Users", a_user())["id"])
    office.group("Marketing", ana)
    other.create("/Groups", a_group("Marketing", [bob]))
    said = office.publish(gives("R", {"name": "Marketing"}, "Marketer"), code=4)
    assert "several groups have the name" in said
    office.publish(gives("R", {"name": "Marketing", "directory": customer.directory_name}, "Marketer"))
    assert (decide(ana, LAUNCH)["decision"], decide(bob, LAUNCH)["decision"]) == (True, False)


def test_a_group_that_gives_nothing_is_seen(office: Office) -> None:
    """There are groups in the console and the API that grant nothing, and nobody is told (ultimate-ca-manager 233)."""
    office.group("Forgotten", office.person(), office.person())
    office.publish(gives("R", office.group("Mapped"), "Viewer"))
    said = office.muster.run("mapping", "health", office.account, code=1)
    assert "Forgotten" in said


def test_the_trail_says_what_changed_and_why(office: Office, api: Api) -> None:
    """The log says that a role changed, but not which, nor by whom (teleport 68642, elasticsearch 153921)."""
    ana = office.person(userName="ana@acme.example")
    group = office.group("Crew", ana)
    office.publish(gives("R", group, "Marketer"))
    office.leave(group, ana)
    events = [one for one in office.events() if one["target_id"] == ana and one["action"].startswith("access.")]
    assert [one["action"] for one in events] == ["access.granted", "access.revoked"]
    granted, revoked = events
    assert (granted["after"]["role"], granted["after"]["rule"], granted["after"]["group"]) == ("Marketer", "R", "Crew")
    assert (revoked["before"]["role"], revoked["actor_kind"]) == ("Marketer", "token")
    assert revoked["request_id"]
