"""When a token was last used, and its hash under the present secret key where it still had one under a former."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, or_, update
from sqlalchemy.exc import SQLAlchemyError

from app.db import Database
from app.gathering import Gathering
from app.models import ApiKey, DirectoryToken, InstallationKey
from app.models.base import now, table
from app.observe import LOG

TOKENS = {
    "directory_token": table(DirectoryToken),
    "api_key": table(ApiKey),
    "installation_key": table(InstallationKey),
}


class Usage(Gathering):
    """Collects last-used times and renewed hashes."""

    def __init__(self, database: Database) -> None:
        super().__init__("usage")
        self._database = database
        self._seen: dict[tuple[str, str, str], datetime] = {}
        self._renewed: dict[tuple[str, str, str], str] = {}

    def note(self, kind: str, account_id: str, token_id: str) -> None:
        """A token was just used; the account of an installation's key is empty."""
        self._seen[kind, account_id, token_id] = now()
        self._begin()

    def renew(self, kind: str, account_id: str, token_id: str, secret_hash: str) -> None:
        """A token that was hashed under a former secret key has this hash under the present one."""
        self._renewed[kind, account_id, token_id] = secret_hash

    def flush(self) -> None:
        """Write what was gathered."""
        with self._lock:
            seen, self._seen = self._seen, {}
            renewed, self._renewed = self._renewed, {}
        if not seen:
            return
        try:
            with self._database.writing() as session:
                for kind, rows in TOKENS.items():
                    of_kind = {place: at for place, at in seen.items() if place[0] == kind}
                    if not of_kind:
                        continue
                    here = [rows.c.account_id == bindparam("b_account")] if "account_id" in rows.c else []
                    one = update(rows).where(*here, rows.c.id == bindparam("b_id"))
                    is_newer = or_(rows.c.last_used.is_(None), rows.c.last_used < bindparam("b_at"))
                    uses = [{**_named(place), "b_at": at} for place, at in of_kind.items()]
                    session.execute(one.where(is_newer).values(last_used=bindparam("b_at")), uses)
                    hashes = [{**_named(place), "b_hash": renewed[place]} for place in of_kind if place in renewed]
                    if hashes:
                        session.execute(one.values(secret_hash=bindparam("b_hash")), hashes)
        except SQLAlchemyError as error:
            LOG.warning("usage.flush_failed", error=type(error).__name__)


def _named(place: tuple[str, str, str]) -> dict[str, str]:
    """The parameters that name a token."""
    _, account_id, id = place
    return {"b_id": id} | ({"b_account": account_id} if account_id else {})
