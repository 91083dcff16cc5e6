"""Apply PATCH operations to a resource, guided by its schema (RFC 7644 §3.5.2).

The operations work on a copy, in order; the first that is refused refuses them all, so a request
changes everything or nothing. Operations on a group's members only add up to an edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_
from typing import Any

import orjson

from scim import errors
from scim.attributes import Attribute, Mutability, ResourceType, Schema
from scim.errors import InvalidPath, InvalidSyntax, InvalidValue, NoTarget, ScimError, TooLarge
from scim.filter_tree import terms
from scim.json_body import named_fields
from scim.names import find_schema
from scim.patch_members import MemberDraft, Related, edit_members
from scim.patch_path import PatchPath, parse_path
from scim.patch_values import Holder, edit_value
from scim.resource import check_extension, check_parts, complete, keep_immutable, reference_ids
from scim.store import MemberEdit, Resource

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MAX_OPERATIONS = 1_000
MAX_COMPARISONS = 500_000
"""How many comparisons of values all operations of a request may need; seconds of work."""
_HANDLING = 4
"""What it costs to handle a value that stays as it is, in comparisons."""
_VERBS = ("add", "replace", "remove")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as it was sent: verb in lower case, path text or None, value or None for null and absent."""

    verb: str
    path: str | None
    value: Any
    has_value: bool


@dataclass(frozen=True, slots=True)
class Patched:
    """What a PATCH comes to. None means that this side stays as it is."""

    resource: Resource | None
    members: MemberEdit | None


