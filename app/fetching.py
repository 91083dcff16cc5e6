"""One question to an address that customers name, and a document as the answer: metadata, keys, tokens (O-32, S-49).

Ten seconds at most, whatever the other side does: three to find and judge its address, seven for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from app.outbound import Answer, Failed, Limits, Outbound

DOCUMENT: Final = Limits(connect=3.0, seconds=7.0, body=1024 * 1024)
_SENT: Final = {"User-Agent": "Muster/1", "Connection": "close"}
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


def fetch(
    calls: Outbound,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    accept: str = "application/json",
    limits: Limits = DOCUMENT,
) -> Answer:
    """What an address answers to GET, or to POST with a form. Raises outbound.Refused or outbound.Failed.

    Other answers than whole documents are failures: redirects, since what is sent is for this address only, and
    compressed ones, since nobody knows how long they are.
    """
    sent = {**_SENT, "Accept": accept, **(headers or {})}
    with calls.open(url, limits) as line:
        answer = line.get(sent) if form is None else line.post(urlencode(form).encode(), {**sent, **_FORM})
    if 300 <= answer.status < 400:
        raise Failed(f"it answered {answer.status}, a redirect, which is not followed")
    if not answer.is_whole:
        raise Failed(f"its answer is longer than {limits.body} bytes")
    encoding = header_of(answer, "content-encoding").strip().lower()
    if encoding not in ("", "identity"):
        raise Failed(f"its answer is compressed ({encoding[:20]!r}), which nobody asked for")
    return answer


def header_of(answer: Answer, name: str) -> str:
    """A header of an answer, by its name in small letters; empty if it is not there."""
    return next((value for given, value in answer.headers.items() if given.lower() == name), "")
