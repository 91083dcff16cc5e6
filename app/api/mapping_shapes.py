"""What stands in bodies about role mapping: documents, drafts, revisions."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.shapes import Shape, anything, flag, many, moment, number, one, text
from app.services.mapping_drafts import MOST_TITLE, Draft
from rbac.mapping_difference import Difference

_DOCUMENT = "The whole mapping: an object with `rules`."
_REASON = "Why; kept with it."


_number = number
"""For a shape that has a field of this name itself."""


def maybe(says: str) -> fields.String:
    """A text, or null."""
    return fields.String(allow_none=True, metadata={"description": says})


class ChangedRule(Shape):
    """A rule that says something else."""

    name = text()
    fields_ = many(fields.String(), data_key="fields", attribute="fields", says="What it says otherwise.")
    before = anything(says="What these fields said.")
    after = anything(says="What they say.")


class MappingDifference(Shape):
    """What one mapping says otherwise than another."""

    added = many(fields.String(), most=10_000, says="Names of rules.")
    removed = many(fields.String(), most=10_000)
    changed = many(one(ChangedRule), most=10_000)
    reordered = flag(says="The order matters for the home unit: the first rule decides.")


class PublishedMapping(Shape):
    """The mapping that is in force."""

    revision = number(says="0 before the first publish.")
    document = anything(says=_DOCUMENT)
    paused = moment(allow_none=True, says="Since when the whole mapping is paused.")


class DraftHead(Shape):
    """A draft as it is listed."""

    id = text()
    title = text()
    base_revision = number(says="The published revision that it began from.")
    restored_from = number(allow_none=True, says="The revision that it was made of.")
    author = text(says="Who changed it last.")
    author_id = maybe("Their id, if that was a person.")
    authors = many(fields.String(), says="The ids of the persons who wrote rules into it.")
    version = number(says="Grows with each change.")
    created = moment()
    modified = moment()


class DraftShape(DraftHead):
    """Rules being edited."""

    document = anything(says=_DOCUMENT)
    latest_revision = number(says="If larger than `base_revision`, rebase it.")
    problems = many(fields.String(), most=100_000, says="What keeps it from being planned.")
    warnings = many(
        fields.String(),
        most=100_000,
        says="What its author may not have meant: names of groups that nearly are others', or are not theirs, owners "
        "who are nobody.",
    )
    changes = one(MappingDifference, says="What it says otherwise than what is published.")


class NewDraft(Shape):
    """A draft to be made."""

    title = text(required=True, most=MOST_TITLE)
    document = anything(says=f"{_DOCUMENT} Without it: what is published.")


class DraftChange(Shape):
    """What is to be changed; what is left out stays."""

    title = text(most=MOST_TITLE)
    document = anything(says=_DOCUMENT)


class RebasedDraft(DraftShape):
    """A draft on top of what is published now."""

    conflicts = many(fields.String(), most=10_000, says="Rules that both have changed; the draft's are kept.")


class Reason(Shape):
    """Why something is done."""

    reason = text(most=1000, least=0, says=_REASON)


class RevisionHead(Shape):
    """A publish as it is listed."""

    number = _number()
    author = text()
    author_id = maybe("Their id, if that was a person.")
    approver = maybe("Who approved it, if somebody had to.")
    approver_id = maybe("Their id.")
    approved = moment(allow_none=True)
    reason = fields.String()
    published = moment()
    plan_id = maybe("The plan that was published.")
    restored_from = _number(allow_none=True, says="The revision whose rules it brought back.")


class RevisionShape(RevisionHead):
    """A publish, with everything that explains it."""

    document = anything(says=_DOCUMENT)
    changes = anything(allow_none=True, says="What it says otherwise than the revision before.")
    summary = anything(says="What it did, as its plan said it.")


class RuleOrAll(Reason):
    """A rule, or the whole mapping."""

    rule = text(says="A rule by its name; without it: the whole mapping.")


class PausedShape(Shape):
    """What says that something is paused."""

    revision = number()


def draft_shown(draft: Draft) -> dict[str, Any]:
    """A draft."""
    shown = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
    return shown | {"changes": difference_shown(draft.changes)}


def difference_shown(difference: Difference) -> dict[str, Any]:
    """What two mappings say otherwise."""
    return {
        "added": difference.added,
        "removed": difference.removed,
        "reordered": difference.reordered,
        "changed": [
            {
                "name": rule.name,
                "fields": sorted(rule.fields),
                "before": {name: said[0] for name, said in rule.fields.items()},
                "after": {name: said[1] for name, said in rule.fields.items()},
            }
            for rule in difference.changed
        ],
    }
