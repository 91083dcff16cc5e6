"""Rules as a document: in the form in which publishing it again means the same rules and the same groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.services.mapping_resolution import Prepared
from app.session import Session
from app.stores import mapping_rules, naming
from app.stores.access import SqlAccessStore
from app.stores.naming import FoundGroup
from rbac.mapping import Effect, Rule
from rbac.model import Policy, Reach


def published(session: Session, account_id: str) -> dict[str, Any]:
    """The published document: groups by their ids, so that publishing it again changes nothing.

    Groups, roles and units have the names that they have now, whatever they were called when it was published.
    """
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    loaded = mapping_rules.all_rules(session, account_id)
    directories = {id: name for name, id in naming.directories_of(session, account_id).items()}
    groups = {one.group.id: one.group for one in loaded.bindings}
    return document_of(policy, loaded.rules.rules, groups, directories)


def normal_form(prepared: Prepared) -> dict[str, Any]:
    """The document with every group by its id, so that publishing it again means the same groups."""
    return document_of(prepared.policy, prepared.after, prepared.groups, prepared.directories)


def document_of(
    policy: Policy, rules: Iterable[Rule], groups: Mapping[str, FoundGroup], directories: Mapping[str, str]
) -> dict[str, Any]:
    """Rules as a document, in their order. ``groups`` are those they are bound to, ``directories`` names, both by id.

    What a rule does not say is left out.
    """

    def written(rule: Rule) -> dict[str, Any]:
        effects = sorted(rule.effects, key=lambda one: (one.role_id or "", one.unit_id, one.reach, one.home))
        whole: dict[str, Any] = {
            "name": rule.name,
            "owner": rule.owner,
            "reason": rule.reason,
            "labels": sorted(rule.labels),
            "paused": rule.paused,
            **_conditions(rule, groups, directories),
            "allow_privileged": rule.allow_privileged,
            "until": rule.term.until.isoformat().replace("+00:00", "Z") if rule.term.until is not None else None,
            "days": rule.term.days,
        }
        lines = {
            "grants": [{"role": _role(policy, one), **_place(policy, one)} for one in effects if one.role_id],
            "works_in": [
                {**_place(policy, one), **({"home": True} if one.home else {})}
                for one in effects
                if one.role_id is None
            ],
        }
        return {name: value for name, value in whole.items() if value} | lines

    return {"rules": [written(rule) for rule in rules]}


def _conditions(rule: Rule, groups: Mapping[str, FoundGroup], directories: Mapping[str, str]) -> dict[str, Any]:
    within = {"directory": directories.get(rule.directory_id, rule.directory_id)} if rule.directory_id else {}
    found: dict[str, Any] = {"where": rule.where}
    if rule.pattern is not None:
        found["pattern"] = {"text": rule.pattern.text, **within}
    elif rule.group_id is not None:
        found["group"] = _group(rule.group_id, groups)
    else:
        found |= within
    return found


def _group(id: str, groups: Mapping[str, FoundGroup]) -> dict[str, str]:
    group = groups.get(id)
    if group is None:
        return {"id": id}
    return {"id": id, "name": group.name, **({"directory": group.directory} if group.directory else {})}


def _role(policy: Policy, effect: Effect) -> str | None:
    return effect.role_id if effect.takes_role or effect.role_id is None else policy.roles[effect.role_id].name


def _place(policy: Policy, effect: Effect) -> dict[str, Any]:
    if effect.reach is Reach.ACCOUNT:
        return {}
    unit = effect.unit_id if effect.takes_unit else policy.units.units[effect.unit_id].key
    return {"unit": unit, "children": effect.reach is Reach.SUBTREE}
