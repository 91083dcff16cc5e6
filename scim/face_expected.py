"""What a request will read first, said before its directory is open: a store may read it in the same breath.

Only what identity providers ask all day is worth it, a resource by id, also to change it, and a search. It is said of
the standard kinds, and holds for an account's own where the store is then asked the same. Nothing is refused here,
since nobody has shown a token yet. What is read to be changed is locked, so that is only said once the body is here:
who sends it slowly must not keep others waiting.
"""

from __future__ import annotations

from scim.errors import ScimError
from scim.face_request import Asked
from scim.projection import projection
from scim.query import PageLimits, from_arguments, projected_names
from scim.schemas import RESOURCE_TYPES
from scim.store import Expected

_SMALL = 65_536
"""A body of so many bytes is read before it is known whose it is."""
_READ, _CHANGE = frozenset({"GET", "HEAD"}), frozenset({"PUT", "PATCH", "DELETE"})
_KINDS = {resource_type.endpoint: kind for kind, resource_type in RESOURCE_TYPES.items()}


def expected(asked: Asked, path: list[str], pages: PageLimits) -> Expected | None:
    """What the request on this path will read first; None if that is not plain to see."""
    kind = _KINDS.get(path[0])
    if kind is not None and asked.method == "POST" and not path[1:]:
        return Expected(kind, None, related=False)
    if kind is None or asked.method not in _READ | _CHANGE:
        return None
    resource_type, arguments = RESOURCE_TYPES[kind], asked.args.items(multi=True)
    try:
        match path[1:]:
            case [_] if not _is_here(asked):
                return None
            case [id] if asked.method == "DELETE":
                return Expected(kind, id, related=False, lock=True)
            case [id]:
                shown = projection(resource_type, *projected_names(arguments))
                relation = resource_type.relation
                related = shown.shows_relation and relation is not None and relation.read_only
                return Expected(kind, id, related, lock=asked.method in _CHANGE)
            case [] if asked.method in _READ:
                parameters = from_arguments(arguments, pages)
                if parameters.cursor is None:
                    query = parameters.query(resource_type)
                    return Expected(kind, query, query.related)
    except ScimError:
        pass  # which is said to those who may ask
    return None


def _is_here(asked: Asked) -> bool:
    """Whether the body is here, if anybody reads one; it is read if it is small enough to be read for a stranger."""
    if asked.method not in ("PUT", "PATCH"):
        return True
    length, most = asked.content_length, asked.max_content_length
    if length is None or length > (_SMALL if most is None else min(_SMALL, most)):
        return False
    asked.content()
    return True
