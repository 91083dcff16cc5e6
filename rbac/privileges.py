"""What somebody can do in a business unit, in plain words: the catalogue's own, by tab and section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rbac.catalogue import Permission, Section, Text
from rbac.explain import Language
from rbac.model import Effect, Policy, Standing, Subject
from rbac.roles import Says, said, statements_of
from rbac.standing import standing_of


@dataclass(frozen=True, slots=True)
class Privilege:
    """One thing somebody can do: ``when`` one of these holds, ``unless`` one of those does.

    ``own_profile``: only on their own profile page.
    """

    key: str
    title: Text
    description: Text
    privileged: bool
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    own_profile: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """A section of the catalogue with what somebody can do there; ``tab`` is the one it stands in."""

    tab: Text
    key: str
    title: Text
    privileges: tuple[Privilege, ...]


@dataclass(frozen=True, slots=True)
class Privileges:
    """Everything somebody can do while working in a unit (its key; None: they cannot work there)."""

    user_id: str
    user_name: str
    active: bool
    unit: str | None
    areas: tuple[Area, ...]
    permissions: int

    def value(self, language: Language = "en") -> dict[str, Any]:
        """For programs."""
        every = [one for area in self.areas for one in area.privileges]
        return {
            "user": {"id": self.user_id, "user_name": self.user_name, "active": self.active},
            "business_unit": self.unit,
            "counts": {
                "can": len(every),
                "under_conditions": sum(bool(one.when or one.unless) for one in every),
                "permissions": self.permissions,
            },
            "areas": [
                {
                    "tab": getattr(area.tab, language),
                    "section": area.key,
                    "title": getattr(area.title, language),
                    "privileges": [_value(one, language) for one in area.privileges],
                }
                for area in self.areas
            ],
        }

    def text(self, language: Language = "en") -> str:
        """For people."""
        words = _WORDS[language]
        if not self.active:
            return f"{self.user_name}: {words['inactive']}"
        if self.unit is None:
            return f"{self.user_name}: {words['elsewhere']}"
        told = [f"{self.user_name} · {words['in']} {self.unit}"]
        for area in self.areas:
            tab, title = getattr(area.tab, language), getattr(area.title, language)
            told.append(f"{tab} › {title}")
            told += [f"  {_line(one, language)}" for one in area.privileges]
        if not self.areas:
            told.append(words["nothing"])
        return "\n".join(told)


_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "in": "in",
        "inactive": "deactivated, so nothing at all",
        "elsewhere": "does not work in that business unit, so nothing there",
        "nothing": "nothing",
        "when": "only when",
        "unless": "but not when",
        "own": "on one's own profile",
        "or": " or ",
    },
    "es": {
        "in": "en",
        "inactive": "desactivado, así que nada",
        "elsewhere": "no trabaja en esa unidad de negocio, así que nada allí",
        "nothing": "nada",
        "when": "solo si",
        "unless": "pero no si",
        "own": "en el perfil propio",
        "or": " o ",
    },
}


def privileges(policy: Policy, subject: Subject, unit: str | None = None, at: datetime | None = None) -> Privileges:
    """What a person can do in a unit; None for the one in which they usually work."""
    standing = standing_of(policy, subject, unit, at)
    areas = tuple(_areas(policy, standing)) if subject.active and standing is not None else ()
    where = policy.units.units[standing.unit].key if standing is not None else None
    return Privileges(subject.id, subject.user_name, subject.active, where, areas, len(policy.catalogue))


def _areas(policy: Policy, standing: Standing) -> Iterator[Area]:
    every = [statement for grant, _ in standing.grants for statement in statements_of(policy, grant)]
    says = said(policy.catalogue, every)
    for tab in policy.catalogue.tabs:
        for section in tab.sections:
            found = tuple(_of_section(section, says))
            if found:
                yield Area(tab.title, section.key, section.title, found)


def _of_section(section: Section, says: Mapping[str, Says]) -> Iterator[Privilege]:
    for one in section.permissions:
        told = says.get(one.key)
        if told is not None and told.effect is Effect.ALLOW:
            yield _privilege(one, told)
        else:
            own = on_own_profile(one, told)
            if own is not None:
                yield _privilege(one, own, own_profile=True)


def on_own_profile(one: Permission, told: Says | None) -> Says | None:
    """What somebody active may do on their own profile, of whom grants say this about it; None where nothing.

    Only a denial without a condition takes it away altogether.
    """
    if not one.self_service or (told is not None and told.effect is Effect.DENY and not told.when):
        return None
    denied = told.when if told is not None and told.effect is Effect.DENY else ()
    return Says(Effect.ALLOW, unless=denied)


def _privilege(one: Permission, told: Says, *, own_profile: bool = False) -> Privilege:
    return Privilege(one.key, one.title, one.description, one.privileged, told.when, told.unless, own_profile)


def _value(one: Privilege, language: Language) -> dict[str, Any]:
    return {
        "permission": one.key,
        "title": getattr(one.title, language),
        "description": getattr(one.description, language),
        "privileged": one.privileged,
        "when": list(one.when),
        "unless": list(one.unless),
        "own_profile": one.own_profile,
    }


def _line(one: Privilege, language: Language) -> str:
    words = _WORDS[language]
    parts = [f"{getattr(one.title, language)}: {getattr(one.description, language)}"]
    parts += [f"({words['own']})"] if one.own_profile else []
    parts += [f"— {words['when']} {words['or'].join(one.when)}"] if one.when else []
    parts += [f"— {words['unless']} {words['or'].join(one.unless)}"] if one.unless else []
    return " ".join([*parts, f"[{one.key}]"])
