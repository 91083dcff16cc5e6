"""A provider's sequence as a value, read from its file under ``sequences/``.

A file has a ``title``, the ``headers`` and ``query`` of every request, and ``steps``; or it is ``like`` another file in
all that it does not say itself. A step names a ``request``
(method and path), what it sends, what the provider needs to come back, and ``why``. Texts may hold placeholders such
as ``{user}``: the constants below, ``run``, and whatever an earlier step captured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

import yaml

CONSTANTS = {
    "USER": "urn:ietf:params:scim:schemas:core:2.0:User",
    "GROUP": "urn:ietf:params:scim:schemas:core:2.0:Group",
    "ENTERPRISE": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "PATCHOP": "urn:ietf:params:scim:api:messages:2.0:PatchOp",
    "LIST": "urn:ietf:params:scim:api:messages:2.0:ListResponse",
    "ERROR": "urn:ietf:params:scim:api:messages:2.0:Error",
}
"""What sequences call the URNs of SCIM."""

_FOLDER = files("app.simulator") / "sequences"
_STEP_KEYS = {
    *("step", "why", "request", "query", "headers", "body", "patch", "echo", "when", "pause", "pages"),
    *("status", "shows", "finds", "answer_headers", "milliseconds", "capture", "then"),
}


class SequenceError(ValueError):
    """A sequence file that cannot be read as one."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a provider needs of an answer.

    ``shows`` judges parts of a body with a success status by JSON pointer, ``finds`` the ids of a list's resources;
    see ``expect``. ``media`` are the media types the provider reads.
    """

    status: tuple[int, ...]
    media: tuple[str, ...]
    shows: Mapping[str, Any]
    finds: tuple[str, ...] | None
    headers: Mapping[str, Any]
    milliseconds: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One request, or the reading of all pages of a list, and what must come of it.

    ``echo`` names a captured resource that ``body`` is laid over, as providers do that put back what they read.
    ``when`` lets the step out unless what was captured is as given. ``pause`` is in seconds.
    """

    name: str
    why: str
    method: str
    path: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any
    echo: str | None
    when: Mapping[str, Any]
    pause: float
    pages: int | None
    expect: Expectation
    capture: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Everything one provider sends, in order."""

    name: str
    title: str
    headers: Mapping[str, str]
    query: Mapping[str, Any]
    steps: tuple[Step, ...]


def names() -> list[str]:
    """The providers that can be played."""
    return sorted(entry.name.removesuffix(".yaml") for entry in _FOLDER.iterdir() if entry.name.endswith(".yaml"))


def load(name: str) -> Sequence:
    """The sequence of a provider. Raises KeyError for an unknown name."""
    if name not in names():
        raise KeyError(name)
    return read(name, (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def read(name: str, text: str) -> Sequence:
    """A sequence from the text of its file. Raises SequenceError, naming the step."""
    document = yaml.safe_load(text)
    if "like" in document:
        document = yaml.safe_load((_FOLDER / f"{document['like']}.yaml").read_text(encoding="utf-8")) | document
    steps = tuple(step for entry in document["steps"] for step in _steps(document, entry))
    called = [step.name for step in steps]
    if len(called) != len(set(called)):
        raise SequenceError(f"{name}: two steps have one name")
    return Sequence(name, document["title"], document.get("headers", {}), document.get("query", {}), steps)


def _steps(document: Mapping[str, Any], entry: Mapping[str, Any]) -> Iterator[Step]:
    """The step of an entry and, for ``then``, the steps that read back what it did."""
    first = _step(document, entry)
    yield first
    after = entry.get("then", [])
    for number, reading in enumerate(after if isinstance(after, list) else [after]):
        told = {"shows": entry.get("shows", {})} if reading == "same" else reading
        name = f"{first.name}-after" + (f"-{number + 1}" if number else "")
        made = _step(document, {"step": name, "why": first.why, "request": f"GET {first.path}"} | dict(told))
        yield replace(made, when=first.when)


def _step(document: Mapping[str, Any], entry: Mapping[str, Any]) -> Step:
    unknown = entry.keys() - _STEP_KEYS
    if unknown:
        raise SequenceError(f"{entry.get('step')}: unknown {', '.join(sorted(unknown))}")
    method, path = entry["request"].split(" ", 1)
    body = entry.get("body")
    if "patch" in entry:
        body = {"schemas": ["{PATCHOP}"], "Operations": entry["patch"]}
    status = entry.get("status", 200)
    expect = Expectation(
        status=tuple(status) if isinstance(status, list) else (status,),
        media=tuple(document.get("media", ["application/scim+json"])),
        shows=entry.get("shows", {}),
        finds=tuple(entry["finds"]) if "finds" in entry else None,
        headers=entry.get("answer_headers", {}),
        milliseconds=entry.get("milliseconds"),
    )
    return Step(
        name=entry["step"],
        why=entry["why"],
        method=method,
        path=path,
        query={**entry.get("query", {}), **document.get("query", {})},
        headers={**document.get("headers", {}), **entry.get("headers", {})},
        body=body,
        echo=entry.get("echo"),
        when=entry.get("when", {}),
        pause=entry.get("pause", 0),
        pages=entry.get("pages"),
        expect=expect,
        capture=entry.get("capture", {}),
    )
