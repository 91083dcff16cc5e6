"""Many operations in one request (RFC 7644 §3.7).

Each operation is done within a savepoint of its own: one that fails leaves nothing behind, and the others stay.
They are done in the order of the request, except that a resource is created before the first operation that
refers to it. Resources that refer to each other in a circle are created without those references first and then
completed, in one savepoint: all of them or none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from scim import service
from scim.bulk_references import order, references, resolve, without
from scim.bulk_request import METHODS, SHOWN, BulkRequest, Operation
from scim.errors import Conflict, InvalidPath, InvalidValue, MethodNotAllowed, ScimError, TooLarge
from scim.store import Change, DirectoryStore

RESPONSE_URN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

_STATUS = {"create": 201, "replace": 200, "patch": 200, "delete": 204}
_PORTION = 100
MAX_CIRCULAR = 2_000
"""How often resources of one circle may refer to each other: every reference is followed through all the others."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one operation: a change, or why there is none.

    ``kind`` and ``id`` say which resource it is about, where that is known.
    """

    operation: Operation
    status: int
    change: Change | None = None
    error: ScimError | None = None
    kind: str | None = None
    id: str | None = None


def run(store: DirectoryStore, request: BulkRequest, on_changes: Callable[[Sequence[Change]], None]) -> list[Outcome]:
    """Do the operations; the outcomes are in the order of the request, without those that failOnErrors kept from it.

    ``on_changes`` is called within the savepoint of the changes: for each operation alone, or for all those done
    together.
    """
    return _Run(store, request, on_changes).outcomes()


class _Run:
    """A request under way. ``made`` has the ids of what was created, by bulkId; ``done`` the outcomes by number."""

    def __init__(
        self, store: DirectoryStore, request: BulkRequest, on_changes: Callable[[Sequence[Change]], None]
    ) -> None:
        self._store = store
        self._request = request
        self._on_changes = on_changes
        self._kinds = {resource_type.endpoint: kind for kind, resource_type in store.resource_types.items()}
        self._made: dict[str, str] = {}
        self._done: dict[int, Outcome] = {}
        self._errors = 0
        operations = request.operations
        self._creators = {one.bulk_id: number for number, one in enumerate(operations) if one.creates}
        self._named = [references(one.path) | references(one.data, self._creators) for one in operations]

    def outcomes(self) -> list[Outcome]:
        self._lock_addressed()
        creators = self._creators
        needs = [[creators[name] for name in sorted(names & creators.keys())] if names else [] for names in self._named]
        run: list[int] = []
        for circle in order(needs):
            number = circle[0]
            if self._is_plain(number):
                run.append(number)
                if len(run) < _PORTION:
                    continue
            self._create_all(run)
            run = []
            if not self._is_full() and number not in self._done:
                if sum(len(needs[one]) for one in circle) > MAX_CIRCULAR:
                    self._refuse_circle(circle)
                elif len(circle) > 1 or number in needs[number]:
                    self._complete(circle)
                else:
                    self._single(number)
            if self._is_full():
                break
        self._create_all(run)
        return [self._done[number] for number in sorted(self._done)]

    def _lock_addressed(self) -> None:
        """Lock what is going to be changed, groups before users, so bulks that cross never wait in a circle."""
        addressed: dict[str, set[str]] = {}
        for operation in self._request.operations:
            if operation.method == "POST":
                continue
            try:
                kind, id = self._target(operation)
            except ScimError:
                continue  # what is wrong with it is said when its turn comes
            if id is not None:
                addressed.setdefault(kind, set()).add(id)
        for kind in sorted(addressed):
            self._store.lock(kind, addressed[kind])

    def _is_full(self) -> bool:
        return self._request.fail_on_errors is not None and self._errors >= self._request.fail_on_errors

    def _is_plain(self, number: int) -> bool:
        """Whether it only adds a resource that neither refers to another one nor has members."""
        operation = self._request.operations[number]
        kind = self._kinds.get(operation.path.strip("/"))
        if not operation.creates or kind is None or self._named[number]:
            return False
        relation = self._store.resource_types[kind].relation
        return relation is None or relation.read_only

    def _create_all(self, run: Sequence[int]) -> None:
        """Add the resources of a run together, or else one by one: then each has its own outcome."""
        if self._is_full():
            return
        operations = [self._request.operations[number] for number in run]
        changes: list[Change] | None = None
        if len(run) > 1 and len({one.path.strip("/") for one in operations}) == 1:
            kind = self._kinds[operations[0].path.strip("/")]
            try:
                with self._store.savepoint():
                    changes = service.create_all(self._store, kind, [one.data for one in operations])
                    self._on_changes(changes)
            except ScimError:
                changes = None
        if changes is not None:
            for number, change in zip(run, changes, strict=True):
                self._succeed(number, change)
            return
        for number in run:
            if self._is_full():
                return
            self._single(number)

    def _single(self, number: int) -> None:
        operation = self._request.operations[number]
        kind: str | None = None
        id: str | None = None
        try:
            kind, id = self._target(operation)
            data = resolve(operation.data, self._known(number))
            with self._store.savepoint():
                change = self._apply(operation, kind, id, data)
                self._notify(change)
        except ScimError as error:
            self._fail(number, error, kind, id)
        else:
            self._succeed(number, change)

    def _refuse_circle(self, circle: Sequence[int]) -> None:
        for number in circle:
            if not self._is_full():
                refusal = (
                    f"bulkId: these operations refer to each other more than {MAX_CIRCULAR} times; send fewer at once"
                )
                self._fail(number, TooLarge(refusal))

    def _complete(self, circle: Sequence[int]) -> None:
        """Create resources that need each other: first without what is not there yet, then with it."""
        operations = {number: self._request.operations[number] for number in circle}
        within = {operation.bulk_id for operation in operations.values()}
        changes: dict[int, Change] = {}
        failed: tuple[int, ScimError] | None = None
        number = circle[0]
        try:
            with self._store.savepoint():
                for number, operation in operations.items():
                    kind, _ = self._target(operation)
                    later = within - self._made.keys()
                    known = {name: self._id_of(name) for name in sorted(self._named[number] - later)}
                    data = resolve(without(operation.data, later), known)
                    changes[number] = service.create(self._store, kind, data)
                    self._notify(changes[number])
                    if operation.bulk_id is not None:
                        self._made[operation.bulk_id] = changes[number].id
                for number, operation in operations.items():
                    made = changes[number]
                    data = resolve(operation.data, self._known(number))
                    completed = service.replace(self._store, made.kind, made.id, data)
                    self._notify(completed)
                    changes[number] = Change("create", made.kind, made.id, None, completed.after)
        except ScimError as refusal:
            failed = number, refusal
        if failed is None:
            for number in circle:
                self._succeed(number, changes[number])
            return
        for name in within:
            self._made.pop(name or "", None)
        culprit, error = failed
        self._fail(culprit, error)
        name = operations[culprit].bulk_id or ""
        for number in circle:
            if number != culprit and not self._is_full():
                self._fail(number, _depends_on_failed(name))

    def _apply(self, operation: Operation, kind: str, id: str | None, data: Any) -> Change:
        store, version = self._store, operation.version
        match operation.method:
            case "POST":
                return service.create(store, kind, data)
            case "PUT":
                return service.replace(store, kind, id or "", data, if_match=version)
            case "PATCH":
                # RFC 7644 §3.7.3 shows the bare list of operations as the data of a PATCH.
                body = {"Operations": data} if isinstance(data, list) else data
                return service.patch(store, kind, id or "", body, if_match=version)
        return service.delete(store, kind, id or "", if_match=version)

    def _target(self, operation: Operation) -> tuple[str, str | None]:
        """The kind, and the id if one is addressed. Raises MethodNotAllowed, InvalidPath, InvalidValue."""
        if operation.method not in METHODS:
            raise MethodNotAllowed(f"method: must be one of {', '.join(METHODS)}", METHODS)
        segments = operation.path.removeprefix("/").removesuffix("/").split("/")
        kind = self._kinds.get(segments[0])
        if kind is None or len(segments) > 2 or "?" in operation.path or "#" in operation.path:
            raise InvalidPath(f'path: "{operation.path[:SHOWN]}" names no resource; write it like /Users/2819c223')
        if operation.method == "POST":
            if len(segments) > 1:
                raise InvalidPath(f"path: POST goes to /{segments[0]}; the server makes the id")
            if not operation.bulk_id:
                raise InvalidValue("bulkId: is required for POST")
            return kind, None
        if len(segments) < 2 or not segments[1]:
            raise InvalidPath(f"path: {operation.method} needs an id, as in /{segments[0]}/2819c223")
        id = unquote(segments[1])
        name = next(iter(references(id, self._creators)), None)
        return kind, id if name is None else self._id_of(name)

    def _known(self, number: int) -> Mapping[str, str]:
        """The ids of everything that an operation refers to. Raises InvalidValue, Conflict."""
        return {name: self._id_of(name) for name in sorted(self._named[number])}

    def _id_of(self, name: str) -> str:
        if name in self._made:
            return self._made[name]
        if name in self._creators:
            raise _depends_on_failed(name)
        raise InvalidValue(f'bulkId: no operation of this request creates "{name[:SHOWN]}"')

    def _notify(self, change: Change) -> None:
        if change.changed:
            self._on_changes([change])

    def _succeed(self, number: int, change: Change) -> None:
        operation = self._request.operations[number]
        if operation.creates and operation.bulk_id is not None:
            self._made[operation.bulk_id] = change.id
        # What was before is not needed any more, and can be large.
        slim = change
        if change.before is not None or change.added:
            slim = Change(change.verb, change.kind, change.id, None, change.after)
        self._done[number] = Outcome(operation, _STATUS[change.verb], slim, kind=change.kind, id=change.id)

    def _fail(self, number: int, error: ScimError, kind: str | None = None, id: str | None = None) -> None:
        self._errors += 1
        operation = self._request.operations[number]
        self._done[number] = Outcome(operation, error.status, error=error, kind=kind, id=id)


def _depends_on_failed(name: str) -> Conflict:
    return Conflict(f'bulkId: the operation "{name[:SHOWN]}", which this one refers to, has failed')
