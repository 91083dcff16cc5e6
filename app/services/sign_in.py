"""Sign-ins by connections, from their beginning to a session: the order of things, whichever the protocol.

What was begun is used up first, then the answer is verified without any transaction, then everything that follows
happens in one. Implements ``sso.store.SignIns``.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from app.db import Database
from app.models.base import now
from app.sealing import Keys
from app.services import connection_tests, login_attempts, login_hints, person_sessions
from app.services import sign_in_traces as traces
from app.services.arriving import Arrival, admit, rehearse
from app.services.carried import carried, carry
from app.services.decryptions import Decryptions
from app.services.errors import ServiceError
from app.services.login_attempts import Attempt
from app.services.openid_keys import Place
from app.services.openid_providers import Providers
from app.services.person_sessions import SignedIn
from app.services.sign_in_cases import Case, Met, in_one_go, refuse, trace, unknown
from app.services.trusted import Trusted, TrustedConnections, note_sign_in
from scim.errors import ScimError
from sso import oidc, saml, saml_metadata
from sso.errors import LoginRefused, Reason
from sso.model import MOST_SKEW, Assertion, Check, OidcAttempt, Verdict
from sso.store import Again, Arrived, Pairs, Sent, Tested, Visitor

PURPOSES: Final = ("sign_in", "step_up", "test")
_KEPT: Final = MOST_SKEW + timedelta(minutes=5)
"""For so long after its end the id of an assertion is remembered."""


class SignIns:
    """The sign-ins of one process. ``home`` is where somebody goes who comes from a provider's own page."""

    def __init__(
        self, database: Database, keys: Keys, connections: TrustedConnections, providers: Providers, home: str
    ) -> None:
        self._database = database
        self._keys = keys
        self._connections = connections
        self._providers = providers
        self._home = home
        self._decryptions = Decryptions()

    def start(
        self,
        connection_id: str,
        visitor: Visitor,
        return_to: str,
        *,
        step_up: bool,
        test: str | None,
        hint: str | None = None,
    ) -> Sent | Tested:
        """Begin a sign-in; see ``sso.store``."""
        case = self._case(connection_id, visitor)
        person = self._steps_up(case) if step_up and test is None else None
        purpose = "sign_in" if person is None else "step_up"
        try:
            if test is not None:
                return_to, purpose = self._open_test(case, test), "test"
            self._check_open(case)
            known = login_hints.opened(self._keys, connection_id, hint)
            key, url, request_id, state = self._ask(case.trusted, is_forced=person is not None, hint=known)
        except LoginRefused as refused:
            return refuse(self._database, self._keys, case, refused)
        browser = visitor.browser or login_attempts.new_key()
        with self._database.writing() as session:
            login_attempts.begin(
                session,
                self._keys,
                case.trusted.account_id,
                case.trusted.id,
                purpose,
                key,
                return_to=return_to,
                browser=browser,
                request_id=request_id,
                state=state,
                user_id=None if person is None else person.user_id,
                session_id=None if person is None else person.session_id,
                generation=case.trusted.generation,
            )
        return Sent(url, browser)

    def respond(self, connection_id: str, visitor: Visitor, form: Pairs) -> str:
        """Verify a SAML response, and keep what it says for the browser."""
        case = self._case(connection_id, visitor)
        trusted = case.trusted
        try:
            if trusted.saml is None or trusted.provider is None or trusted.suspended:
                raise LoginRefused(Reason.CONNECTION, "the connection takes no SAML response")
            message, relay_state = _only_message(form)
            case.again = self._again(case, relay_state)
            attempt = self._answered(case, relay_state)
            case.test = attempt.return_to if attempt is not None and attempt.purpose == "test" else None
            self._check_open(case)
            checks = case.checks = saml.checklist()
            request_id = attempt.request_id if attempt is not None else None
            with self._decryptions.counted(trusted.id, message):
                assertion = saml.verify(message, trusted.saml, trusted.provider, request_id, case.received, checks)
            case.assertion = assertion
            if attempt is not None and attempt.purpose == "step_up":
                _check_fresh(assertion, attempt, trusted.saml.skew)
            content = {
                "assertion": carry(assertion),
                "checks": [asdict(one) for one in case.taken],
                "received": case.received,
                "attempt": attempt and asdict(attempt),
                "generation": trusted.generation if attempt is None else attempt.generation,
            }
            with self._database.writing() as session:
                self._use_up(session, trusted, assertion)
                attempt_id = attempt.id if attempt is not None else None
                return login_attempts.give_ticket(
                    session, self._keys, trusted.account_id, trusted.id, attempt_id, content
                )
        except LoginRefused as refused:
            return self._failed_test(refuse(self._database, self._keys, case, refused), case.trusted)

    def finish(self, connection_id: str, visitor: Visitor, ticket: str) -> Arrived | Tested:
        """Give the browser that began what its ticket is for."""
        case = self._case(connection_id, visitor)
        try:
            content = login_attempts.take_ticket(self._database, self._keys, ticket, case.trusted.id).content
            attempt = content["attempt"]
            if "failed" in content:
                return Tested(attempt["return_to"], False, content["failed"], _checks(content))
            case.checks, case.received = _checks(content), datetime.fromisoformat(content["received"])
            case.assertion, case.generation = carried(content["assertion"]), content["generation"]
            browser_hash = attempt and attempt["browser_hash"]
            if attempt is not None and not login_attempts.is_browser_of(self._keys, browser_hash, visitor.browser):
                raise LoginRefused(Reason.BROWSER, "another browser began this sign-in")
            if attempt is not None:
                case.again = Again(case.trusted.id, attempt["return_to"], attempt["purpose"] == "step_up")
            case.test = attempt["return_to"] if attempt is not None and attempt["purpose"] == "test" else None
            return self._arrive(case, case.assertion, attempt, None)
        except LoginRefused as refused:
            return refuse(self._database, self._keys, case, refused)

    def callback(self, connection_id: str, visitor: Visitor, query: Pairs) -> Arrived | Tested:
        """Exchange and verify what an OpenID provider has answered."""
        case = self._case(connection_id, visitor)
        trusted = case.trusted
        try:
            if trusted.oidc is None or trusted.credentials is None or trusted.suspended:
                raise LoginRefused(Reason.CONNECTION, "the connection takes no answer of OpenID Connect")
            state = oidc.state_of(query)
            if visitor.browser is not None:
                case.again = self._again(case, state)
            begun = login_attempts.use(self._database, self._keys, state, trusted.id, *PURPOSES)
            if not login_attempts.is_browser_of(self._keys, begun.browser_hash, visitor.browser):
                raise LoginRefused(Reason.BROWSER, "another browser began this sign-in")
            case.test, case.generation = begun.return_to if begun.purpose == "test" else None, begun.generation
            self._check_open(case)
            checks = case.checks = oidc.checklist()
            attempt, place = _oidc_attempt(begun), Place(trusted.account_id, trusted.id, trusted.version)
            code = oidc.code_of(query, trusted.oidc, attempt, checks)
            moment = now()
            answer = self._providers.exchange(place, trusted.oidc, trusted.credentials, attempt, code, moment, checks)
            case.received = now()
            assertion = self._providers.verified(place, trusted.oidc, answer, attempt, case.received, checks)
            case.assertion = assertion
            with self._database.writing() as session:
                self._use_up(session, trusted, assertion)
            hint = answer.id_token if trusted.oidc.end_session_endpoint is not None else None
            return self._arrive(case, assertion, asdict(begun), hint)
        except LoginRefused as refused:
            return refuse(self._database, self._keys, case, refused)

    def metadata(self, connection_id: str) -> bytes | None:
        """Our metadata, whether or not the connection is switched on: it is needed before."""
        trusted = self._find(connection_id)
        if trusted is None or trusted.provider is None:
            return None
        return saml_metadata.ours(trusted.provider, trusted.name)

    def jwks(self, connection_id: str) -> Mapping[str, Any] | None:
        """Our keys with which private_key_jwt is verified."""
        trusted = self._find(connection_id)
        if trusted is None or trusted.protocol != "oidc":
            return None
        return trusted.jwks

    def _arrive(
        self, case: Case, assertion: Assertion, attempt: Mapping[str, Any] | None, id_token: str | None
    ) -> Arrived | Tested:
        """Everything that follows from a verified assertion, at once. Raises LoginRefused."""
        trusted = case.trusted
        if case.test is not None:
            with self._database.reading() as session:
                rehearse(session, case, assertion)
            with self._database.writing() as session:
                trace(session, self._keys, case, traces.TEST)
            return Tested(case.test, True, case.link["words"] if case.link else "", case.taken)
        steps_up = None
        if attempt is not None and attempt["purpose"] == "step_up":
            steps_up = (attempt["user_id"], attempt["session_id"])
        arrival = Arrival(steps_up, _provider(trusted, assertion, id_token))
        try:
            secret = in_one_go(self._database, lambda session: admit(session, self._keys, case, assertion, arrival))
        except (Met, ScimError, ServiceError) as error:
            raise LoginRefused(Reason.ATTRIBUTES, f"what the provider says cannot be stored: {error}") from error
        # A convenience for administrators; whoever is signed in must not be turned away for it.
        with suppress(SQLAlchemyError), self._database.writing() as session:
            note_sign_in(session, trusted, assertion.verified_by)
        return Arrived(secret, attempt["return_to"] if attempt is not None else self._home, trusted.id)

    def _answered(self, case: Case, relay_state: str | None) -> Attempt | None:
        """The request that a response answers, used up; None for one that nobody asked for (S-40, S-43)."""
        trusted = case.trusted
        if trusted.unsolicited:
            with self._database.reading() as session:
                if relay_state is None or not login_attempts.is_known(session, self._keys, relay_state, trusted.id):
                    return None
        if relay_state is None:
            raise LoginRefused(Reason.REQUEST, "the response has no RelayState, so it answers no request of ours")
        return login_attempts.use(self._database, self._keys, relay_state, trusted.id, *PURPOSES)

    def _ask(
        self, trusted: Trusted, *, is_forced: bool, hint: str | None
    ) -> tuple[str, str, str | None, dict[str, Any] | None]:
        """Key, address, id of the request and what to remember of a new attempt."""
        moment = now()
        if trusted.saml is not None and trusted.provider is not None:
            key = login_attempts.new_key()
            asked = saml.begin(trusted.saml, trusted.provider, key, moment, force=is_forced, hint=hint)
            return key, asked.url, asked.request_id, None
        if trusted.oidc is None:
            raise LoginRefused(Reason.CONNECTION, "the connection is not set up completely")
        begun = oidc.begin(trusted.oidc, trusted.addresses.callback, moment, force=is_forced, hint=hint)
        return begun.attempt.state, begun.url, None, asdict(begun.attempt)

    def _again(self, case: Case, key: str | None) -> Again | None:
        """Where somebody goes who is not let in now."""
        with self._database.reading() as session:
            return login_attempts.begun_by(session, self._keys, key or "", case.trusted.id, case.visitor.browser)

    def _steps_up(self, case: Case) -> SignedIn | None:
        """Who proves it anew; whoever came another way proves it that way, and here signs in as everybody does."""
        if case.visitor.session is None:
            return None
        with self._database.reading() as session:
            person = person_sessions.find(session, self._keys, case.visitor.session, now())
        return person if person is not None and person.connection_id == case.trusted.id else None

    def _open_test(self, case: Case, secret: str) -> str:
        with self._database.writing() as session:
            case.test = connection_tests.opened(session, self._keys, case.trusted.id, secret)
        if case.test is None:
            raise LoginRefused(Reason.REQUEST, "no test run waits at this address")
        return case.test

    def _failed_test(self, ended: Tested, trusted: Trusted) -> str:
        """The ticket with which the browser comes for the result of a test run."""
        checks = [asdict(one) for one in ended.checks]
        content = {"failed": ended.words, "checks": checks, "attempt": {"return_to": ended.reference}}
        with self._database.writing() as session:
            return login_attempts.give_ticket(session, self._keys, trusted.account_id, trusted.id, None, content)

    def _check_open(self, case: Case) -> None:
        """A connection that is switched off can be tried out, and nothing else."""
        trusted = case.trusted
        is_complete = trusted.saml is not None or (trusted.oidc is not None and trusted.credentials is not None)
        if trusted.suspended or not is_complete or not (trusted.enabled or case.test is not None):
            raise LoginRefused(Reason.CONNECTION, "the connection is switched off, or not set up completely")

    def _use_up(self, session: Any, trusted: Trusted, assertion: Assertion) -> None:
        login_attempts.use_message(
            session, trusted.account_id, trusted.id, "assertion", assertion.id, assertion.expires + _KEPT
        )

    def _case(self, connection_id: str, visitor: Visitor) -> Case:
        found = self._find(connection_id)
        if found is None:
            raise unknown(visitor)
        return Case(found, visitor)

    def _find(self, connection_id: str) -> Trusted | None:
        with self._database.reading() as session:
            return self._connections.find(session, connection_id)


