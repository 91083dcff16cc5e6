"""In which language a page speaks: the one that was chosen, else the one that the browser prefers."""

from __future__ import annotations

import re
from typing import Any

from flask import request
from markupsafe import Markup

from app.web import cookies
from app.web.texts import TEXTS

LANGUAGES = {"en": "English", "es": "Español"}
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Signs that let text run the other way (UAX #9): in a name they would change how a sentence of ours reads."""


def language() -> str:
    """``en`` or ``es``."""
    chosen = cookies.language()
    if chosen in LANGUAGES:
        return str(chosen)
    # The first one that we speak, whichever country's it is; best_match would prefer an exact one that is liked less.
    liked = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((tag for tag in liked if tag in LANGUAGES), "en")


def say(key: str, **values: Any) -> Markup:
    """A text in the page's language; what is put into it is escaped, and cannot turn round what follows it.

    Where a ``number`` is put into it that is 1, it is the text ``<key>.one``, if there is such a one.
    """
    if values.get("number") == 1 and f"{key}.one" in TEXTS:
        key = f"{key}.one"
    english, spanish = TEXTS[key]
    values = {name: _TURNS.sub("\ufffd", value) if type(value) is str else value for name, value in values.items()}
    return Markup(spanish if language() == "es" else english).format(**values)  # noqa: S704  our own text
