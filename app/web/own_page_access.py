"""/me/access and /me/data: in plain words, what somebody may do and why; and what is known of them."""

from __future__ import annotations

from typing import cast

from flask import Response, request

from app import unit_of_work
from app.services import explain, reverse, users
from app.services.errors import ServiceError
from app.services.explain import Asked
from app.web import pages, who
from app.web.face import Face
from app.web.language import language
from app.web.told_attributes import told
from rbac.explain import Language

own_page_access_face = Face("own_page_access")
_MOST = 200


@own_page_access_face.page("GET", "/me/access", needs="session")
def show_own_access() -> Response:
    """Everything that they can do where they usually work, with descriptions; for one thing why, or why not."""
    person, session = who.person(), unit_of_work.of(request.environ).session
    unit = request.args.get("unit", "").strip()[:_MOST] or None
    permission = request.args.get("permission", "").strip()[:_MOST]
    words, here = cast(Language, language()), (session, person.account_id, person.user_id)
    try:
        why = explain.explain(*here, Asked(permission, unit)).value(words) if permission else None
        privileges = None if why else reverse.what_can(*here, unit=unit).value(words)
    except ServiceError:
        return pages.redirect(pages.at("/me/access"))
    return pages.render("me_access.html", person=person, why=why, privileges=privileges, unit=unit or "")


@own_page_access_face.page("GET", "/me/data", needs="session")
def show_own_data() -> Response:
    """What is known of them, and who says so."""
    person, session = who.person(), unit_of_work.of(request.environ).session
    found = users.get_user(session, person.account_id, person.user_id)
    return pages.render("me_data.html", person=person, found=found, attributes=list(told(found.attributes)))
