"""What a request will read first, said before its directory is open: a store may read it in the same breath.

Only what identity providers ask all day is worth it, a resource by id and a search. It is said of the standard kinds,
and holds for an account's own where the store is then asked the same. Nothing is refused here, since nobody has shown
a token yet.
"""

from __future__ import annotations

from werkzeug import Request

from scim.errors import ScimError
from scim.projection import projection
from scim.query import PageLimits, from_arguments, projected_names
from scim.schemas import RESOURCE_TYPES
from scim.store import Expected

_KINDS = {resource_type.endpoint: kind for kind, resource_type in RESOURCE_TYPES.items()}


def expected(asked: Request, path: list[str], pages: PageLimits) -> Expected | None:
    """What the request on this path will read first; None if that is not plain to see."""
    kind = _KINDS.get(path[0])
    if kind is None or asked.method not in ("GET", "HEAD"):
        return None
    resource_type, arguments = RESOURCE_TYPES[kind], asked.args.items(multi=True)
    try:
        match path[1:]:
            case [id]:
                shown = projection(resource_type, *projected_names(arguments))
                relation = resource_type.relation
                return Expected(kind, id, shown.shows_relation and relation is not None and relation.read_only)
            case []:
                parameters = from_arguments(arguments, pages)
                if parameters.cursor is None:
                    query = parameters.query(resource_type)
                    return Expected(kind, query, query.related)
    except ScimError:
        pass  # which is said to those who may ask
    return None
