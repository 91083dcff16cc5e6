"""The HTTP face of decisions: OpenID AuthZEN Authorization API 1.0, as one WSGI application.

``POST /access/v1/evaluation`` and ``/access/v1/evaluations`` (sections 6, 7), ``/access/v1/search/…`` (section 8),
and the metadata of the decision point (section 9). A deny is a success: 200 with ``"decision": false``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from rbac.asked import OBLIGATION
from rbac.authzen import Limits, parse_body, read_batch, read_evaluation
from rbac.authzen_search import Sought
from rbac.errors import AccessError, BadRequest, MethodNotAllowed, NotFound, Unauthenticated
from rbac.evaluate import Used, evaluate, evaluate_batch
from rbac.page_tokens import PageTokens
from rbac.search import SearchStore
from rbac.search_pages import answer_search

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EVALUATE, SEARCH, EXPLAIN = "decisions:evaluate", "decisions:search", "decisions:explain"
"""Scopes of an API key: to ask for decisions, to ask whom and what they are about, to be told what decided."""

BASE = "/access/v1"
WELL_KNOWN = "/.well-known/authzen-configuration"

OpenStore = Callable[[Request, str], SearchStore]
Attempt = Callable[["WSGIEnvironment", Callable[[], Response]], Response]


def create_application(
    open_store: OpenStore,
    request_id: Callable[[WSGIEnvironment], str],
    base_url: str,
    account_exists: Callable[[Request, str], bool],
    key: bytes,
    used: Used,
    attempt: Attempt,
    explain: Callable[[Exception, Request], Response],
    batch_limit: int = 1000,
) -> WSGIApplication:
    """The decision API for all paths that begin with ``BASE`` or ``WELL_KNOWN``.

    ``open_store`` says who calls: it raises Unauthenticated, or Forbidden for a key without the scope it is given,
    or returns the store of the caller's account. ``key`` is secret: page tokens are sealed with it. ``base_url`` is
    the address under which clients reach this service; every address in the metadata begins with it, whatever the
    request says. ``account_exists`` says which accounts have metadata of their own. ``attempt`` gets an answer that
    may be asked for again from the beginning, as long as nothing of it was kept. ``explain`` answers what else went
    wrong.
    """
    limits, tokens = Limits(batch=batch_limit), PageTokens(key)

    def evaluation(asked: Request) -> Response:
        store = open_store(asked, EVALUATE)
        question = read_evaluation(_body(asked, limits))
        return _json(evaluate(store, question, explained=EXPLAIN in store.scopes, used=used))

    def evaluations(asked: Request) -> Response:
        store = open_store(asked, EVALUATE)
        explained = EXPLAIN in store.scopes
        body = _body(asked, limits)
        batch = read_batch(body, limits)
        if batch is None:
            return _json(evaluate(store, read_evaluation(body), explained=explained, used=used))
        return _json({"evaluations": evaluate_batch(store, batch, explained=explained, used=used)})

    def search(asked: Request, sought: Sought) -> Response:
        return _json(answer_search(open_store(asked, SEARCH), tokens, sought, _body(asked, limits)))

    def metadata(asked: Request, identifier: str) -> Response:
        account_id = _account_of(identifier, base_url)
        if account_id and not account_exists(asked, account_id):
            raise NotFound("there is no decision point of that name; take the account's id from its settings")
        response = _json(_metadata(base_url, account_id))
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response

    asking: dict[str, Callable[[Request], Response]] = {
        f"{BASE}/evaluation": evaluation,
        f"{BASE}/evaluations": evaluations,
        **{f"{BASE}/search/{sought}": partial(search, sought=sought) for sought in Sought},
    }

    def answer(asked: Request) -> Response:
        path = "/" + asked.path.lstrip("/")
        ask = asking.get(path)
        if ask is not None:
            _only(asked, "POST")
            return ask(asked)
        if path == WELL_KNOWN or path.startswith(f"{WELL_KNOWN}/"):
            _only(asked, "GET", "HEAD")
            return metadata(asked, path[len(WELL_KNOWN) + 1 :])
        raise NotFound(
            f"nothing lives here; ask at POST {BASE}/evaluation, {BASE}/evaluations or {BASE}/search/subject"
        )

    def answered(asked: Request) -> Response:
        try:
            return attempt(asked.environ, lambda: answer(asked))
        except AccessError as error:
            return _refusal(error, request_id(asked.environ))
        except HTTPException as error:
            return render_error(error.code or 500, error.description or error.name, request_id(asked.environ))
        except Exception as error:
            return explain(error, asked)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = answered(Request(environ))
        start_response(response.status, response.get_wsgi_headers(environ).to_wsgi_list())
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.get_data()]

    return application


def _refusal(error: AccessError, request_id: str) -> Response:
    response = render_error(error.status, error.message, request_id)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="decisions"'
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(error.allowed)
    return response


def render_error(status: int, message: str, request_id: str) -> Response:
    """An error of this API: a message, which names what is wrong and what to do, and the id to ask about."""
    return _json({"status": status, "message": message, "request_id": request_id}, status)


def _only(asked: Request, *methods: str) -> None:
    if asked.method not in methods:
        raise MethodNotAllowed(f"this address answers {' and '.join(methods)}, not {asked.method}", methods)


def _body(asked: Request, limits: Limits) -> dict[str, Any]:
    if asked.mimetype != "application/json":
        # Section 6.3: a wrong media type is a bad request here, not 415.
        raise BadRequest("Content-Type must be application/json")
    asked.max_content_length = limits.body
    try:
        content = asked.get_data()
    except RequestEntityTooLarge:
        raise BadRequest(f"the body has more than {limits.body} bytes; ask in several requests") from None
    return dict(parse_body(content, limits))


def _account_of(identifier: str, base_url: str) -> str:
    """The account of a metadata address: what follows the path of the public URL, if it has one.

    The well-known string stands between host and path of the identifier (section 9.2).
    """
    path = urlsplit(base_url).path.strip("/")
    if identifier == path:
        return ""
    account_id = identifier.removeprefix(f"{path}/") if path else identifier
    if "/" in account_id or (path and account_id == identifier):
        raise NotFound("there is no decision point of that name; its address is in the account's settings")
    return account_id


def _metadata(base_url: str, account_id: str) -> dict[str, Any]:
    """Section 9.1. The identifier is exactly the one the address was made from."""
    return {
        "policy_decision_point": f"{base_url}/{account_id}" if account_id else base_url,
        "access_evaluation_endpoint": f"{base_url}{BASE}/evaluation",
        "access_evaluations_endpoint": f"{base_url}{BASE}/evaluations",
        **{f"search_{sought}_endpoint": f"{base_url}{BASE}/search/{sought}" for sought in Sought},
        "supported_obligations": [OBLIGATION],
    }


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status=status, mimetype="application/json")
