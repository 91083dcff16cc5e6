"""What lies between two declarations of an extension, and what each difference means for people's values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scim.attributes import Attribute, Returned, Schema
from scim.schema_documents import attribute_document

_REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Step:
    """One difference. ``attribute`` and ``sub`` are as declared before, so they find the values there are.

    ``kind`` is added, changed, removed or refused; ``what`` says in words what is different. ``drops`` says that
    present values cannot stay, ``wraps`` that a single value becomes a list of one, ``folds`` that values stay and
    are compared otherwise.
    """

    kind: str
    name: str
    what: str = ""
    attribute: Attribute | None = None
    sub: Attribute | None = None
    drops: bool = False
    wraps: bool = False
    folds: bool = False

    @property
    def is_refused(self) -> bool:
        """Whether it cannot be done at all."""
        return self.kind == _REFUSED


def steps_between(before: Schema | None, after: Schema) -> list[Step]:
    """The differences, in the order of the new declaration; what is removed comes last."""
    return [*_describe(before, after), *_steps(before.attributes if before else (), after.attributes, None, None)]


def _describe(before: Schema | None, after: Schema) -> Iterator[Step]:
    if before is not None and (before.name, before.description) != (after.name, after.description):
        yield Step("changed", after.urn, "name or description")


def _steps(
    before: tuple[Attribute, ...], after: tuple[Attribute, ...], old: Attribute | None, new: Attribute | None
) -> Iterator[Step]:
    """The steps from one list to another; ``old`` and ``new`` are the attribute whose parts they are."""
    known = {attribute.key: attribute for attribute in before}
    within = f"{new.name}." if new else ""
    for attribute in after:
        name, present = within + attribute.name, known.pop(attribute.key, None)
        if present is None:
            yield Step("added", name)
        elif present.name != attribute.name:
            yield Step(_REFUSED, name, f"{name}: is declared as {within}{present.name}; keep its spelling")
        else:
            yield from _changes(name, present, attribute, old)
    for gone in known.values():
        yield Step("removed", within + gone.name, attribute=old or gone, sub=gone if old else None, drops=_keeps(gone))


def _changes(name: str, present: Attribute, attribute: Attribute, container: Attribute | None) -> Iterator[Step]:
    old, new = attribute_document(present), attribute_document(attribute)
    facts = [fact for fact in {**old, **new} if fact != "subAttributes" and old.get(fact) != new.get(fact)]
    drops = _keeps(present) and (
        present.type is not attribute.type
        or (present.multi_valued and not attribute.multi_valued)
        or not _keeps(attribute)
    )
    if facts:
        yield Step(
            "changed",
            name,
            ", ".join(f"{fact}: {old.get(fact, 'none')} → {new.get(fact, 'none')}" for fact in facts),
            attribute=container or present,
            sub=present if container else None,
            drops=drops,
            wraps=not drops and attribute.multi_valued and not present.multi_valued,
            folds=not drops and present.case_exact != attribute.case_exact,
        )
    if present.type is attribute.type:
        yield from _steps(present.sub, attribute.sub, present, attribute)


def _keeps(attribute: Attribute) -> bool:
    """Whether values of it are in people's documents."""
    return attribute.returned is not Returned.NEVER
