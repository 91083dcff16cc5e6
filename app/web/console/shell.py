"""What every page of the console is made with."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from markupsafe import Markup

from app import unit_of_work
from app.services.errors import Conflict, Forbidden, NotFound, ServiceError
from app.session import Session
from app.web import cookies, pages, who
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
_WITH_STEPS = ("first_steps.html", "overview.html")
"""Pages that say themselves how far the first steps are."""
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
        leads_back=template not in _WITH_STEPS and cookies.takes_first_steps() and who.person().owns,
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


def words_of(error: Exception) -> str:
    """What a refusal says; where a page has refused in the reader's language, that is what it says."""
    said = error.args[0] if error.args else None
    return said if isinstance(said, Markup) else str(error)


def refused(error: Exception) -> Response:
    """A page that says why something was refused, and leads back."""
    status = status_of(error)
    about = {404: "missing", 403: "forbidden", 409: "conflict"}.get(status, "invalid")
    return show("refused.html", "", status=status, about=about, detail=words_of(error))


def _done() -> str | None:
    """What was just done, by the text that says so; whoever makes up another address gets none."""
    key = f"done.{request.args.get('done', '')}"
    return key if key in TEXTS else None
