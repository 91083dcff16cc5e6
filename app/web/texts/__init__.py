"""What pages say, in English and in Spanish: by key, both beside each other, so that neither is ever missing."""

from __future__ import annotations

from app.web.texts import (
    begin,
    client,
    common,
    console,
    local,
    own_page,
    refusals,
    setup,
    setup_problems,
    signin,
    test_run,
)

Texts = dict[str, tuple[str, str]]

SUBJECTS: tuple[Texts, ...] = (
    common.TEXTS,
    client.TEXTS,
    refusals.TEXTS,
    signin.TEXTS,
    begin.TEXTS,
    own_page.TEXTS,
    local.TEXTS,
    test_run.TEXTS,
    setup.TEXTS,
    setup_problems.TEXTS,
    *console.SUBJECTS,
)
"""Each subject begins its keys with a word of its own."""
TEXTS: Texts = {key: both for subject in SUBJECTS for key, both in subject.items()}
