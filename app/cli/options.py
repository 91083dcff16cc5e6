"""What several commands ask for: moments, and what is said about nodes of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


class Moment(click.ParamType[datetime]):
    """A day (its beginning) or a moment; UTC where no offset is given."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """2026-12-24, or 2026-12-24T18:00:00+01:00."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is neither a day like 2026-12-24 nor a moment like 2026-12-24T18:00:00Z", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


MOMENT = Moment()


def where_options(command: Command) -> Command:
    """Give a command ``--unit`` and ``--children``."""
    for option in (
        click.option("--children", is_flag=True, help="Also in the units below; for a unit's role: force inheritance."),
        click.option("--unit", help="Only in this business unit; default: the whole account."),
    ):
        command = option(command)
    return command


def while_options(command: Command) -> Command:
    """Give a command ``--starts``, ``--expires`` and ``--reason``."""
    for option in (
        click.option("--reason", default="", help="Why; kept with it."),
        click.option("--expires", type=MOMENT, help="The first moment at which it does not count any more."),
        click.option("--starts", type=MOMENT, help="The first moment at which it counts."),
    ):
        command = option(command)
    return command


def statement_options(command: Command) -> Command:
    """Give a command ``--allow``, ``--deny`` and ``--unset``."""
    for option in (
        click.option("--unset", multiple=True, metavar="NODE", help="Say nothing about NODE any more."),
        click.option("--deny", multiple=True, metavar="NODE [when CONDITION]", help="Deny NODE and all below it."),
        click.option("--allow", multiple=True, metavar="NODE [when CONDITION]", help="Allow NODE and all below it."),
    ):
        command = option(command)
    return command


def statements(allow: Iterable[str], deny: Iterable[str], unset: Iterable[str]) -> list[tuple[str, str, str | None]]:
    """(node, effect, condition) of the three options; what stands after ``when`` is the condition."""
    said = []
    for effect, texts in (("allow", allow), ("deny", deny), ("unset", unset)):
        for text in texts:
            node, when, condition = text.partition(" when ")
            said.append((node.strip(), effect, condition.strip() if when else None))
    return said
