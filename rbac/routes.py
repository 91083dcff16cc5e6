"""The HTTP face of decisions: OpenID AuthZEN Authorization API 1.0.

``POST /access/v1/evaluation`` and ``/access/v1/evaluations`` (sections 6, 7), ``/access/v1/search/…`` (section 8),
and the metadata of the decision point (section 9). A deny is a success: 200 with ``"decision": false``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from rbac.asked import OBLIGATION
from rbac.authzen import Limits, parse_body, read_batch, read_evaluation
from rbac.authzen_search import Sought
from rbac.errors import AccessError, BadRequest, MethodNotAllowed, NotFound, Unauthenticated
from rbac.evaluate import Used, evaluate, evaluate_batch
from rbac.page_tokens import PageTokens
from rbac.search import SearchStore
from rbac.search_pages import answer_search

EVALUATE, SEARCH, EXPLAIN = "decisions:evaluate", "decisions:search", "decisions:explain"
"""Scopes of an API key: to ask for decisions, to ask whom and what they are about, to be told what decided."""

BASE = "/access/v1"
WELL_KNOWN = "/.well-known/authzen-configuration"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

OpenStore = Callable[[str], SearchStore]


def create_blueprint(
    open_store: OpenStore,
    request_id: Callable[[], str],
    base_url: str,
    account_exists: Callable[[str], bool],
    key: bytes,
    used: Used,
    batch_limit: int = 1000,
) -> Blueprint:
    """The decision API as a blueprint; register it without a prefix.

    ``open_store`` says who calls: it raises Unauthenticated, or Forbidden for a key without the scope it is given,
    or returns the store of the caller's account. ``key`` is secret: page tokens are sealed with it. ``base_url`` is
    the address under which clients reach this service; every address in the metadata begins with it, whatever the
    request says. ``account_exists`` says which accounts have metadata of their own.
    """
    limits, tokens = Limits(batch=batch_limit), PageTokens(key)
    face = Blueprint("decisions", __name__)

    @face.route(f"{BASE}/evaluation", methods=_METHODS, provide_automatic_options=False)
    def evaluation() -> Response:
        _only("POST")
        store = open_store(EVALUATE)
        question = read_evaluation(_body(limits))
        return _json(evaluate(store, question, explained=EXPLAIN in store.scopes, used=used))

    @face.route(f"{BASE}/evaluations", methods=_METHODS, provide_automatic_options=False)
    def evaluations() -> Response:
        _only("POST")
        store = open_store(EVALUATE)
        explained = EXPLAIN in store.scopes
        body = _body(limits)
        batch = read_batch(body, limits)
        if batch is None:
            return _json(evaluate(store, read_evaluation(body), explained=explained, used=used))
        return _json({"evaluations": evaluate_batch(store, batch, explained=explained, used=used)})

    @face.route(f"{BASE}/search/<any({', '.join(Sought)}):sought>", methods=_METHODS, provide_automatic_options=False)
    def search(sought: str) -> Response:
        _only("POST")
        return _json(answer_search(open_store(SEARCH), tokens, Sought(sought), _body(limits)))

    @face.route(WELL_KNOWN, methods=_METHODS, provide_automatic_options=False)
    @face.route(f"{WELL_KNOWN}/<path:identifier>", methods=_METHODS, provide_automatic_options=False)
    def metadata(identifier: str = "") -> Response:
        _only("GET", "HEAD")
        account_id = _account_of(identifier, base_url)
        if account_id and not account_exists(account_id):
            raise NotFound("there is no decision point of that name; take the account's id from its settings")
        response = _json(_metadata(base_url, account_id))
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response

    @face.route(BASE, methods=_METHODS, provide_automatic_options=False)
    @face.route(f"{BASE}/", methods=_METHODS, provide_automatic_options=False)
    @face.route(f"{BASE}/<path:_>", methods=_METHODS, provide_automatic_options=False)
    def nothing_here(_: str = "") -> Response:
        raise NotFound(
            f"nothing lives here; ask at POST {BASE}/evaluation, {BASE}/evaluations or {BASE}/search/subject"
        )

    def refuse(error: AccessError) -> Response:
        response = render_error(error.status, error.message, request_id())
        if isinstance(error, Unauthenticated):
            response.headers["WWW-Authenticate"] = 'Bearer realm="decisions"'
        if isinstance(error, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(error.allowed)
        return response

    def refuse_http(error: HTTPException) -> Response:
        return render_error(error.code or 500, error.description or error.name, request_id())

    face.register_error_handler(AccessError, refuse)
    face.register_error_handler(HTTPException, refuse_http)
    return face


def render_error(status: int, message: str, request_id: str) -> Response:
    """An error of this API: a message, which names what is wrong and what to do, and the id to ask about."""
    return _json({"status": status, "message": message, "request_id": request_id}, status)


def _only(*methods: str) -> None:
    if request.method not in methods:
        raise MethodNotAllowed(f"this address answers {' and '.join(methods)}, not {request.method}", methods)


def _body(limits: Limits) -> dict[str, Any]:
    if request.mimetype != "application/json":
        # Section 6.3: a wrong media type is a bad request here, not 415.
        raise BadRequest("Content-Type must be application/json")
    request.max_content_length = limits.body
    try:
        content = request.get_data(cache=False)
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