def read_operations(body: Any) -> Sequence[Operation]:
    """The operations of a PATCH body. Raises InvalidSyntax for what is no PatchOp, TooLarge above the limit."""
    if type(body) is not dict:
        raise InvalidSyntax("the body must be a JSON object")
    fields = named_fields(body)
    urns = fields.get("schemas")
    # Java clients leave schemas out; a list that names something else is a mistake worth telling.
    if urns is not None and not (
        isinstance(urns, list) and any(isinstance(urn, str) and urn.lower() == PATCH_URN.lower() for urn in urns)
    ):
        raise InvalidSyntax(f'schemas: must be a list that contains "{PATCH_URN}"')
    operations = fields.get("operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("Operations: must be a list of one operation or more")
    if len(operations) > MAX_OPERATIONS:
        raise TooLarge(f"Operations: more than {MAX_OPERATIONS}; split the request")
    return [_read_operation(number, given) for number, given in enumerate(operations, 1)]


def _read_operation(number: int, given: Any) -> Operation:
    if type(given) is not dict:
        raise InvalidSyntax(f"operation {number}: must be an object")
    fields = named_fields(given, f"operation {number}: ")
    verb, path = fields.get("op"), fields.get("path")
    if not isinstance(verb, str) or verb.lower() not in _VERBS:
        raise InvalidSyntax(f"operation {number}: op must be add, replace or remove")
    if path is not None and not isinstance(path, str):
        raise InvalidPath(f"operation {number}: path must be text")
    return Operation(verb.lower(), path or None, fields.get("value"), "value" in fields)


def apply(
    resource_type: ResourceType,
    current: Mapping[str, Any],
    operations: Sequence[Operation],
    related: Related,
    *,
    creates: bool = True,
) -> Patched:
    """What the operations make of a resource; ``current`` is its document and stays untouched.

    ``related`` gives the present values of the relation and is called for exotic operations only. ``creates``: a path
    whose condition nothing fits may make what it describes. Raises a ScimError whose detail names the operation.
    """
    draft = _Draft(resource_type, current, related, creates)
    for number, operation in enumerate(operations, 1):
        try:
            draft.apply(operation)
        except ScimError as error:
            raise error.within(f"operation {number} ({operation.verb})") from error
    return draft.result()


class _Draft:
    """A copy of the resource, while operations change it."""

    def __init__(
        self, resource_type: ResourceType, current: Mapping[str, Any], related: Related, creates: bool
    ) -> None:
        self._type = resource_type
        self._creates = creates
        self._id = current.get("id")
        self._before = {name: value for name, value in current.items() if name not in ("id", "schemas")}
        self._resource: Resource = orjson.loads(orjson.dumps(self._before))
        self._related = related
        self._members = MemberDraft(related)
        self._comparisons = 0

    def apply(self, operation: Operation) -> None:
        """Apply one operation."""
        verb, value = operation.verb, operation.value
        if verb != "remove" and not operation.has_value:
            raise InvalidValue(f"{verb} needs a value")
        if operation.path is not None:
            self._edit(parse_path(self._type, operation.path), verb, value)
        elif verb == "remove":
            raise NoTarget("remove needs a path")
        else:
            self._edit_many(verb, value)

    def result(self) -> Patched:
        """What all operations together came to."""
        keep_immutable(self._type, self._resource, self._before, may_omit=False)
        for schema in self._type.schemas[1:]:
            data = self._resource.get(schema.urn)
            if data:
                # What was there before somebody made an attribute required may stay as it is.
                if data != self._before.get(schema.urn):
                    check_extension(schema, data)
                    check_parts(schema, data, self._before.get(schema.urn) or {})
            elif data is not None:
                del self._resource[schema.urn]
        resource = complete(self._type, self._resource)
        unchanged = {name: value for name, value in resource.items() if name != "schemas"} == self._before
        return Patched(None if unchanged else resource, self._members.edit())

    def _edit(self, path: PatchPath, verb: str, value: Any) -> None:
        attribute = path.attribute
        if attribute is None:
            self._edit_schema(path.extension, verb, value)
            return
        if attribute.read_only or (path.sub is not None and path.sub.read_only):
            raise errors.Mutability(f"{(path.sub or attribute).name}: is read-only")
        if attribute.key == "schemas":
            if verb == "remove":
                raise errors.Mutability("schemas: is required and cannot be removed")
            return  # it is computed from what the resource has
        if attribute.relation:
            edit_members(self._members, path, attribute, verb, value)
            return
        holder = self._holder(path.extension)
        if not self._creates and path.pins is not None:
            path = with_(path, pins=None)
        if attribute.multi_valued:
            self._spend(len(holder.get(attribute.name) or ()), path, verb, value)
        edit_value(holder, path, attribute, verb, value)

    def _spend(self, present: int, path: PatchPath, verb: str, value: Any) -> None:
        """Operations times values times conditions must not keep others waiting: the resource is locked."""
        given = len(value) if isinstance(value, list) else 1
        each = terms(path.filter) if path.filter is not None else 0 if verb == "replace" else given
        self._comparisons += given + present * (_HANDLING + each)
        if self._comparisons > MAX_COMPARISONS:
            raise TooLarge("all operations up to here compare too many values; split the request")

    def _holder(self, extension: str | None) -> Holder:
        if extension is None:
            return self._resource
        holder: Holder = self._resource.setdefault(extension, {})
        return holder

    def _edit_schema(self, extension: str | None, verb: str, value: Any) -> None:
        """An operation on a whole schema: on all attributes of an extension, or on the resource itself."""
        if extension is None:
            if verb == "remove":
                raise NoTarget("remove needs the path of an attribute")
            self._edit_many(verb, value)
            return
        if verb == "remove" or value is None:
            if verb != "add":
                self._remove_extension(extension)
            return
        if not isinstance(value, dict):
            raise InvalidValue(f"{extension}: must be an object")
        for name, part in value.items():
            self._edit_named(f"{extension}:{name}", verb, part)

    def _remove_extension(self, extension: str) -> None:
        """An extension is optional, so all of it can go, though a part that it requires cannot."""
        schema = self._type.find_schema(extension)
        data = self._resource.get(extension, {})
        for attribute in schema.attributes if schema else ():
            if attribute.name in data and attribute.mutability in (Mutability.IMMUTABLE, Mutability.READ_ONLY):
                raise errors.Mutability(f"{attribute.name}: is {attribute.mutability} and cannot be removed")
        self._resource.pop(extension, None)

    def _edit_many(self, verb: str, value: Any) -> None:
        """An operation without path: each key of the value is one (RFC 7644 §3.5.2.1); Entra's keys are paths."""
        if not isinstance(value, dict):
            raise InvalidValue(f"{verb} without a path needs an object of attributes as its value")
        for name, part in value.items():
            schema = find_schema(self._type, name)
            if schema is not None:
                self._edit_schema(self._extension_of(schema), verb, part)
            else:
                self._edit_named(name, verb, part)

    def _extension_of(self, schema: Schema) -> str | None:
        return None if schema is self._type.schema else schema.urn

    def _edit_named(self, name: str, verb: str, value: Any) -> None:
        """One key of a value without path. Unknown attributes are ignored, as on create."""
        try:
            path = parse_path(self._type, name)
        except InvalidPath:
            if "[" in name:
                raise
            return
        attribute = path.attribute
        if attribute is not None and attribute.read_only:
            self._tolerate_same(attribute, value)
        elif path.sub is None or not path.sub.read_only:
            self._edit(path, verb, value)

    def _tolerate_same(self, attribute: Attribute, value: Any) -> None:
        """Clients repeat what they read; only another value of a read-only attribute contradicts it."""
        if attribute.key == "id" and value not in (None, self._id):
            raise errors.Mutability("id: is read-only; leave it out")
        if attribute.relation and value and self._related_ids() != reference_ids(attribute, value):
            raise errors.Mutability(f"{attribute.name}: is read-only; change the groups' members instead")

    def _related_ids(self) -> set[str]:
        return {reference.value for reference in self._related()}
