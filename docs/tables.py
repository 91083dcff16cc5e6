"""Writes the tables of the documentation from the code: ``make docs``. A test holds them to it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import click
from flask import Flask

import scim.errors
from app.api.install import install
from app.auth import Doors
from app.cli import main
from app.cli.later import itself
from app.config import PREFIX, Settings
from app.event_types import EVENT_TYPES
from app.outbound import Outbound
from app.problems import KINDS
from app.sealing import Keys
from app.services.tokens import SCOPES
from docs.requirements import requirements
from rbac.profiles import load_profile
from scim.dialects import DEVIATIONS, PRESETS
from scim.errors import ScimError

EVENTS = Path(__file__).parent / "events.md"
PROVIDERS = Path(__file__).parent / "providers.md"
REFERENCE = Path(__file__).parent / "reference.md"
SPECIFICATIONS = Path(__file__).parent / "specifications.md"
_TESTS = Path(__file__).parent.parent / "tests" / "protocol"
_NUMBERED = re.compile(r"test_c(\d{3})_")


def settings() -> Iterator[str]:
    """Every setting with its default and meaning."""
    for name, field in Settings.__dataclass_fields__.items():
        default = f"`{field.default}`" if field.default else "—"
        yield f"| `{PREFIX}{name.upper()}` | {default} | {field.metadata['help']} |"


def commands() -> Iterator[str]:
    """Every command, the subcommands of groups included."""
    yield from _commands_of("muster", main)


def _commands_of(named: str, group: click.Group) -> Iterator[str]:
    for name, listed in sorted(group.commands.items()):
        command = itself(listed)
        if isinstance(command, click.Group):
            yield from _commands_of(f"{named} {name}", command)
        else:
            yield f"| `{named} {name}` | {command.get_short_help_str(120)} |"


def errors() -> Iterator[str]:
    """Every refusal of the SCIM face."""
    classes = [
        thing for thing in vars(scim.errors).values() if isinstance(thing, type) and issubclass(thing, ScimError)
    ]
    for error in sorted(classes, key=lambda error: (error.status, error.scim_type or "")):
        if error is not ScimError:
            meaning = (error.__doc__ or "").splitlines()[0]
            yield f"| {error.status} | {f'`{error.scim_type}`' if error.scim_type else '—'} | {meaning} |"


def scopes() -> Iterator[str]:
    """What an API key may be allowed to do."""
    for name, meaning in SCOPES.items():
        yield f"| `{name}` | {meaning} |"


def event_types() -> Iterator[str]:
    """What the outside is told of."""
    for one in EVENT_TYPES.values():
        yield f"| `{one.name}` | {one.meaning} | `{one.tells}` |"


def operations() -> Iterator[str]:
    """Every operation of the administration API, as its own document has it."""
    app = Flask("docs")
    install(app, cast(Doors, None), Keys(b""), "", Outbound())
    document = app.test_client().get("/api/v1/openapi.json").json
    for path, methods in document["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            if method in methods:
                said = methods[method]
                [(_, needed)] = said["security"][0].items()
                who = f"`{needed[0]}`" if needed else "key of the installation"
                yield f"| `{path}` | {method.upper()} | {who} | {said['summary'].rstrip('.')} |"


def problems() -> Iterator[str]:
    """Every kind of refusal of the administration API."""
    for kind in KINDS.values():
        yield f"| {kind.status} | `{kind.name}` | {kind.meaning} |"


def deviations() -> Iterator[str]:
    """Which deviations each preset expects: those of a provider together, those of all at the end."""
    order, everyone = list(PRESETS), set(PRESETS)
    for one in sorted(DEVIATIONS, key=lambda one: (set(one.providers) == everyone, order.index(one.providers[0]))):
        names = "all" if set(one.providers) == everyone else ", ".join(f"`{name}`" for name in one.providers)
        yield f"| {names} | {one.deviation} | {one.repair} | {f'`{one.name}`' if one.name else ''} |"


def permissions() -> Iterator[str]:
    """The catalogue of the default profile."""
    for permission in load_profile().catalogue:
        yield f"| `{permission.key}` | {permission.title.en} | {permission.operation.value} |"


def specifications() -> Iterator[str]:
    """Every numbered requirement, in the words of its test."""
    rows = []
    for file in sorted(_TESTS.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (number := _NUMBERED.match(node.name)):
                said = " ".join((ast.get_docstring(node) or "").split()).replace("|", "\\|")
                rows.append(
                    (int(number[1]), node.lineno, f"| {int(number[1])} | {said} | `{file.stem}`: `{node.name}` |")
                )
    yield from (row for _, _, row in sorted(rows))


TABLES: dict[Path, dict[str, Callable[[], Iterator[str]]]] = {
    EVENTS: {"event-types": event_types},
    PROVIDERS: {"deviations": deviations},
    REFERENCE: {
        "settings": settings,
        "commands": commands,
        "scopes": scopes,
        "operations": operations,
        "errors": errors,
        "problems": problems,
        "permissions": permissions,
    },
    SPECIFICATIONS: {"requirements": requirements, "specifications": specifications},
}


def rewritten(document: Path) -> str:
    """A document with its tables as the code has them now."""
    text = document.read_text(encoding="utf-8")
    for name, rows in TABLES[document].items():
        pattern = re.compile(rf"(<!-- {name} -->\n\|[^\n]*\n\|[ |-]*\n).*?(<!-- end -->)", re.DOTALL)
        body = "".join(f"{row}\n" for row in rows())
        text, found = pattern.subn(lambda match, body=body: match[1] + body + match[2], text)
        if found != 1:
            raise ValueError(f"{document.name} has no table {name}")
    return text


if __name__ == "__main__":
    for page in TABLES:
        page.write_text(rewritten(page), encoding="utf-8")
