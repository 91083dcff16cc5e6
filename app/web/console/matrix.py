"""/console/matrix: every role against every permission."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from flask import Response, request
from markupsafe import Markup

from app.services import audit_trail, role_matrix
from app.services.role_matrix import ALLOW, DENY, DEPENDS, UNSET, Matrix, MatrixPart, MatrixRow
from app.web import pages
from app.web.console import exporting, shell
from app.web.console.role_frame import in_words
from app.web.language import say

matrix_face = shell.console_face("console_matrix")
_SIGNS = {ALLOW: "✓", DEPENDS: "◐", DENY: "✕", UNSET: "·"}
_KINDS = ("own", "default")
_LINKED = Markup('<td class="{}"><a href="{}/{}?q={}#node-{}"><b aria-hidden="true">{}</b><i>{}</i></a></td>')
_PLAIN = Markup('<td class="unset"><b aria-hidden="true">·</b><i>{}</i></td>')


@dataclass(frozen=True, slots=True)
class _Wish:
    """What of the table somebody wants to see."""

    section: str
    privileged: bool
    differing: bool
    kind: str
    roles: Collection[str]
    words: str


@matrix_face.page("GET", "/console/matrix", needs="administrator")
def show_matrix() -> Response:
    """The table, or the same as a file."""
    whole, wish = role_matrix.matrix(*shell.here()), _wish()
    shown = _narrowed(whole, wish)
    if exporting.is_wanted():
        return _file(shown)
    return shell.show(
        "matrix.html",
        "matrix",
        whole=whole,
        shown=shown,
        wish=wish,
        kinds=_KINDS,
        words=in_words,
        cells=_cells(shown),
        signs=_SIGNS,
        permissions=sum(len(part.rows) for part in shown.parts),
        file=_address_of_file(),
    )


def _wish() -> _Wish:
    asked = request.args
    kind = asked.get("kind", "")
    return _Wish(
        asked.get("section", "")[:200],
        asked.get("privileged") == "yes",
        asked.get("differing") == "yes",
        kind if kind in _KINDS else "",
        frozenset(asked.getlist("role")),
        asked.get("q", "").strip()[:200].casefold(),
    )


def _narrowed(whole: Matrix, wish: _Wish) -> Matrix:
    places = [
        place
        for place, role in enumerate(whole.roles)
        if (not wish.roles or role.id in wish.roles)
        and (not wish.kind or (wish.kind == "default") == (role.is_default or role.is_owner))
    ]
    parts = []
    for part in whole.parts:
        if wish.section and wish.section != part.key:
            continue
        rows = [replace(row, cells=tuple(row.cells[place] for place in places)) for row in part.rows]
        rows = [row for row in rows if _is_wanted(row, wish)]
        if rows:
            parts.append(MatrixPart(part.key, part.tab, part.title, tuple(rows)))
    return Matrix(tuple(whole.roles[place] for place in places), tuple(parts))


def _is_wanted(row: MatrixRow, wish: _Wish) -> bool:
    one = row.permission
    if (wish.privileged and not one.privileged) or (wish.differing and not row.differs):
        return False
    return not wish.words or wish.words in f"{one.key} {in_words(one.title)}".casefold()


def _cells(shown: Matrix) -> dict[str, Markup]:
    """The cells of each row, by the permission's key: made here, since there may be many thousands of them."""
    said = {effect: say(f"matrix.{effect}") for effect in _SIGNS}
    empty, path, ids = _PLAIN.format(said[UNSET]), pages.at("/console/roles"), [role.id for role in shown.roles]
    return {
        row.permission.key: Markup("").join(
            empty
            if cell == UNSET
            else _LINKED.format(cell, path, id, row.permission.key, row.permission.key, _SIGNS[cell], said[cell])
            for id, cell in zip(ids, row.cells, strict=True)
        )
        for part in shown.parts
        for row in part.rows
    }


def _file(shown: Matrix) -> Response:
    titles = [str(say(f"matrix.column.{name}")) for name in ("section", "permission", "title", "privileged")]
    lines: list[Sequence[object]] = [[*titles, *(role.name for role in shown.roles)]]
    for part in shown.parts:
        for row in part.rows:
            one, said = row.permission, ["" if cell == UNSET else cell for cell in row.cells]
            section = f"{in_words(part.tab)} > {in_words(part.title)}"
            lines.append([section, one.key, in_words(one.title), "x" if one.privileged else "", *said])
    audit_trail.list_taken(*shell.here(), "matrix")
    file = io.StringIO()
    csv.writer(file).writerows([[exporting.cell(value) for value in line] for line in lines])
    response = Response("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="matrix.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _address_of_file() -> str:
    query = request.query_string.decode("ascii", "replace")
    return pages.at("/console/matrix") + "?" + (f"{query}&" if query else "") + "format=csv"
