"""What roles say, read side by side: permission by permission, against each other, and against what they require.

Nothing here decides. A decision knows the facts of one request; here conditions stay what they are, texts, so
that people see what a role is worth before anybody asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rbac.catalogue import Catalogue, shown
from rbac.model import Effect, Grant, Policy, Statement, Subject
from rbac.standing import standing_in


@dataclass(frozen=True, slots=True)
class Says:
    """What statements together say about one permission.

    ``when``: one of these conditions must hold; none means always. ``unless``: an allow that is denied where one of
    these holds. ``nodes`` are the nodes of the catalogue by which it is said.
    """

    effect: Effect
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    nodes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def worth(self) -> int:
        """0: nothing is allowed; 1: under conditions; 2: always."""
        if self.effect is Effect.DENY:
            return 0
        return 1 if self.when or self.unless else 2


@dataclass(frozen=True, slots=True)
class Shadow:
    """An allow that a deny shadows, for these permissions.

    ``when`` is the deny's condition. ``whole``: nothing is left of the allow.
    """

    allow: str
    deny: str
    permissions: tuple[str, ...]
    when: str | None
    whole: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """Two roles side by side, by permission; ``overlap`` is the share of all they speak of that they say alike."""

    only_left: tuple[str, ...]
    only_right: tuple[str, ...]
    differing: tuple[str, ...]
    shared: tuple[str, ...]
    overlap: float


@dataclass(frozen=True, slots=True)
class Turned:
    """What became more, less or other than it was; privileged permissions first.

    ``altered``: allowed under conditions before and after, but under other ones.
    """

    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost or self.altered)


def said(catalogue: Catalogue, statements: Iterable[Statement]) -> dict[str, Says]:
    """What statements say about each permission, in the catalogue's order; what they do not name is absent."""
    by_key: defaultdict[str, list[Statement]] = defaultdict(list)
    for statement in statements:
        for key in catalogue.covered_by(statement.node):
            by_key[key].append(statement)
    return {key: _together(catalogue, by_key[key]) for key in catalogue.permissions if key in by_key}


def _together(catalogue: Catalogue, statements: Sequence[Statement]) -> Says:
    allows = [one for one in statements if one.effect is Effect.ALLOW]
    denies = [one for one in statements if one.effect is Effect.DENY]
    outright = [one for one in denies if one.condition is None]
    if outright:
        return Says(Effect.DENY, nodes=_nodes(catalogue, outright))
    if not allows:
        return Says(Effect.DENY, when=_texts(denies), nodes=_nodes(catalogue, denies))
    always = [one for one in allows if one.condition is None]
    when = () if always else _texts(allows)
    return Says(Effect.ALLOW, when, _texts(denies), _nodes(catalogue, always or allows))


def _texts(statements: Iterable[Statement]) -> tuple[str, ...]:
    return tuple(sorted({one.condition.text for one in statements if one.condition is not None}))


def _nodes(catalogue: Catalogue, statements: Iterable[Statement]) -> tuple[str, ...]:
    return tuple(sorted({shown(catalogue, one.node) for one in statements}))


def allowed(catalogue: Catalogue, statements: Iterable[Statement]) -> frozenset[str]:
    """The permissions that statements give, if only under conditions."""
    return frozenset(key for key, one in said(catalogue, statements).items() if one.effect is Effect.ALLOW)


def touched(catalogue: Catalogue, statements: Iterable[Statement]) -> frozenset[str]:
    """The permissions that statements name in whatever way."""
    return frozenset(key for statement in statements for key in catalogue.covered_by(statement.node))


def is_privileged(catalogue: Catalogue, statements: Iterable[Statement]) -> bool:
    """Whether statements give a privileged permission, if only under conditions."""
    given: set[str] = set()
    refused: set[str] = set()
    for one in statements:
        if one.effect is Effect.ALLOW:
            given |= catalogue.privileged & catalogue.covered_by(one.node)
        elif one.condition is None:
            refused |= catalogue.covered_by(one.node)
    return not given <= refused


def requirements(catalogue: Catalogue, statements: Iterable[Statement]) -> dict[str, tuple[str, ...]]:
    """Which of the permissions given lack what they require, and what each lacks, directly."""
    return dict(catalogue.missing(allowed(catalogue, statements)))


