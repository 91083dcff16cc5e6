"""Our own styles and scripts. Their names carry a hash of what is in them, so browsers keep them for good."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Response, abort

from app.web.tools import tools

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

files = Blueprint("files", __name__)


def _named(path: Path) -> str:
    return f"{path.stem}.{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}{path.suffix}"


_PATHS = [path for path in sorted(_FOLDER.rglob("*")) if path.suffix in _TYPES]
_NAMES = {path.name: _named(path) for path in _PATHS}
_CONTENT = {_named(path): path.read_bytes() for path in _PATHS}


def address(name: str) -> str:
    """Where a file of ours is."""
    return f"{tools().root}/static/{_NAMES[name]}"


@files.get("/static/<name>")
def send(name: str) -> Response:
    """A file by its name with the hash; an older one is gone."""
    if name not in _CONTENT:
        abort(404)
    response = Response(_CONTENT[name], content_type=_TYPES[Path(name).suffix])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # An image of ours that is opened by itself runs nothing either.
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
    return response
