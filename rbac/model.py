"""The values of a decision: roles, grants with their sources, people, reasons; and the port to them.

INVARIANT: a grant never stands without its sources. Several sources make one grant, and it is
there as long as one of them counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from rbac.catalogue import Catalogue
from rbac.conditions import Condition, Values
from rbac.filters import DataFilter
from rbac.items import Access, Item, ItemKey
from rbac.units import UnitTree


class Effect(StrEnum):
    """What a role says about a node of the catalogue; what it does not name is unset."""

    ALLOW = "allow"
    DENY = "deny"


class Reach(StrEnum):
    """How far a grant or a membership goes: everywhere, one business unit, or that one and all below it."""

    ACCOUNT = "account"
    UNIT = "unit"
    SUBTREE = "subtree"

    # Equal to its text, so hashed like it; the inherited way costs a call of Python for each.
    __hash__ = str.__hash__


class GrantKind(StrEnum):
    """Whose grant it is. All kinds are combined for a decision."""

    USER = "user_role"
    SCOPED = "scoped_role"
    GROUP = "group_role"
    UNIT = "business_unit_role"
    INDIVIDUAL = "individual_permission"
    SELF = "self_service"


class SourceKind(StrEnum):
    """Who made a grant: a person, or a published mapping rule."""

    MANUAL = "manual"
    MAPPING = "mapping"


class Code(StrEnum):
    """Why a decision is what it is; stable, for programs."""

    ALLOWED = "allowed"
    DENIED_BY_ROLE = "denied_by_role"
    DENIED_BY_INDIVIDUAL = "denied_by_individual"
    NO_GRANT = "no_grant"
    CONDITION_FALSE = "condition_false"
    ITEM_LEVEL = "item_level"
    OWNER_GONE = "owner_gone"
    UNSUPPORTED_OBLIGATION = "unsupported_obligation"
    NOT_IN_BUSINESS_UNIT = "not_in_business_unit"
    INACTIVE_USER = "inactive_user"
    UNKNOWN_SUBJECT = "unknown_subject"
    UNKNOWN_ACTION = "unknown_action"
    UNKNOWN_RESOURCE = "unknown_resource"


@dataclass(frozen=True, slots=True)
class GroupName:
    """A group as people know it: its id, its name, and the directory that pushes it."""

    id: str
    name: str
    directory: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One reason why a grant exists.

    A mapping source names its rule, the revision since which the rule says so, the group the person is in, and the
    filter that they satisfy (``where``), as far as the rule has them; a manual one says by whom. It counts from
    ``starts`` until just before ``expires``.
    """

    kind: SourceKind
    rule_id: str | None = None
    rule: str | None = None
    revision: int | None = None
    group: GroupName | None = None
    where: str | None = None
    granted_by: str | None = None
    reason: str = ""
    starts: datetime | None = None
    expires: datetime | None = None

    def counts(self, at: datetime) -> bool:
        """Whether the source is in force at a moment."""
        return (self.starts is None or self.starts <= at) and (self.expires is None or at < self.expires)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a grant applies: ``unit`` is a business unit's id (the root for the whole account)."""

    unit: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Statement:
    """An allow or a deny at a node of the catalogue; with a condition it is unset while that is false."""

    node: str
    effect: Effect
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that a person has somewhere, or (``role_id`` is None) an individual permission: ``statement``.

    ``group`` is set for a group's role: the group that has it. ``filters`` narrow what the grant gives, by record type.
    """

    kind: GrantKind
    role_id: str | None
    scope: Scope
    sources: tuple[Source, ...]
    group: GroupName | None = None
    statement: Statement | None = None
    filters: Mapping[str, DataFilter] = field(default_factory=dict)

    def sources_at(self, at: datetime) -> tuple[Source, ...]:
        """The sources in force at a moment; none means that there is no grant then."""
        return tuple(source for source in self.sources if source.counts(at))


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of nodes, each allowed or denied."""

    id: str
    name: str
    statements: tuple[Statement, ...]
    description: str = ""
    is_default: bool = False
    is_owner: bool = False
    is_privileged: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """A business unit in which a person may work, with the units below it or without, until just before ``expires``."""

    unit: str
    with_children: bool = False
    expires: datetime | None = None

    def counts(self, at: datetime) -> bool:
        """Whether it is in force at a moment."""
        return self.expires is None or at < self.expires


@dataclass(frozen=True, slots=True)
class Subject:
    """A person as a decision sees them. ``home`` is the id of the home unit, None for the root.

    ``attributes`` are the stored values of those that the catalogue declares, ``version`` that of the user they are of.
    ``standings`` are by unit, ``asked`` by the words that a unit was asked for with.
    """

    id: str
    user_name: str
    active: bool = True
    home: str | None = None
    grants: tuple[Grant, ...] = ()
    works_in: tuple[Work, ...] = ()
    attributes: Values = field(default_factory=dict)
    version: int = 0
    standings: dict[str, Standing] = field(default_factory=dict, init=False, repr=False, compare=False)
    asked: dict[str | None, Standing] = field(default_factory=dict, init=False, repr=False, compare=False)


