"""The permission catalogue of a platform: tab > section > permission, as data.

A role allows or denies *nodes*: a permission (``campaigns.email.launch``), a section or tab
(``campaigns.email``, also written ``campaigns.email.*``), or the whole tree (``*``). A node
covers everything beneath it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

EVERYTHING = "*"
PROFILE = "profile"
"""The item type of a person's own page; its item ids are user ids."""


class Operation(StrEnum):
    """What a permission does to the item it is used on."""

    READS = "reads"
    MODIFIES = "modifies"


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


@dataclass(frozen=True)
class Catalogue:
    """All permissions of a platform. Look up, never walk: every question here is a dictionary's."""

    tabs: tuple[Tab, ...]

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
        """Every item type that some permission names."""
        return frozenset(kind for permission in self for kind in permission.item_types)

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
