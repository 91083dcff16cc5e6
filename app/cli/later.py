"""Commands that are listed before they are imported: a process pays only for the command that it runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click


class Later(click.Command):
    """What is said of a command until it is called; then ``where``, a ``module:attribute``, is it.

    Help and completion need no more than ``help``, which repeats the first sentence of the command's own.
    """

    def __init__(self, name: str, where: str, help: str) -> None:
        super().__init__(name, help=help)
        self.where = where

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command itself: from here on click deals with that one."""
        return self.itself().make_context(info_name, args, parent, **extra)

    def itself(self) -> click.Command:
        """The command, imported."""
        module, attribute = self.where.split(":")
        with for_good():
            command: click.Command = getattr(import_module(module), attribute)
        return command


@contextmanager
def for_good() -> Iterator[None]:
    """While much is made that stays: the collector would go through all of it again and again, and find nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def itself(command: click.Command) -> click.Command:
    """A command of a group, whether it is imported by now or not."""
    return command.itself() if isinstance(command, Later) else command
