"""Schema extensions of an account: attributes of users that it declares beside those of SCIM.

Discovery, validation, filters, sorting, PATCH and projection follow from the declaration with the commit that
changes it, in every process. A change that would take values from people is refused unless it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from app import audit
from app.models.base import now
from app.services.counting import counted
from app.services.errors import Conflict, NotFound, Refused
from app.services.schema_changes import Step, steps_between
from app.services.schema_values import holders, rewrite
from app.session import Session
from app.stores.access_tables import ACCOUNTS
from app.stores.schema_types import SCHEMAS, extensions_in, note_change
from scim.attributes import Schema
from scim.schema_documents import MAX_ATTRIBUTES, InvalidDeclaration, read_extension, schema_document, urn_problems
from scim.schemas import extended

MAX_EXTENSIONS = 10

_ACCOUNT = ACCOUNTS.c.id == bindparam("b_account")
_OF_ACCOUNT = SCHEMAS.c.account_id == bindparam("b_account")
_READ = select(SCHEMAS.c.revision, SCHEMAS.c.document).where(_OF_ACCOUNT)
_LOCK = _READ.with_for_update()
_CHANGE = update(SCHEMAS).where(_OF_ACCOUNT)
_ANNOUNCE = update(ACCOUNTS).where(_ACCOUNT)


@dataclass(frozen=True, slots=True)
class Declared:
    """What declaring or removing did, or would do.

    ``revision`` is that of the account's declaration afterwards; 0: nothing was ever declared. Names are paths such
    as ``badge`` or ``car.plate``. ``dropped`` says how many people lose a value of each.
    """

    urn: str
    revision: int = 0
    added: tuple[str, ...] = ()
    changed: dict[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    dropped: dict[str, int] = field(default_factory=dict)

    @property
    def is_change(self) -> bool:
        """Whether anything is different from before."""
        return bool(self.added or self.changed or self.removed)


def list_extensions(session: Session, account_id: str) -> list[dict[str, Any]]:
    """The account's extensions as documents that can be declared again."""
    row = session.execute(_READ, {"b_account": account_id}).one_or_none()
    return list(row.document["extensions"]) if row else []


def plan(session: Session, account_id: str, document: Any, *, drop_values: bool = False) -> Declared:
    """What ``declare`` would do. Raises as it does."""
    revision, extensions = _present(session, account_id, _READ)
    wanted = _read(session, account_id, document, extensions)
    done, _ = _compare(session, account_id, _named(extensions, wanted.urn), wanted, drop_values)
    return replace(done, revision=revision)


def declare(session: Session, account_id: str, document: Any, *, drop_values: bool = False) -> Declared:
    """Make an extension what the document says: a schema as RFC 7643 §7 writes it.

    Without an ``id`` the URN is made of the account's name. What the document leaves out is removed. Raises Refused
    for a document that is wrong, Conflict for a change that would take values from people unless ``drop_values``
    says to do so, or for a declaration made by somebody else at this moment.
    """
    revision, extensions = _present(session, account_id, _LOCK)
    wanted = _read(session, account_id, document, extensions)
    before = _named(extensions, wanted.urn)
    after = [wanted if one is before else one for one in extensions]
    if before is None:
        after.append(wanted)
    return _change(session, account_id, revision, (before, wanted), after, drop_values)


def remove(
    session: Session, account_id: str, urn: str, attribute: str | None = None, *, drop_values: bool = False
) -> Declared:
    """Remove an attribute from an extension, or all of the extension.

    Raises NotFound, and Conflict while people have values unless ``drop_values`` says to take them.
    """
    revision, extensions = _present(session, account_id, _LOCK)
    before = _named(extensions, urn)
    if before is None:
        raise NotFound(f"this account has no schema extension {urn}; see `muster schema list`")
    left: tuple[Any, ...] = ()
    if attribute is not None:
        gone = before.find(attribute)
        if gone is None:
            names = ", ".join(one.name for one in before.attributes)
            raise NotFound(f"{before.urn} has no attribute {attribute!r}; it has: {names}")
        left = tuple(one for one in before.attributes if one is not gone)
    wanted = Schema(before.urn, before.name, before.description, left)
    after = [wanted if one is before else one for one in extensions]
    return _change(
        session, account_id, revision, (before, wanted), [one for one in after if one.attributes], drop_values
    )


def people(count: int) -> str:
    """So many people have …"""
    return counted(count, "person has", "people have")


