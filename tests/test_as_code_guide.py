"""The page about access as code: what it shows is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from uuid import uuid4

from click.testing import CliRunner

from app.cli import main
from tests.test_cli import Muster, muster

__all__ = ["muster"]

_PAGE = Path(__file__).parent.parent / "docs" / "as-code.md"
_BLOCK = re.compile(r"```(yaml|console)\n(.*?)```", re.DOTALL)


def test_every_command_of_the_guide_says_what_is_shown(muster: Muster, tmp_path: Path) -> None:
    """In order, in one account; `…` is whatever is not the same each time."""
    name, shown = f"Acme {uuid4().hex[:8]}", 0
    for kind, text in _BLOCK.findall(_PAGE.read_text(encoding="utf-8")):
        if kind == "yaml":
            (tmp_path / "access.yaml").write_text(text, encoding="utf-8")
            continue
        for part in re.split(r"^\$ muster ", text, flags=re.MULTILINE)[1:]:
            line, _, expected = part.partition("\n")
            arguments = [name if word == "Acme" else word for word in shlex.split(line)]
            said = CliRunner().invoke(main, arguments, env=muster.environment, catch_exceptions=False).output
            pattern = re.escape(expected).replace("…", ".*")
            assert re.fullmatch(pattern, said, re.DOTALL), f"muster {line}\n{said}"
            shown += 1
    assert shown == 5