def with_requirements(catalogue: Catalogue, statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statements, and an allow for each permission that is required and not there; what is denied stays so."""
    added = list(statements)
    while True:
        known = said(catalogue, added)
        needs = {need for lacking in requirements(catalogue, added).values() for need in lacking if need not in known}
        if not needs:
            return tuple(added)
        added += [Statement(need, Effect.ALLOW, None) for need in sorted(needs)]


def shadows(catalogue: Catalogue, allows: Iterable[Statement], denies: Iterable[Statement]) -> tuple[Shadow, ...]:
    """Which allows are shadowed by which denies; the widest first."""
    refusing = [one for one in denies if one.effect is Effect.DENY]
    found = []
    for allow in (one for one in allows if one.effect is Effect.ALLOW):
        given = catalogue.covered_by(allow.node)
        for deny in refusing:
            both = given & catalogue.covered_by(deny.node)
            if both:
                condition = deny.condition.text if deny.condition else None
                keys = tuple(key for key in catalogue.permissions if key in both)
                whole = condition is None and both == given
                found.append(Shadow(shown(catalogue, allow.node), shown(catalogue, deny.node), keys, condition, whole))
    return tuple(sorted(found, key=lambda one: (not one.whole, -len(one.permissions), one.allow, one.deny)))


def compare(catalogue: Catalogue, left: Iterable[Statement], right: Iterable[Statement]) -> Compared:
    """Hold two roles against each other, in the catalogue's order."""
    one, other = said(catalogue, left), said(catalogue, right)
    keys = [key for key in catalogue.permissions if key in one or key in other]
    shared = tuple(key for key in keys if one.get(key) == other.get(key))
    return Compared(
        only_left=tuple(key for key in keys if key not in other),
        only_right=tuple(key for key in keys if key not in one),
        differing=tuple(key for key in keys if key in one and key in other and one[key] != other[key]),
        shared=shared,
        overlap=len(shared) / len(keys) if keys else 0.0,
    )


def turned(catalogue: Catalogue, before: Mapping[str, Says], after: Mapping[str, Says]) -> Turned:
    """What the second gives more, less or otherwise than the first."""
    gained: list[str] = []
    lost: list[str] = []
    altered: list[str] = []
    for key in (key for key in catalogue.permissions if before.get(key) != after.get(key)):
        was = before[key].worth if key in before else 0
        becomes = after[key].worth if key in after else 0
        if was != becomes:
            (gained if becomes > was else lost).append(key)
        elif becomes:
            altered.append(key)
    return Turned(*(privileged_first(catalogue, keys) for keys in (gained, lost, altered)))


def privileged_first(catalogue: Catalogue, keys: Iterable[str]) -> tuple[str, ...]:
    """Privileged permissions before all others, each in the order given."""
    return tuple(sorted(keys, key=lambda key: not catalogue.permissions[key].privileged))


def statements_of(policy: Policy, grant: Grant) -> tuple[Statement, ...]:
    """What a grant says: its role's statements, or the one of an individual permission."""
    if grant.statement is not None:
        return (grant.statement,)
    role = policy.roles.get(grant.role_id or "")
    return role.statements if role else ()


Known = dict[tuple[frozenset[str], frozenset[Statement]], dict[str, Says]]
"""What combinations of roles and individual permissions say, for whoever asks about many people."""


def held(policy: Policy, subject: Subject, unit: str, known: Known | None = None) -> dict[str, Says]:
    """What all grants of a person together say at present about each permission while working in a unit (an id).

    ``known`` is kept by the caller between calls with one policy.
    """
    standing = standing_in(policy, subject, unit) if subject.active else None
    if standing is None:
        return {}
    grants = [grant for grant, _ in standing.grants]
    roles = frozenset(grant.role_id for grant in grants if grant.role_id is not None)
    individual = frozenset(grant.statement for grant in grants if grant.statement is not None)
    known = {} if known is None else known
    found = known.get((roles, individual))
    if found is None:
        every = [statement for grant in grants for statement in statements_of(policy, grant)]
        found = known[roles, individual] = said(policy.catalogue, every)
    return found
