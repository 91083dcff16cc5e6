"""What follows from a verified assertion: who it is, what changes of them, and their session, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app import audit
from app.crypto import subject_hash
from app.models.base import new_id, now
from app.sealing import Keys
from app.services import claims_groups, linking, people_by_sign_in, person_sessions
from app.services import sign_in_traces as traces
from app.services.errors import NotFound, Refused
from app.services.linking import Decision
from app.services.sign_in_cases import Case, Met, trace
from app.services.trusted import Trusted
from app.session import Session
from app.stores import identity_links as links
from app.stores import sign_in as store
from app.stores.person_sessions import MOST_FORMER, lock_connection, lock_person
from sso.claims import Profile, profile_of
from sso.errors import LoginRefused, Reason, said
from sso.model import Assertion


@dataclass(frozen=True, slots=True)
class Arrival:
    """How the sign-in began. ``steps_up``: the person whose session is to be proven anew, and that session.

    ``provider`` is what the identity provider has to be told when the session ends.
    """

    steps_up: tuple[str, str] | None = None
    provider: Mapping[str, Any] | None = None


def rehearse(session: Session, case: Case, assertion: Assertion) -> None:
    """Find out who it would be, and change nothing. Raises LoginRefused."""
    _check_strength(session, case, assertion)
    profile = profile_of(assertion, case.trusted.claims).profile
    decision = linking.decide(session, case.trusted, assertion, profile)
    _note(case, decision, assertion)


def admit(session: Session, keys: Keys, case: Case, assertion: Assertion, arrival: Arrival) -> str:
    """Let somebody in; the secret of their session. Raises LoginRefused, and Met to be asked again."""
    was_known = linking.is_linked(session, case.trusted, assertion)
    try:
        return _admit(session, keys, case, assertion, arrival)
    except LoginRefused as refused:
        # The same person in another browser was quicker, and what stood in the way is their own.
        if not was_known and linking.is_linked(session, case.trusted, assertion):
            raise Met from refused
        raise


def _admit(session: Session, keys: Keys, case: Case, assertion: Assertion, arrival: Arrival) -> str:
    trusted = case.trusted
    case.words.clear()
    audit.begin(session, audit.Actor("idp", trusted.id, trusted.name), case.visitor.reference)
    _check_remembered(session, case)
    _check_strength(session, case, assertion)
    profile = profile_of(assertion, trusted.claims).profile
    decision = linking.decide(session, trusted, assertion, profile)
    claimed = _note(case, decision, assertion)
    if arrival.steps_up is not None and (decision.person is None or decision.person.id != arrival.steps_up[0]):
        raise LoginRefused(Reason.ANOTHER_PERSON, "somebody else than who is signed in has proved who they are")
    if claimed is not None and decision.person is not None:
        _hold(session, trusted, decision.person)
    user_id = _become(session, case, decision, assertion, profile)
    case.user_id = user_id
    if claimed is not None:
        claims_groups.apply(session, trusted, user_id, claimed)
    secret, session_id = _session(session, keys, case, user_id, assertion, profile, arrival)
    person = links.person(session, trusted.account_id, user_id)
    audit.begin(session, audit.Actor("person", user_id, person.user_name), case.visitor.reference)
    after = {
        "connection": trusted.id,
        "session": session_id,
        "subject": case.subject_hash,
        "how": decision.how,
        "verified_by": assertion.verified_by,
        "address": case.visitor.address,
        "stepped_up": arrival.steps_up is not None,
    }
    audit.record(session, trusted.account_id, "sign_in.accepted", "user", user_id, person.user_name, None, after)
    trace(session, keys, case, traces.ACCEPTED)
    return secret


def _hold(session: Session, trusted: Trusted, person: Any) -> None:
    """Nobody else changes them until the end. Raises Met for whom their directory has adopted meanwhile (L-8)."""
    lock_person(session, trusted.account_id, person.id, now())
    held = links.person(session, trusted.account_id, person.id)
    if held is None or held.origin != person.origin:
        raise Met


def _check_remembered(session: Session, case: Case) -> None:
    """Refuses what began before the connection forgot whom it knew: its subject may be somebody else by now (L-1)."""
    row = lock_connection(session, case.trusted.account_id, case.trusted.id)
    if row is None or row.generation != case.generation:
        raise LoginRefused(Reason.REQUEST, "the connection has forgotten links since this sign-in began")


def _check_strength(session: Session, case: Case, assertion: Assertion) -> None:
    """Refuse who was authenticated in a weaker way than the account asks for, whichever the connection (S-30)."""
    asked = store.demands(session, case.trusted.account_id)
    if asked is None or not (asked.sign_in_methods or asked.sign_in_contexts):
        return
    if set(asked.sign_in_methods) & set(assertion.methods) or assertion.context in asked.sign_in_contexts:
        return
    wanted = ", ".join([*asked.sign_in_methods, *asked.sign_in_contexts])
    raise LoginRefused(
        Reason.CONTEXT,
        f"the account asks for one of {wanted}; the provider says context {said(assertion.context)}, "
        f"methods {said(list(assertion.methods))}",
    )


def _note(case: Case, decision: Decision, assertion: Assertion) -> tuple[str, ...] | None:
    """Keep for the trace whom it was about; the groups that are claimed, if they count."""
    person = decision.person
    claimed = claims_groups.claimed(case.trusted, assertion, person)
    case.user_id = person.id if person is not None else None
    case.link = {
        "how": decision.how,
        "user_id": case.user_id,
        "user_name": person.user_name if person is not None else None,
        "words": decision.words,
        "groups": claimed.words,
    }
    return claimed.names


def _become(session: Session, case: Case, decision: Decision, assertion: Assertion, profile: Profile) -> str:
    """Make true what was decided; the person's id."""
    trusted, person = case.trusted, decision.person
    if decision.how == "known":
        if people_by_sign_in.is_ours(person):
            case.words += people_by_sign_in.update(session, trusted, person.id, profile)
        external_id = linking.external_id_of(trusted, assertion)
        links.used(session, trusted.account_id, str(decision.link_id), now(), external_id)
        return str(person.id)
    if decision.how == "adopted":
        people_by_sign_in.retire(session, trusted, decision.instead_of)
        links.move(session, trusted.account_id, str(decision.link_id), person.id, "adopted")
        _tell_linked(session, case, person.id, person.user_name, decision, instead_of=decision.instead_of.id)
        return str(person.id)
    if person is None:
        user_id = people_by_sign_in.create(session, trusted, assertion, profile)
        name = links.person(session, trusted.account_id, user_id).user_name
    else:
        user_id, name = str(person.id), person.user_name
        if people_by_sign_in.is_ours(person):
            case.words += people_by_sign_in.update(session, trusted, user_id, profile)
    moment = now()
    row = {
        "account_id": trusted.account_id,
        "id": new_id(),
        "connection_id": trusted.id,
        "subject": linking.composed(assertion.subject),
        "subject_hash": subject_hash(trusted.id, linking.composed(assertion.subject)),
        "user_id": user_id,
        "how": decision.how,
        "external_id": linking.external_id_of(trusted, assertion),
        "created": moment,
        "last_used": moment,
    }
    if not links.add(session, row):
        raise Met
    _tell_linked(session, case, user_id, name, decision)
    return user_id