def default_urn(account_name: str, account_id: str) -> str:
    """The URN of an account's own extension where it names none."""
    slug = re.sub(r"[^a-z0-9]+", "-", account_name.lower()).strip("-")[:60]
    # "enterprise" is the extension of RFC 7643 §4.3.
    owner = slug if slug and slug != "enterprise" else account_id
    return f"urn:ietf:params:scim:schemas:extension:{owner}:2.0:User"


def _present(session: Session, account_id: str, statement: Any) -> tuple[int, list[Schema]]:
    row = session.execute(statement, {"b_account": account_id}).one_or_none()
    return (row.revision, extensions_in(row.document)) if row else (0, [])


def _named(extensions: Sequence[Schema], urn: str) -> Schema | None:
    return next((one for one in extensions if one.key == urn.lower()), None)


def _read(session: Session, account_id: str, document: Any, extensions: Sequence[Schema]) -> Schema:
    name = session.execute(select(ACCOUNTS.c.name).where(_ACCOUNT), {"b_account": account_id}).scalar_one()
    try:
        wanted = read_extension(document, default_urn(name, account_id))
    except InvalidDeclaration as error:
        raise Refused("\n  ".join(["this declares no schema extension:", *error.problems])) from error
    present = _named(extensions, wanted.urn)
    others = [one for one in extensions if one is not present]
    problems = urn_problems(wanted.urn, [one.urn for one in others])
    if present is not None and present.urn != wanted.urn:
        problems.append(f"id: the extension is declared as {present.urn}; keep its spelling")
    if len(others) >= MAX_EXTENSIONS:
        problems.append(f"an account has at most {MAX_EXTENSIONS} extensions; add attributes to one of them")
    if sum(len(one.attributes) for one in (*others, wanted)) > MAX_ATTRIBUTES:
        problems.append(f"an account has at most {MAX_ATTRIBUTES} declared attributes")
    if problems:
        raise Refused("\n  ".join(["this extension cannot be declared:", *problems]))
    return wanted


def _compare(
    session: Session, account_id: str, before: Schema | None, wanted: Schema, drop_values: bool
) -> tuple[Declared, list[Step]]:
    """What becomes of the extension, and of people's values. Raises Refused, Conflict."""
    steps = steps_between(before, wanted)
    misspelt = [step for step in steps if step.is_refused]
    if misspelt:
        raise Refused("\n  ".join(["this extension cannot be declared:", *(step.what for step in misspelt)]))
    dropped = {
        step.name: count
        for step in steps
        if step.drops and (count := holders(session, account_id, wanted.urn, step)) > 0
    }
    if dropped and not drop_values:
        lines = [f"{name}: {people(count)} a value" for name, count in dropped.items()]
        advice = "undo that part of the change, or say that the values shall be dropped (--drop-values)"
        raise Conflict("\n  ".join(["this would take values from people:", *lines, advice]))
    done = Declared(
        wanted.urn,
        added=tuple(step.name for step in steps if step.kind == "added"),
        changed={step.name: step.what for step in steps if step.kind == "changed"},
        removed=tuple(step.name for step in steps if step.kind == "removed"),
        dropped=dropped,
    )
    return done, steps


def _change(
    session: Session,
    account_id: str,
    revision: int,
    extension: tuple[Schema | None, Schema],
    after: Sequence[Schema],
    drop_values: bool,
) -> Declared:
    before, wanted = extension
    done, steps = _compare(session, account_id, before, wanted, drop_values)
    if not done.is_change:
        return replace(done, revision=revision)
    revision += 1
    values = {"revision": revision, "document": {"extensions": [schema_document(one) for one in after]}}
    _write(session, account_id, values)
    note_change(session, account_id)
    # The order of locks is that of everybody: people first, then the account, then its audit trail.
    rewrite(session, account_id, wanted.urn, steps, extended(after)["User"])
    session.execute(_ANNOUNCE, {"b_account": account_id, "schema_revision": revision})
    audit.record(
        session,
        account_id,
        "schema.declared" if wanted.attributes else "schema.removed",
        "schema",
        None,
        wanted.urn,
        schema_document(before) if before else None,
        schema_document(wanted) | {"dropped": done.dropped} if wanted.attributes else {"dropped": done.dropped},
    )
    return replace(done, revision=revision)


def _write(session: Session, account_id: str, values: dict[str, Any]) -> None:
    moment = {"changed": now()}
    if values["revision"] > 1:
        session.execute(_CHANGE, {"b_account": account_id} | values | moment)
        return
    try:
        session.execute(insert(SCHEMAS), {"account_id": account_id} | values | moment)
    except IntegrityError as error:
        raise Conflict("somebody else declares an extension of this account right now; look, then try again") from error
