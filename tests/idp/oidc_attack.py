"""One way in which an OpenID provider, or somebody in between, may misbehave."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sso.errors import Reason
from tests.idp.oidc_provider import Provider
from tests.idp.oidc_server import Reply

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Attack:
    """How it is called, with the number of the requirement; what of the provider is bent; why it must be refused.

    ``trust`` is how the connection is configured otherwise; ``discovers`` is whether it is by discovery.
    """

    name: str
    reason: Reason
    bent: dict[str, Any]
    trust: dict[str, Any] = field(default_factory=dict)
    act: Callable[[Provider], None] | None = None

    def bend(self, provider: Provider) -> None:
        """Make a provider misbehave so."""
        for name, value in self.bent.items():
            assert hasattr(provider, name)
            setattr(provider, name, value)
        if self.act is not None:
            self.act(provider)


def claims(name: str, reason: Reason, /, trust: dict[str, Any] | None = None, **changed: Any) -> Attack:
    """An ID token with other claims."""
    return Attack(name, reason, {"claims": changed}, trust or {})


def header(name: str, reason: Reason, **changed: Any) -> Attack:
    """An ID token with another header, signed by the provider."""
    return Attack(name, reason, {"header": changed})


def callback(name: str, reason: Reason, change: Callable[[Pairs], Pairs]) -> Attack:
    """Other parameters in what the browser brings back."""
    return Attack(name, reason, {"callback": change})


def token(name: str, reason: Reason, change: Callable[[str], Any]) -> Attack:
    """Something else instead of an ID token."""
    return Attack(name, reason, {"token": change})


def replied(path: str, name: str, reason: Reason, reply: Reply, **trust: Any) -> Attack:
    """Something else at one of the addresses."""
    return Attack(name, reason, {"replies": {path: reply}}, trust)


def reply(content: Any, status: int = 200, kind: str = "application/json", **headers: str) -> Reply:
    """An answer: bytes as they are, other things as JSON."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Reply(status, body, {"Content-Type": kind, **{name.replace("_", "-"): one for name, one in headers.items()}})
