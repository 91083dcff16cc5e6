"""Writes the tables of docs/reference.md from the code: ``make docs``. A test holds them to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click

import scim.errors
from app.cli import main
from app.config import PREFIX, Settings
from rbac.profiles import load_profile
from scim.errors import ScimError

REFERENCE = Path(__file__).parent / "reference.md"


def settings() -> Iterator[str]:
    """Every setting with its default and meaning."""
    for name, field in Settings.__dataclass_fields__.items():
        yield f"| `{PREFIX}{name.upper()}` | {f'`{field.default}`' if field.default else '—'} | {field.metadata['help']} |"


def commands() -> Iterator[str]:
    """Every command, the subcommands of groups included."""
    for name, command in sorted(main.commands.items()):
        if isinstance(command, click.Group):
            for part, inner in sorted(command.commands.items()):
                yield f"| `muster {name} {part}` | {inner.get_short_help_str(120)} |"
        else:
            yield f"| `muster {name}` | {command.get_short_help_str(120)} |"


def errors() -> Iterator[str]:
    """Every refusal of the SCIM face."""
    classes = [
        thing for thing in vars(scim.errors).values() if isinstance(thing, type) and issubclass(thing, ScimError)
    ]
    for error in sorted(classes, key=lambda error: (error.status, error.scim_type or "")):
        if error is not ScimError:
            meaning = (error.__doc__ or "").splitlines()[0]
            yield f"| {error.status} | {f'`{error.scim_type}`' if error.scim_type else '—'} | {meaning} |"


def permissions() -> Iterator[str]:
    """The catalogue of the default profile."""
    for permission in load_profile().catalogue:
        yield f"| `{permission.key}` | {permission.title.en} | {permission.operation.value} |"


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "settings": settings,
    "commands": commands,
    "errors": errors,
    "permissions": permissions,
}


def rewritten(text: str) -> str:
    """The document with its tables as the code has them now."""
    for name, rows in TABLES.items():
        pattern = re.compile(rf"(<!-- {name} -->\n\|[^\n]*\n\|[ |-]*\n).*?(<!-- end -->)", re.DOTALL)
        body = "".join(f"{row}\n" for row in rows())
        text, found = pattern.subn(lambda match, body=body: match[1] + body + match[2], text)
        if found != 1:
            raise ValueError(f"docs/reference.md has no table {name}")
    return text


if __name__ == "__main__":
    REFERENCE.write_text(rewritten(REFERENCE.read_text(encoding="utf-8")), encoding="utf-8")
