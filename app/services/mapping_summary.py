"""What a plan or a publish of role mapping comes to, in numbers and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from app.models.base import timestamp
from app.services.counting import counted
from app.services.mapping_scan import PersonTurn, Scan
from app.services.mapping_tally import Tally
from app.stores.mapping_scan import UnmappedGroup
from rbac.mapping import Rule
from rbac.mapping_turns import Change, Given, Turning
from rbac.model import Policy, Reach

SHOWN_PEOPLE = 20
MOST = 100
"""So many of each kind of finding are told; how many there are is told of all."""
_SHOWN_PERMISSIONS = 10
_SHOWN_LINES = 5


@dataclass(frozen=True, slots=True)
class RoleCount:
    """How many people gain and lose a role somewhere; of how many it ends sooner or later than before."""

    role: str
    gained: int
    lost: int
    privileged: bool
    sooner: int = 0
    later: int = 0


@dataclass(frozen=True, slots=True)
class PersonEffect:
    """What one person gains and loses, in words."""

    user_name: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules that give ``people`` the same thing, of all whom each of them gives something."""

    rules: tuple[str, str]
    people: int
    people_of_first: int
    people_of_second: int


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Roles of which one denies what the other gives, for people who have both in one unit by these rules."""

    allows: str
    denies: str
    permissions: tuple[str, ...]
    permissions_in_all: int
    people: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeparationHit:
    """A separation of duties that people would not keep; ``new_people`` keep it at present."""

    separation: str
    permissions: tuple[str, ...]
    people: int
    new_people: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """Why a second Account Owner is needed; ``kind`` is blast_radius, privileged, owner or own_access."""

    kind: str
    detail: str


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
    people_ending: int = 0
    people_changing: int = 0
    people_new: int = 0
    people_left_with_nothing: int = 0
    rows: int = 0
    roles: tuple[RoleCount, ...] = ()
    people: tuple[PersonEffect, ...] = ()
    rules_without_people: tuple[str, ...] = ()
    unmapped_groups: tuple[UnmappedGroup, ...] = ()
    unmapped_groups_in_all: int = 0
    overlaps: tuple[Overlap, ...] = ()
    overlaps_in_all: int = 0
    contradictions: tuple[Contradiction, ...] = ()
    separations: tuple[SeparationHit, ...] = ()
    needs: tuple[Need, ...] = ()


def summary_of(
    found: Scan, number: int, *, published: bool, unmapped: tuple[UnmappedGroup, ...], unmapped_in_all: int
) -> Summary:
    """What was found out about everybody."""
    prepared, tally = found.prepared, found.tally
    before = {rule.id for rule in prepared.before.rules.rules}
    after = {rule.id for rule in prepared.after}
    names = {id: rule.name for id, rule in found.rules.items()}
    overlaps = _overlaps(tally, names)
    return Summary(
        revision=number,
        published=published,
        changed=True,
        rules=len(prepared.after),
        rules_added=_names(rule for rule in prepared.written if rule.id not in before),
        rules_changed=_names(rule for rule in prepared.written if rule.id in before),
        rules_removed=_names(rule for rule in prepared.ended if rule.id not in after),
        people_gaining=tally.gaining,
        people_losing=tally.losing,
        people_ending=tally.ending,
        people_changing=tally.changed,
        people_new=tally.new,
        people_left_with_nothing=tally.nothing,
        rows=tally.rows,
        roles=_role_counts(prepared.policy, tally),
        people=_in_words(prepared.policy, islice(found.turns, SHOWN_PEOPLE)),
        rules_without_people=_names(rule for rule in prepared.after if not rule.paused and not tally.fits[rule.id]),
        unmapped_groups=unmapped,
        unmapped_groups_in_all=unmapped_in_all,
        overlaps=overlaps[:MOST],
        overlaps_in_all=len(overlaps),
        contradictions=_contradictions(prepared.policy, tally, names),
        separations=_separations(tally, names),
    )


def _names(rules: Iterable[Rule]) -> tuple[str, ...]:
    return tuple(sorted(rule.name for rule in rules))


def _role_counts(policy: Policy, tally: Tally) -> tuple[RoleCount, ...]:
    """Privileged roles first, then by name."""
    ids = tally.gained.keys() | tally.lost.keys() | tally.sooner.keys() | tally.later.keys()
    counts = (
        RoleCount(
            role.name,
            tally.gained[role.id],
            tally.lost[role.id],
            role.is_privileged or role.is_owner,
            tally.sooner[role.id],
            tally.later[role.id],
        )
        for role in (policy.roles[id] for id in ids)
    )
    return tuple(sorted(counts, key=lambda count: (not count.privileged, count.role)))


def _overlaps(tally: Tally, names: Mapping[str, str]) -> tuple[Overlap, ...]:
    found = (
        Overlap((names[one], names[other]), people, tally.fits[one], tally.fits[other])
        for (one, other), people in tally.alike.items()
    )
    return tuple(sorted(found, key=lambda one: (-one.people, one.rules)))


def _contradictions(policy: Policy, tally: Tally, names: Mapping[str, str]) -> tuple[Contradiction, ...]:
    found = []
    for clash, people in tally.clashes.items():
        keys = tally.lint.clashing(clash)
        allows, denies = policy.roles[clash.allows].name, policy.roles[clash.denies].name
        rules = tuple(sorted(names[id] for id in tally.behind_clash[clash]))
        found.append(Contradiction(allows, denies, keys[:_SHOWN_PERMISSIONS], len(keys), people, rules[:MOST]))
    return tuple(sorted(found, key=lambda one: (-one.people, one.allows, one.denies))[:MOST])


def _separations(tally: Tally, names: Mapping[str, str]) -> tuple[SeparationHit, ...]:
    return tuple(
        SeparationHit(
            one.name,
            tuple(sorted(one.permissions)),
            tally.apart[one.id],
            tally.newly_apart[one.id],
            tuple(sorted(names[id] for id in tally.behind_apart[one.id]))[:MOST],
        )
        for one in tally.lint.separations
        if tally.apart[one.id]
    )


def in_words(policy: Policy, change: Change) -> str:
    """What somebody gains, loses or keeps for another time."""
    if change.home:
        return f"is at home in {policy.units.units[change.given[1]].key}"
    ends = f" until {timestamp(change.ends)}" if change.ends is not None else ""
    return given_in_words(policy, change.given) + ends


def given_in_words(policy: Policy, given: Given) -> str:
    """A role somewhere, or work in a unit."""
    role_id, unit_id, reach = given
    unit = policy.units.units[unit_id].key
    below = " and below" if reach is Reach.SUBTREE else ""
    if role_id is None:
        return f"works in {unit}{below}"
    role = policy.roles[role_id].name
    return role if reach is Reach.ACCOUNT else f"{role} in {unit}{below}"


def _in_words(policy: Policy, turns: Iterable[PersonTurn]) -> tuple[PersonEffect, ...]:
    def words(turn: PersonTurn, *turnings: Turning) -> tuple[str, ...]:
        return tuple(sorted(in_words(policy, one) for one in turn.changes if one.turning in turnings))

    return tuple(PersonEffect(turn.user_name, words(turn, Turning.GAINED), words(turn, Turning.LOST)) for turn in turns)


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
        lines += [f"  {person.user_name}: {', '.join(signs)}"] if signs else []
    unnamed = len(summary.people) == SHOWN_PEOPLE and max(summary.people_gaining, summary.people_losing) > SHOWN_PEOPLE
    return "\n".join([*lines, *(["  …"] if unnamed else []), *_warnings(summary)])


def _warnings(summary: Summary) -> Iterable[str]:
    """What is worth a second look before it is published."""
    if summary.people_ending:
        yield f"for {counted(summary.people_ending, 'person', 'people')} something ends sooner or later than before"
    if summary.people_left_with_nothing:
        yield f"{counted(summary.people_left_with_nothing, 'person is', 'people are')} left with no role"
    if summary.rules_without_people:
        yield f"rules that match nobody: {_some(summary.rules_without_people)}"
    if summary.unmapped_groups_in_all:
        named = [f"{one.name} ({one.members})" for one in summary.unmapped_groups]
        yield f"groups that no rule covers: {_some(named, summary.unmapped_groups_in_all)}"
    for overlap in summary.overlaps[:_SHOWN_LINES]:
        both = " and ".join(overlap.rules)
        yield f"overlap: {both} give {counted(overlap.people, 'person', 'people')} the same"
    for one in summary.contradictions[:_SHOWN_LINES]:
        keys = _some(one.permissions, one.permissions_in_all)
        people = counted(one.people, "person", "people")
        yield f"contradiction: {one.denies} denies what {one.allows} gives ({keys}), for {people} by {_some(one.rules)}"
    for hit in summary.separations[:_SHOWN_LINES]:
        people = counted(hit.people, "person has", "people have")
        yield f"separation of duties {hit.separation}: {people} {_some(hit.permissions)} by {_some(hit.rules)}"


def _some(names: Iterable[str], in_all: int | None = None) -> str:
    every = list(names)
    more = (len(every) if in_all is None else in_all) - len(every[:_SHOWN_LINES])
    return ", ".join(every[:_SHOWN_LINES]) + (f" and {more} more" if more > 0 else "")
