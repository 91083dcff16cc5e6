"""Schemas as documents: the form in which a schema extension is declared and shown (RFC 7643 §7).

What ``/Schemas`` answers with can be declared again. Everything wrong with a document is found at once, each
problem with its place, since somebody has to correct it by hand.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scim.attributes import Attribute, Mutability, Returned, Schema, Type
from scim.schemas import COMMON, ENTERPRISE_USER, GROUP, USER

MAX_ATTRIBUTES = 100
MAX_SUBS = 30
MAX_CANONICAL = 100
MAX_TEXT = 1_000

# RFC 8141 allows more, but a URN stands in front of names in filters and paths, where only this can be read.
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{1,31}(?::[a-z0-9._-]+)*:[a-z][a-z0-9_-]*", re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9$_-]{0,99}", re.IGNORECASE | re.ASCII)  # RFC 7643 §2.1 ATTRNAME
_OPERATORS = ("eq", "ne", "co", "sw", "ew", "pr", "gt", "ge", "lt", "le")
_WORDS = frozenset((*_OPERATORS, "and", "or", "not", "true", "false", "null"))
_CORE_NAMES = frozenset(attribute.key for attribute in (*COMMON, *USER.attributes))
_RESERVED = ("urn:ietf:params:scim:schemas:core:", "urn:ietf:params:scim:api:")
_REFERENCES = ("external", "uri", "User", "Group")

_SCHEMA_FACTS = ("schemas", "id", "name", "description", "attributes", "meta")
_FACTS = (
    *("name", "type", "multiValued", "description", "required", "canonicalValues", "caseExact"),
    *("mutability", "returned", "uniqueness", "referenceTypes", "subAttributes"),
)


class InvalidDeclaration(ValueError):
    """A document declares no schema extension; ``problems`` names every place that is wrong."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


def read_extension(document: Any, default_urn: str) -> Schema:
    """The extension of users that a document declares; without an ``id`` its URN is the default one.

    Raises InvalidDeclaration.
    """
    schema, problems = _read(document, default_urn)
    problems += urn_problems(schema.urn)
    for attribute in schema.attributes:
        if attribute.key in _CORE_NAMES:
            problems.append(f"{attribute.name}: every user has an attribute of this name; choose another")
    if problems:
        raise InvalidDeclaration(problems)
    return schema


def known_extension(document: Any) -> Schema:
    """The extension in a document that was read before; what it declares stays, whatever is refused today."""
    return _read(document, "")[0]


def _read(document: Any, default_urn: str) -> tuple[Schema, list[str]]:
    problems: list[str] = []
    facts = _Facts(document, "", _SCHEMA_FACTS, problems)
    urn = facts.text("id") or default_urn
    given = facts.objects("attributes")
    if not given or len(given) > MAX_ATTRIBUTES:
        problems.append(f"attributes: declare one attribute or more, at most {MAX_ATTRIBUTES}")
    attributes = [_attribute(one, f"attributes[{index}]", problems) for index, one in enumerate(given[:MAX_ATTRIBUTES])]
    _refuse_repeats(attributes, "attributes", problems)
    name = facts.text("name") or urn.rpartition(":")[2]
    return Schema(urn, name, facts.text("description"), tuple(attributes)), problems


def attribute_document(attribute: Attribute) -> dict[str, Any]:
    """An attribute as RFC 7643 §7 describes it. Nothing is null: some identity providers stop at a null here."""
    facts: dict[str, Any] = {
        "name": attribute.name,
        "type": attribute.type.value,
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
        "mutability": attribute.mutability.value,
        "returned": attribute.returned.value,
        "uniqueness": attribute.uniqueness.value,
    }
    if attribute.type in (Type.STRING, Type.REFERENCE, Type.BINARY):
        facts["caseExact"] = attribute.case_exact
    if attribute.canonical:
        facts["canonicalValues"] = list(attribute.canonical)
    if attribute.type is Type.REFERENCE:
        facts["referenceTypes"] = list(attribute.references)
    if attribute.sub:
        facts["subAttributes"] = [attribute_document(sub) for sub in attribute.sub]
    return facts


