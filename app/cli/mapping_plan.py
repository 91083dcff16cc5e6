"""mapping plan, approve, publish-plan, pause, resume, revisions: from a draft to what is in force, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from app.cli.acting import AS, act_as
from app.cli.mapping_draft import described
from app.cli.output import REFUSED, Answer, answering, answering_by_reading, lines
from app.config import Settings
from app.services import account_settings, mapping_approvals, mapping_plans, mapping_publish, mapping_revisions
from app.services.accounts import find_account
from app.services.mapping_outdated import Outdated
from app.services.mapping_plans import Plan
from app.services.mapping_summary import describe
from app.session import Session
from app.stores.listings import Wanted, page
from app.stores.mapping_plans import PLAN_LIST, rows_of
from app.stores.mapping_revisions import REVISION_LIST

_MOST, _SHOWN = 500, 20
_REASON = click.option("--reason", default="", help="Why; kept with it.")


@click.command("plan")
@click.argument("account")
@click.argument("draft")
@_REASON
@AS
@answering_by_reading
def plan_draft(_: Settings, session: Session, account: str, draft: str, reason: str, person: str | None) -> Answer:
    """Look at everybody and keep what publishing a draft would change; nobody's access changes."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    made = mapping_plans.make_plan(session, target.id, draft, reason)
    return Answer(made, _described(session, target.id, made, _SHOWN))


@click.command("plans")
@click.argument("account")
@answering
def list_plans(_: Settings, session: Session, account: str) -> Answer:
    """List plans, the latest first."""
    target = find_account(session, account)
    rows = page(session, PLAN_LIST, target.id, Wanted(_MOST, descending=True)).rows
    shown = [(row.created, row.state, row.author, row.decided_by, row.revision, row.id) for row in rows]
    headings = ("MADE", "STATE", "BY", "DECIDED BY", "REVISION", "ID")
    return Answer([dict(row._mapping) for row in rows], lines(headings, shown, "no plans"))


@click.command("show-plan")
@click.argument("account")
@click.argument("plan")
@click.option("--filter", "wanted", help='In the SCIM grammar, such as: change eq "lost" and privileged eq true')
@click.option("--rows", type=click.IntRange(1, 100_000), default=100, help="So many rows at most.", show_default=True)
@answering
def show_plan(_: Settings, session: Session, account: str, plan: str, wanted: str | None, rows: int) -> Answer:
    """Show a plan with its rows: who would gain and lose what, and by which rule."""
    target = find_account(session, account)
    found = mapping_plans.get_plan(session, target.id, plan)
    shown = rows_of(session, target.id, found.id, Wanted(rows, wanted)).rows
    value = {"plan": found, "rows": [dict(row._mapping) for row in shown]}
    return Answer(value, _described(session, target.id, found, rows, wanted))


@click.command("approve")
@click.argument("account")
@click.argument("plan")
@click.option("--as", "person", metavar="USER", required=True, help="Who approves: an Account Owner, not its author.")
@_REASON
@answering
def approve_plan(_: Settings, session: Session, account: str, plan: str, person: str, reason: str) -> Answer:
    """Approve a plan in the name of a second Account Owner."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    done = mapping_approvals.approve_plan(session, target.id, plan, reason)
    return Answer(done, f"approved by {done.decided_by}; next: muster mapping publish-plan {target.name!r} {done.id}")


@click.command("reject")
@click.argument("account")
@click.argument("plan")
@click.option("--as", "person", metavar="USER", required=True, help="Who rejects it: an Account Owner.")
@_REASON
@answering
def reject_plan(_: Settings, session: Session, account: str, plan: str, person: str, reason: str) -> Answer:
    """Reject a plan in the name of an Account Owner; its draft stays."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    done = mapping_approvals.reject_plan(session, target.id, plan, reason)
    return Answer(done, f"rejected by {done.decided_by}")


@click.command("publish-plan")
@click.argument("account")
@click.argument("plan")
@AS
@answering
def publish_plan(_: Settings, session: Session, account: str, plan: str, person: str | None) -> Answer:
    """Publish a plan as it was seen; if it would mean anything else by now, a new one is made instead."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    done = mapping_publish.publish_plan(session, target.id, plan)
    if isinstance(done, Outdated):
        return Answer(done, _outdated(target.name, done), REFUSED)
    return Answer(done, describe(done.summary))


@click.command("pause")
@click.argument("account")
@click.option("--rule", help="Only this rule; default: the whole mapping.")
@_REASON
@AS
@answering
def pause_mapping(
    _: Settings, session: Session, account: str, rule: str | None, reason: str, person: str | None
) -> Answer:
    """Let a rule, or the whole mapping, neither give nor take anything from now on; everybody keeps what they have."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    number = mapping_publish.pause(session, target.id, rule, reason)
    return Answer({"revision": number}, f"paused with revision {number}: {rule or 'the whole mapping'}")


