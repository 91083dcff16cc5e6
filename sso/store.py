"""The ports of this core's face: who decides about sign-ins, and about sessions that end.

The face knows HTTP and nothing else. What it is handed says how a sign-in goes on; every refusal is the same page, and
why is for the trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sso.model import Check

Pairs = Sequence[tuple[str, str]]
"""Parameters as they came: in their order, and those that come twice are there twice."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. ``reference`` is what they are shown of it; ``browser`` and ``session`` are secrets of cookies."""

    reference: str
    address: str | None = None
    agent: str | None = None
    browser: str | None = None
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the browser goes to sign in, and by what it is known when it comes back."""

    url: str
    browser: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody is signed in: the secret of their session, and where they wanted to go."""

    secret: str
    return_to: str
    connection_id: str


@dataclass(frozen=True, slots=True)
class Tested:
    """A test run has ended; nobody is signed in by it.

    ``is_about_person``: the provider's answer is right, and only whom it speaks of may not sign in here.
    """

    reference: str
    passed: bool
    words: str
    checks: Sequence[Check]
    is_about_person: bool = False


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Where the browser goes after signing out; the session's cookie goes if ``ours``."""

    url: str | None
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Again:
    """How somebody who was not let in begins anew: by which connection, for what, and where they wanted to go."""

    connection_id: str
    return_to: str
    step_up: bool


class NotLetIn(Exception):
    """It does not happen. What the page may say: a status and a reference; everything else is in the trace.

    ``again``: the sign-in that failed was one that this browser had begun.
    """

    def __init__(self, reference: str, status: int = 403, again: Again | None = None) -> None:
        super().__init__(reference)
        self.reference = reference
        self.status = status
        self.again = again


class SignIns(Protocol):
    """Sign-ins by connections. Every method may raise NotLetIn."""

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
        """Begin one. ``step_up``: whoever is signed in proves it anew; ``test`` opens a test run.

        ``hint`` is what somebody said who they are, sealed.
        """
        ...

    def respond(self, connection_id: str, visitor: Visitor, form: Pairs) -> str:
        """A SAML response has come across sites; the ticket with which the browser comes for what it says."""
        ...

    def finish(self, connection_id: str, visitor: Visitor, ticket: str) -> Arrived | Tested:
        """The browser comes with its ticket."""
        ...

    def callback(self, connection_id: str, visitor: Visitor, query: Pairs) -> Arrived | Tested:
        """An OpenID provider's answer has come with the browser."""
        ...

    def metadata(self, connection_id: str) -> bytes | None:
        """What a SAML provider has to know of us; None without such a connection."""
        ...

    def jwks(self, connection_id: str) -> Mapping[str, Any] | None:
        """Our public keys towards an OpenID provider; None without such a connection."""
        ...


class Logouts(Protocol):
    """Sessions that end at, or because of, an identity provider. Every method may raise NotLetIn."""

    def redirected(self, connection_id: str, visitor: Visitor, query: str) -> SignedOut:
        """A message of SAML single logout, or the return from signing out at an OpenID provider; the raw query."""
        ...

    def back_channel(self, connection_id: str, visitor: Visitor, token: str) -> None:
        """A logout token of an OpenID provider."""
        ...

    def front_channel(self, connection_id: str, visitor: Visitor, query: Pairs) -> None:
        """A frame of an OpenID provider says that a session has ended there."""
        ...
