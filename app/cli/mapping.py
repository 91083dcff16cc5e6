"""mapping: which groups give which roles, published; and what becomes of rules whose group is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import yaml

from app.cli import mapping_plan, mapping_revision
from app.cli.later import Later
from app.cli.mapping_draft import draft_group, read_yaml
from app.cli.output import Answer, answering, emit, json_option, lines, working
from app.config import Settings
from app.services import accounts, mapping_plans, mapping_publish, rebinding
from app.services.mapping_documents import published
from app.services.mapping_summary import describe
from app.services.rebinding import Offer
from app.session import Session

_WRITTEN_BY = "muster command"


@click.group()
def mapping() -> None:
    """Role mapping: which groups of the identity provider give which roles."""


mapping.add_command(draft_group)
for _command in (*mapping_plan.COMMANDS, *mapping_revision.COMMANDS):
    mapping.add_command(_command)
for _row in (
    ("health", "app.cli.mapping_health:show_health", "Say what is wrong with the published mapping, and what to do."),
    (
        "simulate",
        "app.cli.mapping_health:simulate_mapping",
        "Say what somebody would get by the mapping and could do, or who would lose what without a group.",
    ),
):
    mapping.add_command(Later(*_row))


@mapping.command("publish")
@click.argument("account")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", default="", help="Why; kept with the revision.")
@click.option("--dry-run", is_flag=True, help="Show the effect and change nothing.")
@json_option
def publish_mapping(account: str, file: Path, reason: str, dry_run: bool, as_json: bool) -> None:
    """Publish a mapping file (YAML) as a new revision; everybody concerned is re-evaluated at once."""
    with working(reads=dry_run) as (_, session):
        target = accounts.find_account(session, account)
        document = read_yaml(file)
        if dry_run:
            summary = mapping_plans.effect_of(session, target.id, document)
        else:
            summary = mapping_publish.publish(session, target.id, document, author=_WRITTEN_BY, reason=reason)
    emit(as_json, summary, describe(summary))


@mapping.command("show")
@click.argument("account")
@answering
def show_mapping(_: Settings, session: Session, account: str) -> Answer:
    """Print the published mapping as a file that can be published again."""
    document = published(session, accounts.find_account(session, account).id)
    return Answer(document, yaml.safe_dump(document, sort_keys=False, allow_unicode=True).rstrip())


@mapping.command("orphans")
@click.argument("account")
@answering
def list_orphans(_: Settings, session: Session, account: str) -> Answer:
    """List rules whose group was deleted, with the groups that may have come in its place."""
    target = accounts.find_account(session, account)
    found = rebinding.offers(session, target.id)
    headings = ("RULE", "HAD GROUP", "DIRECTORY", "GONE SINCE", "CANDIDATE", "WHY", "MEMBERS", "WOULD GAIN")
    text = lines(headings, [row for offer in found for row in _rows(offer)], "no orphans: every rule has its group")
    offered = [offer.rule for offer in found if offer.candidates]
    hint = f"\nnext: muster mapping rebind {target.name!r} {offered[0]!r}" if offered else ""
    return Answer(found, text + hint)


@mapping.command("rebind")
@click.argument("account")
@click.argument("rule")
@click.option("--group", help="Id of the group; default: the one candidate that `muster mapping orphans` shows.")
@click.option("--reason", default="", help="Why; kept with the revision.")
@click.option("--yes", is_flag=True, help="Do it; without this the effect is shown and nothing changes.")
@answering
def rebind_rule(
    _: Settings, session: Session, account: str, rule: str, group: str | None, reason: str, yes: bool
) -> Answer:
    """Bind a rule whose group was deleted to another group, and publish that as a new revision."""
    target = accounts.find_account(session, account)
    chosen = group or rebinding.choose(session, target.id, rule)
    if not yes:
        planned = rebinding.plan(session, target.id, rule, chosen)
        again = f"muster mapping rebind {target.name!r} {rule!r} --group {chosen} --yes"
        return Answer(planned, f"{describe(planned)}\nnothing was changed; to do it: {again}")
    done = rebinding.rebind(session, target.id, rule, chosen, _WRITTEN_BY, reason)
    return Answer(done, describe(done))


def _rows(offer: Offer) -> list[tuple[Any, ...]]:
    """The rule with its best candidate, and a line for each other one."""
    head = (offer.rule, offer.group, offer.directory, offer.since)
    shown: list[tuple[Any, ...]] = [
        (one.group_id, one.why, one.members, one.people_gaining) for one in offer.candidates
    ]
    first, *others = shown or [("none", "", None, None)]
    return [head + first, *(("", "", "", "", *other) for other in others)]