def schema_document(schema: Schema) -> dict[str, Any]:
    """A schema as RFC 7643 §7 describes it, without what a resource has."""
    return {
        "id": schema.urn,
        "name": schema.name,
        "description": schema.description,
        "attributes": [attribute_document(attribute) for attribute in schema.attributes],
    }


def urn_problems(urn: str, others: Collection[str] = ()) -> list[str]:
    """Why an extension cannot have this URN beside SCIM's own and the ``others``."""
    key = urn.lower()
    if not _URN.fullmatch(urn) or len(urn) > 200 or key.rpartition(":")[2] in _WORDS:
        return [
            f"id: {urn[:200]!r} is no URN that can be declared; write it as in urn:acme:scim:2.0:User, with letters, "
            "digits and . _ - only, the last part beginning with a letter"
        ]
    if key.startswith(_RESERVED):
        return [f"id: {urn} lies in a namespace that belongs to SCIM itself; choose your own"]
    # A name is looked up by the URN in front of it, so no URN may begin with another one.
    for other in (USER.urn, GROUP.urn, ENTERPRISE_USER.urn, *others):
        if key == other.lower():
            return [f"id: {urn} is declared already"]
        short, long = sorted((key, other.lower()), key=len)
        if long.startswith((f"{short}:", f"{short}.")):
            return [f"id: {urn} and {other} begin alike, so names could belong to either; choose another"]
    return []


class _Facts:
    """Reads one object of a document, and notes what is wrong with it."""

    def __init__(self, given: Any, place: str, known: Collection[str], problems: list[str]) -> None:
        self._problems = problems
        self._place = place
        self._given: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
        if not isinstance(given, Mapping):
            self.refuse("", "must be an object")
        for name in self._given:
            if name not in known:
                self.refuse("", f"{str(name)[:100]!r} is no characteristic; there are {', '.join(known)}")

    def refuse(self, name: str, why: str) -> None:
        at = ".".join(part for part in (self._place, name) if part)
        self._problems.append(f"{at}: {why}" if at else why)

    def has(self, name: str) -> bool:
        return self._given.get(name) is not None

    def text(self, name: str) -> str:
        value = self._given.get(name)
        if value is None:
            return ""
        if not _is_text(value):
            self.refuse(name, f"must be text of at most {MAX_TEXT} characters")
            return ""
        return str(value)

    def flag(self, name: str) -> bool:
        value = self._given.get(name, False)
        if not isinstance(value, bool):
            self.refuse(name, "must be true or false")
        return value is True

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self._given.get(name, default)
        if value not in choices:
            self.refuse(name, f"must be one of {', '.join(choices)}")
            return default
        return str(value)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._given.get(name, [])
        if isinstance(value, list) and len(value) <= MAX_CANONICAL and all(one and _is_text(one) for one in value):
            return tuple(value)
        self.refuse(name, f"must be a list of at most {MAX_CANONICAL} texts")
        return ()

    def objects(self, name: str) -> list[Any]:
        value = self._given.get(name, [])
        if not isinstance(value, list):
            self.refuse(name, "must be a list of objects")
            return []
        return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT and "\0" not in value


def _attribute(given: Any, place: str, problems: list[str], *, within: bool = False) -> Attribute:
    facts = _Facts(given, place, _FACTS, problems)
    name = facts.text("name")
    if name != "$ref" or not within:
        if not _NAME.fullmatch(name):
            facts.refuse("name", f"{name[:100]!r} is no name: begin with a letter, go on with letters, digits, $ _ -")
        elif name.lower() in _WORDS:
            facts.refuse("name", f"{name!r} is a word of the filter language; choose another")
    kind = Type(facts.choice("type", [*Type], Type.STRING))
    mutability = Mutability(facts.choice("mutability", [*Mutability], Mutability.READ_WRITE))
    write_only = mutability is Mutability.WRITE_ONLY
    returned = Returned(facts.choice("returned", [*Returned], Returned.NEVER if write_only else Returned.DEFAULT))
    subs = _subs(facts, kind, place, problems, within)
    if returned is Returned.NEVER:
        subs = tuple(replace(sub, returned=returned) for sub in subs)
    attribute = Attribute(
        name,
        kind,
        multi_valued=facts.flag("multiValued"),
        required=facts.flag("required"),
        case_exact=_case_exact(facts, kind),
        mutability=mutability,
        returned=returned,
        description=facts.text("description"),
        canonical=_canonical(facts, kind),
        references=_references(facts, kind),
        sub=subs,
    )
    _refuse_contradictions(facts, attribute, within)
    return attribute


