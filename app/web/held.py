"""A form that was sent too late: what was in it stays while somebody proves anew who they are (N-7).

Nothing is sent a second time by itself. The page of the form is shown with what had been filled in, and they send it.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlencode

from flask import g, request

from app import unit_of_work
from app.services import held_forms
from app.services.person_sessions import SignedIn
from app.web import csrf
from app.web.tools import tools

PARAMETER = "again"


def keep(found: SignedIn, page: str, forgets: Collection[str]) -> str:
    """Keep what was just sent, but for what nobody must be shown again; the address of the page to come back to."""
    dropped = {csrf.FIELD, *forgets}
    fields = [one for one in request.form.items(multi=True) if one[0] not in dropped]
    with unit_of_work.of(request.environ).session.writer() as writer:
        key = held_forms.keep(writer, tools().keys, found, page, fields)
    return f"{tools().root}{page}?{urlencode({PARAMETER: key})}"


def look(found: SignedIn) -> None:
    """Find what had been sent to the form of the page that is asked for."""
    key = request.args.get(PARAMETER)
    if key is not None:
        session = unit_of_work.of(request.environ).session
        g.held = held_forms.read(session, tools().keys, found, request.path, key)


def is_there() -> bool:
    """Whether this page shows something that was sent, and not done."""
    return g.get("held") is not None


def value(name: str, default: str = "") -> str:
    """What had been filled in, for a field of the page's form."""
    return next((value for one, value in g.get("held") or () if one == name), default)


def values(name: str) -> list[str]:
    """The same for a field that may come several times."""
    return [value for one, value in g.get("held") or () if one == name]


def fields() -> list[tuple[str, str]]:
    """All that had been filled in, for a form whose fields are as many as there are things to say."""
    return list(g.get("held") or ())
