"""Who is to be a member of a group: found by the names that people type, one or many at once."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.services import users
from app.services.errors import NotFound
from app.session import Session
from app.stores import member_names, nesting
from app.stores.listings import Wanted, page
from app.stores.member_names import Kind
from app.stores.people import GROUP_LIST

_PEOPLE, _GROUPS = 30, 10
"""So many are offered for a few letters; whoever means another one types on."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody, or a group, who could be a member; ``more`` tells them from others of the same name.

    ``is_member``: they are one already.
    """

    kind: Kind
    id: str
    name: str
    more: str
    is_member: bool = False


def ids_of(session: Session, account_id: str, kind: Kind, references: Sequence[str]) -> list[str]:
    """The ids of users or groups, by id or name, in their order. Raises NotFound for what means nobody, or several."""
    found = member_names.named(session, account_id, kind, references)
    for one, those in found.items():
        if len(those) != 1:
            why = f"there is no {kind}" if not those else f"there is more than one {kind}"
            raise NotFound(f"{why} {one[:100]!r} in this account; use a {kind}'s id", kind, one)
    return [id for one in references for id in found[one]]


def unknown(session: Session, account_id: str, references: Collection[str]) -> list[str]:
    """Those of some words that mean no single user."""
    found = member_names.named(session, account_id, "user", references)
    return [one for one in references if len(found[one]) != 1]


def find(session: Session, account_id: str, group_id: str, words: str) -> list[Candidate]:
    """Whom these first letters of a name may mean: people, then groups. Raises InvalidFilter, TooMany."""
    text = json.dumps(words, ensure_ascii=False)
    people = users.list_users(session, account_id, Wanted(_PEOPLE, f"name sw {text}", "name")).results
    groups = page(session, GROUP_LIST, account_id, Wanted(_GROUPS, f"display_name sw {text}", "display_name")).rows
    there = member_names.members_among(session, account_id, group_id, [row.id for row in (*people, *groups)])
    return [
        *(Candidate("user", row.id, row.name, f"{row.user_name} · {row.directory}", row.id in there) for row in people),
        *(
            Candidate("group", row.id, row.display_name, row.directory, row.id in there)
            for row in groups
            if row.id != group_id
        ),
    ]


def chosen(session: Session, account_id: str, ids: Collection[str]) -> list[Candidate]:
    """Users and groups of these ids, by their names; without those that are not there."""
    return [
        Candidate(kind, id, name, "")
        for kind in ("user", "group")
        for those in member_names.named(session, account_id, kind, ids).values()
        for id, name in those.items()
    ]


def people_among(session: Session, account_id: str, people: Collection[str], groups: Collection[str]) -> set[str]:
    """The ids of these users, and of everybody in these groups, directly or through nesting."""
    return {*people, *nesting.users_below(session, account_id, groups)}
