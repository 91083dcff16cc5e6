"""Answer AuthZEN questions from the roles of an account: evaluations → results.

OpenID AuthZEN Authorization API 1.0, sections 6 and 7. A whole batch is answered from one
snapshot, so its answers agree with each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rbac.asked import DATA_FILTER, OBLIGATION, answer, snapshot_for
from rbac.authzen import Batch, Evaluation, Semantic
from rbac.errors import BadRequest
from rbac.filters import DataFilter
from rbac.model import AccessStore, Decision, Policy, Reason, Snapshot, Source, Subject
from rbac.words import GENERAL, sentence

Result = dict[str, Any]
Used = Callable[[Policy, Subject, Decision], None]
"""Told of each decision by which somebody was allowed something: what decided it was used."""


def evaluate(store: AccessStore, question: Evaluation, *, explained: bool = False, used: Used | None = None) -> Result:
    """One decision and its context. ``explained`` adds the grants and denials that decided."""
    return _result(snapshot_for(store, [question]), question, explained, used)


def evaluate_batch(
    store: AccessStore, batch: Batch, *, explained: bool = False, used: Used | None = None
) -> list[Result]:
    """Decisions in the order of the questions, as far as the batch's semantic goes.

    A question that could not be read is answered with no and its own error; the others are not affected.
    """
    questions = [item for item in batch.items if isinstance(item, Evaluation)]
    snapshot = snapshot_for(store, questions)
    stops_at = {Semantic.DENY_ON_FIRST_DENY: False, Semantic.PERMIT_ON_FIRST_PERMIT: True}.get(batch.semantic)
    results: list[Result] = []
    for item in batch.items:
        result = _refused(item) if isinstance(item, BadRequest) else _result(snapshot, item, explained, used)
        results.append(result)
        if result["decision"] is stops_at:
            break
    return results


def _refused(refusal: BadRequest) -> Result:
    return {"decision": False, "context": {"error": {"status": refusal.status, "message": refusal.message}}}


def _result(snapshot: Snapshot, question: Evaluation, explained: bool, used: Used | None) -> Result:
    answered = answer(snapshot, question)
    if used is not None and answered.decision.allowed:
        person = snapshot.subjects.get(question.subject.id)
        if person is not None:
            used(snapshot.policy, person, answered.decision)
    context = context_of(answered.decision, question.action, explained)
    if answered.lasting:
        # Whoever keeps answers for as long as the revision stays must not keep what may change without one.
        context["policy_revision"] = snapshot.policy.revision
    return {"decision": answered.decision.allowed, "context": context}


def context_of(decision: Decision, action: str, explained: bool) -> Result:
    """What is said of a decision; ``explained`` adds the grants and denials that decided."""
    words = sentence(decision, action) if explained else GENERAL[decision.code]
    context: Result = {"reason": {"code": decision.code.value, "message": words.en}}
    if explained and decision.reasons:
        context["decided_by"] = [entry for reason in decision.reasons for entry in _decided_by(reason)]
    if explained and decision.item is not None:
        access = decision.item
        context["item"] = {"relation": access.relation.value, "needed": access.needed.value}
        if access.level is not None:
            context["item"]["level"] = access.level.value
        if access.passed_by is not None:
            context["item"]["passed_by"] = access.passed_by
    if decision.allowed and decision.obligations:
        context["obligations"] = [_obligation(number, one) for number, one in enumerate(decision.obligations, 1)]
    return context


def _obligation(number: int, filter: DataFilter) -> Result:
    """As the working group's draft profile has obligations: binding on whoever asked."""
    properties = {"kind": DATA_FILTER, "record_type": filter.record_type, "filter": filter.text}
    return {"id": f"o-{number}", "type": OBLIGATION, "properties": properties}


def _decided_by(reason: Reason) -> Iterable[Result]:
    """One entry for each source behind a reason. Ids and names of things, never of persons."""
    base = {
        "effect": reason.effect.value,
        "role": reason.role,
        "permission": reason.node,
        "grant": reason.kind.value,
        "business_unit": reason.unit,
        "role_of_group": reason.group.name if reason.group else None,
        "condition": reason.condition,
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
