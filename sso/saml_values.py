"""Values of SAML messages: text, times, and how much of either is believed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from lxml import etree

from sso.errors import LoginRefused, Reason, said
from sso.saml_xml import SAML

MOST_TEXT = 256
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,12})?Z")


def only(parent: etree._Element, name: str, reason: Reason) -> etree._Element:
    """The one child of this name in SAML's namespace. Raises LoginRefused."""
    return one_of(parent.findall(f"{{{SAML}}}{name}"), name, reason)


def one_of(found: list[etree._Element], name: str, reason: Reason) -> etree._Element:
    """The one element that was found. Raises LoginRefused."""
    if len(found) != 1:
        raise LoginRefused(reason, f"there must be exactly one {name}, not {len(found)}")
    return found[0]


def plain_text(element: etree._Element, name: str, reason: Reason) -> str:
    """The text of an element which must have some, and nothing else (S-27). Raises LoginRefused."""
    text = (element.text or "").strip()
    if len(element) or not text or len(text) > MOST_TEXT or CONTROL.search(text):
        raise LoginRefused(reason, f"{name} is empty, longer than {MOST_TEXT} characters, or has more in it than text")
    return text


def check_bare(text: str | None, name: str) -> None:
    """Whether nothing stands around a name of somebody: with and without it would be one person (S-27, L-1)."""
    if text is None or text == text.strip():
        return
    sides = [side for side, bare in (("before", text.lstrip()), ("after", text.rstrip())) if bare != text]
    raise LoginRefused(
        Reason.SUBJECT,
        f"{name} has white space {' and '.join(sides)} it; let the provider send it without, since with and without it "
        "would be one person",
    )


def bounded(text: str | None, name: str, reason: Reason) -> str | None:
    """A text that may be absent, but is neither long nor of several lines. Raises LoginRefused."""
    if text is not None and (len(text) > MOST_TEXT or CONTROL.search(text)):
        raise LoginRefused(reason, f"{name} is longer than {MOST_TEXT} characters, or has control characters")
    return text


def time_of(element: etree._Element, name: str) -> datetime | None:
    """A time in UTC (core §1.3.3); None if it is absent. Raises LoginRefused for what is none."""
    text = element.get(name)
    if text is None:
        return None
    shape = _TIME.fullmatch(text)
    try:
        if shape is None:
            raise ValueError
        return datetime.fromisoformat(shape[1]).replace(tzinfo=UTC) + timedelta(seconds=float(shape[2] or 0))
    except (ValueError, OverflowError) as error:
        raise LoginRefused(Reason.TIME, f"{name} is no time in UTC: {said(text)}") from error
