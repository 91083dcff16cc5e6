"""How many users and groups a directory has, kept with it, so that a list need not be counted.

The numbers are moved at the very end of a transaction, since every writer of a directory moves them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import bindparam, update

from app.models import Directory
from app.models.base import Id, table
from app.prepared import Prepared
from app.session import Session

_DIRECTORIES = table(Directory)
_MOVE = Prepared(
    update(_DIRECTORIES)
    .where(
        _DIRECTORIES.c.account_id == bindparam("b_account", type_=Id()),
        _DIRECTORIES.c.id == bindparam("b_directory", type_=Id()),
    )
    .values(
        user_count=_DIRECTORIES.c.user_count + bindparam("b_users"),
        group_count=_DIRECTORIES.c.group_count + bindparam("b_groups"),
        removals=_DIRECTORIES.c.removals + bindparam("b_removals"),
    )
)


def note(session: Session, account_id: str, directory_id: str, kind: str, by: int) -> None:
    """So many resources of this kind have come, or gone if ``by`` is negative."""
    session.note(_write, (account_id, directory_id, kind, by))


def _write(_: Session, noted: list[tuple[str, str, str, int]]) -> Iterator[tuple[Prepared, dict[str, Any]]]:
    tallies: defaultdict[tuple[str, str], dict[str, Any]] = defaultdict(
        lambda: {"b_users": 0, "b_groups": 0, "b_removals": 0}
    )
    for account_id, directory_id, kind, by in noted:
        tally = tallies[account_id, directory_id]
        tally["b_users" if kind == "User" else "b_groups"] += by
        tally["b_removals"] += max(-by, 0)
    for (account_id, directory_id), tally in sorted(tallies.items()):
        yield _MOVE, tally | {"b_account": account_id, "b_directory": directory_id}
