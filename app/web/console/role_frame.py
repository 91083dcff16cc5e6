"""What all pages about one role have in common: which it is, and where else one can look."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.services import roles
from app.services.roles import RoleDetail, RoleFacts
from app.web import pages, who
from app.web.console import shell
from app.web.language import language, say
from rbac.catalogue import Text

_TABS = (
    ("permissions", ""),
    ("holders", "/holders"),
    ("origin", "/origin"),
    ("uses", "/uses"),
    ("settings", "/settings"),
)
_OF_OWNERS = (("history", "/history"),)


def find(role: str) -> RoleDetail:
    """The role that a page is about. Raises NotFound."""
    return roles.get_role(*shell.here(), role)


def path_of(role: RoleFacts, rest: str = "") -> str:
    """A path of the role's pages."""
    return f"/console/roles/{role.id}{rest}"


def in_words(text: Text) -> str:
    """A text of the catalogue in the reader's language."""
    return text.es if language() == "es" else text.en


def description_of(role: RoleFacts) -> str:
    """What a role is for; of a default role in the reader's language."""
    told = (role.texts or {}).get("description") or {}
    return str(told.get(language()) or role.description)


def is_locked(role: RoleFacts) -> bool:
    """Whether nobody changes it by hand: default roles belong to the profile, others perhaps to a file."""
    return role.is_default or role.is_owner or role.from_code


def show(template: str, detail: RoleDetail, tab: str, *, status: int = 200, **values: Any) -> Response:
    """One of the pages about a role."""
    role = detail.role
    every = (*_TABS, *(_OF_OWNERS if who.person().owns else ()))
    return shell.show(
        template,
        "roles",
        status=status,
        detail=detail,
        role=role,
        description=description_of(role),
        locked=is_locked(role),
        here_is=tab,
        path=pages.at(path_of(role)),
        tabs=[(name, pages.at(path_of(role, rest)), say(f"roles.tab.{name}")) for name, rest in every],
        words=in_words,
        **values,
    )
