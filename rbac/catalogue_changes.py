"""What is different between two catalogues, and what a role gives under each.

Pure comparison: it is shown before a profile or a catalogue is loaded, and recorded once it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from rbac.catalogue import EVERYTHING, AttributeType, Catalogue
from rbac.conditions import Condition, Facts
from rbac.model import Effect, Statement
from rbac.role_document import RoleEntry
from rbac.roles import Turned, said, turned


@dataclass(frozen=True, slots=True)
class Changes:
    """Names that were added, removed, or mean something else; ``changed`` says in what."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def permission_changes(before: Catalogue, after: Catalogue) -> Changes:
    """Permissions by key."""
    return _changes(before.permissions, after.permissions)


def item_type_changes(before: Catalogue, after: Catalogue) -> Changes:
    """Item types by name."""
    return _changes(before.item_kinds, after.item_kinds)


def attribute_changes(before: Catalogue, after: Catalogue) -> Changes:
    """What conditions may speak of: ``subject.role``, ``action.soft``."""
    return _changes(_attributes(before), _attributes(after))


def heeded_changes(before: Catalogue, after: Catalogue) -> Mapping[str, tuple[str | None, str | None]]:
    """The permissions that Muster itself heeds: ``administration.assign_roles`` → what it was and what it is."""
    was, is_now = _heeded(before), _heeded(after)
    return {name: (was[name], is_now[name]) for name in was if was[name] != is_now[name]}


def effect_on(before: tuple[Catalogue, Iterable[RoleEntry]], after: tuple[Catalogue, Iterable[RoleEntry]]) -> Turned:
    """What a role gives more, less or otherwise when its catalogue or its entries change."""
    was, becomes = (said(catalogue, statements_in(entries)) for catalogue, entries in (before, after))
    change = turned(after[0], was, becomes)
    gone = [key for key in was if key not in after[0].permissions and was[key].worth]
    return replace(change, lost=(*change.lost, *gone))


def statements_in(entries: Iterable[RoleEntry]) -> tuple[Statement, ...]:
    """Entries as statements that say under which condition, and cannot tell when that holds."""
    return tuple(
        Statement(one.node, Effect(one.effect), Condition(one.when, _unasked) if one.when else None) for one in entries
    )


def _unasked(_: Facts) -> bool:
    raise NotImplementedError("a condition that is only compared does not decide")


def vanishing(before: Catalogue, after: Catalogue, nodes: Iterable[str]) -> tuple[str, ...]:
    """Those of the nodes at which there will be nothing any more."""
    gone = {node for node in nodes if node != EVERYTHING and before.covered_by(node) and not after.covered_by(node)}
    return tuple(sorted(gone))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    both = [key for key in before if key in after and before[key] != after[key]]
    return Changes(
        tuple(key for key in after if key not in before),
        tuple(key for key in before if key not in after),
        {key: _facts(before[key], after[key]) for key in both},
    )


def _facts(before: Any, after: Any) -> tuple[str, ...]:
    """The names of what is different in a declaration."""
    if isinstance(before, AttributeType):
        return ("type",)
    return tuple(one.name for one in fields(before) if getattr(before, one.name) != getattr(after, one.name))


def _attributes(catalogue: Catalogue) -> dict[str, Any]:
    parts = {
        "subject": catalogue.subject_attributes,
        "action": catalogue.action_attributes,
        "context": catalogue.context_attributes,
    }
    return {f"{part}.{name}": one for part, attributes in parts.items() for name, one in attributes.items()}


def _heeded(catalogue: Catalogue) -> dict[str, str | None]:
    administration, items = catalogue.administration, catalogue.items
    return {f"administration.{one.name}": getattr(administration, one.name) for one in fields(administration)} | {
        f"items.{one.name}": getattr(items, one.name) for one in fields(items)
    }
