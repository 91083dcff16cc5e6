"""Refusals a SCIM client can act on, one class per scimType (RFC 7644 §3.12).

Services and stores raise them; the face renders them once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType


class ScimError(Exception):
    """A refusal the client can act on. ``str(error)`` becomes ``detail``."""

    status = 400
    scim_type: str | None = None
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def within(self, operation: str) -> ScimError:
        """The same refusal, its detail opening with the operation that caused it."""
        return type(self)(f"{operation}: {self.detail}")


class InvalidFilter(ScimError):
    """The filter is not in the grammar, or does not fit the attribute's type."""

    scim_type = "invalidFilter"


class TooMany(ScimError):
    """The request would cost more than this server is willing to spend."""

    scim_type = "tooMany"


class InvalidSyntax(ScimError):
    """The body is not what the request schema asks for."""

    scim_type = "invalidSyntax"


class InvalidPath(ScimError):
    """The PATCH path is malformed or names nothing."""

    scim_type = "invalidPath"


class NoTarget(ScimError):
    """The PATCH path matches nothing that could be changed."""

    scim_type = "noTarget"


class InvalidValue(ScimError):
    """A value is missing or does not fit the attribute."""

    scim_type = "invalidValue"


class InvalidCursor(ScimError):
    """The cursor is none of ours, or of another search (RFC 9865 §2.1)."""

    scim_type = "invalidCursor"


class ExpiredCursor(ScimError):
    """The cursor is too old (RFC 9865 §2.1)."""

    scim_type = "expiredCursor"


class InvalidCount(ScimError):
    """The page size is no whole number from 0 on, or not that of the walk's first page (RFC 9865 §2.1)."""

    scim_type = "invalidCount"


class Mutability(ScimError):
    """The change contradicts the attribute's mutability."""

    scim_type = "mutability"


class Unauthenticated(ScimError):
    """No valid directory token came with the request."""

    status = 401
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer realm="SCIM"'})


class Forbidden(ScimError):
    """The token is valid but may not do this."""

    status = 403


class NotFound(ScimError):
    """Nothing lives at this address."""

    status = 404


class MethodNotAllowed(ScimError):
    """The address exists, but not with this method."""

    status = 405

    def __init__(self, detail: str, allowed: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self.headers = {"Allow": ", ".join(allowed)}


class Uniqueness(ScimError):
    """Another resource already has this value."""

    status = 409
    scim_type = "uniqueness"


class Conflict(ScimError):
    """The request contradicts the state of the directory."""

    status = 409


class PreconditionFailed(ScimError):
    """The resource is no longer in the version the client knows."""

    status = 412


class TooLarge(ScimError):
    """The body or the number of operations is above the announced limit."""

    status = 413


class UnsupportedMediaType(ScimError):
    """The body is not JSON, or is compressed (RFC 9110 §15.5.16)."""

    status = 415


class TooManyRequests(ScimError):
    """The directory's share of requests is used up for the moment (RFC 6585 §4)."""

    status = 429

    def __init__(self, detail: str, seconds: int = 1) -> None:
        super().__init__(detail)
        self.headers = {"Retry-After": str(seconds)}


class NotImplementedHere(ScimError):
    """The protocol knows this, this server does not offer it."""

    status = 501


class Busy(ScimError):
    """The directory is being changed at this moment; the same request will be answered soon."""

    status = 503
    headers = MappingProxyType({"Retry-After": "1"})
