"""One pass over a configuration: what was done so far, what is wrong, and what belongs to the file from now on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from app.services.errors import Conflict, Forbidden, NotFound, Refused
from app.services.role_comparison import Impact
from app.services.unit_moves import MovePlan
from app.session import Session
from app.stores import configurations as store
from app.stores.access import SqlAccessStore
from app.stores.configurations import KINDS, Kind
from rbac.catalogue import Catalogue
from rbac.configuration_document import ConfigurationDocument
from rbac.model import Policy
from scim.keys import fold

Action = Literal["create", "change", "rename", "move", "delete", "adopt", "release"]
Object = Literal["unit", "filter", "role", "default_roles", "separation", "rule"]


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one thing, in words. ``adopt``: it was made by hand and belongs to the file from now on;
    ``release``: the file has its section no more, so it may be changed by hand again."""

    kind: Object
    name: str
    action: Action
    details: tuple[str, ...] = ()


@dataclass
class Work:
    """A pass. ``kept`` are the ids of what the document names; ``failed`` the names of what could not be made;
    ``known`` the ids of roles and units that were there before.
    """

    session: Session
    account_id: str
    document: ConfigurationDocument
    steps: list[Step] = field(default_factory=list)
    impacts: list[Impact] = field(default_factory=list)
    moves: list[MovePlan] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    kept: dict[Kind, set[str]] = field(default_factory=lambda: {kind: set() for kind in KINDS})
    failed: set[tuple[Kind, str]] = field(default_factory=set)
    owned: dict[Kind, frozenset[str]] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    _policy: Policy | None = None
    _catalogue: Catalogue | None = None

    def __post_init__(self) -> None:
        self.known = frozenset([*self.policy.roles, *self.policy.units.units])
        self.owned = {kind: store.owned(self.session, self.account_id, kind) for kind in KINDS}

    @property
    def here(self) -> tuple[Session, str]:
        """What every service begins with."""
        return self.session, self.account_id

    @property
    def policy(self) -> Policy:
        """The account's access as it is by now."""
        if self._policy is None:
            self._policy = SqlAccessStore(*self.here).snapshot([]).policy
        return self._policy

    @property
    def catalogue(self) -> Catalogue:
        """What can be permitted, which no configuration changes."""
        if self._catalogue is None:
            self._catalogue = self.policy.catalogue
        return self._catalogue

    def did(self, kind: Object, name: str, action: Action, *details: str) -> None:
        """Note what was done."""
        self.steps.append(Step(kind, name, action, details))
        self.changed()

    def changed(self) -> None:
        """What was read is no longer true."""
        self._policy = None

    def keep(self, kind: Kind, id: str, name: str, *, is_new: bool = False) -> None:
        """Let something belong to the file, from now on if it did not."""
        self.kept[kind].add(id)
        if not is_new and id not in self.owned[kind]:
            self.did(kind, name, "adopt")

    def gone(self, kind: Kind) -> frozenset[str]:
        """The ids of what belonged to the file, which names it no more."""
        return self.owned[kind] - self.kept[kind]

    @contextmanager
    def at(self, place: str, failing: tuple[Kind, str] | None = None) -> Iterator[None]:
        """What is refused within is wrong at this place, and what else is wrong will be told, too.

        ``failing`` could not be made then, so that nobody need be told that it is missing. What is forbidden to
        whoever acts is not the document's fault and goes on.
        """
        try:
            with self.session.savepoint():
                yield
        except Forbidden:
            raise
        except (Refused, Conflict, NotFound) as error:
            self.changed()
            wrong = getattr(error, "wrong", ())
            if failing is not None:
                self.failed.add((failing[0], fold(failing[1])))
            said = [(_below(place, one.at), one.detail) for one in wrong] or [(place, str(error))]
            self.problems += [f"{where}: {' '.join(what.split())}" for where, what in said]


def _below(place: str, at: tuple[str | int, ...]) -> str:
    return place + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at)


def settle(work: Work) -> None:
    """Write down what belongs to the file from now on."""
    for kind in KINDS:
        own = partial(store.own, work.session, work.account_id, kind)
        own(work.kept[kind] - work.owned[kind], by_code=True)
        own(work.gone(kind), by_code=False)
