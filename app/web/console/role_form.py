"""The form in which a role is edited: what somebody wants it to say at which nodes, and only that.

A form carries what the role said when it was shown (``base``), so that what was not touched is not asked for, whoever
has changed it meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import orjson

from app.services.role_sheet import NodeSays, NodeSheet, PermissionSheet, Sheet
from app.services.role_statements import StatementChange
from app.services.roles import RoleEdit
from rbac.model import Effect

NODE, WHEN, UNLESS, BASE, REVISION, REQUIRED = "node:", "if:", "but:", "base", "revision", "add_required"
_EFFECTS = frozenset({"allow", "deny", "unset"})
_MOST_NODE = 300


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form asks for: what shall be said at some nodes, seen from a revision of the role."""

    says: Mapping[str, NodeSays]
    revision: int | None = None
    add_required: bool = False

    @property
    def changes(self) -> tuple[StatementChange, ...]:
        """The same as the services are asked."""
        return tuple(change for node, says in self.says.items() for change in says.changes(node))

    @property
    def edit(self) -> RoleEdit:
        """The same as an edit of the role."""
        return RoleEdit(statements=self.changes, add_required=self.add_required)

    @property
    def fields(self) -> Iterator[tuple[str, str]]:
        """The same as the hidden fields of another form; the revision is that form's own."""
        for node, says in self.says.items():
            yield NODE + node, says.effect
            for name, text in ((WHEN, says.when), (UNLESS, says.unless)):
                if text is not None:
                    yield name + node, text
        if self.add_required:
            yield REQUIRED, "1"


def wish_of(fields: Iterable[tuple[str, str]]) -> Wish:
    """What was sent; what makes no sense is left out, for the services to check the rest."""
    sent = {name: value.strip() for name, value in fields}
    base = _base_of(sent[BASE]) if BASE in sent else None
    says = {}
    for name, effect in sent.items():
        node = name.removeprefix(NODE)
        if node == name or effect not in _EFFECTS or len(node) > _MOST_NODE:
            continue
        when = sent.get(WHEN + node) or None
        unless = sent.get(UNLESS + node) or None
        wanted = NodeSays(effect, when if effect != "unset" else None, unless if effect == Effect.ALLOW else None)
        if base is None or base.get(node, NodeSays()) != wanted:
            says[node] = wanted
    revision = sent.get(REVISION, "")
    return Wish(says, int(revision) if revision.isdecimal() and len(revision) < 10 else None, REQUIRED in sent)


def base_of(sheet: Sheet) -> str:
    """What a role says, for the form to carry."""
    said = [
        [one.key, one.says.effect, one.says.when, one.says.unless] for one in nodes_of(sheet) if one.says != NodeSays()
    ]
    return orjson.dumps(said).decode()


def nodes_of(sheet: Sheet) -> Iterator[NodeSheet]:
    """Every node at which something can be said."""
    yield sheet.whole
    for tab in sheet.tabs:
        yield tab.node
        for section in tab.sections:
            yield section.node
            yield from section.permissions
    yield from sheet.others


def fits(one: PermissionSheet, words: str, language: str) -> bool:
    """Whether a permission has these words in its key, title or description."""
    texts = (one.key, getattr(one.title, language), getattr(one.description, language))
    return words.casefold() in " ".join(texts).casefold()


def _base_of(text: str) -> dict[str, NodeSays]:
    try:
        rows = orjson.loads(text)
        return {str(node): NodeSays(str(effect), when, unless) for node, effect, when, unless in rows}
    except (ValueError, TypeError):
        return {}
