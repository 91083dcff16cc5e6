"""Decisions for administrators: ask one, have it explained, and the reverse questions.

Platforms ask by AuthZEN (``/access/v1``); this is the same engine in the words of this API.
"""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.face import Call, Face, Shown
from app.api.paging import Paged, Reading
from app.api.readers import themselves
from app.api.shapes import AnyObject, Moment, Shape, anything, flag, many, moment, number, one, text, word
from app.services import checks, explain, reverse
from app.services.explain import Asked
from rbac.routes import EVALUATE, EXPLAIN, SEARCH

decisions_face = Face("questions", "Ask whether somebody may do something, why, who may, and what somebody may do.")
_MOST_ITEM = 500
_LANGUAGE = word("en", "es", load_default="en", says="The language of what is said for people.")
_USUAL = ("not-found",)
_AS_OF = "As of when: in the past as everything was then, in the future as things stand; without it now."


class ItemRef(Shape):
    """What it is to be done to."""

    type = text(required=True)
    id = text(most=_MOST_ITEM, required=True)
    properties = anything(says="Facts of it that Muster does not keep, as in AuthZEN.")


class Question(Shape):
    """Whether somebody may do something."""

    user = text(required=True, says="By id or userName.")
    permission = text(required=True)
    unit = text(allow_none=True, says="The business unit in which the user works, by id or key.")
    item = one(ItemRef, allow_none=True)
    subject = anything(says="Facts of the user that the catalogue lets platforms say.")
    action = anything(says="Facts of the action.")
    context = anything(says="Facts of the moment.")


class WhyQuestion(Question):
    """Whether somebody may do something, and why."""

    at = moment(says=_AS_OF)
    language = _LANGUAGE


class Decision(Shape):
    """The answer."""

    decision = flag()
    context = anything(says="The reason as code and words, obligations; for `decisions:explain` what decided.")


class Explanation(Shape):
    """The answer with the tree of its reasons, or of what is missing."""

    decision = flag()
    code = text()
    message = fields.String()
    user = anything()
    permission = text()
    business_unit = fields.String(allow_none=True)
    item = fields.String(allow_none=True)
    at = fields.String(allow_none=True)
    because = many(AnyObject())
    missing = many(AnyObject())
    policy_revision = number(allow_none=True, says="null for a moment in the past.")
    notes = many(fields.String(), says="What of a past moment is not known.")
    text = fields.String(metadata={"description": "All of it for people."})


class WhoQuery(Paged):
    """What is to be done, and where."""

    permission = text(required=True, says="The key of a permission.")
    unit = text(says="A business unit, by id or key.")
    item_type = text(says="With `item_id`: what it is to be done to.")
    item_id = text(most=_MOST_ITEM, says="With `item_type`: its id.")
    language = _LANGUAGE


class HolderQuery(Paged):
    """A page of people."""

    language = _LANGUAGE


class Counted(Shape):
    """People, and why they are here."""

    results = many(AnyObject(), says="`id`, `user_name`, and `because`, the tree of reasons.")
    next = fields.String(allow_none=True, metadata={"description": "Send it as `after` for the next page."})
    total = number(allow_none=True, says="null where there are too many to count.")


class WhatQuery(Shape):
    """Whose privileges, and where."""

    user = text(required=True, says="By id or userName.")
    unit = text(says="A business unit, by id or key.")
    at = Moment(metadata={"description": _AS_OF})
    language = _LANGUAGE


class Privileges(Shape):
    """What somebody can do, in plain words."""

    user = anything()
    business_unit = fields.String(allow_none=True)
    counts = anything()
    areas = many(AnyObject())
    text = fields.String(metadata={"description": "All of it for people."})


_QUESTION = {"user": "ana@acme.example", "permission": "campaigns.email.launch", "unit": "emea"}


@decisions_face.operation(
    "POST",
    "/decisions/check",
    scope=EVALUATE,
    body=Question,
    answer=Decision,
    example=_QUESTION,
    reads=True,
    readers=themselves,
)
def check(call: Call, body: dict[str, Any]) -> Shown:
    """Ask whether somebody may do something.

    A no is an answer, too: 200 with `"decision": false`. What is unknown is a no with its code.
    """
    explained = EXPLAIN in call.caller.scopes
    return Shown(checks.check(*call.here, body["user"], _asked(body), explained=explained))


@decisions_face.operation(
    "POST",
    "/explain",
    scope=EXPLAIN,
    body=WhyQuestion,
    answer=Explanation,
    example=_QUESTION,
    reads=True,
    refusals=_USUAL,
    readers=themselves,
)
def explain_decision(call: Call, body: dict[str, Any]) -> Shown:
    """Ask why.

    The whole chain: groups, rules, roles, units, items; for a no the nearest missing step.
    """
    told = explain.explain(*call.here, body["user"], _asked(body))
    language = body["language"]
    return Shown(told.value(language) | {"text": told.text(language)})


@decisions_face.operation("GET", "/who-can", scope=SEARCH, query=WhoQuery, answer=Counted, refusals=_USUAL)
def who_can(call: Call, query: dict[str, Any]) -> Shown:
    """Ask who may do something.

    In a business unit, with an item, or wherever they usually work.
    """
    reading = Reading(call, query)
    item = (query["item_type"], query["item_id"]) if "item_type" in query and "item_id" in query else None
    found = reverse.who_can(*call.here, query["permission"], unit=query.get("unit"), item=item, **_page(reading))
    return _people(reading, found)


@decisions_face.operation(
    "GET", "/roles/<role>/holders", scope=SEARCH, query=HolderQuery, answer=Counted, refusals=_USUAL
)
def who_has(call: Call, query: dict[str, Any], role: str) -> Shown:
    """Ask who has a role, and why.

    By themselves, by a group, by where they work: each with its chain of reasons.
    """
    reading = Reading(call, query)
    return _people(reading, reverse.who_has(*call.here, role, **_page(reading)))


@decisions_face.operation(
    "GET", "/what-can", scope=SEARCH, query=WhatQuery, answer=Privileges, refusals=_USUAL, readers=themselves
)
def what_can(call: Call, query: dict[str, Any]) -> Shown:
    """Ask what somebody may do, in plain words.

    Everything that is allowed, by area, with the conditions under which it is.
    """
    found = reverse.what_can(*call.here, query["user"], unit=query.get("unit"), at=query.get("at"))
    language = query["language"]
    return Shown(found.value(language) | {"text": found.text(language)})


def _asked(body: dict[str, Any]) -> Asked:
    item = body.get("item")
    return Asked(
        body["permission"],
        body.get("unit"),
        (item["type"], item["id"]) if item else None,
        body.get("subject", {}),
        item.get("properties", {}) if item else {},
        body.get("action", {}),
        body.get("context", {}),
        body.get("at"),
    )


def _page(reading: Reading) -> dict[str, Any]:
    return {"after": reading.after or "", "limit": min(reading.query["limit"], 100)}


def _people(reading: Reading, found: reverse.People) -> Shown:
    value = found.value(reading.query["language"])
    return Shown(reading.shown(value["people"], found.next).value | {"total": found.total})
