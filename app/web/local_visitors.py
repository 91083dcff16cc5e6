"""Who stands at the local door, as this request tells, and how they go on from there."""

from __future__ import annotations

import time

from flask import Response, current_app, g, request

from app.gate import REST
from app.observe import id_of
from app.services.door_steps import Doorway, Entered, NotOpened, Visitor
from app.web import cookies, pages, visitors
from app.web.pace import Pace
from app.web.returning import local_address


def doorway() -> Doorway:
    """That of this application."""
    found: Doorway = current_app.extensions["doorway"]
    return found


def browser() -> str:
    """What binds a sign-in to this browser: the secret of its cookie, a new one if it has none."""
    secret = cookies.flow_secret() or g.get("door_browser")
    if secret is None:
        secret = g.door_browser = cookies.new_secret()
    return secret


def visitor() -> Visitor:
    """Who stands there."""
    return Visitor(
        browser=browser(),
        session=cookies.session_secret(),
        address=visitors.address(),
        near=visitors.neighbourhood(),
        agent=visitors.agent(),
        reference=id_of(request.environ),
        device=cookies.door_mark(),
        rest=request.environ.get(REST, time.sleep),
    )


def bound(response: Response) -> Response:
    """A page of a sign-in, which only this browser can go on with."""
    cookies.keep_flow(response, browser())
    return response


def let_in(response: Response, begun: Entered) -> Response:
    """Give the browser its session, and a mark by which it is known at the door next time.

    It stays known as who began: another tab of it may have a sign-in under way, here or by a connection.
    """
    cookies.keep_session(response, begun.secret)
    cookies.keep_door_mark(response, begun.device)
    return response


def there(return_to: str | None) -> str:
    """Where somebody goes on who is in."""
    return local_address(return_to) or pages.at("/me")


def paced() -> Response | None:
    """The page for who sends more than anybody who signs in does, before any of it is looked at."""
    if request.method != "POST":
        return None
    pace: Pace = current_app.extensions["door_pace"]
    seconds = pace.wait(visitors.neighbourhood())
    return pages.too_fast(seconds) if seconds else None


def shut_out(error: NotOpened) -> Response | None:
    """The page for an address that has to wait; None if the form itself says that it was not right."""
    return None if error.wait is None else pages.too_fast(int(error.wait.total_seconds()) + 1)
