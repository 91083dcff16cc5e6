"""Commands are listed without being imported; what is said of them meanwhile is what they say themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from app.cli import main
from app.cli.connection import connection
from app.cli.later import Later, itself
from app.cli.mapping import mapping

LISTED = [one for group in (main, connection, mapping) for one in group.commands.values() if isinstance(one, Later)]
_ASKS = """
import sys
from app.cli import main
try:
    main(prog_name="muster")
finally:
    print(*(name for name in ("sqlalchemy", "flask", "cryptography") if name in sys.modules), file=sys.stderr)
"""


def muster(*arguments: str, **environment: str) -> tuple[str, list[str]]:
    """What a command prints, run by a process of its own, and which of the large packages it has imported."""
    asked = [sys.executable, "-c", _ASKS, *arguments]
    done = subprocess.run(asked, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout, done.stderr.split()


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: listed.where)
def test_a_command_is_listed_as_it_is(listed: Later) -> None:
    """Its name, and the first sentence of its help, cut where click would cut it."""
    command = listed.itself()
    assert (listed.name, listed.hidden) == (command.name, command.hidden)
    for limit in (20, 45, 1_000):
        assert listed.get_short_help_str(limit) == command.get_short_help_str(limit)


def test_the_list_needs_no_database() -> None:
    """Help, and completion of names of commands, import nothing that a command works with."""
    said, imported = muster("--help")
    assert all(f"\n  {name} " in said for name in main.commands)
    assert imported == []
    said, imported = muster(_MUSTER_COMPLETE="bash_complete", COMP_WORDS="muster ma", COMP_CWORD="1")
    assert said.split() == ["plain,mapping"]
    assert imported == []


def test_what_stands_below_a_command_is_completed_and_explained_by_itself() -> None:
    """Here the command is imported: its own commands and options are known only to it."""
    said, imported = muster(_MUSTER_COMPLETE="bash_complete", COMP_WORDS="muster mapping reb", COMP_CWORD="2")
    assert said.split() == ["plain,rebind"]
    assert "sqlalchemy" in imported
    assert "--group" in muster("mapping", "rebind", "--help")[0]


def _all_of(group: click.Group) -> Iterator[click.Command]:
    for one in group.commands.values():
        command = itself(one)
        yield from _all_of(command) if isinstance(command, click.Group) else [command]


def test_every_command_says_what_it_does() -> None:
    """None is without help, however it is reached."""
    found = [*_all_of(main)]
    assert len(found) > len(main.commands)
    assert [one.name for one in found if not one.help] == []
