"""The waiting room: people without any role are seen, with what most of their like have, one step from a rule."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from app.db import Database
from app.models.base import now, timestamp
from app.services import units, waiting_room
from app.stores.listings import Wanted
from tests.builders import Customer, a_group, a_user
from tests.protocol.api_client import Api
from tests.protocol.conftest import Scim
from tests.test_cli import Muster


@pytest.fixture
def muster(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """The command on the application's database."""
    monkeypatch.chdir(tmp_path)
    return Muster(database_url, tmp_path)


def give(api: Api, role: str, *users: str, **how: Any) -> None:
    """Give a role by hand."""
    body = {"role": role} | ({"users": [*users]} if users else {}) | how
    answer = api.post("/assignments", body)
    assert answer.status_code == 200, answer.text


def names(api: Api, **query: Any) -> list[str]:
    """Who waits."""
    return [one["user_name"] for one in api.every("/waiting-room", **query)]


def test_a_provisioned_person_waits_until_somebody_gives_them_something(
    scim: Scim, api: Api, database: Database, customer: Customer
) -> None:
    """By any way: a role of their own, of a group, of a group above, of a unit, a permission; until it is over."""
    called = ("ana", "bob", "cid", "dee", "eve", "fay", "gus")
    ids = {name: scim.create("/Users", a_user(f"{name}@acme.example"))["id"] for name in called}
    inner = scim.create("/Groups", a_group("Inner", [ids["cid"]]))["id"]
    outer = scim.create("/Groups", a_group("Outer", [inner]))["id"]
    switched_off = a_user("off@acme.example", active=False)
    scim.create("/Users", switched_off)
    assert names(api) == [f"{name}@acme.example" for name in called]

    give(api, "Viewer", ids["ana"])
    give(api, "Viewer", ids["bob"], starts=timestamp(now() + timedelta(days=1)))
    give(api, "Viewer", group=outer)
    api.patch(f"/users/{ids['dee']}/permissions", {"entries": [{"permission": "campaigns", "effect": "allow"}]})
    api.patch(f"/users/{ids['eve']}/permissions", {"entries": [{"permission": "campaigns", "effect": "deny"}]})
    assert names(api) == [f"{name}@acme.example" for name in ("bob", "eve", "fay", "gus")]

    with database.writing() as session:
        units.create_unit(session, customer.account_id, "emea", "EMEA", None)
        units.create_unit(session, customer.account_id, "iberia", "Iberia", "emea")
        units.create_unit(session, customer.account_id, "apac", "APAC", None)
        # Fay works in emea only, gus above iberia, bob and eve elsewhere.
        units.add_worker(session, customer.account_id, ids["fay"], "emea")
        units.add_worker(session, customer.account_id, ids["gus"], "emea", children=True)
        for name in ("bob", "eve"):
            units.add_worker(session, customer.account_id, ids[name], "apac", children=True)
    give(api, "Viewer", principal_unit="iberia")
    assert names(api) == [f"{name}@acme.example" for name in ("bob", "eve", "fay")]
    give(api, "Viewer", principal_unit="emea", children=True)
    assert names(api) == [f"{name}@acme.example" for name in ("bob", "eve")]


def test_since_when_is_told(scim: Scim, api: Api) -> None:
    """Since they came, or since they lost what they had."""
    ana = scim.create("/Users", a_user())["id"]
    [before] = api.read("/waiting-room")["results"]
    assert before["since"] == before["created"]
    give(api, "Viewer", ana)
    removed = api.post("/assignments/remove", {"role": "Viewer", "users": [ana]})
    assert removed.status_code == 200
    [after] = api.read("/waiting-room")["results"]
    assert after["created"] == before["created"] < after["since"]


def test_the_list_is_filtered_sorted_and_paged(scim: Scim, api: Api) -> None:
    """As every list of this API."""
    for name in ("cid", "ana", "bob"):
        scim.create("/Users", a_user(f"{name}@acme.example"))
    api.create("/users", {"user_name": "hand@acme.example"})
    assert names(api, sort="user_name") == [f"{name}@acme.example" for name in ("ana", "bob", "cid", "hand")]
    assert names(api, sort="user_name", limit=1) == names(api, sort="user_name")
    assert names(api, filter='origin eq "manual"') == ["hand@acme.example"]
    assert names(api, filter='directory eq "idp" and user_name sw "b"') == ["bob@acme.example"]
    assert api.get("/waiting-room", filter='password eq "x"').status_code == 400


