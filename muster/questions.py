"""What is asked: subject, action, resource and context, as the AuthZEN Authorization API 1.0 has them (section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

USER = "user"
Json = Mapping[str, Any]


class Semantic(StrEnum):
    """How far a batch is worked through (section 7.1.2.1)."""

    EXECUTE_ALL = "execute_all"
    DENY_ON_FIRST_DENY = "deny_on_first_deny"
    PERMIT_ON_FIRST_PERMIT = "permit_on_first_permit"


@dataclass(frozen=True, slots=True)
class Entity:
    """A subject or a resource; ``id`` is unique within ``type``. ``properties`` are facts that the platform knows."""

    type: str
    id: str
    properties: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """A permission's key; ``properties`` are parameters of the act, such as ``{"soft": True}``."""

    name: str
    properties: Json = field(default_factory=dict)


Subject = str | Entity
"""A user's id, userName or externalId, or an entity."""
Doing = str | Action
Resource = tuple[str, str] | Entity
"""Type and id, or an entity."""


@dataclass(frozen=True, slots=True)
class Question:
    """May this subject do this to this resource, if it is about one, working in this business unit (by key)?"""

    subject: Subject
    action: Doing
    resource: Resource | None = None
    context: Json | None = None
    unit: str | None = None


ACCOUNT = Entity("_account", "-")
"""The account as a whole, for what is done to no resource: AuthZEN asks for one, and no catalogue can have a type so
called, so that it is none to the service."""

Asked = Question | tuple[Subject, Doing] | tuple[Subject, Doing, Resource]


def evaluation(question: Question) -> dict[str, Any]:
    """The body of an evaluation request (section 6.1)."""
    return {
        "subject": subject_of(question.subject),
        "action": action_of(question.action),
        "resource": resource_of(question.resource),
    } | context_of(question.context, question.unit)


def evaluations(questions: Iterable[Question], semantic: Semantic) -> dict[str, Any]:
    """The body of an evaluations request (section 7.1); each item is complete, so there are no defaults."""
    items = [evaluation(question) for question in questions]
    return {"evaluations": items, "options": {"evaluations_semantic": semantic.value}}


def subject_of(subject: Subject) -> dict[str, Any]:
    """A subject as JSON."""
    return _entity(Entity(USER, subject) if isinstance(subject, str) else subject)


def action_of(action: Doing) -> dict[str, Any]:
    """An action as JSON."""
    if isinstance(action, str):
        return {"name": action}
    return {"name": action.name} | _properties(action.properties)


def resource_of(resource: Resource | None) -> dict[str, Any]:
    """A resource as JSON; None is the account as a whole."""
    if resource is None:
        resource = ACCOUNT
    return _entity(resource if isinstance(resource, Entity) else Entity(*resource))


def context_of(context: Json | None, unit: str | None) -> dict[str, Any]:
    """The context as a member of a request; none if there is nothing to say.

    Raises ValueError for a business unit said twice.
    """
    members = dict(context or {})
    if unit is not None:
        if "business_unit" in members:
            raise ValueError("the business unit is in the context already; say it once")
        members["business_unit"] = unit
    return {"context": members} if members else {}


def _entity(entity: Entity) -> dict[str, Any]:
    return {"type": entity.type, "id": entity.id} | _properties(entity.properties)


def _properties(properties: Json) -> dict[str, Any]:
    return {"properties": dict(properties)} if properties else {}
