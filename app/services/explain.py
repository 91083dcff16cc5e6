"""Say why: a decision with its chain, or what is missing for it, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from app.services.errors import NotFound
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.mapping_rules import all_rules
from app.stores.orphans import orphans_of
from rbac.decide import compiled, decide
from rbac.model import Code, Decision, Effect, GrantKind, Policy, Reach, Reason, Source, SourceKind, Subject
from rbac.scopes import working_unit
from rbac.words import sentence


@dataclass(frozen=True, slots=True)
class Told:
    """A decision, what it is for programs (``value``), and the tree of its reasons for people (``text``)."""

    decision: Decision
    value: dict[str, Any]
    text: str

    @property
    def allowed(self) -> bool:
        """Whether the answer is yes."""
        return self.decision.allowed


def explain(session: Session, account_id: str, subject: str, permission: str, unit: str | None = None) -> Told:
    """Decide and say why. Raises NotFound for an unknown or ambiguous user."""
    snapshot = SqlAccessStore(session, account_id).snapshot([subject])
    policy, person = snapshot.policy, snapshot.subjects[subject]
    if person is None:
        raise NotFound(f"no user {subject!r} in this account, or several of that name; give the user's id")
    decision = decide(policy, person, permission, unit=unit)
    where = _where(policy, person, unit)
    lines = [f"{'YES' if decision.allowed else 'NO'}  {person.user_name} · {permission} · in {where}"]
    lines.append(f"because {sentence(decision, permission)}")
    lines += [line for reason in decision.reasons for line in _branch(policy, reason)]
    missing = list(_missing(session, account_id, policy, person, decision, permission))
    lines += missing
    value = {
        "decision": decision.allowed,
        "code": decision.code.value,
        "user": {"id": person.id, "user_name": person.user_name, "active": person.active},
        "permission": permission,
        "business_unit": where,
        "reasons": [_reason_value(reason) for reason in decision.reasons],
        "missing": [line.strip(" └─") for line in missing],
        "policy_revision": policy.revision,
    }
    return Told(decision, value, "\n".join(lines))


def _where(policy: Policy, person: Subject, unit: str | None) -> str:
    if unit is not None:
        return unit
    return policy.units.units[working_unit(policy.units, person, datetime.now(UTC))].key


def _branch(policy: Policy, reason: Reason) -> Iterator[str]:
    """role → allow or deny → where; then each source on its way back to the directory."""
    if reason.kind is GrantKind.SELF:
        yield f"├─ everybody may use {reason.node} on their own profile"
        return
    verb = "allows" if reason.effect is Effect.ALLOW else "DENIES"
    yield f"├─ role {reason.role} {verb} {reason.node}, {_scope(reason)}"
    if reason.group is not None:
        yield f"│   ├─ the role belongs to group {reason.group.name} ← directory {reason.group.directory}"
    for source in reason.sources:
        yield f"│   └─ {_source(source)}"


def _scope(reason: Reason) -> str:
    if reason.kind is GrantKind.UNIT:
        return f"as the role of business unit {reason.unit}"
    if reason.reach is Reach.ACCOUNT:
        return "in the whole account"
    return f"in business unit {reason.unit}{' and below' if reason.reach is Reach.SUBTREE else ''}"


def _source(source: Source) -> str:
    until = f", until {source.expires.isoformat()}" if source.expires else ""
    if source.kind is SourceKind.MANUAL:
        why = f" ({source.reason})" if source.reason else ""
        return f"granted by {source.granted_by}{why}{until}"
    group = (
        f"group {source.group.name} ← directory {source.group.directory}" if source.group else "a group that is gone"
    )
    return f"mapping rule “{source.rule}” (revision {source.revision}) ← {group}{until}"


def _missing(
    session: Session, account_id: str, policy: Policy, person: Subject, decision: Decision, permission: str
) -> Iterator[str]:
    """For a no: the nearest steps that would make it a yes."""
    match decision.code:
        case Code.NO_GRANT:
            yield from _ways(session, account_id, policy, person, permission)
        case Code.DENIED_BY_ROLE:
            yield "missing: nothing is missing; the denial above has to go"
        case Code.INACTIVE_USER:
            yield "missing: the user must be active again in their directory"
        case Code.NOT_IN_BUSINESS_UNIT:
            yield f"missing: {person.user_name} must work in that business unit; {_workplaces(policy, person)}"
        case Code.UNKNOWN_ACTION | Code.UNKNOWN_RESOURCE:
            close = get_close_matches(permission, list(policy.catalogue.permissions), n=3, cutoff=0.5)
            yield f"missing: a permission that exists{'; did you mean ' + ' or '.join(close) + '?' if close else ''}"
        case _:
            return


def _ways(session: Session, account_id: str, policy: Policy, person: Subject, permission: str) -> Iterator[str]:
    allowing = [role for role in policy.roles.values() if _says(policy, role.id, permission) is Effect.ALLOW]
    yield (
        "missing: a role that allows it, in this business unit; these do:" if allowing else "missing: no role allows it"
    )
    loaded = all_rules(session, account_id)
    orphaned = {orphan.rule_id for orphan in orphans_of(session, account_id)}
    held = {grant.role_id: grant for grant in person.grants}
    for role in sorted(allowing, key=lambda role: role.name):
        yield f"├─ role {role.name}"
        if role.id in held:
            unit = policy.units.units.get(held[role.id].scope.unit)
            yield f"│   ├─ {person.user_name} has it, but only in {unit.key if unit else 'another unit'}, or not now"
        for rule in loaded.rules.rules:
            if any(effect.role_id == role.id for effect in rule.effects):
                gone = ", which is gone; see `muster mapping orphans`" if rule.id in orphaned else ""
                yield f"│   └─ mapping rule “{rule.name}” gives it to group {loaded.group_names[rule.group_id]}{gone}"


def _says(policy: Policy, role_id: str, permission: str) -> Effect | None:
    said = compiled(policy, role_id).get(permission)
    return said[0] if said else None


def _workplaces(policy: Policy, person: Subject) -> str:
    units = policy.units.units
    if not person.works_in:
        home = units.get(person.home or policy.units.root.id, policy.units.root)
        return f"they work in {home.key} and everywhere below it"
    places = (
        f"{units[work.unit].key}{' and below' if work.with_children else ''}"
        for work in person.works_in
        if work.unit in units
    )
    return f"they work in {', '.join(sorted(places))}"


def _reason_value(reason: Reason) -> dict[str, Any]:
    return {
        "effect": reason.effect.value,
        "permission": reason.node,
        "grant": reason.kind.value,
        "role": reason.role,
        "business_unit": reason.unit,
        "reach": reason.reach.value,
        "role_of_group": reason.group.name if reason.group else None,
        "sources": [_source_value(source) for source in reason.sources],
    }


def _source_value(source: Source) -> dict[str, Any]:
    return {
        "source": source.kind.value,
        "rule": source.rule,
        "revision": source.revision,
        "group": source.group.name if source.group else None,
        "directory": source.group.directory if source.group else None,
        "granted_by": source.granted_by,
        "reason": source.reason or None,
        "starts": source.starts.isoformat() if source.starts else None,
        "expires": source.expires.isoformat() if source.expires else None,
    }