def _only_message(form: Pairs) -> tuple[str, str | None]:
    """The message and the RelayState; each may come once (S-1)."""
    messages = [value for name, value in form if name == "SAMLResponse"]
    states = [value for name, value in form if name == "RelayState"]
    if len(messages) != 1 or len(states) > 1:
        raise LoginRefused(Reason.FORM, "the form does not have exactly one SAMLResponse, and at most one RelayState")
    return messages[0], states[0] if states else None


def _check_fresh(assertion: Assertion, attempt: Attempt, skew: timedelta) -> None:
    """Whoever had to prove it anew has done so since then (N-7); OpenID Connect checks that with the token."""
    if assertion.authenticated is None or assertion.authenticated < attempt.created - skew:
        raise LoginRefused(Reason.TIME, "the person was not authenticated anew, as was asked for")


def _oidc_attempt(begun: Attempt) -> OidcAttempt:
    state = dict(begun.state)
    return OidcAttempt(**state | {"begun": datetime.fromisoformat(state["begun"])})


def _provider(trusted: Trusted, assertion: Assertion, id_token: str | None) -> Mapping[str, Any] | None:
    """What the provider has to be told when the session ends, if it wants to know."""
    if trusted.saml is not None:
        if trusted.saml.logout_url is None or assertion.name_id is None:
            return None
        indexes = [] if assertion.session_index is None else [assertion.session_index]
        return {"name_id": asdict(assertion.name_id), "session_indexes": indexes}
    return None if id_token is None else {"id_token": id_token}


def _checks(content: Mapping[str, Any]) -> tuple[Check, ...]:
    return tuple(Check(one["name"], Verdict(one["verdict"]), one["detail"]) for one in content["checks"])
