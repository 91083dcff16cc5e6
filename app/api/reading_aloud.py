"""An OpenAPI document in the order and the words in which people read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from markupsafe import Markup, escape

_INLINE = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
)
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or a field."""

    name: str
    type: str
    place: str
    required: bool
    says: Markup


@dataclass(frozen=True, slots=True)
class Told:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    description: Markup
    scope: str
    parameters: list[Row]
    body: str | None
    example: str | None
    curl: str
    answers: list[tuple[str, str, str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Tag:
    """The operations on one kind of resource."""

    name: str
    says: Markup
    operations: list[Told]

    @property
    def id(self) -> str:
        """What leads to it within the page."""
        return f"about-{self.name.replace(' ', '-')}"


@dataclass(frozen=True, slots=True)
class ShapeTold:
    """A named shape of objects."""

    name: str
    says: Markup
    rows: list[Row]


def html_of(text: str) -> Markup:
    """The little Markdown that descriptions use: paragraphs, lists, code and emphasis."""
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.splitlines()
        if lines and all(line.startswith("* ") for line in lines):
            items = "".join(f"<li>{_inline(line[2:])}</li>" for line in lines)
            blocks.append(f"<ul>{items}</ul>")
        elif block:
            blocks.append(f"<p>{_inline(' '.join(lines))}</p>")
    return Markup("".join(blocks))  # noqa: S704  escaped piece by piece


def operations_by_tag(document: dict[str, Any]) -> list[Tag]:
    """Everything that can be done, by kind of resource."""
    tags = {tag["name"]: Tag(tag["name"], html_of(tag["description"]), []) for tag in document["tags"]}
    for path, methods in document["paths"].items():
        shared = methods.get("parameters", [])
        for method in _METHODS:
            if method in methods:
                operation = methods[method]
                tags[operation["tags"][0]].operations.append(_told(document, path, method, operation, shared))
    return [*tags.values()]


def shapes_of(document: dict[str, Any]) -> list[ShapeTold]:
    """Every named shape, in order of names."""
    schemas = document["components"]["schemas"]
    return [
        ShapeTold(name, html_of(schemas[name].get("description", "")), [*_fields(schemas[name])])
        for name in sorted(schemas)
    ]


def _told(document: dict[str, Any], path: str, method: str, operation: dict[str, Any], shared: list[Any]) -> Told:
    [requirement] = operation["security"]
    [(scheme, scopes)] = requirement.items()
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    parameters = [_resolved(document, one) for one in (*shared, *operation.get("parameters", []))]
    rows = [
        Row(
            one["name"],
            _type(one.get("schema", {})),
            one["in"],
            one.get("required", False),
            html_of(one.get("description", "")),
        )
        for one in parameters
    ]
    example = _json(content["example"]) if "example" in content else None
    return Told(
        operation["operationId"],
        method.upper(),
        path,
        operation["summary"],
        html_of(operation.get("description", "")),
        scopes[0] if scopes else "a key of the installation" if scheme == "installationKey" else "",
        rows,
        _named(content.get("schema")),
        example,
        _curl(document, path, method, content.get("example")),
        [*_answers(document, operation)],
    )


def _answers(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[tuple[str, str, str | None, str | None]]:
    for status, given in sorted(operation["responses"].items(), key=lambda one: str(one[0])):
        answer = _resolved(document, given)
        content = answer.get("content", {})
        found = content.get("application/json", {})
        example = _json(found["example"]) if "example" in found else None
        yield str(status), answer.get("description", ""), _named(found.get("schema")), example


def _curl(document: dict[str, Any], path: str, method: str, example: Any) -> str:
    url = f"{document['servers'][0]['url']}{path}".replace("{", "$").replace("}", "")
    parts = ["curl", '-H "Authorization: Bearer $KEY"']
    if method != "get":
        parts.insert(1, f"-X {method.upper()}")
    if example is not None:
        shown = orjson.dumps(example).decode().replace("'", "'\\''")
        parts += ["-H 'Content-Type: application/json'", f"-d '{shown}'"]
    return " \\\n  ".join([f"{parts[0]} {parts[1]}", *parts[2:], f'"{url}"'])


def _resolved(document: dict[str, Any], one: Any) -> dict[str, Any]:
    found: Any = one
    if "$ref" in one:
        found = document
        for step in one["$ref"].removeprefix("#/").split("/"):
            found = found[step]
    resolved: dict[str, Any] = found
    return resolved


def _fields(schema: dict[str, Any]) -> Iterator[Row]:
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        yield Row(name, _type(field), "", name in required, html_of(field.get("description", "")))


def _type(schema: dict[str, Any]) -> str:
    """The type of a value in words."""
    if "$ref" in schema:
        return str(_named(schema))
    if "allOf" in schema:
        return _type(schema["allOf"][0])
    if "anyOf" in schema or "oneOf" in schema:
        return " or ".join(_type(one) for one in schema.get("anyOf") or schema["oneOf"])
    types = schema.get("type", "any")
    if types == "array":
        return f"list of {_type(schema.get('items', {}))}"
    words = [types] if isinstance(types, str) else [word for word in types if word != "null"]
    if "enum" in schema:
        words = [", ".join(str(one) for one in schema["enum"] if one is not None)]
    if "format" in schema:
        words = [schema["format"]]
    return " or ".join([*words, *(["null"] if "null" in types and isinstance(types, list) else [])])


def _named(schema: dict[str, Any] | None) -> str | None:
    if not schema:
        return None
    return str(schema["$ref"]).rsplit("/", 1)[-1] if "$ref" in schema else None


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _inline(text: str) -> str:
    html = str(escape(text))
    for pattern, replacement in _INLINE:
        html = pattern.sub(replacement, html)
    return html
