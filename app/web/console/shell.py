"""What every page of the console is made with."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from app import unit_of_work
from app.services.errors import Conflict, Forbidden, NotFound, ServiceError
from app.session import Session
from app.web import pages, who
from app.web.console.navigation import sections
from app.web.face import Face
from app.web.texts import TEXTS
from rbac.errors import AccessError
from scim.errors import ScimError

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (Conflict, HTTPStatus.CONFLICT),
)
REFUSALS = (ServiceError, AccessError, ScimError)
"""What services and cores raise when they refuse; a page shows it beside the form, or this module as a page."""


def console_face(name: str) -> Face:
    """A face of the console. What a service refuses and no view caught is a page that says why."""
    face = Face(name)
    for kind in REFUSALS:
        face.blueprint.register_error_handler(kind, refused)
    return face


def show(template: str, area: str, *, status: int = 200, **values: Any) -> Response:
    """A page in the frame of the console; ``area`` is the entry of the navigation that it belongs to."""
    return pages.render(
        f"console/{template}",
        status=status,
        scripts=True,
        area=area,
        navigation=sections(area),
        done=_done(),
        **values,
    )


def go(path: str, done: str | None = None, **query: str) -> Response:
    """Go on at a page of ours after something was done; ``done`` is the key of the text that says so there."""
    asked = query | ({"done": done} if done else {})
    return pages.redirect(pages.at(path) + (f"?{urlencode(asked)}" if asked else ""))


def here() -> tuple[Session, str]:
    """The session and the account: what every service begins with."""
    return session(), who.person().account_id


def session() -> Session:
    """That of this request; what it changes, whoever is signed in does."""
    return unit_of_work.of(request.environ).session


def status_of(error: Exception) -> int:
    """What a page answers that shows this refusal."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.UNPROCESSABLE_ENTITY)


def refused(error: Exception) -> Response:
    """A page that says why something was refused, and leads back."""
    status = status_of(error)
    about = {404: "missing", 403: "forbidden", 409: "conflict"}.get(status, "invalid")
    return show("refused.html", "", status=status, about=about, detail=str(error))


def _done() -> str | None:
    """What was just done, by the text that says so; whoever makes up another address gets none."""
    key = f"done.{request.args.get('done', '')}"
    return key if key in TEXTS else None