def _case_exact(facts: _Facts, kind: Type) -> bool:
    exact = facts.flag("caseExact")
    if kind in (Type.REFERENCE, Type.BINARY):
        if facts.has("caseExact") and not exact:
            facts.refuse("caseExact", f"a {kind} is always compared with case (RFC 7643 §2.3); leave it out")
        return True
    if exact and kind is not Type.STRING:
        facts.refuse("caseExact", f"a {kind} has no case; leave it out")
    return exact


def _canonical(facts: _Facts, kind: Type) -> tuple[str, ...]:
    values = facts.texts("canonicalValues")
    if values and kind is not Type.STRING:
        facts.refuse("canonicalValues", "only a string has them")
    return values


def _references(facts: _Facts, kind: Type) -> tuple[str, ...]:
    targets = facts.texts("referenceTypes")
    if kind is not Type.REFERENCE:
        if targets:
            facts.refuse("referenceTypes", "only a reference has them")
        return ()
    if not set(targets) <= set(_REFERENCES):
        facts.refuse("referenceTypes", f"must be of {', '.join(_REFERENCES)}")
    return targets or ("external",)


def _subs(facts: _Facts, kind: Type, place: str, problems: list[str], within: bool) -> tuple[Attribute, ...]:
    given = facts.objects("subAttributes")
    if kind is not Type.COMPLEX:
        if given:
            facts.refuse("subAttributes", "only a complex attribute has them; set type to complex")
        return ()
    if within:
        facts.refuse("type", "a sub-attribute cannot be complex itself (RFC 7643 §2.3.8)")
        return ()
    if not given or len(given) > MAX_SUBS:
        facts.refuse("subAttributes", f"a complex attribute has one sub-attribute or more, at most {MAX_SUBS}")
    at = f"{place}.subAttributes"
    subs = [_attribute(one, f"{at}[{index}]", problems, within=True) for index, one in enumerate(given[:MAX_SUBS])]
    _refuse_repeats(subs, at, problems)
    return tuple(subs)


def _refuse_contradictions(facts: _Facts, attribute: Attribute, within: bool) -> None:
    mutability, never = attribute.mutability, attribute.returned is Returned.NEVER
    if facts.has("uniqueness") and facts.choice("uniqueness", ("none", "server", "global"), "none") != "none":
        facts.refuse("uniqueness", "is not kept for declared attributes, only for userName; set it to none")
    if mutability is Mutability.WRITE_ONLY and not never:
        facts.refuse("returned", "what is writeOnly is never returned; set it to never")
    if never and mutability in (Mutability.READ_ONLY, Mutability.IMMUTABLE):
        facts.refuse("returned", f"a value that is never returned is not kept, so it cannot be {mutability}")
    if attribute.required and (never or attribute.read_only):
        facts.refuse("required", "only what directories may write and Muster keeps can be required")
    if within and attribute.multi_valued:
        facts.refuse("multiValued", "a sub-attribute has one value; make the whole attribute multi-valued")
    if within and mutability in (Mutability.READ_ONLY, Mutability.IMMUTABLE):
        facts.refuse("mutability", f"{mutability} can be said of the whole attribute only")


def _refuse_repeats(attributes: Sequence[Attribute], place: str, problems: list[str]) -> None:
    seen: set[str] = set()
    for attribute in attributes:
        if attribute.key in seen:
            problems.append(f"{place}: {attribute.name} is there twice; names are compared without case")
        seen.add(attribute.key)
