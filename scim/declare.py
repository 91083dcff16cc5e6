"""Small constructors, so that a schema reads like the section of RFC 7643 which defines it."""

from __future__ import annotations

from typing import Any

from scim.attributes import Attribute, Mutability, Type


def text(name: str, description: str, **facts: Any) -> Attribute:
    """A string; without ``case_exact`` it is compared without case."""
    return Attribute(name, description=description, **facts)


def flag(name: str, description: str, **facts: Any) -> Attribute:
    """A boolean."""
    return Attribute(name, Type.BOOLEAN, description=description, **facts)


def moment(name: str, description: str, **facts: Any) -> Attribute:
    """A dateTime."""
    return Attribute(name, Type.DATETIME, description=description, **facts)


def number(name: str, description: str, **facts: Any) -> Attribute:
    """An integer."""
    return Attribute(name, Type.INTEGER, description=description, **facts)


def binary(name: str, description: str, **facts: Any) -> Attribute:
    """Base64 text (RFC 7643 §2.3.6)."""
    return Attribute(name, Type.BINARY, case_exact=True, description=description, **facts)


def reference(name: str, description: str, *references: str, **facts: Any) -> Attribute:
    """A URI; ``references`` names resource types, ``external`` or ``uri`` (RFC 7643 §2.3.7)."""
    return Attribute(name, Type.REFERENCE, case_exact=True, references=references, description=description, **facts)


def complex_(name: str, description: str, *sub: Attribute, **facts: Any) -> Attribute:
    """An attribute made of sub-attributes."""
    return Attribute(name, Type.COMPLEX, sub=sub, description=description, **facts)


def many(name: str, description: str, *sub: Attribute, **facts: Any) -> Attribute:
    """A multi-valued attribute whose values have sub-attributes."""
    return complex_(name, description, *sub, multi_valued=True, **facts)


def labelled(name: str, description: str, value: Attribute, *types: str) -> Attribute:
    """A multi-valued attribute with the usual ``value``, ``display``, ``type`` and ``primary`` (RFC 7643 §2.4)."""
    return many(
        name,
        description,
        value,
        text("display", "How the value is shown to people."),
        text("type", "What the value is for.", canonical=types),
        flag("primary", "Whether this is the preferred value; true at most once."),
    )


READ_ONLY = Mutability.READ_ONLY
IMMUTABLE = Mutability.IMMUTABLE
