"""The resource types of an account: SCIM's own, with the extensions of users that the account has declared.

They are built once for each revision of a declaration and then handed out again, since whatever is compiled from
a type is kept for as long as the type lives. A request learns the revision with its token.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select

from app.models import AccountSchemas
from app.models.base import table
from app.prepared import Prepared
from app.session import Session
from scim.attributes import ResourceType, Schema
from scim.schema_documents import known_extension
from scim.schemas import RESOURCE_TYPES, extended

SCHEMAS = table(AccountSchemas)
_KEPT = 500
"""Accounts whose types a process keeps; the least recently used one goes first."""

_OF_ACCOUNT = SCHEMAS.c.account_id == bindparam("b_account")
_READ = select(SCHEMAS.c.revision, SCHEMAS.c.document).where(_OF_ACCOUNT)
_HOLD = Prepared(select(SCHEMAS.c.revision).where(_OF_ACCOUNT).with_for_update(read=True))
_CHANGED = "muster.schemas.changed"


def types_of(session: Session, account_id: str, revision: int) -> Mapping[str, ResourceType]:
    """The types of an account that was in this revision a moment ago.

    A session that writes gets those of the revision that holds until its end, and waits for whoever changes the
    declaration; for an account that never declared anything there is nothing to wait for.
    """
    if revision == 0:
        return RESOURCE_TYPES
    if session.writes:
        revision = session.execute(_HOLD, {"b_account": account_id}).one().revision
    found = _known.get(account_id, revision)
    if found is not None:
        return found
    row = session.look(_READ, {"b_account": account_id}).one()
    types = extended(extensions_in(row.document))
    if account_id in session.info.get(_CHANGED, ()):
        return types  # what this session declared is not committed yet, and may never be
    return _known.keep(account_id, row.revision, types)


def note_change(session: Session, account_id: str) -> None:
    """Say that this session changes the account's declaration."""
    session.info.setdefault(_CHANGED, set()).add(account_id)


def extensions_in(document: Mapping[str, Any]) -> list[Schema]:
    """The extensions in the document of an account."""
    return [known_extension(extension) for extension in document["extensions"]]


class _Known:
    """Types by account and revision, one object for each, whichever thread built it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # never held while waiting for a database
        self._types: OrderedDict[tuple[str, int], Mapping[str, ResourceType]] = OrderedDict()

    def get(self, account_id: str, revision: int) -> Mapping[str, ResourceType] | None:
        with self._lock:
            found = self._types.get((account_id, revision))
            if found is not None:
                self._types.move_to_end((account_id, revision))
            return found

    def keep(self, account_id: str, revision: int, types: Mapping[str, ResourceType]) -> Mapping[str, ResourceType]:
        with self._lock:
            kept = self._types.setdefault((account_id, revision), types)
            if len(self._types) > _KEPT:
                self._types.popitem(last=False)
            return kept


_known = _Known()
