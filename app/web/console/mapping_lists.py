"""What lists of the mapping's pages are made of: rows of a database listing, and rules with their place and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.session import Session
from app.stores.counting_rows import Count, count
from app.stores.listings import Found, Listing, Wanted, page


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows of a listing; ``reader`` reads a page of them where that is not the listing's own business.

    ``counted`` makes the listing that is counted, where that is another one for each account.
    """

    listing: Listing
    reader: Callable[[Session, str, Wanted], Found] | None = None
    counted: Callable[[Session, str], Listing] | None = None

    @property
    def orders(self) -> Sequence[str]:
        """Those of the listing."""
        return tuple(self.listing.by)

    def read(self, session: Session, account_id: str, wanted: Wanted) -> tuple[Sequence[Any], Any]:
        """A page of them."""
        if self.reader is not None:
            found = self.reader(session, account_id, wanted)
        else:
            found = page(session, self.listing, account_id, wanted)
        return found.rows, found.next

    def count(self, session: Session, account_id: str, filter: str | None) -> Count:
        """How many there are, up to a number beyond which nobody counts on."""
        listing = self.listing if self.counted is None else self.counted(session, account_id)
        return count(session, listing, account_id, filter)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule of a document, as a list shows it; ``number`` is its place, from 1.

    ``change`` says what became of it against what is published: ``same``, ``added`` or ``changed``.
    """

    number: int
    rule: Mapping[str, Any]
    change: str = "same"

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.rule.get("name", ""))

    @property
    def whom(self) -> str:
        """Whom it is for, as far as a list is searched by that."""
        return whom_of(self.rule)

    @property
    def gives(self) -> tuple[str, ...]:
        """The roles and units that it names."""
        lines = [*_many(self.rule, "grants"), *_many(self.rule, "works_in")]
        return tuple(" ".join(str(one[name]) for name in ("role", "unit") if one.get(name)) for one in lines)

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels."""
        return tuple(str(one) for one in self.rule.get("labels") or ())

    def record(self) -> dict[str, Any]:
        """What a filter may ask of it."""
        return {
            "number": self.number,
            "name": self.name,
            "whom": self.whom,
            "gives": ", ".join(self.gives),
            "owner": str(self.rule.get("owner") or ""),
            "labels": ", ".join(self.labels),
            "paused": self.rule.get("paused") is True,
            "change": self.change,
        }


RULE_TYPES: Mapping[str, str] = {
    "number": "number",
    "name": "string",
    "whom": "string",
    "gives": "string",
    "owner": "string",
    "labels": "string",
    "paused": "boolean",
    "change": "string",
}


def whom_of(rule: Mapping[str, Any]) -> str:
    """A group's name, a pattern or a filter."""
    group, pattern = rule.get("group"), rule.get("pattern")
    parts = []
    if isinstance(group, Mapping):
        parts.append(str(group.get("name") or group.get("id") or group.get("external_id") or ""))
    if isinstance(pattern, Mapping):
        parts.append(str(pattern.get("text", "")))
    return " ".join([*parts, *([str(rule["where"])] if rule.get("where") else [])])


def _many(rule: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = rule.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else ()
