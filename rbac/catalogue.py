"""The permission catalogue of a platform: tab > section > permission, and what these are about, as data.

A role allows or denies *nodes*: a permission (``campaigns.email.launch``), a section or tab
(``campaigns.email``, also written ``campaigns.email.*``), or the whole tree (``*``). A node
covers everything beneath it. Beside the tree a catalogue declares the platform's item types, the attributes
that conditions may speak of, and which of its permissions Muster itself heeds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

EVERYTHING = "*"
PROFILE = "profile"
"""The item type of a person's own page; its item ids are user ids."""


class Operation(StrEnum):
    """What a permission does to the item it is used on. To delete is to modify, save where an owner is gone.

    What ``creates`` is about no item there is yet, so none is looked up and no level counts.
    """

    CREATES = "creates"
    READS = "reads"
    MODIFIES = "modifies"
    DELETES = "deletes"


class OwnerGone(StrEnum):
    """What others may do to an item whose owner was deactivated or deleted; reading stays as it was."""

    ALL = "all"
    MODIFY = "modify"
    NONE = "none"


class AttributeType(StrEnum):
    """Of what kind an attribute's values are; comparisons never mix kinds."""

    STRING = "string"
    BOOLEAN = "boolean"
    NUMBER = "number"
    DATE_TIME = "dateTime"


@dataclass(frozen=True, slots=True)
class Text:
    """Words for people, in each language of the product."""

    en: str
    es: str


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing a person may be allowed to do.

    ``requires`` names permissions without which this one is of little use; it never grants them.
    ``item_types`` names the kinds of item it applies to; none means that the kind does not matter.
    ``self_service`` means that everybody active has it on their own profile, and only there.
    """

    key: str
    title: Text
    description: Text
    operation: Operation
    requires: tuple[str, ...] = ()
    item_types: frozenset[str] = frozenset()
    privileged: bool = False
    self_service: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Permissions that belong together on a page."""

    key: str
    title: Text
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class Tab:
    """A main area of the platform."""

    key: str
    title: Text
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class ItemType:
    """A kind of item of the platform.

    ``levels``: items have levels for their owner, the owner group and the rest, which count beside the permission.
    ``held``: Muster keeps the items, so one it does not know does not exist; else whoever asks says what is needed.
    ``attributes`` are what conditions and data filters may speak of. ``records``: data filters apply to it.
    """

    name: str
    title: Text
    levels: bool = False
    held: bool = False
    owner_gone: OwnerGone = OwnerGone.ALL
    attributes: Mapping[str, AttributeType] = field(default_factory=dict)
    records: bool = False


@dataclass(frozen=True, slots=True)
class SubjectAttribute:
    """An attribute of people that conditions may speak of.

    ``path`` is where a SCIM user has it (None: nowhere), ``accept_from_pep`` lets whoever asks for a decision
    say it where nothing is stored.
    """

    name: str
    type: AttributeType
    path: str | None = None
    accept_from_pep: bool = False


@dataclass(frozen=True, slots=True)
class Administration:
    """The permissions that let somebody who is no Account Owner administer, where and as far as they hold them."""

    assign_roles: str | None = None
    edit_roles: str | None = None
    manage_users: str | None = None
    manage_units: str | None = None


@dataclass(frozen=True, slots=True)
class ItemKeys:
    """The permissions that bear on levels.

    ``manage_all`` passes every level. ``common`` makes the level for the rest reachable; where a catalogue names
    none, everybody reaches it.
    """

    manage_all: str | None = None
    common: str | None = None


@dataclass(frozen=True)
class Catalogue:
    """All permissions of a platform. Look up, never walk: every question here is a dictionary's."""

    tabs: tuple[Tab, ...]
    item_kinds: Mapping[str, ItemType] = field(default_factory=dict)
    subject_attributes: Mapping[str, SubjectAttribute] = field(default_factory=dict)
    action_attributes: Mapping[str, AttributeType] = field(default_factory=dict)
    context_attributes: Mapping[str, AttributeType] = field(default_factory=dict)
    administration: Administration = Administration()
    items: ItemKeys = ItemKeys()
    version: str | None = None

    def __iter__(self) -> Iterator[Permission]:
        return (permission for tab in self.tabs for section in tab.sections for permission in section.permissions)

    def __len__(self) -> int:
        return len(self.permissions)

    @cached_property
    def permissions(self) -> Mapping[str, Permission]:
        """Every permission by its key, in the order of the tree."""
        return {permission.key: permission for permission in self}

    @cached_property
    def item_types(self) -> frozenset[str]:
        """Every item type that is declared or that some permission names."""
        return frozenset(self.item_kinds) | {kind for permission in self for kind in permission.item_types}

    @cached_property
    def titles(self) -> Mapping[str, Text]:
        """What each node is called: tabs, sections and permissions."""
        titles: dict[str, Text] = {}
        for tab in self.tabs:
            titles[tab.key] = tab.title
            for section in tab.sections:
                titles.setdefault(section.key, section.title)
                titles.update((permission.key, permission.title) for permission in section.permissions)
        return titles

    @cached_property
    def self_service(self) -> frozenset[str]:
        """What everybody may do on their own profile."""
        return frozenset(permission.key for permission in self if permission.self_service)

    @cached_property
    def privileged(self) -> frozenset[str]:
        """The permissions that are worth a second look wherever they are given."""
        return frozenset(permission.key for permission in self if permission.privileged)

    def find(self, key: str, item_type: str | None = None) -> Permission | None:
        """The permission of that key, looked up within an item type.

        A permission that names item types is known only for those; one that names none is known for all.
        """
        permission = self.permissions.get(key)
        if permission is None or item_type is None or not permission.item_types or item_type in permission.item_types:
            return permission
        return None

    def covered_by(self, node: str) -> frozenset[str]:
        """The keys of the permissions at and beneath a node; empty for a node that does not exist."""
        return self._covered.get(plain(node), frozenset())

    def nodes_over(self, key: str) -> frozenset[str]:
        """Every node that covers a permission, itself included."""
        return frozenset(node for node, covered in self._covered.items() if key in covered)

    def missing(self, keys: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Which of these permissions lack what they require, and what each lacks."""
        given = frozenset(keys)
        lacking = {
            key: tuple(need for need in self.permissions[key].requires if need not in given)
            for key in sorted(given & self.permissions.keys())
        }
        return {key: needs for key, needs in lacking.items() if needs}

    @cached_property
    def _covered(self) -> dict[str, frozenset[str]]:
        covered: defaultdict[str, set[str]] = defaultdict(set)
        for tab in self.tabs:
            for section in tab.sections:
                for permission in section.permissions:
                    for node in (*prefixes(permission.key), *prefixes(section.key), tab.key, EVERYTHING):
                        covered[node].add(permission.key)
        return {node: frozenset(keys) for node, keys in covered.items()}


def plain(node: str) -> str:
    """``campaigns.email.*`` and ``campaigns.email`` are one node; ``*`` stays."""
    return node[:-2] if node.endswith(".*") else node


def shown(catalogue: Catalogue, node: str) -> str:
    """A node as people read it: ``campaigns.email.*`` where it stands for what is beneath it."""
    node = plain(node)
    return node if node == EVERYTHING or node in catalogue.permissions else f"{node}.*"


def prefixes(key: str) -> Iterator[str]:
    """A dotted key and everything above it: ``a.b.c`` → ``a.b.c``, ``a.b``, ``a``."""
    while key:
        yield key
        key = key.rpartition(".")[0]
