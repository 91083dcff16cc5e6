"""export, plan, apply, drift, release: what an account's access is, as a file under version control."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from app.cli.output import NO, Answer, answering, emit, json_option, working
from app.cli.role import impact_text
from app.cli.unit import move_text
from app.config import Settings
from app.services import (
    code_drift,
    code_ownership,
    configuration,
    configuration_export,
    configuration_text,
    mapping_summary,
)
from app.services.accounts import find_account
from app.services.code_drift import Drift
from app.services.configuration_pass import Plan
from app.services.configuration_text import Source
from app.services.configuration_work import Step
from app.services.errors import Refused
from app.session import Session

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_UNSEEN = "this was planned anew and applied at once; to apply only what somebody saw: --digest"
_SIGNS = {"create": "+", "delete": "-", "adopt": "=", "release": "="}
_WORDS = {
    "unit": "business unit",
    "filter": "data filter",
    "role": "role",
    "default_roles": "",
    "separation": "separation of duties",
    "rule": "mapping rule",
}


@click.command("export")
@click.argument("account")
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), help="Write there; default: print.")
@answering
def export_configuration(_: Settings, session: Session, account: str, file: Path | None) -> Answer:
    """Write business units, roles and role mapping as a YAML file that can be changed and applied."""
    id = find_account(session, account).id
    exported = configuration_export.export(session, id)
    text, document = configuration_export.text_of(exported), configuration_text.plain(exported)
    if file is None:
        return Answer(document, text.removesuffix("\n"))
    file.write_text(text, encoding="utf-8")
    return Answer(document, f"written to {file}")


@click.command("plan")
@click.argument("account")
@_FILE
@answering
def plan_configuration(_: Settings, session: Session, account: str, file: Path) -> Answer:
    """Show what applying FILE would change, for whom, and change nothing. Exit code 1: there is something to do."""
    seen = configuration.plan(session, find_account(session, account).id, _read(file))
    return Answer(seen, plan_text(seen), NO if seen.is_change else 0)


@click.command("apply")
@click.argument("account")
@_FILE
@click.option("--yes", is_flag=True, help="Do it without being asked.")
@click.option("--digest", metavar="DIGEST", help="Only what the plan of this digest shows (`muster plan --json`).")
@click.option("--reason", default="", help="Why; kept with the file and in the audit trail.")
@json_option
def apply_configuration(account: str, file: Path, yes: bool, digest: str | None, reason: str, as_json: bool) -> None:
    """Make an account's access what FILE says, all or nothing; what it will mean is shown first."""
    if as_json and not yes:
        raise click.UsageError("--json asks nothing, so it needs --yes")
    expected = digest if yes else _ask(account, file, digest)
    with working() as (_, session):
        done = configuration.apply(
            session, find_account(session, account).id, _read(file), expected=expected, reason=reason
        )
    seen = [_UNSEEN] if done.unseen and done.is_change else []
    emit(as_json, done, "\n".join([plan_text(done), *seen]) if yes else f"{done.file} is applied")


@click.command("drift")
@click.argument("account")
@answering
def show_drift(_: Settings, session: Session, account: str) -> Answer:
    """Show what is no longer as the file that was applied last left it. Exit code 1: something is."""
    found = code_drift.applied_of(session, find_account(session, account).id)
    if found is None:
        return Answer(None, "no file was ever applied")
    head = f"{found.file}, applied on {found.applied:%Y-%m-%d %H:%M} by {found.by}"
    text = [f"{head}: nothing has drifted"] if not found.drift else [head, *_drifted(found.drift)]
    return Answer(found, "\n".join(text), NO if found.drift else 0)


@click.command("release")
@click.argument("account")
@click.argument("kind", type=click.Choice(code_ownership.RELEASABLE))
@click.argument("name", default="")
@click.option("--reason", default="", help="Why; kept in the audit trail.")
@answering
def release_object(_: Settings, session: Session, account: str, kind: str, name: str, reason: str) -> Answer:
    """Let something be changed by hand that belongs to a file; applying the file takes it over again."""
    called = code_ownership.release(session, find_account(session, account).id, kind, name, reason)
    return Answer({"kind": kind, "name": called}, f"{called} can be changed by hand now")


def plan_text(seen: Plan) -> str:
    """A plan for people: every change, then whom it concerns."""
    if not seen.is_change:
        return "\n".join([f"{seen.file}: nothing to do", *_drifted(seen.drift)])
    text = [f"{seen.file}: {_counted(seen)}", *(line for step in seen.steps for line in _step(step))]
    text += [line for one in seen.roles for line in ("", impact_text(one))]
    text += [line for one in seen.moves for line in ("", move_text(one))]
    if seen.mapping is not None and seen.mapping.changed:
        text += ["", "role mapping:", mapping_summary.describe(seen.mapping)]
    if seen.drift:
        text += ["", "changed since the file was applied last, and set right by this:", *_drifted(seen.drift)]
    return "\n".join(text)


def _counted(seen: Plan) -> str:
    words = {"create": "to create", "delete": "to delete", "adopt": "taken over from hand", "release": "given back"}
    counts: dict[str, int] = {}
    for step in seen.steps:
        word = words.get(step.action, "to change")
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _step(step: Step) -> Iterator[str]:
    what = f"{_WORDS[step.kind]} {step.name}".strip()
    fate = {"adopt": ": belongs to the file from now on", "release": ": may be changed by hand again"}
    yield f"  {_SIGNS.get(step.action, '~')} {what}{fate.get(step.action, '')}"
    yield from (f"      {line}" for line in step.details)


def _drifted(found: tuple[Drift, ...]) -> Iterator[str]:
    for one in found:
        yield f"  ! {_WORDS[one.kind]} {one.name}".replace("!  ", "! ") + (" is gone" if one.fate == "gone" else "")
        yield from (f"      {line}" for line in one.details)


def _ask(account: str, file: Path, digest: str | None) -> str:
    """Show what would be done, and ask; the digest of what was agreed to."""
    with working() as (_, session):
        seen = configuration.plan(session, find_account(session, account).id, _read(file))
    click.echo(plan_text(seen))
    if seen.is_change:
        click.confirm("apply this?", abort=True)
    return digest or seen.digest


def _read(file: Path) -> Source:
    try:
        return configuration_text.read(file.read_text(encoding="utf-8"), file.name)
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{file} cannot be read: {error}") from error
