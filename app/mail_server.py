"""The mail server that an operator names: ``smtp://user:password@host:587?starttls`` or ``smtps://host``."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

_PORTS = {"smtp": 25, "smtps": 465}
_SUBMISSION = 587


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and in whose name. ``tls``: encrypted from the first byte on (RFC 8314)."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: bool
    starttls: bool
    sender: Address


def mail_server(url: str, sender: str) -> MailServer | None:
    """The server, or None where none is named. Raises ValueError, saying what is wrong."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.fragment:
        raise ValueError("it must look like smtp://user:password@mail.example.com:587?starttls")
    if parts.query not in ("", "starttls") or (parts.query and parts.scheme == "smtps"):
        raise ValueError("after the ? nothing but starttls is known, and that only with smtp://")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("it must name a user and a password, or neither")
    usual = _SUBMISSION if parts.query else _PORTS[parts.scheme]
    return MailServer(
        host=parts.hostname,
        port=parts.port or usual,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=parts.scheme == "smtps",
        starttls=bool(parts.query),
        sender=_sender(sender),
    )


def _sender(text: str) -> Address:
    name, address = parseaddr(text)
    if "@" not in address or not text.isprintable():
        raise ValueError("MUSTER_MAIL_FROM must say who it is from, such as Muster <muster@example.com>")
    return Address(name, addr_spec=address)
