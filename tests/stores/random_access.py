"""Accounts made at random from a seed: every kind of grant, of item and of place, a few of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from app.db import Database
from app.services import account_settings, assignments, groups, individual, profiles, samples
from app.session import Session
from app.stores.directory import open_directory_store
from tests.builders import a_customer, a_giving, a_user

UNITS = ("root", "emea", "iberia", "apac", "ghost")
PEOPLE = ("ann", "ben", "cid", "dee", "eve", "fay", "gil")
SOLE = ("ivy", "jon")
"""Ivy has nothing but what is allowed to her herself; jon works in a unit only because he has a role there."""
ROLES = ("alpha", "beta", "gamma", "delta")
GROUPS = ("red", "green", "blue")
ITEMS = (("doc", "d1"), ("doc", "d2"), ("doc", "d3"), ("doc", "d4"), ("note", "n1"), ("note", "n2"), ("note", "n3"))
CONDITIONS = (
    'subject.rank eq "high"',
    'resource.state eq "open"',
    "resource.team eq subject.team",
    'not (resource.state eq "open")',
    'context.device eq "managed"',
)
NODES = (
    "*", "docs", "docs.read", "docs.write", "docs.drop", "docs.new", "notes", "notes.read", "notes.write",
    "mails.send", "mails", "admin.all", "admin.common", "profile.view", "anything",
)  # fmt: skip


def a_random_account(database: Database, seed: int, folder: Path) -> str:
    """The id of a new account."""
    random = Random(seed)
    file = folder / f"random-{seed}.json"
    file.write_text(json.dumps(_profile(random)))
    customer = a_customer(database, profile=str(file))
    with database.writing() as session:
        samples.load_sample(session, customer.account_id, profiles.read_profile(str(file)).sample)
        _more(session, customer.account_id, customer.directory_id, random)
    return customer.account_id


def _profile(random: Random) -> dict[str, Any]:
    return {
        "name": "random",
        "title": _text("Random"),
        "description": _text("Random"),
        "subject_attributes": [
            {"name": "rank", "path": "title", "accept_from_pep": True},
            {"name": "team", "path": "nickName"},
        ],
        "context_attributes": [{"name": "device"}],
        "items": {"manage_all": "admin.all", "common": "admin.common"} if random.random() < 0.6 else {},
        "item_types": [
            {
                "name": "doc",
                "title": _text("Doc"),
                "inventory": "held",
                "levels": True,
                "owner_gone": random.choice(["all", "modify", "none"]),
                "attributes": _attributes("state", "team"),
            },
            {
                "name": "note",
                "title": _text("Note"),
                "inventory": "held",
                "records": True,
                "attributes": _attributes("state", "team"),
            },
            {
                "name": "mail",
                "title": _text("Mail"),
                "levels": random.random() < 0.5,
                "attributes": _attributes("state"),
            },
        ],
        "tabs": [
            _tab("docs", ("read", "reads"), ("write", "modifies"), ("drop", "deletes"), ("new", "creates"), kind="doc"),
            _tab("notes", ("read", "reads"), ("write", "modifies"), kind="note"),
            _tab("mails", ("send", "modifies"), kind="mail"),
            _tab("admin", ("all", "modifies"), ("common", "reads")),
            _tab("profile", ("view", "reads"), kind="profile", self_service=True),
            _tab("anything", ("at", "reads")),
        ],
        "roles": [
            {"name": "Owner", "title": _text("Owner"), "description": _text("Owner"), "owner": True},
            *(_role(random, name) for name in ROLES),
        ],
        "sample": _sample(random),
    }


def _text(said: str) -> dict[str, str]:
    return {"en": said, "es": said}


def _attributes(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def _tab(
    key: str, *permissions: tuple[str, str], kind: str | None = None, self_service: bool = False
) -> dict[str, Any]:
    told = [
        {
            "key": f"{key}.{name}",
            "operation": operation,
            "title": _text(name),
            "description": _text(name),
            "item_types": [kind] if kind else [],
            "self_service": self_service,
        }
        for name, operation in permissions
    ]
    section = {"key": f"{key}.every", "title": _text(key), "permissions": told}
    return {"key": key, "title": _text(key), "sections": [section]}


def _role(random: Random, name: str) -> dict[str, Any]:
    nodes = random.sample(NODES, random.randint(3, 6))
    denied = random.sample(NODES[2:], random.choice([0, 0, 1, 1, 2]))
    return {
        "name": name,
        "title": _text(name),
        "description": _text(name),
        "allow": [_entry(random, node) for node in nodes],
        "deny": [_entry(random, node) for node in denied],
    }


def _entry(random: Random, node: str) -> Any:
    return {"node": node, "when": random.choice(CONDITIONS)} if random.random() < 0.35 else node


def _sample(random: Random) -> dict[str, Any]:
    units = [("emea", "root"), ("iberia", "emea"), ("apac", "root")]
    return {
        "units": [{"key": key, "name": key, "parent": parent} for key, parent in units],
        "users": [*(_user(random, name) for name in PEOPLE), *(_sole(name) for name in SOLE)],
        "groups": [{"name": name, "members": random.sample(PEOPLE, random.randint(1, 4))} for name in GROUPS],
        "assignments": [
            *_assignments(random),
            {"role": "idle", "user": "jon", "at": "iberia"},
            {"role": "busy", "unit": "iberia", "children": random.random() < 0.5},
        ],
        "permissions": [*_permissions(random), {"user": "ivy", "permission": "*", "effect": "allow"}],
        "roles": [{"name": "idle"}, {"name": "busy", "allow": ["mails", "docs", "anything"]}],
        "items": [_item(random, type, id) for type, id in ITEMS],
    }


def _user(random: Random, name: str) -> dict[str, Any]:
    works = random.sample(UNITS[:4], random.choice([0, 0, 1, 2]))
    facts: dict[str, Any] = {
        "user_name": name,
        "name": name,
        "active": random.random() < 0.85,
        "works_in": [{"unit": unit, "children": random.random() < 0.5} for unit in works],
        "attributes": {"title": random.choice(["high", "low"]), "nickName": random.choice(["north", "south"])},
    }
    if random.random() < 0.6:
        facts["home"] = random.choice(UNITS[:4])
    return facts


def _sole(name: str) -> dict[str, Any]:
    return {"user_name": name, "name": name, "works_in": [{"unit": "apac"}]}


def _assignments(random: Random) -> list[dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for _ in range(random.randint(6, 14)):
        given: dict[str, Any] = {"role": random.choice(ROLES)}
        match random.choice(["user", "user", "group", "unit"]):
            case "user":
                given["user"] = random.choice(PEOPLE)
            case "group":
                given["group"] = random.choice(GROUPS)
            case _:
                given |= {"unit": random.choice(UNITS[:4]), "children": random.random() < 0.5}
        if "unit" not in given and random.random() < 0.5:
            given |= {"at": random.choice(UNITS[:4]), "children": random.random() < 0.5}
        made[json.dumps(given, sort_keys=True)] = given
    return list(made.values())


def _permissions(random: Random) -> list[dict[str, Any]]:
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for _ in range(random.randint(1, 4)):
        given = {
            "user": random.choice(PEOPLE),
            "permission": random.choice(NODES),
            "effect": random.choice(["allow", "deny"]),
        }
        if random.random() < 0.5:
            given |= {"at": random.choice(UNITS[:4]), "children": random.random() < 0.5}
        made[given["user"], given["permission"]] = given
    return list(made.values())


def _item(random: Random, type: str, id: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"type": type, "id": id, "unit": random.choice(UNITS[:4])}
    facts["attributes"] = {"state": random.choice(["open", "shut"]), "team": random.choice(["north", "south"])}
    if random.random() < 0.7:
        facts["owner"] = random.choice(PEOPLE)
    match random.choice(["group", "role", "none"]):
        case "group":
            facts["group"] = random.choice(GROUPS)
        case "role":
            facts["role"] = random.choice(ROLES)
    if type == "doc":
        facts["levels"] = {who: random.choice(["forbidden", "read", "modify"]) for who in ("owner", "group", "rest")}
    if "owner" in facts and random.random() < 0.4:
        other = random.choice([unit for unit in UNITS[:4] if unit != facts["unit"]])
        facts["shares"] = {other: random.choice(["read", "modify"])}
    return facts


def _more(session: Session, account_id: str, directory_id: str, random: Random) -> None:
    """Groups in groups, a name that two people have, grants that are over or have not begun, another form of names."""
    _nest(session, account_id, random.sample(GROUPS, 2))
    store = open_directory_store(session, account_id, directory_id)
    twin = store.insert("User", a_user("ann", externalId="x-ann")).stored.id
    store.insert("User", a_user("hal", externalId="x-hal"))
    assignments.assign(session, account_id, a_giving(random.choice(ROLES), twin))
    assignments.assign(session, account_id, a_giving(random.choice(ROLES), "hal"))
    now = datetime.now(UTC)
    for name, starts, expires in (("ben", None, now + timedelta(days=1)), ("cid", now + timedelta(days=1), None)):
        assignments.assign(
            session, account_id, a_giving(random.choice(ROLES), name, unit="iberia"), starts=starts, expires=expires
        )
    individual.put(session, account_id, "dee", [individual.Entry("docs", "allow", starts=now + timedelta(days=2))])
    form = random.choice(["userName", "id", "externalId"])
    settings = {"subject_form": form, "finds_external_id": random.random() < 0.7}
    account_settings.change_settings(session, account_id, settings)


def _nest(session: Session, account_id: str, pair: Sequence[str]) -> None:
    outer, inner = pair
    groups.add_members(session, account_id, outer, (), [inner])
