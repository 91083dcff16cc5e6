"""The HTTP face of SCIM (RFC 7644 §3): one blueprint that answers for everything under its prefix.

The token is checked before anything else, so an answer reveals nothing to a stranger, not even
which addresses exist. All routing happens here rather than in Flask, whose refusals would be HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Rule

from scim.cursors import Cursors
from scim.errors import ScimError
from scim.face import Face, render_error
from scim.query import PageLimits
from scim.store import Change, DirectoryStore

__all__ = ["create_blueprint", "render_error"]


class _Rest(BaseConverter):
    """Whatever follows the prefix, slashes and line breaks and all."""

    regex = "(?s:.*?)"
    part_isolating = False


def _no_request_id() -> str:
    return ""


def _once(answer: Callable[[], Response]) -> Response:
    return answer()


def create_blueprint(
    open_store: Callable[[], DirectoryStore],
    on_changes: Callable[[DirectoryStore, Sequence[Change]], None],
    *,
    base_url: str,
    cursors: Cursors,
    pages: PageLimits = PageLimits(),  # noqa: B008  frozen
    bulk_operations: int = 1_000,
    patch_body_member_limit: int = 200,
    stream_members_above: int = 1_000,
    request_id: Callable[[], str] = _no_request_id,
    attempt: Callable[[Callable[[], Response]], Response] = _once,
) -> Blueprint:
    """The SCIM service as a blueprint, to be registered under a prefix.

    ``open_store`` opens the directory that the present request's token belongs to, or raises Unauthenticated.
    ``on_changes`` is told what a request changed, within the same transaction. ``base_url`` is the public address
    of the service; locations begin with it, whatever Host a request names. ``cursors`` seals the cursors of
    paging; ``bulk_operations`` is the most operations in one bulk request. A PATCH of a group with more members
    than ``patch_body_member_limit`` is answered without a body; above ``stream_members_above`` members are streamed.
    ``request_id`` names the request in refusals. ``attempt`` gets an answer that may be asked for again from the
    beginning, as long as nothing of it was kept.
    """
    face = Face(
        open_store=open_store,
        on_changes=on_changes,
        base_url=base_url.rstrip("/"),
        pages=pages,
        cursors=cursors,
        bulk_operations=bulk_operations,
        patch_body_member_limit=patch_body_member_limit,
        stream_members_above=stream_members_above,
    )
    blueprint = Blueprint("scim", __name__)

    def answer(rest: str = "") -> Response:
        return attempt(lambda: face.answer(request.method, rest))

    def refuse(error: ScimError) -> Response:
        return render_error(error, request_id())

    def refuse_http(error: HTTPException) -> Response:
        most = request.max_content_length
        too_large = f"the body has more than {most} bytes; send less at once" if error.code == 413 else None
        refusal = ScimError(too_large or error.description or error.name)
        refusal.status = error.code or 400
        return render_error(refusal, request_id())

    def take_everything(state: BlueprintSetupState) -> None:
        """Whatever the method and however the path is written; Flask's own rules would refuse some in HTML."""
        endpoint = f"{state.name}.answer"
        state.app.view_functions[endpoint] = answer
        state.app.url_map.converters["scim_rest"] = _Rest
        for rest in ("", "/<scim_rest:rest>"):
            rule = f"{state.url_prefix or ''}{rest}" or "/"
            state.app.url_map.add(Rule(rule, endpoint=endpoint, strict_slashes=False, merge_slashes=False))

    blueprint.record(take_everything)
    blueprint.register_error_handler(ScimError, refuse)
    blueprint.register_error_handler(HTTPException, refuse_http)
    return blueprint
