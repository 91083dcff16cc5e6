"""Requests are read strictly: what nobody asked for is refused, and each refusal says where in the request it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

import marshmallow
from flask import Request, request
from marshmallow import ValidationError
from webargs.flaskparser import FlaskParser

from app.problems import Place, Problem
from scim.errors import InvalidSyntax, TooLarge
from scim.json_body import read_object

_JSON = ("application/json", "application/merge-patch+json")
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class Parser(FlaskParser):
    """Reads the parameters and the body of a request; what does not fit its schema is a Problem."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"query": marshmallow.RAISE, "json": None}  # noqa: RUF012  as its base has it
    DEFAULT_VALIDATION_STATUS = 400

    def load_querystring(self, req: Request, schema: marshmallow.Schema) -> dict[str, str]:
        """Each parameter once, and without NUL, which no database takes."""
        given = {}
        for name, values in req.args.lists():
            if len(values) > 1:
                raise ValidationError({name: ["is given more than once"]})
            if "\0" in values[0]:
                raise ValidationError({name: ["contains a NUL character"]})
            given[name] = values[0]
        return given

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:
        """The JSON object in the body."""
        return json_body(req)

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: marshmallow.Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        """Every place that is wrong."""
        [(location, messages)] = error.normalized_messages().items()  # type: ignore[no-untyped-call]  # marshmallow has no types here
        places = [
            Place("parameter", name, said) if location == "query" else Place("pointer", name, said)
            for name, said in _places(messages, is_pointer=location != "query")
        ]
        raise invalid(places) from error


def json_body(asked: Request) -> dict[str, Any]:
    """The JSON object in the body of a request. Raises Problem."""
    if asked.mimetype not in _JSON:
        raise Problem("unsupported-media-type", "Content-Type: must be application/json")
    # Kept, since the answer may be begun anew.
    content, most = asked.get_data(), asked.max_content_length
    # A body without an announced length is cut off at the limit, not refused.
    if asked.content_length is None and most is not None and len(content) >= most:
        raise Problem("too-large", f"the body has {most} bytes or more; send less at once")
    try:
        return read_object(content)
    except TooLarge as error:
        raise Problem("too-large", error.detail) from error
    except InvalidSyntax as error:
        raise invalid([Place("pointer", "", error.detail)]) from error


def invalid(places: list[Place]) -> Problem:
    """A request with something wrong at these places."""
    first = places[0]
    named = f"{first.at}: " if first.at else ""
    more = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
    return Problem("invalid", f"{named}{first.detail}{more}", places)


def pointer_to(at: Iterable[str | int]) -> str:
    """Names and numbers from the outside in, as a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in at)


def invalid_parameter(name: str, detail: str) -> Problem:
    """A parameter with a value that makes no sense."""
    return invalid([Place("parameter", name, detail)])


def idempotency_key() -> str | None:
    """The request's ``Idempotency-Key``. Raises Problem for one that cannot be kept."""
    given = request.headers.get("Idempotency-Key")
    if given is not None and not _IDEMPOTENCY_KEY.fullmatch(given):
        raise invalid([Place("header", "Idempotency-Key", "must have 1 to 200 visible ASCII characters")])
    return given


def _places(messages: Any, *, is_pointer: bool, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            if name == "_schema":
                step = at
            elif is_pointer:
                step = at + pointer_to([name])
            else:
                step = str(name)
            yield from _places(inner, is_pointer=is_pointer, at=step)
    elif isinstance(messages, list | tuple):
        for said in messages:
            yield from _places(said, is_pointer=is_pointer, at=at)
    else:
        yield at, _sentence(str(messages))


def _sentence(said: str) -> str:
    """marshmallow's words in the manner of ours: they go on after the name of the place."""
    text = said.rstrip(".")
    return text[:1].lower() + text[1:]
