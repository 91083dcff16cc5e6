"""What pages say: in both languages, with the same places to fill in."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import app.web
from app.web.texts import SUBJECTS, TEXTS

WEB = Path(app.web.__file__).parent


def places(text: str) -> set[str]:
    """What is filled in."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_say_everything() -> None:
    """Neither is empty, both have the same places, and no key is there twice."""
    assert len(TEXTS) == sum(map(len, SUBJECTS))
    for key, (english, spanish) in TEXTS.items():
        assert english.strip(), key
        assert spanish.strip(), key
        assert places(english) == places(spanish), key
        assert "<" not in english + spanish, f"{key}: markup belongs into templates"


def test_every_text_that_templates_name_is_there() -> None:
    """Those with a name that is put together are tried by the pages' own tests."""
    named = {
        key
        for path in (WEB / "templates").rglob("*.html")
        for key in re.findall(r"""\bsay\(\s*["']([a-z0-9_.]+)["']\s*[,)]""", path.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= TEXTS.keys(), sorted(named - TEXTS.keys())


def test_templates_say_nothing_themselves() -> None:
    """No words outside the texts, nothing inline that the policy would refuse, nothing marked as safe."""
    for path in (WEB / "templates").rglob("*.html"):
        source = path.read_text(encoding="utf-8")
        bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<svg.*?</svg>", "", source, flags=re.DOTALL)
        # What stands outside of tags; a macro may also make attributes for one.
        outside = re.sub(r'[a-z-]+="[^"]*"', "", re.sub(r"<[^>]*>", "<>", bare))
        words = re.findall(r">[^<]*[A-Za-z]{3,}[^<]*<", outside)
        assert {word.strip("<> \n·") for word in words} <= {"Muster"}, (path.name, words)
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\bsrc=)|javascript:|\|\s*safe\b", source), (
            path.name
        )
