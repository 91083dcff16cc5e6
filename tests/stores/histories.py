"""Histories made at random from a seed: whatever may change somebody's access, one change after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from app.db import Database
from app.services import assignments, data_filters, groups, individual, mapping_publish, roles, unit_moves, units, users
from app.services.errors import ServiceError
from app.services.roles import RoleEdit, StatementChange
from app.session import Session
from scim.errors import ScimError
from tests.builders import a_giving
from tests.stores.random_access import CONDITIONS, GROUPS, NODES, PEOPLE, ROLES, SOLE, UNITS

OWN_ROLES = ("Extra", "Other")
_EVERYBODY = (*PEOPLE, *SOLE)
_UNITS = (*UNITS[:4], "lab")


def change_something(database: Database, account_id: str, random: Random) -> None:
    """One change that is allowed, in a transaction of its own."""
    while True:
        change = random.choice(_CHANGES)
        try:
            with database.writing() as session:
                change(session, account_id, random)
        except (ServiceError, ScimError):
            continue
        return


def _move_member(session: Session, account_id: str, random: Random) -> None:
    group, person = random.choice(GROUPS), users.get_user(session, account_id, random.choice(_EVERYBODY)).id
    if random.random() < 0.5:
        groups.add_members(session, account_id, group, [person], [])
    else:
        groups.remove_members(session, account_id, group, [person])


def _nest(session: Session, account_id: str, random: Random) -> None:
    outer, inner = random.sample(GROUPS, 2)
    if random.random() < 0.5:
        groups.add_members(session, account_id, outer, [], [inner])
    else:
        groups.remove_members(session, account_id, outer, [groups.get_group(session, account_id, inner).id])


def _rename_group(session: Session, account_id: str, random: Random) -> None:
    group = random.choice(GROUPS)
    # In another case, so that it is found by its name still.
    name = random.choice([group.upper(), group.capitalize(), group])
    groups.change_group(session, account_id, group, {"display_name": name})


def _recreate_group(session: Session, account_id: str, random: Random) -> None:
    group = random.choice(GROUPS)
    groups.delete_group(session, account_id, group)
    if random.random() < 0.7:
        groups.create_group(session, account_id, {"display_name": group})


def _create_group(session: Session, account_id: str, random: Random) -> None:
    groups.create_group(session, account_id, {"display_name": random.choice(GROUPS)})


def _assign(session: Session, account_id: str, random: Random) -> None:
    whom = random.choice(["user", "group", "principal_unit"])
    names: Sequence[str] = {"user": _EVERYBODY, "group": GROUPS, "principal_unit": _UNITS}[whom]
    where: dict[str, Any] = {whom: random.choice(names)}
    if whom != "principal_unit" and random.random() < 0.5:
        where["unit"] = random.choice(_UNITS)
    if whom == "principal_unit" or "unit" in where:
        where["children"] = random.random() < 0.5
    giving = a_giving(random.choice((*ROLES, *OWN_ROLES)), **where)
    if random.random() < 0.4:
        assignments.unassign(session, account_id, giving)
        return
    soon = datetime.now(UTC) + timedelta(milliseconds=random.choice([40, 200]))
    term = random.choice([{}, {"expires": soon}, {"starts": soon}])
    assignments.assign(session, account_id, giving, **term, reason=random.choice(["", "stands in"]))


def _extend(session: Session, account_id: str, random: Random) -> None:
    later = random.choice([None, datetime.now(UTC) + timedelta(days=1)])
    giving = a_giving(random.choice(ROLES), random.choice(_EVERYBODY))
    assignments.extend(session, account_id, giving, expires=later)


def _permit(session: Session, account_id: str, random: Random) -> None:
    place = {"unit": random.choice(_UNITS), "children": random.random() < 0.5} if random.random() < 0.5 else {}
    effect = random.choice(["allow", "deny", "unset"])
    entry = individual.Entry(random.choice(NODES), effect, **place)
    individual.put(session, account_id, random.choice(_EVERYBODY), [entry])


def _work(session: Session, account_id: str, random: Random) -> None:
    person, unit, children = random.choice(_EVERYBODY), random.choice(_UNITS), random.random() < 0.5
    match random.choice(["add", "remove", "home"]):
        case "add":
            units.add_worker(session, account_id, person, unit, children=children)
        case "remove":
            units.remove_worker(session, account_id, person, unit, children=children)
        case _:
            units.set_home(session, account_id, person, random.choice([None, unit]))


def _shape_units(session: Session, account_id: str, random: Random) -> None:
    match random.choice(["move", "create", "delete", "rename"]):
        case "move":
            unit_moves.move_unit(session, account_id, *random.sample(_UNITS, 2))
        case "create":
            units.create_unit(session, account_id, "lab", "Lab", random.choice(UNITS[:4]))
        case "delete":
            units.delete_unit(session, account_id, "lab")
        case _:
            units.edit_unit(session, account_id, random.choice(_UNITS), name=f"Name {random.random()}")


def _shape_roles(session: Session, account_id: str, random: Random) -> None:
    role, node = random.choice(OWN_ROLES), random.choice(NODES[1:-1])
    said = StatementChange(node, random.choice(["allow", "deny"]), random.choice([None, *CONDITIONS]))
    match random.choice(["create", "edit", "edit", "name", "delete"]):
        case "create":
            roles.create_role(session, account_id, role, statements=[said])
        case "edit":
            edit = RoleEdit(statements=(said,), replaces=random.random() < 0.3, privileged=random.random() < 0.3)
            roles.edit_role(session, account_id, role, edit)
        case "name":
            roles.edit_role(session, account_id, role, RoleEdit(name=role.upper(), description=f"{random.random()}"))
        case _:
            roles.delete_role(session, account_id, role)


def _shape_users(session: Session, account_id: str, random: Random) -> None:
    person = random.choice(_EVERYBODY)
    if random.random() < 0.3:
        users.delete_user(session, account_id, person)
    else:
        users.change_user(session, account_id, person, {"active": random.random() < 0.6})


def _publish(session: Session, account_id: str, random: Random) -> None:
    rules = []
    for name in random.sample(GROUPS, random.randint(0, 2)):
        grant = {"role": random.choice(ROLES), "unit": random.choice(UNITS[:4]), "children": random.random() < 0.5}
        group = groups.get_group(session, account_id, name).id
        rule: dict[str, Any] = {"name": f"Rule of {name}", "group": {"id": group}, "grants": [grant]}
        if random.random() < 0.5:
            unit, home = random.choice(UNITS[:4]), random.random() < 0.5
            rule["works_in"] = [{"unit": unit, "children": random.random() < 0.5, "home": home}]
        rule |= random.choice([{}, {"where": 'title eq "high"'}, {"days": 1}, {"paused": True}])
        rules.append(rule)
    mapping_publish.publish(session, account_id, {"rules": rules}, "test")


def _filter(session: Session, account_id: str, random: Random) -> None:
    about: dict[str, Any] = {"unit": random.choice(_UNITS)}
    if random.random() < 0.3:
        data_filters.clear_filter(session, account_id, "note", **about)
    else:
        text = f'state eq "{random.choice(["open", "shut"])}"'
        data_filters.set_filter(session, account_id, "note", text, **about)


_CHANGES: tuple[Callable[[Session, str, Random], None], ...] = (
    *(_move_member,) * 4,
    *(_assign,) * 3,
    *(_shape_roles,) * 2,
    _nest,
    _rename_group,
    _recreate_group,
    _create_group,
    _extend,
    _permit,
    _work,
    _shape_units,
    _shape_users,
    _publish,
    _filter,
)
