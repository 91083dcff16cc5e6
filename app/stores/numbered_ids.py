"""Ids that the database makes of numbers, for rows that it makes itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from app.models.base import Id


class numbered_id(ColumnElement[str]):  # noqa: N801  reads as a function
    """An id made of the beginning of one and a number: as unique as that one, and after it in order."""

    inherit_cache = False
    type = Id()

    def __init__(self, number: ColumnElement[int]) -> None:
        self.prefix = bindparam("prefix", type_=Text())
        self.number = number


@compiles(numbered_id)
def _in_hexadecimal(element: numbered_id, compiler: SQLCompiler, **how: Any) -> str:
    prefix, number = compiler.process(element.prefix, **how), compiler.process(element.number, **how)
    return f"CAST({prefix} || lpad(to_hex({number}), 8, '0') AS UUID)"


@compiles(numbered_id, "sqlite")
def _in_hexadecimal_text(element: numbered_id, compiler: SQLCompiler, **how: Any) -> str:
    prefix, number = compiler.process(element.prefix, **how), compiler.process(element.number, **how)
    return f"{prefix} || printf('%08x', {number})"
