"""/console/requests: what people asked on their own pages; answered by an Account Owner."""

from __future__ import annotations

from flask import Response

from app.services import access_requests
from app.services.access_requests import RequestFacts
from app.web.console import forms, shell
from app.web.console.forms import Form

requests_face = shell.console_face("console_requests")
PATH = "/console/requests"


@requests_face.page("GET", PATH, needs="owner")
def show_requests() -> Response:
    """Those that wait, the oldest first."""
    return shell.show("requests.html", "people", requests=access_requests.open_requests(*shell.here()))


@requests_face.page("GET", f"{PATH}/<request_id>", needs="owner")
def show_request(request_id: str) -> Response:
    """One request, with the ways to do what it asks for."""
    return _page(access_requests.get(*shell.here(), request_id), Form())


@requests_face.page("POST", f"{PATH}/<request_id>", needs="owner")
def answer_request(request_id: str) -> Response:
    """Answer it."""
    values = forms.sent()
    try:
        access_requests.answer(*shell.here(), request_id, values.get("state", ""), values.get("text", ""))
    except shell.REFUSALS as error:
        return _page(access_requests.get(*shell.here(), request_id), forms.refused(values, error))
    return shell.go(PATH, "request_answered")


def _page(found: RequestFacts, form: Form) -> Response:
    return shell.show("request.html", "people", status=form.status, found=found, form=form)
