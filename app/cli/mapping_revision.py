"""mapping revisions, compare, restore, settings: what was published, and who has to agree to what comes next."""

from __future__ import annotations

from typing import Any

import click

from app.cli.acting import AS, act_as
from app.cli.mapping_draft import described
from app.cli.output import Answer, answering, lines
from app.config import Settings
from app.services import account_settings, mapping_revisions
from app.services.accounts import find_account
from app.session import Session
from app.stores.listings import Wanted, page
from app.stores.mapping_revisions import REVISION_LIST

_MOST = 500


@click.command("revisions")
@click.argument("account")
@answering
def list_revisions(_: Settings, session: Session, account: str) -> Answer:
    """List revisions, the latest first."""
    target = find_account(session, account)
    rows = page(session, REVISION_LIST, target.id, Wanted(_MOST, descending=True)).rows
    shown = [(row.number, row.published, row.author, row.approver, row.reason) for row in rows]
    headings = ("REVISION", "PUBLISHED", "BY", "APPROVED BY", "REASON")
    return Answer([dict(row._mapping) for row in rows], lines(headings, shown, "nothing was published yet"))


@click.command("compare")
@click.argument("account")
@click.argument("revision", type=int)
@click.argument("other", type=int)
@answering
def compare_revisions(_: Settings, session: Session, account: str, revision: int, other: int) -> Answer:
    """Say what the rules of OTHER say otherwise than those of REVISION; 0 is the empty mapping."""
    target = find_account(session, account)
    found = mapping_revisions.compare_revisions(session, target.id, revision, other)
    return Answer(found, "\n".join(described(found)) or "they say the same")


@click.command("restore")
@click.argument("account")
@click.argument("revision", type=int)
@AS
@answering
def restore_revision(_: Settings, session: Session, account: str, revision: int, person: str | None) -> Answer:
    """Make a draft of what a revision said, to be planned and published like any other."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    made = mapping_revisions.restore(session, target.id, revision)
    problems = ["it cannot be planned yet:", *(f"  {problem}" for problem in made.problems)] if made.problems else []
    text = [f"{made.title}: {made.id}", *described(made.changes), *problems]
    return Answer(made, "\n".join([*text, f"next: muster mapping plan {target.name!r} {made.id}"]))


@click.command("settings")
@click.argument("account")
@click.option("--blast-radius", metavar="PEOPLE", help="More need a second Account Owner; `none`: no limit.")
@click.option("--approve-privileged/--no-approve-privileged", default=None, help="Privileged roles need one, too.")
@click.option("--map-owner/--no-map-owner", default=None, help="Rules may make Account Owners.")
@answering
def mapping_settings(
    _: Settings,
    session: Session,
    account: str,
    blast_radius: str | None,
    approve_privileged: bool | None,
    map_owner: bool | None,
) -> Answer:
    """Show or change when a second Account Owner is needed, and whether rules may make owners."""
    target = find_account(session, account)
    changes: dict[str, Any] = {}
    if blast_radius is not None:
        changes["blast_radius"] = _people(blast_radius)
    if approve_privileged is not None:
        changes["approves_privileged"] = approve_privileged
    if map_owner is not None:
        changes["maps_owner"] = map_owner
    if changes:
        account_settings.change_settings(session, target.id, changes)
    found = account_settings.get_settings(session, target.id)
    shown = {
        "blast_radius": found.blast_radius,
        "approves_privileged": found.approves_privileged,
        "maps_owner": found.maps_owner,
        "mapping_paused": found.mapping_paused,
    }
    radius = "any number of people" if found.blast_radius is None else f"up to {found.blast_radius} people"
    privileged = "needs" if found.approves_privileged else "does not need"
    owners = "may" if found.maps_owner else "may not"
    text = [
        f"one Account Owner may publish what concerns {radius}",
        f"what concerns privileged roles {privileged} a second one",
        f"rules {owners} make Account Owners",
        *([f"the whole mapping is paused since {found.mapping_paused}"] if found.mapping_paused else []),
    ]
    return Answer(shown, "\n".join(text))


def _people(text: str) -> int | None:
    if text == "none":
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise click.BadParameter("must be a number, or `none`", param_hint="--blast-radius")
    return int(text)


COMMANDS = (list_revisions, compare_revisions, restore_revision, mapping_settings)
