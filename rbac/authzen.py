"""Requests of the OpenID AuthZEN Authorization API 1.0 (sections 5 to 7): bytes → values.

Types are strict ("1" is not 1), unknown members are ignored, and each refusal names the member
and says what belongs there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from rbac.errors import BadRequest

Json = Mapping[str, Any]


class Semantic(StrEnum):
    """How far a batch is worked through (section 7.1.2.1, "evaluations_semantic")."""

    EXECUTE_ALL = "execute_all"
    DENY_ON_FIRST_DENY = "deny_on_first_deny"
    PERMIT_ON_FIRST_PERMIT = "permit_on_first_permit"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask at most."""

    batch: int = 1000
    body: int = 1024 * 1024
    depth: int = 32


@dataclass(frozen=True, slots=True)
class Entity:
    """A subject or a resource: ``id`` is unique within ``type``."""

    type: str
    id: str
    properties: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One question: may this subject do this to this resource, here?

    ``parameters`` are the action's properties. ``unit`` is the business unit that the context names.
    """

    subject: Entity
    action: str
    resource: Entity
    unit: str | None = None
    parameters: Json = field(default_factory=dict)
    context: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Several questions in their order; one that cannot be read stands there as its refusal."""

    items: tuple[Evaluation | BadRequest, ...]
    semantic: Semantic


def parse_body(content: bytes, limits: Limits) -> Json:
    """The JSON object of a request body. Raises BadRequest."""
    if len(content) > limits.body:
        raise BadRequest(f"the body has more than {limits.body} bytes; ask in several requests")
    if not content.strip():
        raise BadRequest("the body is empty; send a JSON object with subject, action and resource")
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise BadRequest(f"the body must be a JSON object, not {_kind(body)}")
    if _is_deeper(body, limits.depth):
        raise BadRequest(f"the body is nested more than {limits.depth} levels deep; make it flatter")
    json.loads(content.decode(), object_pairs_hook=_unique)
    return body


def read_evaluation(body: Json) -> Evaluation:
    """The question of an evaluation request (section 6.1). Raises BadRequest for an incomplete one."""
    subject, (action, parameters) = _entity(body, "subject"), _action(body)
    resource, context = _entity(body, "resource"), _optional_object(body, "context", "context")
    _unit(resource.properties, "resource.properties")
    return Evaluation(subject, action, resource, _unit(context, "context"), parameters, context)


def read_batch(body: Json, limits: Limits) -> Batch | None:
    """The questions of an evaluations request (section 7.1); None if it has none and is a single one.

    What stands at the top level is the default of each item; an item's own value replaces the
    default as a whole. Raises BadRequest for what is wrong with the request itself.
    """
    items = body.get("evaluations", [])
    if not isinstance(items, list):
        raise BadRequest(f"evaluations must be an array of objects, not {_kind(items)}")
    semantic = _semantic(body)
    if not items:
        return None
    if len(items) > limits.batch:
        raise BadRequest(
            f"evaluations has {len(items)} items, and at most {limits.batch} are answered; split the request"
        )
    defaults = {key: body[key] for key in ("subject", "action", "resource", "context") if key in body}
    return Batch(tuple(_item(defaults, item) for item in items), semantic)


def _item(defaults: Json, item: Any) -> Evaluation | BadRequest:
    if not isinstance(item, dict):
        return BadRequest(f"each of evaluations must be an object, not {_kind(item)}")
    try:
        return read_evaluation({**defaults, **item})
    except BadRequest as refusal:
        return refusal


def _semantic(body: Json) -> Semantic:
    options = body.get("options", {})
    if not isinstance(options, dict):
        raise BadRequest(f"options must be an object, not {_kind(options)}")
    value = options.get("evaluations_semantic", Semantic.EXECUTE_ALL)
    # Guessing at an unknown semantic would change what is enforced.
    if not isinstance(value, str) or value not in set(Semantic):
        raise BadRequest(f"options.evaluations_semantic must be one of {', '.join(Semantic)}")
    return Semantic(value)


def _entity(body: Json, name: str) -> Entity:
    value = _object(body, name, "type and id")
    kind, id = _string(value, name, "type"), _string(value, name, "id")
    return Entity(kind, id, _optional_object(value, "properties", f"{name}.properties"))


def _action(body: Json) -> tuple[str, Json]:
    value = _object(body, "action", "name")
    parameters = _optional_object(value, "properties", "action.properties")
    return _string(value, "action", "name"), parameters


def _unit(holder: Json, place: str) -> str | None:
    """The business unit that a part of the question names."""
    if "business_unit" not in holder:
        return None
    unit = holder["business_unit"]
    if not isinstance(unit, str):
        raise BadRequest(f"{place}.business_unit must be a string, the key of a unit, not {_kind(unit)}")
    return unit


def _object(body: Json, name: str, parts: str) -> Json:
    if name not in body:
        raise BadRequest(f"{name} is missing; send an object with {parts}")
    value = body[name]
    if not isinstance(value, dict):
        raise BadRequest(f"{name} must be an object with {parts}, not {_kind(value)}")
    return value


def _optional_object(holder: Json, key: str, place: str) -> Json:
    value = holder.get(key, {})
    if not isinstance(value, dict):
        raise BadRequest(f"{place} must be an object, not {_kind(value)}; leave it out if there is none")
    return value


def _string(holder: Json, name: str, key: str) -> str:
    if key not in holder:
        raise BadRequest(f"{name}.{key} is missing; send it as a string")
    value = holder[key]
    if not isinstance(value, str):
        raise BadRequest(f"{name}.{key} must be a string, not {_kind(value)}")
    return value


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """I-JSON (RFC 7493 §2.3): two members of one name would mean two things to two readers."""
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRequest(f'the member "{twice[:64]}" stands twice in one object; send it once')
    return members


def _is_deeper(value: Any, limit: int) -> bool:
    """Whether arrays and objects are nested more than ``limit`` deep, without recursion."""
    level = [value]
    for _ in range(limit):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += (part for part in one.values() if isinstance(part, dict | list))
            elif isinstance(one, list):
                inner += (part for part in one if isinstance(part, dict | list))
        if not inner:
            return False
        level = inner
    return True


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {
        bool: "a boolean",
        str: "a string",
        int: "a number",
        float: "a number",
        list: "an array",
        dict: "an object",
    }
    return names[type(value)]
