"""One operation of the API: who may, what it takes, what it answers. It cannot be reached without saying all three.

A view gets a ``Call`` and what was parsed, and returns a ``Shown``. All else is the same for every operation and
happens here: the key and its scope, versions (RFC 9110 §13), idempotency keys, one transaction, the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from inspect import signature
from typing import Any, Literal

import orjson
from flask import Response, current_app, request
from flask_smorest import Blueprint
from marshmallow import Schema

from app import retry, unit_of_work
from app.api import idempotency
from app.api.describing import describe, path_parameters
from app.api.parsing import Parser
from app.api.readers import Asked, Readers
from app.api.refusals import HANDLERS
from app.api.versions import check_unchanged, etag_of, is_named
from app.auth import Caller, Doors
from app.outbound import Outbound
from app.problems import API_PATH, Problem
from app.sealing import Keys
from app.services import guards

INSTALLATION = "installation"
"""In place of a scope: only a key of the installation may."""
MOST_BODY = 1024 * 1024

View = Callable[..., "Shown"]


@dataclass(frozen=True, slots=True)
class Tools:
    """What every operation needs of the application."""

    doors: Doors
    keys: Keys
    base_url: str
    calls: Outbound

    @property
    def key(self) -> bytes:
        """What seals cursors."""
        return self.keys.current


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated call."""

    caller: Caller
    tools: Tools

    @property
    def here(self) -> tuple[Any, str]:
        """The session and the account: what every service begins with."""
        return self.caller.session, self.caller.account_id

    def need(self, scope: str, why: str) -> None:
        """Raises Problem unless the key has another scope, too."""
        if scope not in self.caller.scopes:
            raise Problem("insufficient-scope", f"{why}: this API key lacks the scope {scope}", scope=scope)


@dataclass(frozen=True, slots=True)
class Shown:
    """What an operation answers: a value that its shape can show, and where a new thing is to be found.

    ``once`` is shown with it in this answer only, and no part of its version.
    """

    value: Any = None
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    once: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """What is declared of an operation."""

    method: str
    scope: str
    status: int
    answer: Schema | None
    creates: bool = False
    current: View | None = None
    reads: bool = False
    most_body: int = MOST_BODY
    refusals: Sequence[str] = ()
    readers: Readers | None = None
    step_up: str | None = None

    @property
    def shows_version(self) -> bool:
        """Whether the answer is what is found at the address, so that its version can be named later."""
        if self.answer is None or self.method == "GET":
            return self.answer is not None
        is_current = self.current is not None and type(_SHOWN_BY[self.current]) is type(self.answer)
        return self.status == HTTPStatus.CREATED or is_current


class Face:
    """The operations on one kind of resource, as a blueprint. ``description`` is for the page about the API."""

    def __init__(self, name: str, description: str) -> None:
        self.blueprint: Any = Blueprint(name, __name__, description=description)
        for error, handler in HANDLERS:
            self.blueprint.register_error_handler(error, handler)
        self.blueprint.ARGUMENTS_PARSER = Parser()
        self.blueprint._prepare_doc_cbks.append(describe)

    def operation(
        self,
        method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"],
        path: str,
        *,
        scope: str,
        answer: type[Schema] | None = None,
        status: int | None = None,
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        example: Any = None,
        shows: Any = None,
        creates: bool = False,
        current: View | None = None,
        reads: bool = False,
        most_body: int = MOST_BODY,
        refusals: Sequence[str] = (),
        readers: Readers | None = None,
        step_up: str | None = None,
    ) -> Callable[[View], View]:
        """Declare a view to be an operation.

        ``example`` is one of the body, ``shows`` one of the answer. ``creates``: an ``Idempotency-Key`` is honoured.
        ``current`` is the view that shows what this one changes: ``If-Match`` is held against that. ``reads``: a POST
        that begins without a transaction, since it changes nothing, or only what it found out by reading.
        ``refusals`` are the kinds of problem to expect beside the usual ones. ``readers`` are the
        persons without any right of administration who may read this; without it none of them. ``step_up`` says in
        which case a page that does this for a person first asks them to prove anew who they are (N-7).
        """
        status = status or (204 if answer is None else 200)
        shape = answer() if answer else None
        reads = reads or method == "GET"
        declared = Operation(
            method, scope, status, shape, creates, current, reads, most_body, refusals, readers, step_up
        )

        def declare(view: View) -> View:
            if shape is not None:
                _SHOWN_BY[view] = shape
            inner: Any = _answering(declared, view)
            for schema, location, shown in ((body, "json", example), (query, "query", None)):
                if schema is not None:
                    given = {"example": shown} if shown is not None else {}
                    inner = self.blueprint.arguments(schema(), location=location, **given)(inner)
            outer: Any = _authorized(declared, inner)
            outer = self.blueprint.response(status, shape, example=shows)(outer)
            outer._apidoc["operation"] = {"id": view.__name__, "declared": declared}
            self.blueprint.route(path, methods=[method], parameters=path_parameters(path))(outer)
            return view

        return declare


