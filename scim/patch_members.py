"""PATCH of a relation: operations on a group's members become an edit, without looking at the members.

RFC 7644 §3.5.2. Only an exotic condition, such as ``members[type eq "User"]``, needs to read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from typing import Any

from scim.attributes import Attribute
from scim.errors import InvalidPath, Mutability, NoTarget
from scim.filter_tree import And, Compare, Node, Not, Or, Present, ValuePath
from scim.matching import matches
from scim.patch_path import PatchPath
from scim.resource import reference_ids
from scim.store import MemberEdit, Reference

Related = Callable[[], Iterable[Reference]]


class MemberDraft:
    """What the operations read so far mean for the members."""

    def __init__(self, related: Related) -> None:
        self._related = related
        self._replace: set[str] | None = None
        self._add: set[str] = set()
        self._remove: set[str] = set()

    def add(self, ids: Set[str]) -> None:
        """These are members, whatever was before."""
        if self._replace is not None:
            self._replace |= ids
            return
        self._add |= ids
        self._remove -= ids

    def remove(self, ids: Set[str]) -> None:
        """These are no members, whatever was before."""
        if self._replace is not None:
            self._replace -= ids
            return
        self._remove |= ids
        self._add -= ids

    def replace(self, ids: Set[str]) -> None:
        """These are the members and nobody else."""
        self._replace = set(ids)

    def references(self) -> list[Reference]:
        """The members as they would be now; reads the present ones."""
        present = {reference.value: reference for reference in self._related()}
        wanted = (present.keys() | self._add) - self._remove if self._replace is None else self._replace
        return [present.get(id, Reference(id, "")) for id in wanted]

    def edit(self) -> MemberEdit | None:
        """All of it, or None if no operation touched the members."""
        if self._replace is not None:
            return MemberEdit(frozenset(self._replace))
        if not self._add and not self._remove:
            return None
        return MemberEdit(None, frozenset(self._add), frozenset(self._remove))


def edit_members(draft: MemberDraft, path: PatchPath, relation: Attribute, verb: str, value: Any) -> None:
    """Apply one operation on a writable relation. Raises Mutability for a part of a member, NoTarget, InvalidValue."""
    if path.sub is not None:
        raise Mutability(f"{relation.name}.{path.sub.name}: is immutable; remove the member and add another")
    if path.filter is not None:
        _edit_chosen(draft, path.filter, relation, verb, value)
    elif verb == "add":
        draft.add(reference_ids(relation, value))
    elif verb == "replace":
        draft.replace(reference_ids(relation, value))
    elif value is None:
        draft.replace(frozenset())
    else:
        # Entra without its flag removes by a list of values; only those may go.
        draft.remove(reference_ids(relation, value))


def _edit_chosen(draft: MemberDraft, condition: Node, relation: Attribute, verb: str, value: Any) -> None:
    if _asks_for_address(condition):
        raise InvalidPath(f"{relation.name}: the condition in brackets can ask for value and type, not for $ref")
    named = _named_ids(condition)
    if verb == "remove":
        draft.remove(_chosen(draft, condition) if named is None else named)
        return
    if verb == "add" and named is not None:
        draft.add(named)
        return
    chosen = _chosen(draft, condition)
    if not chosen:
        raise NoTarget(f"{relation.name}: no member fits the condition")
    if verb == "replace":
        draft.remove(chosen)
        draft.add(reference_ids(relation, value))


def _asks_for_address(condition: Node) -> bool:
    """An address says no more than value and type, and nobody knows here how addresses begin."""
    match condition:
        case And(nodes) | Or(nodes):
            return any(_asks_for_address(part) for part in nodes)
        case Not(inner) | ValuePath(_, inner):
            return _asks_for_address(inner)
        case Compare(path, _, _) | Present(path):
            return path.element == "$ref"


def _named_ids(condition: Node) -> frozenset[str] | None:
    """The ids if the condition is ``value eq "x"`` or such terms joined by "or"; None otherwise."""
    ids = []
    for term in condition.nodes if isinstance(condition, Or) else (condition,):
        if not isinstance(term, Compare) or term.op != "eq" or term.path.element != "value":
            return None
        ids.append(str(term.key))
    return frozenset(ids)


def _chosen(draft: MemberDraft, condition: Node) -> frozenset[str]:
    return frozenset(
        reference.value
        for reference in draft.references()
        if matches(condition, {"value": reference.value, "type": reference.type})
    )
