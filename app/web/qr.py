"""A QR code as part of a page: an image without a script, a style or a file of its own."""

from __future__ import annotations

import segno
from markupsafe import Markup

_SCALE = 4


def drawn(text: str) -> Markup:
    """The text as SVG, dark on light whatever the page's colours are, since cameras want it so."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(scale=_SCALE, dark="#000", light="#fff", border=4))  # noqa: S704  made by us
