"""mapping draft: rules being edited, as files that go out and come back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import yaml

from app.cli.acting import AS, act_as
from app.cli.output import REFUSED, Answer, Failure, answering, lines
from app.config import Settings
from app.services import mapping_drafts, waiting_room
from app.services.accounts import find_account
from app.services.mapping_drafts import Draft
from app.session import Session
from app.stores.listings import Wanted, page
from app.stores.mapping_drafts import DRAFT_LIST
from rbac.mapping_difference import Difference

_MOST = 500
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("draft")
def draft_group() -> None:
    """Drafts: rules that are edited in peace until somebody plans them."""


@draft_group.command("list")
@click.argument("account")
@answering
def list_drafts(_: Settings, session: Session, account: str) -> Answer:
    """List all drafts of an account."""
    target = find_account(session, account)
    rows = page(session, DRAFT_LIST, target.id, Wanted(_MOST, sort="modified", descending=True)).rows
    shown = [(row.title, row.version, row.base_revision, row.author, row.modified, row.id) for row in rows]
    headings = ("TITLE", "VERSION", "BASE REVISION", "CHANGED BY", "AT", "ID")
    return Answer([dict(row._mapping) for row in rows], lines(headings, shown, "no drafts"))


@draft_group.command("create")
@click.argument("account")
@click.argument("title")
@click.option("--file", type=_FILE, help="The rules (YAML); default: what is published.")
@AS
@answering
def create_draft(
    _: Settings, session: Session, account: str, title: str, file: Path | None, person: str | None
) -> Answer:
    """Begin a draft with what is published, or with the rules of a file."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    made = mapping_drafts.create_draft(session, target.id, title, read_yaml(file) if file else None)
    return Answer(made, _described(made))


@draft_group.command("suggest")
@click.argument("account")
@click.argument("group")
@click.argument("role")
@click.option("--unit", help="The key of a business unit; default: the whole account.")
@click.option("--children", is_flag=True, help="Also the units below it.")
@click.option("--into", "draft", metavar="DRAFT", help="At the end of this draft; default: of a new one.")
@AS
@answering
def suggest_rule(
    _: Settings,
    session: Session,
    account: str,
    group: str,
    role: str,
    unit: str | None,
    children: bool,
    draft: str | None,
    person: str | None,
) -> Answer:
    """Put a rule into a draft that the waiting room suggests: ROLE for GROUP, most of whose members have it."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    made = waiting_room.draft_suggested(session, target.id, group, role, unit, children=children, draft=draft)
    return Answer(made, f"{_described(made)}\nnext: muster mapping plan {target.name!r} {made.id}")


@draft_group.command("show")
@click.argument("account")
@click.argument("draft")
@answering
def show_draft(_: Settings, session: Session, account: str, draft: str) -> Answer:
    """Print the rules of a draft as a file that `draft edit` takes back."""
    found = mapping_drafts.get_draft(session, find_account(session, account).id, draft)
    return Answer(found, yaml.safe_dump(found.document, sort_keys=False, allow_unicode=True).rstrip())


@draft_group.command("edit")
@click.argument("account")
@click.argument("draft")
@click.option("--file", type=_FILE, help="The rules (YAML) that replace those of the draft.")
@click.option("--title")
@click.option("--expect", type=int, metavar="VERSION", help="Refuse if the draft is of another version now.")
@AS
@answering
def edit_draft(
    _: Settings,
    session: Session,
    account: str,
    draft: str,
    file: Path | None,
    title: str | None,
    expect: int | None,
    person: str | None,
) -> Answer:
    """Replace the rules or the title of a draft; what was planned of it is out of date then."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    document = read_yaml(file) if file else None
    done = mapping_drafts.edit_draft(session, target.id, draft, title=title, document=document, version=expect)
    return Answer(done, _described(done))


@draft_group.command("rebase")
@click.argument("account")
@click.argument("draft")
@AS
@answering
def rebase_draft(_: Settings, session: Session, account: str, draft: str, person: str | None) -> Answer:
    """Put a draft onto what is published now, rule by rule."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    done, conflicts = mapping_drafts.rebase_draft(session, target.id, draft)
    both = [f"both have changed {name}; the draft's is kept" for name in conflicts]
    return Answer({"draft": done, "conflicts": conflicts}, "\n".join([_described(done), *both]))


@draft_group.command("delete")
@click.argument("account")
@click.argument("draft")
@answering
def delete_draft(_: Settings, session: Session, account: str, draft: str) -> Answer:
    """Delete a draft and what was planned of it."""
    title = mapping_drafts.delete_draft(session, find_account(session, account).id, draft)
    return Answer({"deleted": title}, f"deleted {title}")


def described(difference: Difference) -> list[str]:
    """What rules say otherwise, a line for each and for each of their fields."""
    text = [f"  + {name}" for name in difference.added] + [f"  - {name}" for name in difference.removed]
    for rule in difference.changed:
        text.append(f"  ~ {rule.name}")
        text += [f"      {name}: {_said(was)} → {_said(now)}" for name, (was, now) in sorted(rule.fields.items())]
    return [*text, *(["  the rules stand in another order"] if difference.reordered else [])]


def read_yaml(file: Path) -> dict[str, Any]:
    """The mapping in a file. Raises Failure."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Failure(f"{file} is not YAML: {' '.join(str(error).split())}", REFUSED) from error
    if not isinstance(document, dict):
        raise Failure(f"{file} must be a mapping with `rules:` at the top", REFUSED)
    return document


def _described(draft: Draft) -> str:
    head = f"{draft.title}, version {draft.version}, from revision {draft.base_revision}: {draft.id}"
    changes = described(draft.changes) or ["  says what is published"]
    behind = draft.latest_revision - draft.base_revision
    newer = [f"revision {draft.latest_revision} was published since; see `draft rebase`"] if behind else []
    problems = ["it cannot be planned yet:", *(f"  {problem}" for problem in draft.problems)] if draft.problems else []
    asked = ["look again:", *(f"  {warning}" for warning in draft.warnings)] if draft.warnings else []
    return "\n".join([head, *changes, *newer, *problems, *asked])


def _said(value: Any) -> str:
    return "nothing" if value is None else yaml.safe_dump(value, default_flow_style=True, width=10_000).splitlines()[0]
