"""Why a sign-in is refused.

The person sees a calm page with a reference; the reason is for the trace and the audit trail, never for the browser.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """What was wrong with a message of an identity provider, or with the sign-in that it belongs to."""

    FORM = "form"
    """The request does not carry exactly one message, or too large a one (S-1)."""
    ENCODING = "encoding"
    """The message is not strict Base64, not UTF-8, or not deflated as it should be (S-2, S-4, S-46)."""
    XML = "xml"
    """The message is not well-formed XML, has a document type, comments or processing instructions (S-2 to S-4)."""
    LIMITS = "limits"
    """The message is deeper, longer or richer in signatures than any real one (S-5)."""
    STRUCTURE = "structure"
    """The message is no response as the schema has it, or has other assertions than exactly one (S-4, S-6, S-8)."""
    IDS = "ids"
    """Two elements have one id (S-7)."""
    SIGNATURE_FORM = "signature_form"
    """A signature stands where none may, or refers to something else than what it stands in (S-9)."""
    ALGORITHM = "algorithm"
    """An algorithm that is not allowed (S-11, S-15, O-10)."""
    UNSIGNED = "unsigned"
    """What must be signed for this connection is not (S-13, S-14)."""
    SIGNATURE = "signature"
    """No certificate or key of the connection verifies it (S-12, S-13, O-11)."""
    ENCRYPTION = "encryption"
    """It cannot be decrypted, or is not encrypted although it must be (S-15)."""
    STATUS = "status"
    """The identity provider itself says that the sign-in failed (S-20)."""
    DESTINATION = "destination"
    """It was meant for another address (S-21)."""
    ISSUER = "issuer"
    """It comes from another identity provider (S-22, O-5, O-13)."""
    AUDIENCE = "audience"
    """It was meant for another service (S-23, O-14)."""
    CONFIRMATION = "confirmation"
    """Whoever brings it is not confirmed to be who it speaks of (S-24)."""
    TIME = "time"
    """It is not valid yet, or no longer, or for too long (S-25, S-26, O-15)."""
    STATEMENT = "statement"
    """It does not say once that somebody was authenticated (S-26)."""
    SUBJECT = "subject"
    """It does not name one usable subject (S-27, O-16)."""
    ATTRIBUTES = "attributes"
    """Its attributes are ambiguous or unreadable (S-27, S-28)."""
    CONTEXT = "context"
    """The person was authenticated in a weaker way than the connection asks for (S-30)."""
    REQUEST = "request"
    """It answers no request that this connection has made and that still waits (S-40, S-43, O-4)."""
    REPLAY = "replay"
    """It was used before (S-41, O-7)."""
    BROWSER = "browser"
    """Another browser than the one that began brings the answer (S-42)."""
    CONNECTION = "connection"
    """The connection is switched off, or not set up completely, or its account is suspended."""
    NOT_PROVISIONED = "not_provisioned"
    """Nobody here is known to be this person, and nobody is to be created (L-3, L-4)."""
    AMBIGUOUS = "ambiguous"
    """It may be one person or another, which is never decided by order (L-5)."""
    INACTIVE = "inactive"
    """The person is switched off, or gone (L-7)."""
    ANOTHER_PERSON = "another_person"
    """Somebody else than who is signed in has proved who they are (N-7)."""
    PROVIDER = "provider"
    """The provider does not answer, or answers what it must not (O-30 to O-33)."""


ANYBODYS: Final = frozenset(
    {
        *(Reason.FORM, Reason.ENCODING, Reason.XML, Reason.LIMITS, Reason.STRUCTURE, Reason.IDS),
        *(Reason.REQUEST, Reason.CONNECTION),
    }
)
"""Why a message is refused that anybody can send without having begun a sign-in, or knowing anything of one."""


class LoginRefused(Exception):
    """A sign-in that does not happen. ``detail`` says in words for an administrator what was wrong."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


ABOUT_PEOPLE: Final = frozenset({Reason.NOT_PROVISIONED, Reason.AMBIGUOUS, Reason.INACTIVE})
"""The provider's answer was right, and only whom it speaks of may not sign in."""


class BadTrust(ValueError):
    """A connection that may not be stored as it is; the message says why, and what to do."""


def said(text: object) -> str:
    """What somebody sent, for a trace: one short line."""
    return "missing" if text is None else repr(str(text)[:120])