class Said(NamedTuple):
    """What a role or an individual permission says about one permission, and the node by which it says so."""

    effect: Effect
    node: str
    condition: Condition | None = None


class Powers(NamedTuple):
    """What grants give together: permissions simply allowed, and those about which something is said conditionally.

    What is in neither is refused.
    """

    allowed: frozenset[str]
    depending: frozenset[str]


@dataclass(frozen=True, slots=True)
class Policy:
    """What is true of an account at one revision, whoever asks; decisions compile it as they need it.

    ``unit_grants`` are the roles of business units and ``unit_filters`` their data filters by record type, both by
    the unit's id. ``finds_external_id``: people may be asked for by their externalId, too.
    """

    account_id: str
    revision: int
    catalogue: Catalogue
    units: UnitTree
    roles: Mapping[str, Role]
    unit_grants: Mapping[str, tuple[Grant, ...]] = field(default_factory=dict)
    unit_filters: Mapping[str, Mapping[str, DataFilter]] = field(default_factory=dict)
    finds_external_id: bool = False
    compiled: dict[str, Mapping[str, tuple[Said, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    powers: dict[frozenset[str], Powers] = field(default_factory=dict, init=False, repr=False, compare=False)
    role_ids: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def find_role(self, reference: str) -> Role | None:
        """A role by its id, else by its name, whose case does not matter."""
        if not self.role_ids:
            # At once, since another thread may be looking.
            self.role_ids.update({role.name.casefold(): id for id, role in self.roles.items()})
        return self.roles.get(reference) or self.roles.get(self.role_ids.get(reference.casefold(), ""))


@dataclass(frozen=True, slots=True)
class Reason:
    """A grant or a denial that counted, and everything that explains it.

    ``node`` is the node of the catalogue that the role names, ``unit`` the key of the business
    unit where the grant applies (None: the whole account). ``role`` is None for self-service and for an
    individual permission. ``condition`` is the text of the condition, where there is one.
    """

    effect: Effect
    node: str
    kind: GrantKind
    role: str | None = None
    unit: str | None = None
    reach: Reach = Reach.ACCOUNT
    group: GroupName | None = None
    sources: tuple[Source, ...] = ()
    condition: str | None = None
    filters: Mapping[str, DataFilter] = field(default_factory=dict)
    role_id: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or not, and why. ``obligations`` are what the caller must still apply.

    ``unmet`` are statements whose condition was false, ``item`` is what the item itself said.
    """

    allowed: bool
    code: Code
    reasons: tuple[Reason, ...] = ()
    obligations: tuple[DataFilter, ...] = ()
    unmet: tuple[Reason, ...] = ()
    item: Access | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person may do while working in one unit, until a source of theirs begins or ends.

    ``powers`` is the whole answer of roles and individual permissions. ``plain`` keeps what that decides by itself,
    by permission and item type; ``decisions`` what it comes to as conditions turn out, and ``said`` what was said
    about a permission at all.
    """

    policy: Policy
    unit: str
    workable: bool
    grants: tuple[tuple[Grant, tuple[Source, ...]], ...]
    powers: Powers
    until: datetime | None
    plain: dict[tuple[str, str | None], Decision] = field(default_factory=dict, init=False, repr=False, compare=False)
    decisions: dict[object, Decision] = field(default_factory=dict, init=False, repr=False, compare=False)
    said: dict[str, tuple[tuple[Said, Reason], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An account's policy, and the people asked for by the words they were asked with, at one revision.

    A person who is unknown, or whose name is not unique in the account, is None. ``items`` has those asked for that
    there are. ``memberships`` are the groups that each person (by id) is in, of those asked for and those that own
    one of the items.
    """

    policy: Policy
    subjects: Mapping[str, Subject | None]
    items: Mapping[ItemKey, Item] = field(default_factory=dict)
    memberships: Mapping[str, frozenset[str]] = field(default_factory=dict)


class AccessStore(Protocol):
    """What decisions need to know of one account, opened for whoever asks."""

    @property
    def account_id(self) -> str:
        """The account this store was opened for; nothing else can be reached through it."""
        ...

    @property
    def scopes(self) -> frozenset[str]:
        """What the caller may ask for."""
        ...

    def snapshot(
        self, references: Sequence[str], items: Collection[ItemKey] = (), groups: Collection[str] = ()
    ) -> Snapshot:
        """People by user id, else by userName whatever its case, else by externalId where the account says so.

        ``items`` are sought among those of inventoried types, ``groups`` are ids; all is of one revision.

        INVARIANT: what a snapshot says was true after the last commit that came before the call.
        """
        ...
