"""Writes the tables of the documentation from the code: ``make docs``. A test holds them to it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click

import scim.errors
from app.cli import main
from app.config import PREFIX, Settings
from rbac.profiles import load_profile
from scim.dialects import DEVIATIONS, PRESETS
from scim.errors import ScimError

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


def deviations() -> Iterator[str]:
    """Which deviations each preset expects: those of a provider together, those of all at the end."""
    order, everyone = list(PRESETS), set(PRESETS)
    for one in sorted(DEVIATIONS, key=lambda one: (set(one.providers) == everyone, order.index(one.providers[0]))):
        names = "all" if set(one.providers) == everyone else ", ".join(f"`{name}`" for name in one.providers)
        yield f"| {names} | {one.deviation} | {one.repair} |"


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
    PROVIDERS: {"deviations": deviations},
    REFERENCE: {
        "settings": settings,
        "commands": commands,
        "errors": errors,
        "permissions": permissions,
    },
    SPECIFICATIONS: {"specifications": specifications},
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
