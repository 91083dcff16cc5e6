"""The first statement of a request, sent together with the one that checks its token.

Between a look at the token and a look at the resource lies a whole round trip to the database. So what is asked by
a token's directory can also be asked by the token itself: such a statement finds its account and its directory by
the token's prefix and hash, and therefore nothing for a token that was never issued. Whoever sends it throws the
rows away unless the token is valid.

What is read to be changed is locked by the same statement, so this one finds nothing for a revoked token or a
suspended account either. Nor does it for an account that has declared extensions, since their declaration is locked
before any resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.sql.visitors import replacement_traverse

from app.models import Account, DirectoryToken
from app.models.base import table
from app.prepared import Prepared, Rows, Values
from app.stores.anchors import FIRST
from app.stores.filter_sql import is_id
from app.stores.statements import ACCOUNT, DIRECTORY, FIND, FIND_AND_LOCK, LIST, LOOK_UP
from scim.filter_tree import Compare
from scim.store import Expected, Query

_TOKENS, _ACCOUNTS = table(DirectoryToken), table(Account)
_SHOWN = (_TOKENS.c.prefix == bindparam("b_prefix"), _TOKENS.c.secret_hash == bindparam("b_hash"))
_OF_TOKEN = {
    parameter.key: select(column).where(*_SHOWN).scalar_subquery()
    for parameter, column in ((ACCOUNT, _TOKENS.c.account_id), (DIRECTORY, _TOKENS.c.directory_id))
}
_MAY_LOCK = (_TOKENS.c.revoked.is_(None), ~_ACCOUNTS.c.suspended, _ACCOUNTS.c.schema_revision == 0)
_OF_CURRENT_TOKEN = _OF_TOKEN | {
    ACCOUNT.key: select(_TOKENS.c.account_id)
    .join(_ACCOUNTS, _ACCOUNTS.c.id == _TOKENS.c.account_id)
    .where(*_SHOWN, *_MAY_LOCK)
    .scalar_subquery()
}


class Asked(NamedTuple):
    """A statement of a directory and its values, without those that say which directory."""

    statement: Prepared
    values: Values


class Foreseen(NamedTuple):
    """What a directory will be asked first, and the rows that answer it."""

    asked: Asked
    rows: Rows

    def answers(self, statement: Any, values: Values | None, here: Values) -> bool:
        """Whether this is what is asked of the directory ``here``."""
        return statement is self.asked.statement and values == {**here, **self.asked.values}


def of_one(kind: str, id: str, *, related: bool, lock: bool) -> Asked | None:
    """One resource by id; None if nothing has such an id."""
    statements = FIND_AND_LOCK if lock else FIND
    return Asked(statements[kind, related and kind == "User"], {"b_id": id}) if is_id(id) else None


def of_look_up(kind: str, query: Query) -> Asked | None:
    """A look-up by name or external id; None for any other search."""
    asked = query.filter
    if not isinstance(asked, Compare) or asked.op != "eq" or query.sort or query.start != 1 or query.beyond:
        return None
    statement = LOOK_UP.get((kind, asked.path.key, query.related and kind == "User"))
    if statement is None or query.count < 1:
        return None
    return Asked(statement, {"b_key": asked.key, "b_count": query.count})


def of_first_page(kind: str, query: Query) -> Asked | None:
    """The first page of the list of all; None for any other search."""
    if query.filter is not None or query.sort or query.start != 1 or query.count < 1 or query.beyond or query.backwards:
        return None
    statement = LIST[kind, query.related and kind == "User", False]
    return Asked(statement, {"b_after": FIRST, "b_count": query.count, "b_skip": 0})


def by_token(expected: Expected, prefix: str, hashed: str) -> tuple[Asked, Prepared, Values] | None:
    """What is expected to be asked, and how it is asked by a token; None if that cannot be foreseen."""
    kind, wanted = expected.kind, expected.wanted
    if wanted is None:
        return None
    if isinstance(wanted, Query):
        asked = of_look_up(kind, wanted) or of_first_page(kind, wanted)
    else:
        asked = of_one(kind, wanted, related=expected.related, lock=expected.lock)
    if asked is None:
        return None
    return asked, _BY_TOKEN[asked.statement], {**asked.values, "b_prefix": prefix, "b_hash": hashed}


def _of_token(found: Any, here: Mapping[str, Any]) -> Prepared:
    def replace(element: Any, **kw: Any) -> Any:
        return here.get(element.key) if isinstance(element, BindParameter) else None

    return Prepared(replacement_traverse(found.statement, {}, replace))


_FIRST = (statement for (_, _, far), statement in LIST.items() if not far)
_READ = {statement: _of_token(statement, _OF_TOKEN) for statement in (*FIND.values(), *LOOK_UP.values(), *_FIRST)}
_BY_TOKEN = _READ | {statement: _of_token(statement, _OF_CURRENT_TOKEN) for statement in FIND_AND_LOCK.values()}
