"""What all pages about one person have in common: who it is, and where else one can look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response

from app.services import profiles, users
from app.services.foreseen import Foreseen
from app.services.users import PersonFacts
from app.web import pages, who
from app.web.console import acts, shell
from app.web.console.forms import Form
from app.web.language import language, say
from rbac.catalogue import Catalogue

_TABS = (
    ("profile", ""),
    ("access", "/access"),
    ("can", "/can"),
    ("items", "/items"),
    ("signin", "/sign-in"),
)
_OF_OWNERS = (("timeline", "/timeline"),)


def find(id: str) -> PersonFacts:
    """The person of this account that a page is about. Raises NotFound."""
    return users.get_user(*shell.here(), id)


def path_of(person: PersonFacts, rest: str = "") -> str:
    """A path of the person's pages."""
    return f"/console/people/{person.id}{rest}"


def show(person: PersonFacts, tab: str, **values: Any) -> Response:
    """One of the pages about a person."""
    return shell.show(
        f"person_{tab}.html",
        "people",
        person=person,
        name=person.name,
        here_is=tab,
        tabs=_tabs(person),
        is_own=person.id == who.person().user_id,
        **values,
    )


def act(
    person: PersonFacts,
    name: str,
    form: Form,
    foreseen: Foreseen[Any] | None,
    *,
    path: str,
    back: str = "",
    **values: Any,
) -> Response:
    """The page of an act: its form, with its consequences once they were asked for.

    ``path`` and ``back`` are paths of the person's: where the form is sent, and where it came from.
    """
    return shell.show(
        f"act_{name}.html",
        "people",
        status=form.status,
        person=person,
        name=person.name,
        title=say(f"person.act.{name}", name=person.name),
        path=path_of(person, path),
        back=path_of(person, back),
        form=form,
        foreseen=foreseen,
        seen=acts.seen(form.values),
        titles=titles(),
        **values,
    )


def catalogue() -> Catalogue:
    """What can be permitted in this account."""
    return profiles.show(*shell.here())[1]


def titles() -> dict[str, str]:
    """What permissions, sections and tabs are called, by their keys."""
    return {key: getattr(title, language()) for key, title in catalogue().titles.items()}


def _tabs(person: PersonFacts) -> Sequence[tuple[str, str, str]]:
    every = (*_TABS, *(_OF_OWNERS if who.person().owns else ()))
    return [(name, pages.at(path_of(person, rest)), str(say(f"person.tab.{name}"))) for name, rest in every]
