"""A face of pages. None of them can be reached without saying who may (R-1), nor changed from elsewhere (N-8).

Each view answers a declared method at a declared path. What is the same for all of them happens here: the host, the
size of the body, the form's token, the session, one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal

from flask import Blueprint, Response, request

from app import retry, unit_of_work
from app.models.base import now
from app.unit_of_work import READING
from app.web import cookies, csrf, pages, ways, who

Needs = Literal["public", "session", "administrator", "owner"]
View = Callable[..., Response]
MOST_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Requirement:
    """Who may see or do it: everybody, whoever is signed in, whoever administers something, or Account Owners.

    ``step_up``: of these only who proved lately who they are.
    """

    needs: Needs
    step_up: bool = False


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
        reads: bool = False,
        most_body: int = MOST_BODY,
    ) -> Callable[[View], View]:
        """Declare a view to answer a method at a path, for whom it is.

        ``reads``: a POST that changes nothing in the database, and so begins without a transaction.
        """
        requirement = Requirement(needs, step_up)

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
    if requirement.step_up and not found.is_fresh(now(), who.FRESH):
        return pages.render("prove.html", start=ways.to_prove_anew(found, ways.here()))
    return view(**parts)
