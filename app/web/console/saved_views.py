"""/console/views: lists as somebody likes to see them, under names of their own."""

from __future__ import annotations

from flask import Response, request

from app.services import saved_views
from app.services.errors import NotFound
from app.session import Session
from app.web import pages, who
from app.web.console import forms, shell
from app.web.console.forms import Form

saved_views_face = shell.console_face("console_saved_views")
PATH = "/console/views"
_FIELDS = ("list", "way", "asked")


@saved_views_face.page("GET", PATH, needs="administrator")
def show_views() -> Response:
    """What is asked of a list at present, to be named; and the views that there are of it, to be forgotten."""
    return _page(Form({name: request.args.get(name, "") for name in _FIELDS}))


@saved_views_face.page("POST", PATH, needs="administrator")
def keep_view() -> Response:
    """Keep it under a name."""
    values = forms.sent()
    path = _path(values.get("way", ""))
    asked = values.get("asked", "")
    try:
        saved_views.keep(*_mine(), values.get("list", "")[:40], values.get("name", ""), asked)
    except shell.REFUSALS as error:
        return _page(forms.refused(values, error))
    return pages.redirect(pages.at(path) + (f"?{asked}" if asked.isascii() and asked.isprintable() else ""))


@saved_views_face.page("POST", f"{PATH}/<view>/forget", needs="administrator")
def forget_view(view: str) -> Response:
    """Forget one."""
    saved_views.forget(*_mine(), view)
    return shell.go(_path(request.form.get("way", "")), "view_forgotten")


def _page(form: Form) -> Response:
    path = _path(form.value("way"))
    views = saved_views.views_of(*_mine(), form.value("list"))
    return shell.show("views.html", "", status=form.status, form=form, back=path, views=views)


def _mine() -> tuple[Session, str, str]:
    session, account_id = shell.here()
    return session, account_id, who.person().user_id


def _path(path: str) -> str:
    """The path of a list; nobody is led anywhere else. Raises NotFound."""
    if not path.startswith("/console/") or not all(letter.isalnum() or letter in "/-_" for letter in path):
        raise NotFound("there is no such list")
    return path
