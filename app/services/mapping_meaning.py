"""What the rules of a plan mean, beside whom they change at present.

A document names groups, roles and units; whoever approves it has seen what these names stood for. So what was approved
is held together with ids, with which roles are privileged, and with what is so in them: a name that stands for
something else by now is noticed, even where nobody would gain or lose by it yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator

from app.services.mapping_resolution import Prepared
from app.services.mapping_scan import Scan
from rbac.mapping import Effect, Rule
from rbac.model import Role
from rbac.roles import said
from scim.keys import fold


def digest_of(found: Scan) -> str:
    """A value that stands for all that a plan changes, and for what its rules mean."""
    return hashlib.sha256(f"{found.digest}\n{meaning_of(found)}".encode()).hexdigest()


def meaning_of(found: Scan, known: Collection[str] | None = None) -> str:
    """What the rules that a plan writes or begins to apply mean, as a text.

    ``known`` are the ids that last: what is not among them is made anew each time that it is planned, and told by its
    name. None: all do. New rules have no id yet, so rules are told by their names.
    """
    prepared = found.prepared
    say = _Say(prepared, known)
    ids = {rule.id for rule in prepared.written} | found.concerned
    lines = [say.rule(rule) for rule in prepared.after if rule.id in ids]
    names = {rule.id: fold(rule.name) for rule in prepared.after}
    bound = (one for one in prepared.bindings if one.rule_id in ids)
    lines += sorted(
        repr((names[one.rule_id], one.group.id, say.role(one.role_id), say.unit(one.unit_id))) for one in bound
    )
    order = [fold(rule.name) for rule in prepared.after]
    return "\n".join([repr(order), repr(sorted(rule.id for rule in prepared.ended)), *lines])


class _Say:
    """Says what stands in rules so that it is the same text as long as it means the same."""

    def __init__(self, prepared: Prepared, known: Collection[str] | None) -> None:
        self._policy = prepared.policy
        self._known = known
        self._of_roles: dict[str, str] = {}

    def rule(self, rule: Rule) -> str:
        pattern = rule.pattern.text if rule.pattern is not None else None
        where = rule.group_id, pattern, rule.where, rule.directory_id
        how = rule.term.until, rule.term.days, rule.paused, rule.allow_privileged
        return repr((fold(rule.name), where, how, sorted(self._effects(rule.effects))))

    def role(self, id: str | None) -> tuple[str | None, ...]:
        role = self._policy.roles.get(id) if id is not None else None
        if role is None:
            return (id,)
        return self._id(role.id, role.name), self._privileged(role), f"owner={role.is_owner}"

    def _privileged(self, role: Role) -> str:
        """Whether a role is privileged, and what it says about such permissions: that may change while a plan waits."""
        known = self._of_roles.get(role.id)
        if known is None:
            catalogue = self._policy.catalogue
            says = said(catalogue, role.statements).items()
            of = [(key, one.effect.value, one.when, one.unless) for key, one in says if key in catalogue.privileged]
            gives = hashlib.sha256(repr(of).encode()).hexdigest()
            known = self._of_roles[role.id] = f"privileged={role.is_privileged} {gives}"
        return known

    def unit(self, id: str | None) -> str | None:
        unit = self._policy.units.units.get(id) if id is not None else None
        return self._id(unit.id, unit.key) if unit is not None else id

    def _effects(self, effects: Collection[Effect]) -> Iterator[str]:
        for one in effects:
            yield repr((self.role(one.role_id), self.unit(one.unit_id), one.reach.value, one.home))

    def _id(self, id: str, name: str) -> str:
        return id if self._known is None or id in self._known else f"new {fold(name)}"
