"""Publish role mapping: a document of rules becomes a revision, and everybody concerned is re-evaluated.

``plan`` says beforehand what ``publish`` would do; both walk the same path, and only one writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from app import audit
from app.models.base import now
from app.services import guards
from app.services.counting import counted
from app.services.errors import Forbidden
from app.services.lifecycle import Turn, rederive
from app.services.mapping_resolution import Prepared, document_of, normal_form, prepare
from app.session import Session
from app.stores import holdings, mapping_rules, nesting
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from app.stores.holdings import Rows
from app.stores.portions import portions
from rbac.mapping import Effect, Rule, Rules
from rbac.model import Policy, Reach
from scim.keys import fold

SHOWN_PEOPLE = 20


@dataclass(frozen=True, slots=True)
class RoleCount:
    """How many people gain and lose a role somewhere."""

    role: str
    gained: int
    lost: int
    privileged: bool


@dataclass(frozen=True, slots=True)
class PersonEffect:
    """What one person gains and loses, in words."""

    user_name: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a publish did, or would do (``published`` is False then).

    ``changed`` is False for a document that says what is published already: no new revision.
    ``people`` shows some of those who gain or lose something.
    """

    revision: int
    published: bool
    changed: bool
    rules: int
    rules_added: tuple[str, ...] = ()
    rules_changed: tuple[str, ...] = ()
    rules_removed: tuple[str, ...] = ()
    people_gaining: int = 0
    people_losing: int = 0
    roles: tuple[RoleCount, ...] = ()
    people: tuple[PersonEffect, ...] = ()


def publish(session: Session, account_id: str, document: Mapping[str, Any], author: str, reason: str = "") -> Summary:
    """Make a document the account's role mapping, for everybody at once.

    A rule keeps its identity by its name. Raises InvalidMapping, naming all problems, and Forbidden for who is no
    Account Owner, or would change their own access. A document that says what is published already makes no new
    revision.
    """
    mapping_rules.lock(session, account_id, exclusive=True)
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("only an Account Owner publishes role mapping")
    prepared = prepare(session, account_id, document)
    latest = mapping_rules.latest_revision(session, account_id)
    if not prepared.written and not prepared.ended:
        return Summary(latest, published=False, changed=False, rules=len(prepared.after))
    if acting.person is None:
        return _publish(session, account_id, prepared, latest + 1, author, reason)
    with session.savepoint():
        return _publish(session, account_id, prepared, latest + 1, author, reason, acting.person.id)


def _publish(
    session: Session,
    account_id: str,
    prepared: Prepared,
    number: int,
    author: str,
    reason: str,
    publisher: str | None = None,
) -> Summary:
    why = reason or prepared.reason
    revision = {"author": author, "reason": why, "document": normal_form(prepared), "summary": {}, "published": now()}
    mapping_rules.insert_revision(session, account_id, number, revision)
    mapping_rules.write_rules(session, account_id, prepared.written, prepared.groups, number)
    summary = _reevaluate(session, account_id, prepared, number, write=True, publisher=publisher)
    kept = {rule.id for rule in prepared.after}
    mapping_rules.delete_rules(session, account_id, {rule.id for rule in prepared.ended} - kept)
    noted = {key: value for key, value in asdict(summary).items() if key != "people"}
    mapping_rules.update_summary(session, account_id, number, noted)
    bump(session, account_id)
    audit.record(
        session, account_id, "mapping.published", "mapping", None, f"revision {number}", None, noted, why or None
    )
    return summary


def published(session: Session, account_id: str) -> dict[str, Any]:
    """The published document: groups by their ids, so that publishing it again changes nothing.

    Roles and units have the names that they have now, whatever they were called when it was published.
    """
    latest = mapping_rules.latest_document(session, account_id)
    if latest is None:
        return {"rules": []}
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    groups = {rule["group"]["id"]: rule["group"] for rule in latest["rules"]}
    order = {fold(rule["name"]): number for number, rule in enumerate(latest["rules"])}
    rules = mapping_rules.all_rules(session, account_id).rules.rules
    return document_of(policy, sorted(rules, key=lambda rule: order[fold(rule.name)]), groups)


def plan(session: Session, account_id: str, document: Mapping[str, Any]) -> Summary:
    """What publishing a document would do. Writes nothing; raises InvalidMapping as ``publish`` does."""
    return effect_of(session, account_id, prepare(session, account_id, document))


def effect_of(session: Session, account_id: str, prepared: Prepared) -> Summary:
    """What publishing a document that has been understood would do. Writes nothing."""
    latest = mapping_rules.latest_revision(session, account_id)
    if not prepared.written and not prepared.ended:
        return Summary(latest, published=False, changed=False, rules=len(prepared.after))
    return _reevaluate(session, account_id, prepared, latest + 1, write=False)


