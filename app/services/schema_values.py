"""People's values of declared attributes: who has one, and what a change of the declaration makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import bindparam, func, or_, select, update

from app import audit
from app.services.schema_changes import Step
from app.session import Session
from app.stores.filter_sql import Columns, Condition, compile_filter
from app.stores.resource_rows import USERS, columns_of, next_moment, stored, to_rows
from scim.attributes import ResourceType
from scim.filter_tree import Path, Present
from scim.resource import schemas_of
from scim.store import Stored

_PORTION = 500
_WRITE = update(USERS).where(USERS.c.account_id == bindparam("b_account"), USERS.c.id == bindparam("b_id"))


def holders(session: Session, account_id: str, urn: str, step: Step) -> int:
    """How many people of the account have a value that the step is about."""
    query = select(func.count()).select_from(USERS).where(*_having(session, account_id, urn, [step]))
    count: int = session.execute(query).scalar_one()
    return count


def rewrite(session: Session, account_id: str, urn: str, steps: Sequence[Step], user_type: ResourceType) -> None:
    """Bring everybody's document and its search form in line with the steps; each changed person is audited."""
    concerned = [step for step in steps if step.attribute and (step.drops or step.wraps or step.folds)]
    if not concerned:
        return
    query = select(*columns_of("User")).where(*_having(session, account_id, urn, concerned)).order_by(USERS.c.id)
    query = query.limit(_PORTION).with_for_update(key_share=True)
    last: str | None = None
    while rows := session.execute(query if last is None else query.where(USERS.c.id > last)).all():
        last = rows[-1].id
        found: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
        for row in rows:
            is_changed, values = _rewritten(session, account_id, urn, concerned, user_type, stored("User", row))
            found[is_changed].append({"b_account": account_id, "b_id": row.id} | values)
        for written in filter(None, found.values()):
            session.execute(_WRITE, written)


def _rewritten(
    session: Session, account_id: str, urn: str, steps: Sequence[Step], user_type: ResourceType, current: Stored
) -> tuple[bool, dict[str, Any]]:
    """Whether the resource changes or is only found otherwise, and what is written."""
    document = orjson.loads(current.document)
    for step in steps:
        _apply(step, document.get(urn, {}))
    if not document.get(urn, True):
        del document[urn]
    document["schemas"] = schemas_of(user_type, document)
    values = to_rows(user_type, current.id, document, True).values
    old, new = current.attributes.get(urn), document.get(urn)
    if old == new:
        return False, {"search": values["search"]}
    before, after = ({urn: data} if data else {} for data in (old, new))
    audit.record(session, account_id, "user.updated", "user", current.id, document["userName"], before, after)
    moved = {"version": current.version + 1, "modified": next_moment(current)}
    return True, {"document": values["document"], "search": values["search"]} | moved


def _apply(step: Step, data: dict[str, Any]) -> None:
    """What a step makes of one person's data of the extension."""
    name = step.attribute.name if step.attribute else ""
    if name not in data:
        return
    if step.wraps:
        data[name] = [data[name]]
    elif step.drops and step.sub is None:
        del data[name]
    elif step.drops and step.sub is not None:
        several = isinstance(data[name], list)
        left = [_without(value, step.sub.name) for value in (data[name] if several else [data[name]])]
        kept = [value for value in left if value]
        if kept:
            data[name] = kept if several else kept[0]
        else:
            del data[name]


def _without(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {part: content for part, content in value.items() if part != name}


def _having(session: Session, account_id: str, urn: str, steps: Sequence[Step]) -> tuple[Condition, Condition]:
    """The people of the account, in whatever directory, who have a value that one of the steps is about."""
    here = USERS.c.account_id == account_id
    columns = Columns(
        id=USERS.c.id,
        here=here,
        search=USERS.c.search,
        singles={},
        relations={},
        indexed={},
        sqlite=session.is_sqlite,
    )
    paths = [Path(step.attribute, step.sub, urn) for step in steps if step.attribute is not None]
    return here, or_(*(compile_filter(Present(path), columns) for path in paths))
