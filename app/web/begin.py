"""/begin: an installation without any account, and whoever has the operator's link to it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, request

import rbac.profiles
from app import unit_of_work
from app.services import first_run
from app.services.errors import Conflict, NotFound, Refused
from app.session import Session
from app.web import pages
from app.web.face import Face
from app.web.local_visitors import bound, doorway, paced

begin_face = Face("begin")
begin_face.blueprint.before_request(paced)
_FIELDS = "account", "profile", "name", "user_name"


@begin_face.page("GET", "/begin", needs="public")
def show_begin() -> Response:
    """Ask for the first account and its owner."""
    given = request.args.get("link", "")
    if not first_run.is_good(_session(), doorway().keys, given):
        return pages.refusal(about="begin")
    return _form(given, {})


@begin_face.page("POST", "/begin", needs="public")
def begin() -> Response:
    """Make them, and lead the owner to the local door."""
    form = request.form
    values = {name: form.get(name, "").strip() for name in _FIELDS}
    try:
        begun = first_run.begin(_session(), doorway().post, form.get("link", ""), **values)
    except Refused as error:
        # What does not say where it was wrong is what a user name may not be.
        return _form(form.get("link", ""), values, {str(one.at[0]) for one in error.wrong} or {"user_name"})
    except NotFound:
        return _form(form.get("link", ""), values, {"profile"})
    except Conflict:
        return pages.refusal(about="begin")
    return pages.redirect(f"{begun.open_door}&{urlencode({'return_to': pages.at('/console/start')})}")


def _form(link: str, values: dict[str, str], wrong: set[str] | frozenset[str] = frozenset()) -> Response:
    profiles = [rbac.profiles.load_profile(name) for name in rbac.profiles.shipped()]
    page = pages.render(
        "begin.html",
        status=422 if wrong else 200,
        link=link,
        values={"profile": rbac.profiles.DEFAULT} | values,
        wrong=wrong,
        profiles=[one for one in profiles if one.name in OFFERED],
    )
    return bound(page)


OFFERED = ("email-marketing", "crm")
"""The profiles of no platform in particular; the others are loaded by whoever runs that platform."""


def _session() -> Session:
    return unit_of_work.of(request.environ).session
