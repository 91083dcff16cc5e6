"""The HTTP face of SCIM (RFC 7644 §3): one WSGI application that answers for everything under its prefix.

The token is checked before anything else, so an answer reveals nothing to a stranger, not even
which addresses exist. All routing and every refusal is SCIM's own, in SCIM's words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException

from scim.cursors import Cursors
from scim.errors import ScimError
from scim.face import Face, OpenStore, render_error
from scim.face_request import Asked
from scim.face_response import Answer
from scim.query import PageLimits
from scim.store import Change, DirectoryStore

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["REFUSED", "create_application", "render_error"]

REFUSED = "scim.refused"
"""Where in the WSGI environment stands why a request was refused."""


def _no_request_id(_: WSGIEnvironment) -> str:
    return ""


def _once(_: WSGIEnvironment, answer: Callable[[], Answer]) -> Answer:
    return answer()


def _unknown(error: Exception, _: Asked) -> ScimError:
    raise error


def create_application(
    open_store: OpenStore,
    on_changes: Callable[[DirectoryStore, Sequence[Change]], None],
    *,
    prefix: str,
    base_url: str,
    cursors: Cursors,
    pages: PageLimits = PageLimits(),  # noqa: B008  frozen
    body_limit: int | None = None,
    bulk_operations: int = 1_000,
    patch_body_member_limit: int = 200,
    stream_members_above: int = 1_000,
    request_id: Callable[[WSGIEnvironment], str] = _no_request_id,
    attempt: Callable[[WSGIEnvironment, Callable[[], Answer]], Answer] = _once,
    explain: Callable[[Exception, Asked], ScimError] = _unknown,
) -> WSGIApplication:
    """The SCIM service as a WSGI application for all paths that begin with ``prefix``.

    ``open_store`` opens the directory that the request's token belongs to, or raises Unauthenticated; it may ask
    what the request will read there first.
    ``on_changes`` is told what a request changed, within the same transaction. ``base_url`` is the public address
    of the service; locations begin with it, whatever Host a request names. ``cursors`` seals the cursors of
    paging; ``body_limit`` is the most bytes in a body, ``bulk_operations`` the most operations in one bulk request.
    A PATCH of a group with more members than ``patch_body_member_limit`` is answered without a body; above
    ``stream_members_above`` members are streamed. ``request_id`` names the request in refusals. ``attempt`` gets an
    answer that may be asked for again from the beginning, as long as nothing of it was kept. ``explain`` says as a
    refusal what else went wrong.
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

    def answered(asked: Asked) -> Answer:
        path = asked.path[len(prefix) + 1 :]
        try:
            return attempt(asked.environ, lambda: face.answer(asked, path))
        except ScimError as error:
            refusal = error
        except HTTPException as error:
            refusal = _of_http(error, asked)
        except Exception as error:
            refusal = explain(error, asked)
        asked.environ[REFUSED] = refusal.detail
        return render_error(refusal, request_id(asked.environ))

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = Asked(environ)
        asked.max_content_length = body_limit
        return answered(asked).send(asked.method, start_response)

    return application


def _of_http(error: HTTPException, asked: Asked) -> ScimError:
    """What Werkzeug or the server has against a request, mostly against its body."""
    most = asked.max_content_length
    too_large = f"the body has more than {most} bytes; send less at once" if error.code == 413 else None
    refusal = ScimError(too_large or error.description or error.name)
    refusal.status = error.code or 400
    return refusal