def test_what_most_others_have_is_suggested_with_its_numbers(
    scim: Scim, api: Api, muster: Muster, customer: Customer
) -> None:
    """Sixty per cent of the others, two at least, wherever they have it; who waits is not one of the others."""
    people = [scim.create("/Users", a_user(f"p{number}@acme.example"))["id"] for number in range(6)]
    team = scim.create("/Groups", a_group("Team", people))["id"]
    scim.create("/Groups", a_group("Pair", people[:1] + people[5:]))
    give(api, "Marketer", *people[:3])
    give(api, "Viewer", *people[:2])
    api.create("/business-units", {"key": "emea", "name": "EMEA"})
    give(api, "Analyst", *people[:4], unit="emea", children=True)
    waiting = api.every("/waiting-room")
    assert [one["user_name"] for one in waiting] == ["p4@acme.example", "p5@acme.example"]
    told = [
        (one["role"], one["unit"], one["children"], one["having"], one["others"]) for one in waiting[0]["suggestions"]
    ]
    assert told == [("Analyst", "emea", True, 4, 5), ("Marketer", None, False, 3, 5)]
    assert waiting[1]["suggestions"] == waiting[0]["suggestions"]
    assert [group["name"] for group in waiting[1]["groups"]] == ["Pair", "Team"]
    analyst, marketer = waiting[0]["suggestions"]
    assert analyst["words"] == "4 of the 5 others in Team have Analyst in emea and below"
    assert analyst["rule"]["group"] == {"id": team, "name": "Team", "directory": "IdP"}
    assert analyst["rule"]["grants"] == [{"role": "Analyst", "unit": "emea", "children": True}]
    assert marketer["rule"]["grants"] == [{"role": "Marketer"}]
    alone = api.read(f"/groups/{team}/suggested-rules")["suggestions"]
    assert [(one["role"], one["having"], one["others"]) for one in alone] == [("Analyst", 4, 6)]
    said = muster.run("waiting-room", customer.account_name)
    assert "p4@acme.example" in said
    assert '"Team: Marketer": 3 of the 5 others in Team have Marketer' in said
    assert "4 of the 6" in muster.run("waiting-room", customer.account_name, "--group", "Team")
    suggest = ("mapping", "draft", "suggest", customer.account_name, "Team", "Analyst", "--unit", "emea", "--children")
    assert (
        f"next: muster {' '.join(suggest[:3])} '{customer.account_name}' 'Team' 'Analyst' --unit emea --children"
        in said
    )
    assert "only an Account Owner" in muster.run(*suggest, "--as", "p0@acme.example", code=4)
    made = muster.json(*suggest)
    assert made["document"]["rules"] == [analyst["rule"]]
    more = muster.json("mapping", "draft", "suggest", customer.account_name, "Team", "Marketer", "--into", made["id"])
    assert [rule["name"] for rule in more["document"]["rules"]] == [analyst["rule"]["name"], "Team: Marketer"]
    assert "nobody in Team has Viewer in emea" in muster.run(*suggest[:5], "Viewer", "--unit", "emea", code=4)


def test_a_privileged_role_is_never_suggested_quietly(scim: Scim, api: Api) -> None:
    """It says so, in words and as a field; what makes an Account Owner is never suggested."""
    people = [scim.create("/Users", a_user())["id"] for _ in range(4)]
    scim.create("/Groups", a_group("Admins", people))
    give(api, "Administrator", *people[:3])
    give(api, "Account Owner", *people[:3])
    [waiting] = api.every("/waiting-room")
    [suggested] = waiting["suggestions"]
    assert (suggested["role"], suggested["privileged"]) == ("Administrator", True)
    assert "PRIVILEGED" in suggested["words"]


def test_nobody_waiting_is_said(scim: Scim, muster: Muster, customer: Customer, api: Api) -> None:
    """An empty list says what that means; a filter that is none is refused with what is wrong."""
    ana = scim.create("/Users", a_user())["id"]
    give(api, "Viewer", ana)
    assert "nobody waits" in muster.run("waiting-room", customer.account_name)
    assert muster.json("waiting-room", customer.account_name) == {"waiting": [], "next": None}
    assert "shoe" in muster.run("waiting-room", customer.account_name, "--filter", "shoe eq 3", code=4)


def test_the_number_of_statements_does_not_grow(scim: Scim, api: Api, database: Database, customer: Customer) -> None:
    """One person waits, or thirty in ten groups: as many statements."""

    def asked() -> int:
        sent: list[str] = []

        def hear(*call: Any) -> None:
            sent.append(call[2])

        event.listen(database.engine, "before_cursor_execute", hear)
        with database.reading() as session:
            waiting_room.list_waiting(session, customer.account_id, Wanted(50))
        event.remove(database.engine, "before_cursor_execute", hear)
        return len(sent)

    first = scim.create("/Users", a_user())["id"]
    scim.create("/Groups", a_group(None, [first]))
    asked()
    few = asked()
    many = [scim.create("/Users", a_user())["id"] for _ in range(30)]
    for number in range(10):
        scim.create("/Groups", a_group(None, many[number * 3 :]))
    asked()
    assert asked() == few <= 7
