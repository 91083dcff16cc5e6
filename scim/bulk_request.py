"""What a bulk request asks for (RFC 7644 §3.7): JSON → operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scim.errors import InvalidSyntax, TooLarge
from scim.json_body import named_fields
from scim.names import is_message

REQUEST_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
METHODS = ("POST", "PUT", "PATCH", "DELETE")
SHOWN = 100
"""So many characters of what a client sent stand in a refusal."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the client asked for it."""

    method: str
    path: str
    bulk_id: str | None
    version: str | None
    data: Any

    @property
    def creates(self) -> bool:
        """Whether others can refer to what this makes."""
        return self.method == "POST" and self.bulk_id is not None


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """The operations, and after how many errors to stop (None: never)."""

    operations: Sequence[Operation]
    fail_on_errors: int | None


def read_request(body: Mapping[str, Any], most: int) -> BulkRequest:
    """A BulkRequest's operations. Raises TooLarge for more than ``most``, InvalidSyntax."""
    fields = named_fields(body)
    if not is_message(fields.get("schemas"), REQUEST_URN):
        raise InvalidSyntax(f'schemas: must be a list that contains "{REQUEST_URN}"')
    operations = fields.get("operations")
    if not isinstance(operations, list):
        raise InvalidSyntax("Operations: must be a list")
    if len(operations) > most:
        raise TooLarge(f"Operations: {len(operations)} in one request; send {most} at most")
    errors = fields.get("failonerrors")
    if errors is not None and (type(errors) is not int or errors < 1):
        raise InvalidSyntax("failOnErrors: must be a whole number above 0")
    read = [_operation(f"Operations[{index}]", given) for index, given in enumerate(operations)]
    made: set[str] = set()
    for operation in read:
        if operation.creates and operation.bulk_id is not None:
            if operation.bulk_id in made:
                raise InvalidSyntax(f'bulkId: "{operation.bulk_id[:SHOWN]}" is given twice; each names one operation')
            made.add(operation.bulk_id)
    return BulkRequest(read, errors)


def _operation(at: str, given: Any) -> Operation:
    if not isinstance(given, dict):
        raise InvalidSyntax(f"{at}: must be an object")
    fields = named_fields(given, f"{at}: ")
    texts: dict[str, str | None] = {}
    for name in ("method", "path", "bulkId", "version"):
        value = fields.get(name.lower())
        if value is not None and not isinstance(value, str):
            raise InvalidSyntax(f"{at}.{name}: must be text")
        texts[name] = value
    method, path = texts["method"], texts["path"]
    if not method or not path:
        raise InvalidSyntax(f"{at}: method and path are required")
    return Operation(method.upper(), path, texts["bulkId"], texts["version"], fields.get("data"))
