"""Signing out at identity providers, and because of them (S-45 to S-47, O-36, O-37).

Our session always ends first: whatever a provider answers, nobody is still signed in here. What a provider says ends
sessions of its own connection only. Implements ``sso.store.Logouts``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

from app import audit
from app.crypto import subject_hash
from app.db import Database
from app.models.base import now
from app.observe import LOG
from app.sealing import Keys
from app.services import login_attempts, person_sessions
from app.services.openid_keys import Place
from app.services.openid_providers import Providers
from app.services.person_sessions import SignedIn
from app.services.sign_in_cases import Case, in_one_go, refuse, unknown
from app.services.trusted import Trusted, TrustedConnections
from app.session import Session
from sso import oidc_logout, saml_logout
from sso.errors import LoginRefused, Reason
from sso.model import MOST_SKEW, NameId, SamlTrust, ServiceProvider
from sso.store import NotLetIn, Pairs, SignedOut, Visitor

PURPOSE: Final = "logout"
BECAUSE: Final = "provider"
_KEPT: Final = MOST_SKEW + timedelta(minutes=5)
_MOST_QUERY: Final = 64 * 1024


def begin(
    session: Session, keys: Keys, connections: TrustedConnections, signed_in: SignedIn, back: str | None = None
) -> str | None:
    """Where whoever signs out goes so that their provider learns of it; None if it does not want to know.

    From there they come ``back`` to this address, which the caller vouches for, or to our own page. Called in the
    transaction that ends the session.
    """
    if signed_in.connection_id is None:
        return None
    trusted = connections.find(session, signed_in.connection_id)
    known = person_sessions.provider_of(session, keys, signed_in)
    if trusted is None or not trusted.is_open or not known:
        return None
    key, request_id, moment = login_attempts.new_key(), None, now()
    if trusted.saml is not None and trusted.provider is not None and trusted.saml.logout_url is not None:
        if "name_id" not in known:
            return None
        name_id = NameId(**known["name_id"])
        asked = saml_logout.begin_logout(
            trusted.saml, trusted.provider, name_id, known.get("session_indexes", ()), key, moment
        )
        url, request_id = asked.url, asked.request_id
    elif trusted.oidc is not None:
        there = oidc_logout.begin_logout(trusted.oidc, known.get("id_token"), trusted.addresses.logout, key)
        if there is None:
            return None
        url = there
    else:
        return None
    login_attempts.begin(
        session,
        keys,
        trusted.account_id,
        trusted.id,
        PURPOSE,
        key,
        request_id=request_id,
        state=None if back is None else {"back": back},
        user_id=signed_in.user_id,
    )
    return url


class Logouts:
    """What providers say about sessions that are over."""

    def __init__(self, database: Database, keys: Keys, connections: TrustedConnections, providers: Providers) -> None:
        self._database = database
        self._keys = keys
        self._connections = connections
        self._providers = providers

    def redirected(self, connection_id: str, visitor: Visitor, query: str) -> SignedOut:
        """A message that came by redirect."""
        case = self._case(connection_id, visitor)
        trusted = case.trusted
        try:
            if len(query) > _MOST_QUERY:
                raise LoginRefused(Reason.FORM, "the query is too long")
            names = {name for name, _ in parse_qsl(query, keep_blank_values=True, encoding="latin-1")}
            if trusted.saml is not None and trusted.provider is not None:
                if "SAMLRequest" in names:
                    return self._asked(case, trusted.saml, trusted.provider, query)
                return self._answered(case, trusted.saml, trusted.provider, query)
            return self._returned(case, query)
        except LoginRefused as refused:
            refuse(self._database, self._keys, case, refused)
            raise NotLetIn(visitor.reference) from refused

    def back_channel(self, connection_id: str, visitor: Visitor, token: str) -> None:
        """End what a logout token names, once (O-36)."""
        case = self._case(connection_id, visitor)
        trusted = case.trusted
        try:
            if trusted.oidc is None or trusted.suspended or not trusted.enabled:
                raise LoginRefused(Reason.CONNECTION, "the connection takes no logout token")
            checks = case.checks = oidc_logout.checklist()
            place = Place(trusted.account_id, trusted.id, trusted.version)
            found = self._providers.logout_token(place, trusted.oidc, token, case.received, checks)
            if found.subject is None and found.session_id is None:
                raise LoginRefused(Reason.SUBJECT, "the token names nobody as this connection does")
            sessions = () if found.session_id is None else (found.session_id,)
            self._end(case, found.id, found.expires, found.subject, sessions)
        except LoginRefused as refused:
            refuse(self._database, self._keys, case, refused)

    def front_channel(self, connection_id: str, visitor: Visitor, query: Pairs) -> None:
        """End the session that a frame names."""
        case = self._case(connection_id, visitor)
        try:
            if case.trusted.oidc is None or case.trusted.suspended or not case.trusted.enabled:
                raise LoginRefused(Reason.CONNECTION, "the connection takes no logout by frames")
            session_id = oidc_logout.read_front_channel(query, case.trusted.oidc)
            self._end(case, None, case.received, None, (session_id,))
        except LoginRefused as refused:
            refuse(self._database, self._keys, case, refused)

    def _asked(self, case: Case, trust: SamlTrust, provider: ServiceProvider, query: str) -> SignedOut:
        """The provider ends sessions, and is told that they are over."""
        moment = case.received
        request = saml_logout.read_request(query, trust, provider, moment)
        self._end(case, request.id, request.expires, request.name_id.value, request.session_indexes)
        answer = saml_logout.answer_logout(trust, provider, request, moment) if trust.logout_url is not None else None
        return SignedOut(answer, ours=self._is_over(case.visitor))

    def _is_over(self, visitor: Visitor) -> bool:
        """Whether the browser's own session has ended: whoever can bring it a message takes no other one from it."""
        if visitor.session is None:
            return False
        with self._database.reading() as session:
            return person_sessions.find(session, self._keys, visitor.session, now()) is None

    def _answered(self, case: Case, trust: SamlTrust, provider: ServiceProvider, query: str) -> SignedOut:
        """The provider has answered; our session had ended before we asked."""
        states = [value for name, value in parse_qsl(query, keep_blank_values=True) if name == "RelayState"]
        if len(states) != 1:
            raise LoginRefused(Reason.REQUEST, "the logout response has no single RelayState")
        attempt = login_attempts.use(self._database, self._keys, states[0], case.trusted.id, PURPOSE)
        if not saml_logout.read_response(query, trust, provider, attempt.request_id or "", case.received):
            LOG.info("provider_logout.partial", connection=case.trusted.id, request_id=case.visitor.reference)
        return SignedOut(attempt.state.get("back"), ours=False)

    def _returned(self, case: Case, query: str) -> SignedOut:
        """The browser comes back from signing out at an OpenID provider (O-37)."""
        states = [value for name, value in parse_qsl(query, keep_blank_values=True) if name == "state"]
        if len(states) != 1:
            raise LoginRefused(Reason.REQUEST, "the return from signing out has no single state")
        attempt = login_attempts.use(self._database, self._keys, states[0], case.trusted.id, PURPOSE)
        return SignedOut(attempt.state.get("back"), ours=False)

    def _end(
        self, case: Case, id: str | None, expires: datetime, subject: str | None, sessions: tuple[str, ...]
    ) -> None:
        trusted = case.trusted

        def end(session: Session) -> None:
            audit.begin(session, audit.Actor("idp", trusted.id, trusted.name), case.visitor.reference)
            if id is not None:
                login_attempts.use_message(
                    session, trusted.account_id, trusted.id, "logout", id, max(expires, now()) + _KEPT
                )
            person_sessions.end_by_provider(
                session,
                trusted.account_id,
                trusted.id,
                BECAUSE,
                subject_hash=None if subject is None else subject_hash(trusted.id, subject),
                provider_sessions=sessions,
            )

        in_one_go(self._database, end)

    def _case(self, connection_id: str, visitor: Visitor) -> Case:
        with self._database.reading() as session:
            trusted: Trusted | None = self._connections.find(session, connection_id)
        if trusted is None:
            raise unknown(visitor)
        return Case(trusted, visitor)
