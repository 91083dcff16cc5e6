"""A face of pages. None of them can be reached without saying who may (R-1), nor changed from elsewhere (N-8).

Each view answers a declared method at a declared path. What is the same for all of them happens here: the host, the
size of the body, the form's token, the session, one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal
from urllib.parse import quote

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from app import retry, unit_of_work
from app.models.base import now
from app.services.person_sessions import SignedIn
from app.unit_of_work import READING
from app.web import cookies, csrf, held, pages, ways, who

Needs = Literal["public", "session", "administrator", "owner"]
View = Callable[..., Response]
MOST_BODY = 64 * 1024
NUL = "\0"
"""What no database has in a text; so nothing is called by it, and nothing is said with it."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """Who may see or do it: everybody, whoever is signed in, whoever administers something, or Account Owners.

    ``step_up``: of these only who proved lately who they are (N-7); ``form`` is then the page that shows the form which
    is sent here, and ``forgets`` what of it nobody is shown again.
    """

    needs: Needs
    step_up: bool = False
    form: str = ""
    forgets: Collection[str] = ()


class Face:
    """Pages on one subject, as a blueprint."""

    def __init__(self, name: str) -> None:
        self.blueprint = Blueprint(f"web_{name}", __name__)

    def page(
        self,
        method: Literal["GET", "POST"],
        path: str,
        *,
        needs: Needs,
        step_up: bool = False,
        form: str | None = None,
        forgets: Collection[str] = (),
        reads: bool = False,
        most_body: int = MOST_BODY,
    ) -> Callable[[View], View]:
        """Declare a view to answer a method at a path, for whom it is.

        ``reads``: a POST that changes nothing in the database, and so begins without a transaction.

        ``step_up``: whoever has not proved lately who they are does so first, by the way they came, and comes back: to
        this page, or, after a POST, to the page at ``form`` (this path, if it is not said), where ``held.value`` knows
        what they had filled in, but for the fields of ``forgets``.
        """
        requirement = Requirement(needs, step_up, form or path, forgets)

        def declare(view: View) -> View:
            @wraps(view)
            def run(**parts: str) -> Response:
                request.max_content_length = request.max_form_memory_size = most_body
                if reads:
                    unit_of_work.of(request.environ).only_reads()
                if request.method not in READING:
                    try:
                        csrf.check()
                    except csrf.Forged:
                        return pages.refusal(about="form")
                if any(NUL in part for part in parts.values()):
                    return pages.error(404)
                if _has_nul(request.args) or (request.method not in READING and _has_nul(request.form)):
                    return pages.error(400)
                return retry.attempt(request.environ, lambda: _admitted(requirement, view, parts))

            run.requirement = requirement  # type: ignore[attr-defined]  # a test reads it
            self.blueprint.add_url_rule(path, view.__name__, run, methods=[method], provide_automatic_options=False)
            return view

        return declare


def _admitted(requirement: Requirement, view: View, parts: dict[str, Any]) -> Response:
    if requirement.needs == "public":
        return view(**parts)
    found = who.signed_in()
    if found is None:
        response = pages.redirect(ways.to_signin(ways.here()))
        if cookies.session_secret() is not None:
            cookies.forget_session(response)
        return response
    if requirement.needs == "owner" and not found.owns:
        return pages.refusal(about="owner")
    if requirement.needs == "administrator" and not who.administers():
        return pages.refusal(about="administrator")
    if requirement.step_up and not found.is_fresh(now()):
        back = ways.here() if request.method in READING else _held(requirement, found, parts)
        has_sent = request.method not in READING
        return pages.render("prove.html", start=ways.to_prove_anew(found, back), has_sent=has_sent)
    if requirement.step_up and request.method in READING:
        held.look(found)
    return view(**parts)


def _has_nul(said: MultiDict[str, str]) -> bool:
    return any(NUL in name or NUL in value for name, value in said.items(multi=True))


def _held(requirement: Requirement, found: SignedIn, parts: dict[str, Any]) -> str:
    """Where somebody comes back to who has sent a form: that of the form, with what they had filled in."""
    page = requirement.form
    for name, part in parts.items():
        page = page.replace(f"<{name}>", quote(part))
    return held.keep(found, page, requirement.forgets)
