"""The editor of a mapping rule: whom it is for, tried out at once; what it gives, how long; who answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from flask import Response, request

from app.services import groups, mapping_drafts, mapping_whom, roles, units, waiting_room
from app.services.errors import NotFound, ServiceError
from app.services.groups import GroupFacts
from app.services.mapping_drafts import MOST_TITLE, Draft
from app.services.waiting_room import Suggestion
from app.stores.listings import Wanted
from app.stores.naming import directories_of
from app.web import who
from app.web.console import lists, mapping_form, mapping_parts, shell
from app.web.console.mapping_draft import DRAFTS, place_of
from app.web.console.mapping_form import Entered, Line
from rbac.patterns import folded

mapping_rules_face = shell.console_face("console_mapping_rules")
_MOST_GROUPS = 20
_MOST_DRAFTS = 50
_EXAMINED = 2_000
"""What the members of a larger group have is looked into only if somebody asks for it, since it takes its time."""


@dataclass(frozen=True, slots=True)
class _Editor:
    """What the page of a rule shows besides what was filled in; ``number`` is None for a new rule."""

    form: Entered
    draft: Draft | None
    number: int | None = None
    problems: Mapping[str, str] | None = None
    refusal: str | None = None
    status: int = 200


@mapping_rules_face.page("GET", "/console/mapping/drafts/<draft>/rules/new", needs="owner")
def new_rule(draft: str) -> Response:
    """A rule to be added; what the address says of it is filled in."""
    found = mapping_drafts.get_draft(*shell.here(), draft)
    return _show(_Editor(_suggested(), found))


@mapping_rules_face.page("GET", "/console/mapping/drafts/<draft>/rules/<number>", needs="owner")
def show_rule(draft: str, number: str) -> Response:
    """A rule of a draft."""
    found = mapping_drafts.get_draft(*shell.here(), draft)
    place = place_of(number, len(found.document["rules"]))
    form = _with_id(mapping_form.from_rule(found.document["rules"][place]), found.document["rules"][place])
    return _show(_Editor(form, found, place + 1))


@mapping_rules_face.page("POST", "/console/mapping/drafts/<draft>/rules/new", needs="owner")
def add_rule(draft: str) -> Response:
    """Put a new rule at the end of a draft."""
    return _save(mapping_drafts.get_draft(*shell.here(), draft), None)


@mapping_rules_face.page("POST", "/console/mapping/drafts/<draft>/rules/<number>", needs="owner")
def change_rule(draft: str, number: str) -> Response:
    """Let a rule of a draft say something else."""
    found = mapping_drafts.get_draft(*shell.here(), draft)
    return _save(found, place_of(number, len(found.document["rules"])))


@mapping_rules_face.page("GET", "/console/mapping/new", needs="owner")
def begin_rule() -> Response:
    """A rule for a group, in a new draft or in one that there is: the way from groups without rules."""
    return _show(_Editor(_suggested(), None))


@mapping_rules_face.page("POST", "/console/mapping/new", needs="owner")
def make_rule() -> Response:
    """Make the draft, if it is to be a new one, and put the rule into it."""
    form, chosen = mapping_form.entered(request.form), request.form.get("draft", "")
    if chosen:
        return _save(mapping_drafts.get_draft(*shell.here(), chosen), None, begun=True)
    try:
        made = mapping_drafts.create_draft(*shell.here(), (form.name or "?")[:MOST_TITLE])
    except ServiceError as error:
        return _show(_Editor(form, None, refusal=shell.words_of(error), status=shell.status_of(error)))
    return _save(made, None, begun=True)


@mapping_rules_face.page("GET", "/console/mapping/groups", needs="owner")
def find_groups() -> Response:
    """Groups to choose from, as one types; the one that is chosen stays the first."""
    return mapping_parts.show(
        "groups.html",
        choices=_choices(request.args.get("group", "")),
        chosen=request.args.get("group", ""),
        problems={},
    )


@mapping_rules_face.page("GET", "/console/mapping/whom", needs="owner")
def try_rule() -> Response:
    """Whom a rule would be for that says what stands in the form at present."""
    form = mapping_form.entered(request.args)
    said = mapping_form.conditions(form, None)
    answer = None
    if _says_enough(form):
        session, account_id = shell.here()
        asked = said | {"name": form.name, "allow_privileged": form.allow_privileged}
        answer = mapping_whom.whom(session, account_id, asked)
    return mapping_parts.show("whom.html", whom=answer, form=form)


def _says_enough(form: Entered) -> bool:
    return bool({"group": form.group, "pattern": form.pattern, "people": form.where}[form.by])


def _suggested() -> Entered:
    """A rule as the address of the page suggests it; for a group it is called as the group is."""
    person, asked = who.person(), request.args
    group = _group(asked.get("group", ""))
    line = Line(asked.get("role", ""), asked.get("unit", ""), bool(asked.get("below")))
    name = "" if group is None else group.display_name
    if group is not None and line.what:
        name = f"{name[:90]}: {line.what[:80]}{f' in {line.unit}' if line.unit else ''}"[:180]
    return Entered(
        name=name,
        group="" if group is None else group.id,
        grants=(line,) if line.what else (),
        owner=person.user_name,
    )


def _with_id(form: Entered, rule: Mapping[str, Any]) -> Entered:
    """A group that a file names otherwise than by its id, by its id, where it is the only one that is called so."""
    named = rule.get("group")
    if form.by != "group" or form.group or not isinstance(named, Mapping):
        return form
    word = named.get("name") or named.get("external_id")
    key = "display_name" if named.get("name") else "external_id"
    where = f"{key} eq {lists.literal(str(word))}"
    if named.get("directory"):
        where += f" and directory eq {lists.literal(str(named['directory']))}"
    found = groups.list_groups(*shell.here(), Wanted(2, where)).results
    return replace(form, group=found[0].id) if len(found) == 1 else form


def _save(found: Draft, place: int | None, *, begun: bool = False) -> Response:
    """Put the rule where it belongs, if it is understood; else the form again, with what is wrong."""
    form = mapping_form.entered(request.form)
    rules = list(found.document["rules"])
    group = _group(form.group)
    if group is not None:
        named: dict[str, str] | None = {"id": group.id, "name": group.display_name, "directory": group.directory}
    else:
        named = _named(rules[place] if place is not None else {}, form.group)
    rule = mapping_form.to_rule(form, named)
    if begun:
        rule["name"] = _free(rule["name"], {folded(str(one.get("name", ""))) for one in rules})
    at = len(rules) if place is None else place
    rules[at : at + 1] = [rule]
    document = {**found.document, "rules": rules}
    session, account_id = shell.here()
    problems, _ = mapping_drafts.looked_at(session, account_id, document)
    wrong = mapping_form.problems_of(problems, f"rules[{at}]")
    editor = _Editor(form, None if begun else found, None if place is None else place + 1, wrong, None, 422)
    if wrong:
        return _show(editor)
    seen = request.form.get("version", "")
    version = found.version if begun else int(seen[:9]) if seen.isascii() and seen.isdigit() else 0
    try:
        mapping_drafts.edit_draft(session, account_id, found.id, document=document, version=version)
    except ServiceError as error:
        return _show(replace(editor, refusal=shell.words_of(error), status=shell.status_of(error)))
    return shell.go(f"/console/mapping/drafts/{found.id}", done="mapping_rule_saved")


def _named(rule: Mapping[str, Any], id: str) -> dict[str, str] | None:
    """How a rule names a group that is gone: as it did before."""
    named = rule.get("group")
    return dict(named) if isinstance(named, Mapping) and str(named.get("id", "")) == id else None


def _free(name: str, taken: set[str]) -> str:
    names = (name if number == 1 else f"{name[:180]} ({number})" for number in count(1))
    return next(one for one in names if folded(one) not in taken)


def _group(id: str) -> GroupFacts | None:
    if not id:
        return None
    try:
        return groups.get_group(*shell.here(), id)
    except NotFound:
        return None


def _choices(chosen: str) -> list[GroupFacts]:
    """The chosen group, and those that fit the words that were typed."""
    words = request.values.get("group_words", "").strip()[:200]
    first = _group(chosen)
    found: list[GroupFacts] = [] if first is None else [first]
    if words:
        wanted = Wanted(_MOST_GROUPS, f"display_name co {lists.literal(words)}", "display_name")
        found += [one for one in groups.list_groups(*shell.here(), wanted).results if one.id != chosen]
    elif first is None:
        found = groups.list_groups(*shell.here(), Wanted(_MOST_GROUPS, None, "display_name")).results
    return found


def _show(editor: _Editor) -> Response:
    session, account_id = shell.here()
    form = editor.form
    all_roles = roles.list_roles(session, account_id)
    group = _group(form.group)
    suggestions: tuple[Suggestion, ...] | None = ()
    if group is not None and editor.number is None:
        is_asked = group.member_count <= _EXAMINED or "suggest" in request.args
        suggestions = waiting_room.suggestions(session, account_id, group.id) if is_asked else None
    drafts = []
    if editor.draft is None:
        latest = Wanted(_MOST_DRAFTS, None, "modified", True)
        drafts = [*DRAFTS.rows.read(session, account_id, latest)[0]]
    return mapping_parts.show(
        "rule.html",
        status=editor.status,
        form=form.with_lines(),
        draft=editor.draft,
        number=editor.number,
        problems=editor.problems or {},
        refusal=editor.refusal,
        roles=all_roles,
        units=units.list_units(session, account_id),
        directories=sorted(directories_of(session, account_id)),
        choices=_choices(form.group),
        gone=bool(form.group) and group is None,
        suggestions=suggestions,
        drafts=drafts,
        chosen_draft=request.values.get("draft", ""),
    )