_SHOWN_BY: dict[View, Schema] = {}
"""What each view shows, for those that change it."""


def tools() -> Tools:
    """What the application was composed of."""
    found: Tools = current_app.extensions["administration"]
    return found


def _authorized(declared: Operation, inner: Callable[..., Response]) -> Callable[..., Response]:
    @wraps(inner)
    def run(**path: str) -> Response:
        request.max_content_length = min(declared.most_body, current_app.config["MAX_CONTENT_LENGTH"])
        if declared.reads:
            unit_of_work.of(request.environ).only_reads()

        def answer() -> Response:
            at_hand = tools()
            if declared.scope == INSTALLATION:
                caller = at_hand.doors.open_installation()
            else:
                caller = at_hand.doors.open_account(declared.scope)
            if any("\0" in value for value in path.values()):
                raise Problem("not-found", "there is nothing with a NUL character in its name")
            call = Call(caller, at_hand)
            if declared.readers is None:
                _check_reader(declared, call, ())
            return inner(call, **path)

        return retry.attempt(request.environ, answer)

    return run


def _answering(declared: Operation, view: View) -> Callable[..., Response]:
    @wraps(view)
    def run(call: Call, *parsed: Any, **path: str) -> Response:
        if declared.readers is not None:
            _check_reader(declared, call, (path, *parsed))

        def work() -> Response:
            if declared.current is not None and request.headers.get("If-Match") is not None:
                _check_version(call, declared.current, path)
            return _render(declared, view(call, *parsed, **path))

        return idempotency.once(call.caller, work) if declared.creates else work()

    return run


def _check_reader(declared: Operation, call: Call, asked: Sequence[Asked]) -> None:
    if not declared.reads or call.caller.actor.kind != "person":
        return
    acting, _ = guards.acting_in(*call.here)
    if guards.administers(acting) or (declared.readers is not None and declared.readers(acting, asked)):
        return
    raise Problem(
        "forbidden",
        f"{call.caller.actor.name} has no right of administration, so may read only what is about themselves; "
        "an Account Owner may, and whoever manages users, units or roles somewhere",
    )


def _check_version(call: Call, current: View, path: Mapping[str, str]) -> None:
    named = {name: path[name] for name in signature(current).parameters if name in path}

    def read() -> bytes:
        return orjson.dumps(_SHOWN_BY[current].dump(current(call, **named).value))

    check_unchanged(call.caller, read)


def _render(declared: Operation, shown: Shown) -> Response:
    headers = dict(shown.headers)
    if shown.location is not None:
        headers["Location"] = f"{tools().base_url}{API_PATH}{shown.location}"
    if declared.answer is None:
        return Response(status=declared.status, headers=headers)
    content = orjson.dumps(declared.answer.dump(shown.value))
    if declared.shows_version:
        headers["ETag"] = etag_of(content)
    if shown.once:
        content = orjson.dumps(orjson.loads(content) | shown.once)
    known = request.headers.get("If-None-Match")
    if declared.method == "GET" and known is not None and is_named(known, headers["ETag"]):
        return Response(status=304, headers=headers)
    return Response(content, shown.status or declared.status, headers, content_type="application/json")