def _tell_linked(session: Session, case: Case, user_id: str, name: str, decision: Decision, **more: str) -> None:
    after = {"connection": case.trusted.id, "subject": case.subject_hash, "how": decision.how, **more}
    audit.record(session, case.trusted.account_id, "person.linked", "user", user_id, name, None, after)


def _session(
    session: Session,
    keys: Keys,
    case: Case,
    user_id: str,
    assertion: Assertion,
    profile: Profile,
    arrival: Arrival,
) -> tuple[str, str]:
    """A session, or the same one with another secret for whoever has proved it anew (N-1, N-7)."""
    trusted, visitor = case.trusted, case.visitor
    vouched_email = linking.vouched_email(session, trusted, assertion, profile)
    named = assertion.name_id.value if assertion.name_id is not None else assertion.subject
    hashed = subject_hash(trusted.id, named)
    before = person_sessions.find(session, keys, visitor.session, now()) if visitor.session else None
    # A session that ended meanwhile is not continued; who proved it anew gets one as everybody does.
    if arrival.steps_up is not None and before is not None and before.session_id == arrival.steps_up[1]:
        try:
            secret = person_sessions.prove_anew(
                session,
                keys,
                before,
                methods=assertion.methods,
                authenticated=assertion.authenticated,
                subject_hash=hashed,
                provider_session=assertion.session_index,
                provider=_together(person_sessions.provider_of(session, keys, before), arrival.provider),
                context=assertion.context,
                vouched_email=vouched_email,
                not_after=assertion.session_ends,
            )
        except NotFound as error:
            raise Met from error
        return secret, before.session_id
    if before is not None:
        person_sessions.end(session, before.account_id, before.session_id, "replaced")
    try:
        begun = person_sessions.begin(
            session,
            keys,
            trusted.account_id,
            user_id,
            methods=assertion.methods,
            authenticated=assertion.authenticated,
            connection_id=trusted.id,
            subject_hash=hashed,
            provider_session=assertion.session_index,
            provider=arrival.provider,
            context=assertion.context,
            vouched_email=vouched_email,
            not_after=assertion.session_ends,
            address=visitor.address,
            agent=visitor.agent,
        )
    except Refused as error:
        raise LoginRefused(Reason.INACTIVE, str(error)) from error
    return begun.secret, begun.session_id


def _together(known: Mapping[str, Any], told: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What the provider has to be told at the end: of all its sessions in which it has called the person so (S-45)."""
    if told is None or "session_indexes" not in told or known.get("name_id") != told["name_id"]:
        return told
    indexes = dict.fromkeys([*known.get("session_indexes", ()), *told["session_indexes"]])
    return {**told, "session_indexes": [*indexes][-MOST_FORMER:]}
