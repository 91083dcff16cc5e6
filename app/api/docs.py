"""The description of the API: as OpenAPI for programs, as a page for people. The page loads nothing from elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from flask import Blueprint, Response, render_template, request

from app.api.describing import TITLE
from app.api.reading_aloud import html_of, operations_by_tag, shapes_of
from app.problems import API_PATH, KINDS
from app.services.tokens import SCOPES

_CSS = Path(__file__).parent / "templates" / "docs.css"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def docs_blueprint(describe: Callable[[], dict[str, Any]]) -> Blueprint:
    """``/openapi.json``, ``/docs`` and its style; for everybody, since they say nothing about any account."""
    face = Blueprint("administration_docs", __name__, template_folder="templates")
    made: dict[str, Response] = {}

    def once(name: str, content_type: str, make: Callable[[], bytes]) -> Response:
        """Made at the first request: everything was registered by then, and nothing changes after it."""
        if name not in made:
            response = Response(make(), content_type=content_type)
            response.headers["ETag"] = f'"{hashlib.sha256(response.get_data()).hexdigest()[:32]}"'
            response.headers["Cache-Control"] = "public, max-age=300"
            response.headers["Content-Security-Policy"] = _POLICY
            made[name] = response
        kept = made[name]
        answer = Response(kept.get_data(), headers=kept.headers)
        answer.make_conditional(request)
        return answer

    @face.get("/openapi.json")
    def openapi() -> Response:
        return once("openapi", "application/json", lambda: orjson.dumps(describe(), option=orjson.OPT_NON_STR_KEYS))

    @face.get("/docs")
    def docs() -> Response:
        return once("docs", "text/html; charset=utf-8", lambda: _page(describe()).encode())

    @face.get("/docs.css")
    def style() -> Response:
        return once("style", "text/css; charset=utf-8", _CSS.read_bytes)

    return face


def _page(document: dict[str, Any]) -> str:
    return render_template(
        "docs.html",
        title=TITLE,
        base=API_PATH,
        server=document["servers"][0]["url"],
        introduction=html_of(document["info"]["description"]),
        tags=operations_by_tag(document),
        shapes=shapes_of(document),
        scopes=SCOPES,
        problems=[*KINDS.values()],
        html_of=html_of,
    )
