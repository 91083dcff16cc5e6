"""/console/roles/<role>: what a role says of every permission, edited with its consequences shown first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from app.services import role_comparison, role_sheet, roles
from app.services.role_comparison import Impact
from app.services.role_sheet import NodeSheet, Sheet
from app.services.roles import RoleDetail
from app.web import held
from app.web.console import later, role_form, role_frame, shell
from app.web.console.role_form import Wish, wish_of
from app.web.console.role_frame import find, path_of
from app.web.language import language, say

role_edit_face = shell.console_face("console_role_edit")
_ROLE = "/console/roles/<role>"
_EDIT = f"{_ROLE}/edit"
_MOST_BODY = 1024 * 1024
_SHOWN = ("all", "allow", "deny", "none")


@role_edit_face.page("GET", _ROLE, needs="administrator")
def show_role(role: str) -> Response:
    """What it says, and what that comes to."""
    detail = find(role)
    shown = request.args.get("show", "all")
    return role_frame.show(
        "role.html",
        detail,
        "permissions",
        sheet=role_sheet.read_sheet(*shell.here(), detail.role.id),
        query=request.args.get("q", "").strip()[:200],
        shown=shown if shown in _SHOWN else "all",
        choices=_SHOWN,
        fits=_fits(request.args.get("q", "").strip()[:200]),
    )


@role_edit_face.page("GET", _EDIT, needs="administrator", step_up=True)
def show_edit(role: str) -> Response:
    """The form; with what somebody had changed before they proved who they are."""
    return _form(find(role), wish_of(held.fields()))


@role_edit_face.page("POST", _EDIT, needs="administrator", reads=True, most_body=_MOST_BODY)
def edit_again(role: str) -> Response:
    """The form once more with what was filled in, from the review back or to say a condition."""
    return _form(find(role), wish_of(request.form.items()), opened=request.form.get("open", ""))


@role_edit_face.page("POST", f"{_ROLE}/review", needs="administrator", reads=True, most_body=_MOST_BODY)
def review_role(role: str) -> Response:
    """Who would gain and who would lose what."""
    detail, wish = find(role), wish_of(request.form.items())
    if not wish.says and not wish.add_required:
        return _form(detail, wish, problem=say("roles.edit.nothing"), status=422)
    return _review(detail, wish)


@role_edit_face.page("POST", f"{_ROLE}/save", needs="administrator", step_up=True, form=_EDIT, most_body=_MOST_BODY)
def save_role(role: str) -> Response:
    """Change it, if it still is what was reviewed; else what would change now is shown again."""
    detail, wish = find(role), wish_of(request.form.items())
    try:
        roles.edit_role(*shell.here(), detail.role.id, wish.edit, wish.revision)
    except shell.REFUSALS as error:
        return _review(detail, wish, error)
    return shell.go(path_of(detail.role), "role_saved")


def _review(detail: RoleDetail, wish: Wish, refused: Exception | None = None) -> Response:
    here, id = shell.here(), detail.role.id
    impact: Impact | None = None
    try:
        quick = role_comparison.is_quick(*here, id, wish.edit)
        part = later.address(is_quick=quick or refused is not None)
        if part is None:
            impact = role_comparison.impact_of_edit(*here, id, wish.edit)
        after = role_sheet.read_sheet(*here, id, wish.changes)
    except shell.REFUSALS as error:
        return _form(detail, wish, problem=shell.words_of(error), status=shell.status_of(error))
    before = role_sheet.read_sheet(*here, id)
    was, becomes = _by_key(before), _by_key(after)
    return role_frame.show(
        "role_review.html",
        detail,
        "permissions",
        status=200 if refused is None else shell.status_of(refused),
        refused=None if refused is None else str(refused),
        impact=impact,
        later=part,
        wish=wish,
        turns=[(node, was.get(node), becomes[node]) for node in wish.says if node in becomes],
        titles={one.key: role_frame.in_words(one.title) for one in before.permissions},
        lacking=[] if wish.add_required else [one for one in after.permissions if one.lacks],
    )


def _form(detail: RoleDetail, wish: Wish, *, problem: str = "", status: int = 200, opened: str = "") -> Response:
    """``opened`` is a node at which somebody wants to say a condition."""
    here, id = shell.here(), detail.role.id
    present = role_sheet.read_sheet(*here, id)
    try:
        sheet = role_sheet.read_sheet(*here, id, wish.changes)
    except shell.REFUSALS:
        sheet = present
    return role_frame.show(
        "role_edit.html",
        detail,
        "permissions",
        status=status,
        sheet=sheet,
        base=role_form.base_of(present),
        typed=wish.says,
        problem=problem,
        opened=opened,
        query="",
    )


def _by_key(sheet: Sheet) -> Mapping[str, NodeSheet]:
    return {one.key: one for one in role_form.nodes_of(sheet)}


def _fits(words: str) -> Any:
    return lambda one: role_form.fits(one, words, language())