@click.command("resume")
@click.argument("account")
@click.option("--rule", help="Only this rule; default: the whole mapping.")
@_REASON
@AS
@answering_by_reading
def resume_mapping(
    _: Settings, session: Session, account: str, rule: str | None, reason: str, person: str | None
) -> Answer:
    """Plan to end a pause; publishing the plan makes up for what moved meanwhile."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    made = mapping_publish.plan_resuming(session, target.id, rule, reason)
    return Answer(made, _described(session, target.id, made, _SHOWN))


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


COMMANDS = (
    plan_draft,
    list_plans,
    show_plan,
    approve_plan,
    reject_plan,
    publish_plan,
    pause_mapping,
    resume_mapping,
    list_revisions,
    compare_revisions,
    restore_revision,
    mapping_settings,
)


def _people(text: str) -> int | None:
    if text == "none":
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise click.BadParameter("must be a number, or `none`", param_hint="--blast-radius")
    return int(text)


def _described(session: Session, account_id: str, plan: Plan, most: int, wanted: str | None = None) -> str:
    rows = rows_of(session, account_id, plan.id, Wanted(most, wanted)).rows
    shown = [
        (
            row.user_name,
            row.change,
            row.role_name or "works in",
            row.unit_key if row.reach != "account" else "",
            "and below" if row.reach == "subtree" else "",
            " ".join([*(["home"] if row.is_home else []), *(["privileged"] if row.privileged else [])]),
            row.rule_name,
        )
        for row in rows
    ]
    headings = ("PERSON", "CHANGE", "WHAT", "WHERE", "", "", "RULE")
    summary = plan.summary
    text = [
        f"plan {plan.id}: {plan.state}, as revision {summary['revision']}, {summary['rows']} rows",
        *_written(summary.get("written", ())),
        lines(headings, shown, "nobody gains or loses anything"),
        *(["…"] if summary["rows"] > len(rows) else []),
        *_numbers(summary),
        *(f"a second Account Owner is needed: {need['detail']}" for need in plan.needs),
    ]
    return "\n".join(text)


def _written(rules: Iterable[Mapping[str, Any]]) -> list[str]:
    """Each rule that is added, changed or removed: for whom it is, and what it gives."""
    text = []
    for one in rules:
        within = f", {one['directory']}" if one["directory"] else ""
        if one["group_id"] is not None:
            whom = f'group "{one["group"]}" ({one["group_id"]}{within})'
        else:
            whom = f'pattern "{one["pattern"]}"{within}' if one["pattern"] is not None else f"everybody{within}"
        where = f", where {one['where']}" if one["where"] is not None else ""
        paused = " (paused)" if one["paused"] else ""
        text.append(f"rule {one['change']}: {one['rule']}{paused}: {whom}{where} -> {', '.join(one['gives'])}")
    return text


def _numbers(summary: dict[str, Any]) -> list[str]:
    """What is worth a second look before it is approved."""
    gain, lose = summary["people_gaining"], summary["people_losing"]
    new, nothing = summary["people_new"], summary["people_left_with_nothing"]
    text = [f"{gain} people gain, {lose} lose, {new} have no role before, {nothing} none after"]
    for kind in ("rules_without_people", "unmapped_groups", "overlaps", "contradictions", "separations"):
        if summary[kind]:
            text.append(f"{kind.replace('_', ' ')}: {len(summary[kind])} (see --json)")
    return text


def _outdated(account: str, found: Outdated) -> str:
    text = [f"nothing was published: {found.why} ({found.rows})"]
    for sign, rows in (("+", found.more), ("-", found.fewer)):
        text += [
            f"  {sign} {row['user_name']} {row['change']} {row['role_name'] or 'works in'} {row['unit_key']} "
            f"({row['rule_name']})"
            for row in rows
        ]
    return "\n".join([*text, f"next: muster mapping show-plan {account!r} {found.plan.id}"])
