"""When a grant holds: conditions over what is known of a question.

A condition is written in the SCIM filter grammar over ``subject.*``, ``resource.*``, ``action.*`` and ``context.*``.
It arrives here as its text and a test of facts, since the grammar belongs to another core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rbac.catalogue import AttributeType, Catalogue, ItemType

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """Attributes of the parts of a question, by name; what is not known is absent.

    The same shape holds what a caller sends, before it is known which of it counts.
    """

    subject: Values = field(default_factory=dict)
    resource: Values = field(default_factory=dict)
    action: Values = field(default_factory=dict)
    context: Values = field(default_factory=dict)


NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as people wrote it, and what it means. ``matches`` is never asked to raise."""

    text: str
    matches: Callable[[Facts], bool] = field(compare=False)


def facts_of(catalogue: Catalogue, kind: ItemType | None, stored: Facts, sent: Facts) -> Facts:
    """What counts, of what is stored and what was sent; a condition speaks of nothing else than what is declared.

    *Subject*: what is stored wins, and what was sent only fills attributes that are declared to accept it.
    *Resource*: what was sent wins, since the platform owns its items; only what the item's type declares is one.
    *Action and context* are only ever sent.
    """
    subject = stored.subject
    if sent.subject:
        accepted = (name for name, one in catalogue.subject_attributes.items() if one.accept_from_pep)
        subject = {name: sent.subject[name] for name in accepted if name in sent.subject} | _known(stored.subject)
    resource: Values = {}
    if kind is not None and kind.attributes and (stored.resource or sent.resource):
        both = {**stored.resource, **_known(sent.resource)} if sent.resource else stored.resource
        resource = {name: both[name] for name in kind.attributes if name in both}
    return Facts(subject, resource, sent.action, sent.context)


def _known(values: Values) -> dict[str, Any]:
    """Null is no value."""
    return {name: value for name, value in values.items() if value is not None}


def has_type(value: Any, type: AttributeType) -> bool:
    """Whether a JSON value is of a declared type: ``"1"`` is no number, and ``1`` no boolean."""
    match type:
        case AttributeType.BOOLEAN:
            return isinstance(value, bool)
        case AttributeType.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)
