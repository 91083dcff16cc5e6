"""Descriptions become HTML: the little Markdown they use, and nothing that somebody could smuggle in."""

from __future__ import annotations

import pytest

from app.api.reading_aloud import html_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("One\ntwo.", "<p>One two.</p>"),
        ("One.\n\nTwo.", "<p>One.</p><p>Two.</p>"),
        ("* a\n* `b`", "<ul><li>a</li><li><code>b</code></li></ul>"),
        ("**Keys.** Send `x`.", "<p><strong>Keys.</strong> Send <code>x</code>.</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ('`<b>` & "c"', "<p><code>&lt;b&gt;</code> &amp; &#34;c&#34;</p>"),
    ],
)
def test_descriptions_become_html(text: str, expected: str) -> None:
    """Paragraphs, lists, code, emphasis; everything else is text."""
    assert str(html_of(text)) == expected