def describe(summary: Summary) -> str:
    """A summary in words for a terminal."""
    if not summary.changed:
        current = f"revision {summary.revision}" if summary.revision else "an empty mapping"
        return f"nothing changes: this is {current} already"
    head = "published as" if summary.published else "would be published as"
    lines = [f"{head} revision {summary.revision}: {counted(summary.rules, 'rule')}"]
    for sign, names in (("+", summary.rules_added), ("~", summary.rules_changed), ("-", summary.rules_removed)):
        lines += [f"  {sign} {name}" for name in names]
    gaining = counted(summary.people_gaining, "person gains", "people gain")
    losing = counted(summary.people_losing, "loses", "lose")
    lines.append(f"{gaining} something, {losing} something")
    for count in summary.roles:
        mark = "  (privileged)" if count.privileged else ""
        lines.append(f"  {count.role}: +{count.gained} -{count.lost}{mark}")
    for person in summary.people:
        signs = [f"+ {what}" for what in person.gained] + [f"- {what}" for what in person.lost]
        lines.append(f"  {person.user_name}: {', '.join(signs)}")
    unnamed = len(summary.people) == SHOWN_PEOPLE and max(summary.people_gaining, summary.people_losing) > SHOWN_PEOPLE
    return "\n".join([*lines, *(["  …"] if unnamed else [])])


def _reevaluate(
    session: Session, account_id: str, prepared: Prepared, number: int, *, write: bool, publisher: str | None = None
) -> Summary:
    """Derive everybody anew whom a changed rule may concern, in portions; the publisher must not be among them."""
    new, old = Rules(prepared.written), Rules(prepared.ended)
    concerned = {rule.id for rule in (*new.rules, *old.rules)}
    bound = new.group_ids | old.group_ids
    gaining = losing = 0
    gained: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    shown: list[Turn] = []
    moment = now()
    people = nesting.people_concerned(session, account_id, bound, concerned)
    for portion in portions(people):
        groups = dict(portion)
        if write:
            alive = holdings.lock_users(session, account_id, list(groups))
            groups = {id: groups[id] for id in groups if id in alive}
        held = holdings.held_by(session, account_id, list(groups), moment)
        for id, one in held.items():
            one.groups = groups[id]
        rows = Rows()
        turns = rederive(account_id, new, held, concerned, rows, moment)
        if publisher is not None and any(turn.user_id == publisher for turn in turns):
            raise Forbidden(guards.OWN)
        if write:
            holdings.write(session, account_id, rows)
        gaining += sum(bool(turn.gained) for turn in turns)
        losing += sum(bool(turn.lost) for turn in turns)
        for turn in turns:
            gained.update({one.effect.role_id for one in turn.gained if one.effect.role_id})
            lost.update({one.effect.role_id for one in turn.lost if one.effect.role_id})
        shown += turns[: SHOWN_PEOPLE - len(shown)]
    before_ids = {rule.id for rule in prepared.before.rules.rules}
    after_ids = {rule.id for rule in prepared.after}
    return Summary(
        revision=number,
        published=write,
        changed=True,
        rules=len(prepared.after),
        rules_added=_names(rule for rule in new.rules if rule.id not in before_ids),
        rules_changed=_names(rule for rule in new.rules if rule.id in before_ids),
        rules_removed=_names(rule for rule in old.rules if rule.id not in after_ids),
        people_gaining=gaining,
        people_losing=losing,
        roles=_role_counts(prepared.policy, gained, lost),
        people=_in_words(prepared.policy, shown),
    )


def _names(rules: Iterable[Rule]) -> tuple[str, ...]:
    return tuple(sorted(rule.name for rule in rules))


def _role_counts(policy: Policy, gained: Counter[str], lost: Counter[str]) -> tuple[RoleCount, ...]:
    """Privileged roles first, then by name."""
    roles = (policy.roles[id] for id in gained.keys() | lost.keys())
    counts = (RoleCount(role.name, gained[role.id], lost[role.id], role.is_privileged) for role in roles)
    return tuple(sorted(counts, key=lambda count: (not count.privileged, count.role)))


def _in_words(policy: Policy, turns: Iterable[Turn]) -> tuple[PersonEffect, ...]:
    def words(effect: Effect) -> str:
        unit = policy.units.units[effect.unit_id].key
        below = " and below" if effect.reach is Reach.SUBTREE else ""
        if effect.role_id is None:
            return f"works in {unit}{below}"
        role = policy.roles[effect.role_id].name
        return role if effect.reach is Reach.ACCOUNT else f"{role} in {unit}{below}"

    return tuple(
        PersonEffect(
            turn.name,
            tuple(sorted(words(one.effect) for one in turn.gained)),
            tuple(sorted(words(one.effect) for one in turn.lost)),
        )
        for turn in turns
    )
