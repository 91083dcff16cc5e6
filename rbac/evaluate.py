"""Answer AuthZEN questions from the roles of an account: evaluations → results.

OpenID AuthZEN Authorization API 1.0, sections 6 and 7. A whole batch is answered from one
snapshot, so its answers agree with each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rbac.authzen import Batch, Evaluation, Semantic
from rbac.catalogue import PROFILE
from rbac.decide import Resource, decide
from rbac.errors import BadRequest
from rbac.model import AccessStore, Code, Decision, Policy, Reason, Snapshot, Source
from rbac.words import GENERAL, sentence

USER = "user"
"""The only type of subject there is."""

Result = dict[str, Any]


def evaluate(store: AccessStore, question: Evaluation, *, explained: bool = False) -> Result:
    """One decision and its context. ``explained`` adds the grants and denials that decided."""
    return _result(_snapshot(store, [question]), question, explained)


def evaluate_batch(store: AccessStore, batch: Batch, *, explained: bool = False) -> list[Result]:
    """Decisions in the order of the questions, as far as the batch's semantic goes.

    A question that could not be read is answered with no and its own error; the others are not affected.
    """
    questions = [item for item in batch.items if isinstance(item, Evaluation)]
    snapshot = _snapshot(store, questions)
    stops_at = {Semantic.DENY_ON_FIRST_DENY: False, Semantic.PERMIT_ON_FIRST_PERMIT: True}.get(batch.semantic)
    results: list[Result] = []
    for item in batch.items:
        result = _refused(item) if isinstance(item, BadRequest) else _result(snapshot, item, explained)
        results.append(result)
        if result["decision"] is stops_at:
            break
    return results


def _snapshot(store: AccessStore, questions: Iterable[Evaluation]) -> Snapshot:
    return store.snapshot(list(dict.fromkeys(one.subject.id for one in questions if one.subject.type == USER)))


def _refused(refusal: BadRequest) -> Result:
    return {"decision": False, "context": {"error": {"status": refusal.status, "message": refusal.message}}}


def _result(snapshot: Snapshot, question: Evaluation, explained: bool) -> Result:
    policy = snapshot.policy
    subject = snapshot.subjects.get(question.subject.id) if question.subject.type == USER else None
    id = question.resource.id
    if question.resource.type == PROFILE and subject is not None and id == question.subject.id:
        # Somebody's own profile may be named as they were named themselves.
        id = subject.id
    decision = decide(policy, subject, question.action, Resource(question.resource.type, id), question.unit)
    return {"decision": decision.allowed, "context": _context(policy, question, decision, explained)}


def _context(policy: Policy, question: Evaluation, decision: Decision, explained: bool) -> Result:
    context: Result = {
        "reason": {
            "code": decision.code.value,
            "message": sentence(decision, question.action) if explained else GENERAL[decision.code],
        }
    }
    if explained and decision.reasons:
        context["decided_by"] = [entry for reason in decision.reasons for entry in _decided_by(reason)]
    if decision.code is not Code.UNKNOWN_SUBJECT:
        # Creating a user is no new revision, so an answer about somebody unknown must not be kept by it.
        context["policy_revision"] = policy.revision
    return context


def _decided_by(reason: Reason) -> Iterable[Result]:
    """One entry for each source behind a reason. Ids and names of things, never of persons."""
    base = {
        "effect": reason.effect.value,
        "role": reason.role,
        "permission": reason.node,
        "grant": reason.kind.value,
        "business_unit": reason.unit,
        "role_of_group": reason.group.name if reason.group else None,
    }
    for entry in _source_entries(reason.sources):
        yield {key: value for key, value in (base | entry).items() if value is not None}


def _source_entries(sources: Sequence[Source]) -> Iterable[Result]:
    if not sources:
        return [{}]
    return [
        {
            "source": source.kind.value,
            "rule": source.rule,
            "revision": source.revision,
            "group": source.group.name if source.group else None,
            "group_id": source.group.id if source.group else None,
            "expires": source.expires.isoformat() if source.expires else None,
        }
        for source in sources
    ]
