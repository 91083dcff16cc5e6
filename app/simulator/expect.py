"""What was expected against what came, as sentences about the difference.

``shows`` maps a JSON pointer to a value that must be there, or to one check:

    /active: false                              equal, and of the same type
    /userName: {like: ada@example.com}          equal whatever the case
    /id: {is: text}                             a kind: see KINDS
    /members/*/value: {exactly: [a, b]}         these, in any order, each once
    /schemas: {has: urn:…}                      one of them; ``lacks``: none of them
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.simulator.http import Answer
from app.simulator.pointer import ABSENT, select
from app.simulator.sequence import CONSTANTS, Expectation


def _free_of_null(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_free_of_null(item) for item in value.values())
    if isinstance(value, list):
        return all(_free_of_null(item) for item in value)
    return value is not None


KINDS: Mapping[str, Callable[[Any], bool]] = {
    "present": lambda found: found is not ABSENT and found is not None,
    "absent": lambda found: found is ABSENT or found is None,
    "empty": lambda found: found is ABSENT or found in (None, "") or found in ([], {}),
    "text": lambda found: isinstance(found, str) and found != "",
    "integer": lambda found: type(found) is int,
    "boolean": lambda found: type(found) is bool,
    "list": lambda found: isinstance(found, list),
    "without null": _free_of_null,
}

CHECKS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": lambda found, kind: KINDS[kind](found),
    "like": lambda found, wanted: isinstance(found, str) and found.casefold() == wanted.casefold(),
    "has": lambda found, wanted: isinstance(found, list) and wanted in found,
    "lacks": lambda found, wanted: found is ABSENT or (isinstance(found, list) and wanted not in found),
    "exactly": lambda found, wanted: _bag([] if found is ABSENT else found) == _bag(wanted),
}


def complaints(expected: Expectation, answer: Answer) -> list[str]:
    """Everything that is wrong with an answer, the most telling first; empty when all is right.

    The placeholders of the expectation are filled already.
    """
    if answer.trouble:
        return [answer.trouble]
    if answer.status not in expected.status:
        return [_wrong_status(expected, answer)]
    try:
        return [*_form(expected, answer), *_content(expected, answer)]
    except RecursionError:
        return ["the body is nested too deeply to be read"]


def described(expected: Expectation) -> str:
    """The expectation in words."""
    parts = [" or ".join(str(status) for status in expected.status)]
    if expected.finds is not None:
        parts.append(f"a list of exactly {len(expected.finds)}" if expected.finds else "an empty list")
    parts += [f"{pointer} {_check_words(check)}" for pointer, check in {**expected.shows, **expected.headers}.items()]
    if expected.milliseconds:
        parts.append(f"within {expected.milliseconds} ms")
    return ", ".join(parts)


def came(answer: Answer, limit: int = 300) -> str:
    """The answer in short, safe to print on a terminal."""
    if answer.trouble:
        return printable(answer.trouble)
    text = printable(answer.text, limit)
    return f"{answer.status} {text}" if text else f"{answer.status} without a body"


def printable(text: str, limit: int = 300) -> str:
    """Text of the server's making on one line and without control characters."""
    clean = "".join(sign if sign.isprintable() else " " for sign in text[: limit + 1])
    return clean if len(clean) <= limit else clean[:limit] + "…"


def _wrong_status(expected: Expectation, answer: Answer) -> str:
    wanted = " or ".join(str(status) for status in expected.status)
    said = f"status {answer.status} instead of {wanted}"
    detail = select(answer.body, "/detail")
    if isinstance(detail, str) and detail:
        return f"{said}: {printable(detail)}"
    if answer.status is not None and 300 <= answer.status < 400:
        return f"{said}: it leads to {printable(answer.headers.get('location', 'nowhere'))}, and nobody follows"
    return said


def _form(expected: Expectation, answer: Answer) -> Iterator[str]:
    """The protocol's rules for any answer: body or none, media type, the shape of an error."""
    if answer.status == 204:
        if answer.text:
            yield "204 with a body"
        return
    if not answer.text:
        yield f"{answer.status} with an empty body"
        return
    if answer.body is ABSENT:
        yield "the body is not JSON"
        return
    if answer.media not in expected.media:
        yield f"Content-Type is {printable(answer.media) or 'missing'} instead of {' or '.join(expected.media)}"
    if answer.status is not None and answer.status >= 400:
        yield from _error_form(answer)


def _error_form(answer: Answer) -> Iterator[str]:
    if not CHECKS["has"](select(answer.body, "/schemas"), CONSTANTS["ERROR"]):
        yield f"schemas of the error does not hold {CONSTANTS['ERROR']}"
    status = select(answer.body, "/status")
    if status != str(answer.status):
        yield f"status in the error is {_json(status)} instead of the text {_json(str(answer.status))}"


def _content(expected: Expectation, answer: Answer) -> Iterator[str]:
    for name, check in expected.headers.items():
        yield from _judged(name, check, answer.headers.get(name.lower(), ABSENT))
    if expected.milliseconds and answer.milliseconds > expected.milliseconds:
        yield f"took {answer.milliseconds} ms instead of at most {expected.milliseconds}"
    if answer.body is ABSENT:
        return
    if expected.finds is not None:
        yield from _findings(expected.finds, answer.body)
    for pointer, check in expected.shows.items():
        yield from _judged(pointer, check, select(answer.body, pointer))


def _findings(wanted: tuple[str, ...], body: Any) -> Iterator[str]:
    """A list of exactly these resources; more than those means that the filter was not applied."""
    if not CHECKS["has"](select(body, "/schemas"), CONSTANTS["LIST"]):
        yield f"schemas does not hold {CONSTANTS['LIST']}"
    total, resources = select(body, "/totalResults"), select(body, "/Resources")
    found = [] if resources is ABSENT or resources is None else resources
    ids = [select(one, "/id") for one in found] if isinstance(found, list) else []
    if type(total) is not int:
        yield f"totalResults is {_json(total)} instead of an integer"
        return
    if total > len(wanted):
        yield f"{total} found where {len(wanted)} match: the filter is not applied, and the wrong one would be linked"
    elif total < len(wanted):
        yield f"{total} found where {len(wanted)} match: a duplicate would be created"
    elif _bag(ids) != _bag(list(wanted)):
        yield f"found {_json(ids)} instead of {_json(list(wanted))}"


def _judged(name: str, check: Any, found: Any) -> Iterator[str]:
    if not _holds(check, found):
        yield f"{name} is {_json(found)}; it must {_check_words(check).replace('is', 'be', 1)}"


def _holds(check: Any, found: Any) -> bool:
    if isinstance(check, Mapping):
        return all(CHECKS[word](found, wanted) for word, wanted in check.items())
    # True equals 1 for Python, never for a provider.
    return type(found) is type(check) and bool(found == check)


def _check_words(check: Any) -> str:
    if not isinstance(check, Mapping):
        return f"is {_json(check)}"
    ((word, wanted),) = check.items()
    if word == "is":
        return f"is {wanted}"
    return {
        "like": f"is {_json(wanted)} in any case",
        "has": f"is a list with {_json(wanted)}",
        "lacks": f"is without {_json(wanted)}",
        "exactly": f"is exactly {_json(wanted)}" if wanted else "is empty",
    }[word]


def _bag(values: Any) -> Any:
    """A list without its order; anything else as it is."""
    return sorted(json.dumps(value) for value in values if value is not ABSENT) if isinstance(values, list) else values


def _json(value: Any) -> str:
    return "absent" if value is ABSENT else printable(json.dumps(value, ensure_ascii=False))
