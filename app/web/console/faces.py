"""All faces of the console."""

from __future__ import annotations

from app.web.console.people import people_face
from app.web.face import Face

CONSOLE: tuple[Face, ...] = (people_face,)
