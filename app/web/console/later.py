"""What takes a while with very many people: the page comes at once, and this part of it when it is worked out.

With scripts the part is fetched as soon as the page is there; without, a link leads to the page with it.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request

from app.web import pages

_LOOK = "look"


def address(*, is_quick: bool) -> str | None:
    """Where this page is with the part; None if it is to be worked out now, as was asked for or since it is quick."""
    if _LOOK in request.args or is_quick:
        return None
    return f"{pages.at(request.path)}?{urlencode([*request.args.items(multi=True), (_LOOK, '1')])}"
