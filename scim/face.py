"""One SCIM request: routed, read, served and rendered (RFC 7644 §3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from scim import bulk, bulk_request, discovery, searching, service
from scim.cursors import Cursors
from scim.errors import (
    Forbidden,
    MethodNotAllowed,
    NotFound,
    NotImplementedHere,
    ScimError,
    UnsupportedMediaType,
)
from scim.face_expected import expected
from scim.face_request import Asked
from scim.face_response import MEDIA_TYPE, Answer
from scim.json_body import read_object
from scim.patch import read_operations
from scim.projection import Projection, patched_names, projection
from scim.query import PageLimits, Parameters, from_arguments, from_body, projected_names
from scim.representation import Renderer, error_body, etag, managers_of
from scim.store import Change, DirectoryStore, Expected, Stored

Verb = Callable[[], Answer]
OpenStore = Callable[[Asked, Callable[[], Expected | None]], DirectoryStore]
"""Opens the directory of a request, and may ask what the request will read first."""

_NOWHERE = "there is no such endpoint; see /ResourceTypes"


def render_error(error: ScimError, request_id: str = "") -> Answer:
    """A refusal as SCIM says it (RFC 7644 §3.12)."""
    return Answer(error_body(error, request_id), error.status, error.headers)


@dataclass(frozen=True)
class Face:
    """The service as configured; see ``create_application`` for what the fields mean."""

    open_store: OpenStore
    on_changes: Callable[[DirectoryStore, Sequence[Change]], None]
    base_url: str
    pages: PageLimits
    cursors: Cursors
    bulk_operations: int
    patch_body_member_limit: int
    stream_members_above: int

    def answer(self, asked: Asked, path: str) -> Answer:
        """The answer to the present request on ``path`` below the prefix. Raises ScimError."""
        parts, method = path.removesuffix("/").split("/"), asked.method
        store = self.open_store(asked, lambda: expected(asked, parts, self.pages))
        verbs = Exchange(self, store, asked).verbs(parts)
        verb = verbs.get("GET" if method == "HEAD" else method)
        if verb is None:
            allowed = [*verbs, "HEAD"] if "GET" in verbs else [*verbs]
            raise MethodNotAllowed(f"{method} is not offered here; there is {', '.join(allowed)}", allowed)
        return verb()


class Exchange:
    """One authenticated request on one directory."""

    def __init__(self, face: Face, store: DirectoryStore, asked: Asked) -> None:
        self._face = face
        self._asked = asked
        self._store = store
        self._types = store.resource_types

    def verbs(self, path: list[str]) -> Mapping[str, Verb]:
        """What can be done at a path, by method. Raises NotFound, NotImplementedHere."""
        kinds = {resource_type.endpoint: name for name, resource_type in self._types.items()}
        match path:
            case [""]:
                return {"GET": self.search_all}
            case [".search"]:
                return {"POST": self.search_all}
            case [endpoint] if kind := kinds.get(endpoint):
                return {"GET": lambda: self.search(kind), "POST": lambda: self.create(kind)}
            case [endpoint, ".search"] if kind := kinds.get(endpoint):
                return {"POST": lambda: self.search(kind)}
            case [endpoint, id] if kind := kinds.get(endpoint):
                return {
                    "GET": lambda: self.get(kind, id),
                    "PUT": lambda: self.replace(kind, id),
                    "PATCH": lambda: self.patch(kind, id),
                    "DELETE": lambda: self.delete(kind, id),
                }
            case ["Bulk"]:
                return {"POST": self.bulk}
            case ["Me", *_]:
                raise NotImplementedHere("/Me is not offered: a directory's token is no person's; see /Users")
            case ["ServiceProviderConfig"] | ["ResourceTypes" | "Schemas"] | ["ResourceTypes" | "Schemas", _]:
                return {"GET": lambda: self.discover(*path)}
        raise NotFound(_NOWHERE)

    def create(self, kind: str) -> Answer:
        """POST /Users."""
        shown = self._projection(kind)
        change = service.create(self._store, kind, self._body())
        return self._changed(change, shown.with_given(None), 201)

    def get(self, kind: str, id: str) -> Answer:
        """GET /Users/{id}."""
        shown = self._projection(kind)
        conditions = self._conditions()
        # Members are read while they are sent, so only a read-only relation is loaded here.
        related = self._loads_related(kind, shown)
        found = service.get(self._store, kind, id, if_match=conditions["if_match"], related=related)
        known = conditions["if_none_match"]
        if known is not None and service.is_version(known, found.version):
            return Answer(status_code=304, headers={"ETag": etag(found.version)})
        return self._resource(found, shown, 200)

    def replace(self, kind: str, id: str) -> Answer:
        """PUT /Users/{id}."""
        shown = self._projection(kind)
        change = service.replace(
            self._store,
            kind,
            id,
            self._body(),
            **self._conditions(),
            related=self._loads_related(kind, shown),
        )
        return self._changed(change, shown.with_given(None), 200)

    def patch(self, kind: str, id: str) -> Answer:
        """PATCH /Users/{id}."""
        shown, body = self._projection(kind), self._body()
        change = service.patch(
            self._store,
            kind,
            id,
            body,
            **self._conditions(),
            related=self._loads_related(kind, shown),
        )
        after = change.after
        if after is not None and after.member_count > self._face.patch_body_member_limit and not shown.is_asked:
            self._notify(change)
            return Answer(status_code=204, headers={"ETag": etag(after.version)})
        if shown.follows_given:
            shown = shown.with_given(patched_names(self._types[kind], read_operations(body)))
        return self._changed(change, shown, 200)

    def delete(self, kind: str, id: str) -> Answer:
        """DELETE /Users/{id}."""
        self._notify(service.delete(self._store, kind, id, **self._conditions()))
        return Answer(status_code=204)

    def search(self, kind: str) -> Answer:
        """GET /Users, POST /Users/.search."""
        parameters = self._parameters()
        if parameters.cursor is not None:
            return self._walk([kind], parameters)
        page = searching.search(self._store, kind, parameters)
        return self._page(page.resources, page.total, parameters, {"startIndex": parameters.start})

    def search_all(self) -> Answer:
        """GET /, POST /.search."""
        parameters = self._parameters()
        if parameters.cursor is not None:
            return self._walk([*self._types], parameters)
        page = searching.search_all(self._store, parameters)
        return self._page(page.resources, page.total, parameters, {"startIndex": parameters.start})

    def bulk(self) -> Answer:
        """POST /Bulk."""
        asked = bulk_request.read_request(self._body(), self._face.bulk_operations)
        outcomes = bulk.run(self._store, asked, lambda changes: self._face.on_changes(self._store, changes))
        renderer = self._renderer([])
        return _json({"schemas": [bulk.RESPONSE_URN], "Operations": [renderer.outcome(one) for one in outcomes]})

    def discover(self, what: str, *rest: str) -> Answer:
        """GET /ServiceProviderConfig, /ResourceTypes, /Schemas; they cannot be searched (RFC 7644 §4)."""
        if any(name.lower() == "filter" for name in self._asked.args):
            raise Forbidden("filter: this endpoint cannot be searched; leave the filter out")
        base, types = self._face.base_url, self._types
        match (what, *rest):
            case ("ServiceProviderConfig",):
                return _json(discovery.service_provider_config(base, self._limits()))
            case ("ResourceTypes",):
                return _json(discovery.resource_types(base, types))
            case ("Schemas",):
                return _json(discovery.schemas(base, types))
            case ("ResourceTypes", name):
                return _json(discovery.resource_type(base, types, name))
            case (_, urn):
                return _json(discovery.schema(base, types, urn))
        raise NotFound(_NOWHERE)

    def _limits(self) -> discovery.Limits:
        face = self._face
        return discovery.Limits(
            bulk_operations=face.bulk_operations,
            body_bytes=self._asked.max_content_length or 0,
            default_page=face.pages.default,
            largest_page=face.pages.maximum,
            cursor_seconds=face.cursors.seconds,
        )

    def _walk(self, kinds: Sequence[str], parameters: Parameters) -> Answer:
        page = searching.walk(self._store, kinds, parameters, self._face.cursors)
        cursors = {"nextCursor": page.next, "previousCursor": page.previous}
        place = {name: cursor for name, cursor in cursors.items() if cursor is not None}
        return self._page(page.resources, page.total, parameters, place)

    def _projection(self, kind: str) -> Projection:
        if not self._asked.query_string:
            return projection(self._types[kind])
        return projection(self._types[kind], *projected_names(self._asked.args.items(multi=True)))

    def _parameters(self) -> Parameters:
        if self._asked.method == "POST":
            return from_body(self._body(), self._face.pages)
        return from_arguments(self._asked.args.items(multi=True), self._face.pages)

    def _loads_related(self, kind: str, shown: Projection) -> bool:
        relation = self._types[kind].relation
        return shown.shows_relation and relation is not None and relation.read_only

    def _changed(self, change: Change, shown: Projection, status: int) -> Answer:
        self._notify(change)
        assert change.after is not None  # noqa: S101  only a deletion leaves nothing behind
        return self._resource(change.after, shown, status)

    def _notify(self, change: Change) -> None:
        if change.changed:
            self._face.on_changes(self._store, [change])

    def _resource(self, stored: Stored, shown: Projection, status: int) -> Answer:
        renderer, shows_related = self._renderer([stored]), shown.shows_relation
        related = service.related_of(self._store, stored) if shows_related else ()
        headers = {"ETag": etag(stored.version), "Location": renderer.location(stored.kind, stored.id)}
        if shown.shows_all_but_relation and shows_related and stored.member_count > self._face.stream_members_above:
            return Answer(renderer.stream(stored, related), status, headers)
        return Answer(renderer.resource(stored, related, shown), status, headers)

    def _renderer(self, resources: Sequence[Stored]) -> Renderer:
        managers = managers_of(resources)
        names = self._store.display_names(managers) if managers else {}
        return Renderer(self._face.base_url, self._types, names)

    def _page(
        self, resources: Sequence[Stored], total: int, parameters: Parameters, place: Mapping[str, Any]
    ) -> Answer:
        renderer = self._renderer(resources)
        projections = {kind: parameters.projection(resource_type) for kind, resource_type in self._types.items()}
        return Answer(renderer.page(renderer.resources(resources, projections), total, place))

    def _conditions(self) -> dict[str, str | None]:
        """What a request about one resource depends on (RFC 7644 §3.14)."""
        return {
            "if_match": self._asked.headers.get("If-Match"),
            "if_none_match": self._asked.headers.get("If-None-Match"),
        }

    def _body(self) -> dict[str, Any]:
        """The request's JSON object. Raises UnsupportedMediaType, TooLarge, InvalidSyntax."""
        if self._asked.media_type not in (MEDIA_TYPE, "application/json", ""):
            raise UnsupportedMediaType(f"Content-Type: must be {MEDIA_TYPE}")
        if self._asked.environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in ("identity", ""):
            raise UnsupportedMediaType("Content-Encoding: send the body as it is, not compressed")
        return read_object(self._asked.content())


def _json(document: discovery.Document) -> Answer:
    return Answer(orjson.dumps(document))
