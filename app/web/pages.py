"""A page: rendered in the reader's language, with the headers that keep it safe (N-9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, render_template, request

from app.observe import id_of
from app.web import cookies, csrf, held, static, ways, who
from app.web.language import LANGUAGES, language, say
from app.web.messages import worded
from app.web.moments import day_of, moment_of
from app.web.texts import TEXTS
from app.web.tools import tools


def render(
    template: str, *, status: int = 200, scripts: bool = False, form_to: Sequence[str] = (), **values: Any
) -> Response:
    """A page made of a template.

    ``scripts``: it loads scripts of ours. ``form_to`` names origins that its forms may be sent to beside us.
    """
    values |= {
        "say": say,
        "worded": worded,
        "at": at,
        "asset": static.address,
        "language": language(),
        "languages": LANGUAGES,
        "form_field": csrf.FIELD,
        "form_token": csrf.token,
        "signed_in": who.known(),
        "day": day_of,
        "moment": moment_of,
        "here": ways.here(),
        "held": held,
    }
    response = Response(render_template(template, **values), status, content_type="text/html; charset=utf-8")
    csrf.bind(response)
    response.headers["Content-Security-Policy"] = policy(scripts=scripts, form_to=form_to)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language()
    response.headers["Vary"] = "Accept-Language, Cookie"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    return response


def refusal(
    reference: str | None = None, *, about: str = "signin", status: int = 403, again: str | None = None
) -> Response:
    """What somebody sees who was not let in: that, what they can do, and a reference; never why (A-6).

    ``about`` chooses the words: those of ``refusal.<about>.title``, ``.text`` and ``.next``. ``again`` is where they
    begin anew; whoever is signed in goes on to their own page instead.
    """
    begin = None if who.known() else at("/signin")
    return _refused(status, about, reference or id_of(request.environ), again=again or begin)


def error(status: int) -> Response:
    """A page for what went wrong before any view answered, or in one."""
    about = f"http{status}" if f"refusal.http{status}.title" in TEXTS else "http4xx" if status < 500 else "http500"
    return _refused(status, about, id_of(request.environ))


def too_fast(seconds: int) -> Response:
    """Somebody tries too often: when to try again."""
    response = error(429)
    response.headers["Retry-After"] = str(seconds)
    return response


def leave(there: str, why: str = "text") -> Response:
    """Lead on from a form to an address that may lead to another site, such as an identity provider.

    A redirect would not do: browsers hold the policy on forms against whatever a redirect leads to, too. ``why``
    chooses the words: those of ``leave.<why>``.
    """
    return render("leave.html", there=there, why=why)


def redirect(there: str) -> Response:
    """Go on with GET at an address of ours that leads nowhere else."""
    return Response(status=303, headers={"Location": there})


def at(path: str) -> str:
    """Where a path of ours is for the browser."""
    return tools().root + path


def policy(*, scripts: bool = False, form_to: Sequence[str] = ()) -> str:
    """The content security policy of a page: nothing that is not ours, and nothing inline."""
    loads = ["style-src 'self'", "img-src 'self' data:", *(["script-src 'self'", "connect-src 'self'"] * scripts)]
    keeps = ["base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'"]
    return "; ".join(["default-src 'none'", *loads, " ".join(["form-action 'self'", *form_to]), *keeps])


def _refused(status: int, about: str, reference: str, *, again: str | None = None) -> Response:
    # Many errors come before anybody asked who is signed in, or because the database cannot say: the cookie has to do.
    is_known = cookies.session_secret() is not None
    values: dict[str, Any] = {"about": about, "reference": reference, "again": again, "address": tools().base_url}
    return render("refusal.html", status=status, is_known=is_known, **values)
