"""What the console says, by its areas; each begins its keys with a word of its own."""

from __future__ import annotations

from app.web.texts.console import frame, people

SUBJECTS = (frame.TEXTS, people.TEXTS)
