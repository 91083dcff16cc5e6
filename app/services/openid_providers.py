"""Talking to the OpenID providers of connections: discovery, the code's exchange, keys, userinfo (O-30 to O-35).

One object a process. Whatever a provider does, or fails to do, becomes LoginRefused; none holds more than a few
threads. Nothing here touches a database: call it outside of transactions. Access tokens are used and forgotten (O-20).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from app.breaker import Breaker, Busy
from app.fetching import DOCUMENT, fetch, header_of
from app.outbound import Answer, Failed, Limits, Outbound, Refused
from app.services.openid_keys import KeySets, Place
from sso import oidc, oidc_logout
from sso.checks import Checklist
from sso.errors import LoginRefused, Reason
from sso.model import Assertion, OidcAttempt, OidcTrust
from sso.oidc import TokenAnswer
from sso.oidc_claims import with_userinfo
from sso.oidc_client import assertion_form, basic, code_form
from sso.oidc_discovery import Discovery, discovery_url, read_discovery
from sso.oidc_json import read_object
from sso.oidc_keys import Keys, UnknownKey, import_keys
from sso.oidc_logout import LogoutToken

T = TypeVar("T")

_REFUSALS: Final = (400, 401, 403)
"""How a token endpoint answers a code or a client that it does not accept (RFC 6749 §5.2)."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """By what we prove to be the client: a secret (client_secret_basic), or a private key as PEM (private_key_jwt)."""

    secret: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    key_id: str | None = None

    def __post_init__(self) -> None:
        if (self.secret is None) == (self.private_key is None):
            raise ValueError("either a secret or a private key")


class Providers:
    """The OpenID providers of all connections, as one process knows them."""

    def __init__(self, calls: Outbound, limits: Limits = DOCUMENT, clock: Callable[[], float] = time.monotonic) -> None:
        self._calls = calls
        self._limits = limits
        self._sets = KeySets(clock)

    @property
    def plain(self) -> bool:
        """Whether a provider on this very machine may be configured by http (O-31)."""
        return self._calls.is_plain

    def discover(self, account_id: str, issuer: str) -> Discovery:
        """What an issuer says about itself, for somebody of an account. Raises LoginRefused."""
        breaker = self._sets.of(Place(account_id, f"discovery of {issuer}", 0)).breaker
        answer = self._fetch(breaker, "the discovery document", discovery_url(issuer))
        return read_discovery(_document(answer, "the discovery document"), issuer, plain=self.plain)

    def exchange(
        self,
        place: Place,
        trust: OidcTrust,
        credentials: Credentials,
        attempt: OidcAttempt,
        code: str,
        now: datetime,
        checks: Checklist | None = None,
    ) -> TokenAnswer:
        """What the token endpoint gives for a code. Raises LoginRefused.

        The attempt was used up before: a code is never exchanged twice (O-7).
        """
        form, headers = code_form(attempt, code), {}
        if credentials.secret is not None:
            headers = {"Authorization": basic(trust.client_id, credentials.secret)}
        elif credentials.private_key is not None:
            form |= assertion_form(trust, credentials.private_key, credentials.key_id, now)
        with (checks or oidc.checklist()).step("code"):
            breaker = self._sets.of(place).breaker
            answer = self._fetch(breaker, "the token endpoint", trust.token_endpoint, form=form, headers=headers)
            document = _document(answer, "the token endpoint's answer", also=_REFUSALS)
            if answer.status != 200:
                if not isinstance(document.get("error"), str):
                    raise LoginRefused(Reason.PROVIDER, f"the token endpoint answered {answer.status}")
                raise LoginRefused(Reason.STATUS, oidc.provider_says(document))
            return oidc.read_answer(document)

    def verified(
        self,
        place: Place,
        trust: OidcTrust,
        answer: TokenAnswer,
        attempt: OidcAttempt,
        now: datetime,
        checks: Checklist | None = None,
    ) -> Assertion:
        """What a token response vouches for, with claims of userinfo where the connection wants them.

        Raises LoginRefused.
        """
        checks = checks or oidc.checklist()
        assertion = self._with_keys(
            place, trust, checks, lambda keys: oidc.verify(answer, keys, trust, attempt, now, checks)
        )
        if trust.uses_userinfo:
            assertion = with_userinfo(assertion, self._userinfo(place, trust, answer, checks), checks)
        return assertion

    def logout_token(
        self, place: Place, trust: OidcTrust, token: str, now: datetime, checks: Checklist | None = None
    ) -> LogoutToken:
        """Whose sessions a back-channel logout token ends. Raises LoginRefused."""
        checks = checks or oidc_logout.checklist()
        return self._with_keys(
            place, trust, checks, lambda keys: oidc_logout.verify_logout(token, keys, trust, now, checks)
        )

    def keys(self, place: Place, trust: OidcTrust) -> Keys:
        """The provider's keys, for who looks after the connection. Raises LoginRefused."""
        with _refusing("the provider's keys"):
            return self._sets.of(place).known(lambda: self._fetch_keys(place, trust))

    def _with_keys(self, place: Place, trust: OidcTrust, checks: Checklist, verify: Callable[[Keys], T]) -> T:
        with checks.step("keys"):
            keys = self.keys(place, trust)
        try:
            return verify(keys)
        except UnknownKey:
            with checks.step("keys"), _refusing("the provider's keys"):
                fresher = self._sets.of(place).fresher(keys, lambda: self._fetch_keys(place, trust))
            if fresher is None:
                raise
            return verify(fresher)

    def _fetch_keys(self, place: Place, trust: OidcTrust) -> Keys:
        answer = self._fetch(self._sets.of(place).breaker, "the key set", trust.jwks_uri)
        return import_keys(_document(answer, "the key set"))

    def _userinfo(self, place: Place, trust: OidcTrust, answer: TokenAnswer, checks: Checklist) -> Mapping[str, Any]:
        with checks.step("userinfo"):
            if answer.access_token is None or trust.userinfo_endpoint is None:
                raise LoginRefused(Reason.STRUCTURE, "there is no access token for userinfo, or no address of it")
            found = self._fetch(
                self._sets.of(place).breaker,
                "userinfo",
                trust.userinfo_endpoint,
                headers={"Authorization": f"Bearer {answer.access_token}"},
            )
            kind = header_of(found, "content-type").partition(";")[0].strip().lower()
            if found.status == 200 and kind != "application/json":
                raise LoginRefused(Reason.PROVIDER, f"userinfo is {kind[:60]!r}, not application/json")
            return _document(found, "userinfo")

    def _fetch(self, breaker: Breaker, what: str, url: str, **sent: Any) -> Answer:
        with _refusing(what), breaker.call(Failed, Refused):
            answer = fetch(self._calls, url, limits=self._limits, **sent)
            if answer.status >= 500:
                raise Failed(f"it answered {answer.status}")
            return answer


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    try:
        yield
    except (Refused, Failed, Busy) as error:
        raise LoginRefused(Reason.PROVIDER, f"{what}: {error}") from error


def _document(answer: Answer, what: str, also: tuple[int, ...] = ()) -> dict[str, Any]:
    """The JSON object in an answer. Raises LoginRefused."""
    if answer.status != 200 and answer.status not in also:
        raise LoginRefused(Reason.PROVIDER, f"{what}: it answered {answer.status}")
    try:
        return read_object(answer.body)
    except ValueError as error:
        raise LoginRefused(Reason.PROVIDER, f"{what} is no JSON object: {str(error)[:100]}") from error
