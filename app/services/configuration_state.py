"""What an account's access is at present, as a configuration says it: in a fixed order, each thing once.

A rule names its group by id; what the group is called stands beside it for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app.services import default_roles, separations
from app.services.mapping_documents import published
from app.session import Session
from app.stores import configurations as store
from app.stores import roles as role_store
from app.stores.access import SqlAccessStore
from app.stores.configurations import Kind
from rbac.catalogue import Catalogue, shown
from rbac.model import Effect, Policy, Statement
from scim.keys import fold

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """All that a configuration can say, by kind and id; entries are in their order, without what is usual."""

    entries: Mapping[Kind, Mapping[str, Entry]]
    default_roles: tuple[str, ...]

    def of(self, kept: Mapping[Kind, Iterable[str]], *, with_defaults: bool) -> dict[str, Any]:
        """Part of it, by kind and name: to be kept, and compared with later."""
        part: dict[str, Any] = {
            f"{kind}s": {name_of(entry): entry for id, entry in self.entries[kind].items() if id in kept[kind]}
            for kind in self.entries
        }
        return part | ({"default_roles": list(self.default_roles)} if with_defaults else {})


def read_state(session: Session, account_id: str) -> State:
    """What there is."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    return State(
        {
            "unit": {id: _unit(policy, id) for id in _downward(policy)},
            "role": _roles(session, account_id, policy),
            "rule": _rules(session, account_id),
            "separation": {
                one.id: _said({"name": one.name, "reason": one.reason, "permissions": list(one.permissions)})
                for one in separations.list_separations(session, account_id)
            },
        },
        tuple(sorted((one.name for one in default_roles.get_default_roles(session, account_id)), key=fold)),
    )


def name_of(entry: Mapping[str, Any]) -> str:
    """What identifies an entry among its kind."""
    return str(entry["key"] if "key" in entry else entry["name"])


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """What is otherwise in an entry, in words: a line for each field, and for each member of a list."""
    return tuple(
        line
        for field in dict.fromkeys([*before, *after])
        if before.get(field) != after.get(field)
        for line in _difference(field, before.get(field), after.get(field))
    )


def _difference(field: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, list) or isinstance(after, list):
        was, becomes = ([_words(one) for one in value or ()] for value in (before, after))
        yield from (f"- {field}: {one}" for one in was if one not in becomes)
        yield from (f"+ {field}: {one}" for one in becomes if one not in was)
    else:
        yield f"{field}: {_words(before)} → {_words(after)}"


def _words(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        in_order = sorted(value, key=lambda name: (name not in ("node", "role"), name))  # however it was kept
        return ", ".join(f"{name} {_words(value[name])}" for name in in_order)
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _downward(policy: Policy) -> list[str]:
    """Units, each after the one above it, siblings by key."""
    tree = policy.units
    return sorted(tree.units, key=lambda id: [tree.units[one].key for one in reversed(tree.path(id))])


def _unit(policy: Policy, id: str) -> Entry:
    unit = policy.units.units[id]
    filters = {kind: one.text for kind, one in sorted(policy.unit_filters.get(id, {}).items())}
    parent = policy.units.units[unit.parent].key if unit.parent else None
    return _said({"key": unit.key, "name": unit.name, "parent": parent, "filters": filters})


def _roles(session: Session, account_id: str, policy: Policy) -> dict[str, Entry]:
    return {
        row.id: _said(
            {
                "name": row.name,
                "description": row.description,
                "privileged": row.marked,
                "copied_from": row.origin_name,
                "allow": _statements(policy.catalogue, policy.roles[row.id].statements, Effect.ALLOW),
                "deny": _statements(policy.catalogue, policy.roles[row.id].statements, Effect.DENY),
            }
        )
        for row in role_store.all_roles(session, account_id)
        if not row.is_default and not row.is_owner
    }


def _statements(catalogue: Catalogue, statements: Iterable[Statement], effect: Effect) -> list[Any]:
    of_effect = sorted((one for one in statements if one.effect is effect), key=lambda one: one.node)
    return [
        {"node": shown(catalogue, one.node), "when": one.condition.text}
        if one.condition
        else shown(catalogue, one.node)
        for one in of_effect
    ]


def _rules(session: Session, account_id: str) -> dict[str, Entry]:
    ids = {fold(name): id for id, name, _ in store.rules(session, account_id)}
    written = published(session, account_id)["rules"]
    groups = {rule["group"]["id"] for rule in written if "id" in rule.get("group", {})}
    present = store.names_of_groups(session, account_id, groups)
    return {ids[fold(rule["name"])]: shown_rule(rule, present) for rule in written}


def shown_rule(rule: Mapping[str, Any], present: Mapping[str, tuple[str, str]] | None = None) -> Entry:
    """A rule of a document in its normal form; ``present`` says what all groups are called that there are, by id."""
    entry: Entry = dict(rule)
    for field in ("grants", "works_in"):
        entry[field] = [_said(one) for one in entry.get(field, ())]
    group = entry.get("group") or {}
    if "id" in group and present is not None:
        found = present.get(group["id"])
        named = {"name": found[0], "directory": found[1]} if found else {"deleted": True}
        entry["group"] = group | named
    return _said(entry)


def _said(entry: Mapping[str, Any]) -> Entry:
    """Without what is so unless something else is said."""
    return {name: value for name, value in entry.items() if value not in (None, "", [], {}) and value is not False}
