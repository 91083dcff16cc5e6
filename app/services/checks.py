"""Decisions in the words of administrators: who, which permission, where, on what. What is unknown is a no."""

from __future__ import annotations

from typing import Any

from app.services.explain import Asked, question_of
from app.session import Session
from app.stores.access import SqlAccessStore
from rbac.asked import snapshot_for
from rbac.conditions import Facts
from rbac.decide import decide
from rbac.evaluate import context_of, evaluate


def check(session: Session, account_id: str, person: str, asked: Asked, *, explained: bool = False) -> dict[str, Any]:
    """A decision and its context, as AuthZEN has them; without an item the permission alone is asked for."""
    store = SqlAccessStore(session, account_id)
    question = question_of(person, asked)
    if asked.item is not None:
        return evaluate(store, question, explained=explained)
    snapshot = snapshot_for(store, [question])
    sent = Facts(asked.subject, asked.resource, asked.action, asked.context)
    decision = decide(
        snapshot.policy, snapshot.subjects.get(person), asked.permission, None, asked.unit, asked.at, sent
    )
    return {"decision": decision.allowed, "context": context_of(decision, asked.permission, explained)}
