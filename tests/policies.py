"""Policies in a line: a small platform with every kind of thing, its units, roles, grants and people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.conditions import parse_condition
from rbac.catalogue import (
    AttributeType,
    Catalogue,
    ItemKeys,
    ItemType,
    Operation,
    OwnerGone,
    Permission,
    Section,
    SubjectAttribute,
    Tab,
    Text,
)
from rbac.model import Effect, Grant, GrantKind, Policy, Reach, Role, Scope, Source, SourceKind, Statement, Subject
from rbac.units import Unit, UnitTree

NAMELESS = Text("", "")
UNITS = UnitTree(
    [
        Unit("u0", "root", "Acme"),
        Unit("u1", "emea", "EMEA", "u0"),
        Unit("u2", "iberia", "Iberia", "u1"),
        Unit("u3", "apac", "APAC", "u0"),
    ]
)
MANUAL = Source(SourceKind.MANUAL, granted_by="olivia")
STRING, BOOLEAN = AttributeType.STRING, AttributeType.BOOLEAN
NUMBER, DATE_TIME = AttributeType.NUMBER, AttributeType.DATE_TIME
READS, MODIFIES = Operation.READS, Operation.MODIFIES
DELETES, CREATES = Operation.DELETES, Operation.CREATES


def a_permission(key: str, operation: Operation, *types: str) -> Permission:
    return Permission(key, NAMELESS, NAMELESS, operation, item_types=frozenset(types))


def a_kind(name: str, **how: Any) -> ItemType:
    return ItemType(name, NAMELESS, **how)


def a_catalogue(
    permissions: Sequence[Permission] = (),
    kinds: Sequence[ItemType] = (),
    keys: ItemKeys | None = None,
    **declared: Any,
) -> Catalogue:
    """All permissions in one section; ``declared`` are attributes of subjects, actions and contexts."""
    section = Section("all.things", NAMELESS, tuple(permissions))
    tabs = (Tab("all", NAMELESS, (section,)),)
    return Catalogue(tabs, {kind.name: kind for kind in kinds}, items=keys or ItemKeys(), **declared)


PLATFORM = a_catalogue(
    [
        *(
            a_permission(f"docs.{verb}", operation, "doc", "note", "memo")
            for verb, operation in (("read", READS), ("edit", MODIFIES), ("delete", DELETES), ("create", CREATES))
        ),
        a_permission("rows.read", READS, "row"),
        a_permission("rows.export", READS, "row"),
        a_permission("items.all", MODIFIES),
        a_permission("items.common", READS),
        a_permission("plain", READS),
    ],
    [
        a_kind(
            "doc",
            held=True,
            levels=True,
            owner_gone=OwnerGone.MODIFY,
            attributes={"status": STRING, "size": NUMBER, "public": BOOLEAN, "due": DATE_TIME, "department": STRING},
        ),
        a_kind("note", levels=True, owner_gone=OwnerGone.NONE, attributes={"status": STRING}),
        a_kind("memo"),
        a_kind("row", records=True, attributes={"region": STRING, "consent": BOOLEAN}),
    ],
    ItemKeys(manage_all="items.all", common="items.common"),
    subject_attributes={
        "role": SubjectAttribute("role", STRING, "title", accept_from_pep=True),
        "department": SubjectAttribute("department", STRING, "department"),
        "grade": SubjectAttribute("grade", NUMBER, None, accept_from_pep=True),
    },
    action_attributes={"soft": BOOLEAN},
    context_attributes={"ip": STRING, "hour": NUMBER, "at": DATE_TIME},
)


def says(node: str, effect: str = "allow", when: str | None = None, catalogue: Catalogue = PLATFORM) -> Statement:
    return Statement(node, Effect(effect), parse_condition(when, catalogue) if when else None)


def a_policy(
    roles: Mapping[str, Sequence[Statement]], catalogue: Catalogue = PLATFORM, units: UnitTree = UNITS, **more: Any
) -> Policy:
    """A policy whose roles are what they say, by their ids, which are their names, too."""
    made = {name: Role(name, name, tuple(statements)) for name, statements in roles.items()}
    return Policy("a1", 7, catalogue, units, made, **more)


def has(role: str, unit: str = "u0", reach: Reach = Reach.ACCOUNT, *sources: Source, **more: Any) -> Grant:
    kind = GrantKind.USER if reach is Reach.ACCOUNT else GrantKind.SCOPED
    return Grant(kind, role, Scope(unit, reach), sources or (MANUAL,), **more)


def given(statement: Statement, unit: str = "u0", reach: Reach = Reach.ACCOUNT, *sources: Source) -> Grant:
    """An individual permission."""
    return Grant(GrantKind.INDIVIDUAL, None, Scope(unit, reach), sources or (MANUAL,), statement=statement)


def of_unit(role: str, unit: str, reach: Reach = Reach.UNIT, **more: Any) -> Grant:
    """The role of a business unit."""
    return Grant(GrantKind.UNIT, role, Scope(unit, reach), (MANUAL,), **more)


def ana(*grants: Grant, **more: Any) -> Subject:
    return Subject("ana-id", "ana@acme.example", grants=grants, **more)
