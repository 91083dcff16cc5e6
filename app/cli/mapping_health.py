"""mapping health and mapping simulate: what is wrong with the mapping, and what it would do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson

from app.cli.mapping_draft import read_yaml
from app.cli.output import NO, USAGE, Answer, Failure, answering_by_reading, plain
from app.config import Settings
from app.services import accounts, group_removal, mapping_drafts, mapping_health, mapping_simulation
from app.services.counting import counted
from app.services.mapping_health import Health
from app.services.mapping_simulation import Simulated
from app.services.simulated_people import Asked
from app.session import Session


@click.command("health")
@click.argument("account")
@answering_by_reading
def show_health(_: Settings, session: Session, account: str) -> Answer:
    """Say what is wrong with the published mapping, and what to do. Exit code 1: errors or warnings."""
    board = mapping_health.health(session, accounts.find_account(session, account).id)
    value = {"healthy": board.healthy} | plain(board)
    return Answer(value, _health(board), 0 if board.healthy else NO)


def _health(board: Health) -> str:
    told = [f"{counted(board.rules, 'rule')}, {counted(board.people, 'person', 'people')}"]
    if not board.findings:
        return f"{told[0]}: nothing is wrong"
    for one in board.findings:
        told += [f"{one.severity.upper()}  {one.kind}: {one.words}", f"    {one.remedy}"]
    return "\n".join(told)


@click.command("simulate")
@click.argument("account")
@click.option("--user", help="Somebody who exists, by id or userName.")
@click.option("--group", "groups", multiple=True, help="A group they are in, by id or name; may be given often.")
@click.option("--add", multiple=True, metavar="GROUP", help="A group that the user would come into.")
@click.option("--remove", multiple=True, metavar="GROUP", help="A group that the user would leave.")
@click.option("--attributes", metavar="JSON", help='A part of a SCIM user, such as {"title": "Analyst"}.')
@click.option("--directory", help="The directory of somebody who does not exist.")
@click.option("--draft", help="By the rules of a draft instead of the published ones.")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="By those of a file (YAML).")
@click.option("--without-group", metavar="GROUP", help="Instead: what would follow if this group were removed.")
@answering_by_reading
def simulate_mapping(
    _: Settings,
    session: Session,
    account: str,
    user: str | None,
    groups: tuple[str, ...],
    add: tuple[str, ...],
    remove: tuple[str, ...],
    attributes: str | None,
    directory: str | None,
    draft: str | None,
    file: Path | None,
    without_group: str | None,
) -> Answer:
    """Say what somebody would get by the mapping and could do, or who would lose what without a group."""
    id = accounts.find_account(session, account).id
    if without_group is not None:
        found = group_removal.simulate_removal(session, id, without_group)
        return Answer(found, _removal(found))
    document = read_yaml(file) if file is not None else None
    if draft is not None:
        document = mapping_drafts.get_draft(session, id, draft).document
    asked = Asked(user, groups, add, remove, _object(attributes), directory, document)
    simulated = mapping_simulation.simulate(session, id, asked)
    return Answer(simulated, _simulated(simulated))


def _object(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Failure(f"--attributes is no JSON: {error}", USAGE) from error
    if not isinstance(found, dict):
        raise Failure('--attributes: give a JSON object, such as {"title": "Analyst"}', USAGE)
    return found


def _simulated(found: Simulated) -> str:
    told = [f"in: {', '.join(found.groups) or 'no group'}"]
    told += [f"  note: {note}" for note in found.notes]
    for one in found.gives:
        mark = "  (privileged)" if one.privileged else ""
        via = f", {one.group}" if one.group else ""
        ends = f", until {one.ends.isoformat(timespec='seconds')}" if one.ends else ""
        told.append(f"  {one.words}{mark}: {one.rule}{via}{ends}")
    told += [] if found.gives else ["  no rule gives anything"]
    told += [f"  change: {change}" for change in found.changes]
    told += [f"  contradiction: {one}" for one in found.contradictions]
    for where in found.permissions:
        told.append(f"could do in {where.unit}: {', '.join(where.allowed) or 'nothing'}")
        told += [f"  under conditions: {', '.join(where.conditional)}"] if where.conditional else []
        told += [f"  + {', '.join(where.gained)}"] if where.gained else []
        told += [f"  - {', '.join(where.lost)}"] if where.lost else []
    return "\n".join(told)


def _removal(found: group_removal.Removal) -> str:
    told = [
        f"without {found.group}: {found.losing} of its {counted(found.members, 'member')} would lose something",
        *(f"  {one.what}: {one.people}{'  (privileged)' if one.privileged else ''}" for one in found.losses),
        *(f"  rule left without a group: {name}" for name in found.orphans),
        *(f"  rule that fits it by its pattern: {name}" for name in found.unmatched),
        *(f"  {one.user_name}: - {', - '.join(one.lost)}" for one in found.page),
    ]
    return "\n".join([*told, *(["  …"] if found.next else [])])
