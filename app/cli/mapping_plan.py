"""mapping plan, approve, publish-plan, pause, resume, release: from a draft to what is in force."""

from __future__ import annotations

import click

from app.cli.acting import AS, act_as
from app.cli.mapping_plan_text import described, outdated
from app.cli.output import REFUSED, Answer, answering, answering_by_reading, lines
from app.config import Settings
from app.services import mapping_approvals, mapping_plans, mapping_publish
from app.services.accounts import find_account
from app.services.mapping_outdated import Outdated
from app.services.mapping_summary import describe
from app.session import Session
from app.stores.listings import Wanted, page
from app.stores.mapping_plans import PLAN_LIST, rows_of

_MOST, _SHOWN = 500, 20
REASON = click.option("--reason", default="", help="Why; kept with it.")


@click.command("plan")
@click.argument("account")
@click.argument("draft")
@REASON
@AS
@answering_by_reading
def plan_draft(_: Settings, session: Session, account: str, draft: str, reason: str, person: str | None) -> Answer:
    """Look at everybody and keep what publishing a draft would change; nobody's access changes."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    made = mapping_plans.make_plan(session, target.id, draft, reason)
    return Answer(made, described(session, target.id, made, _SHOWN))


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
    return Answer(value, described(session, target.id, found, rows, wanted))


@click.command("approve")
@click.argument("account")
@click.argument("plan")
@click.option("--as", "person", metavar="USER", required=True, help="Who approves: an Account Owner, not its author.")
@REASON
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
@REASON
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
        return Answer(done, outdated(target.name, done), REFUSED)
    return Answer(done, describe(done.summary))


@click.command("pause")
@click.argument("account")
@click.option("--rule", help="Only this rule; default: the whole mapping.")
@REASON
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
@REASON
@AS
@answering_by_reading
def resume_mapping(
    _: Settings, session: Session, account: str, rule: str | None, reason: str, person: str | None
) -> Answer:
    """Plan to end a pause; publishing the plan makes up for what moved meanwhile."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    made = mapping_publish.plan_resuming(session, target.id, rule, reason)
    return Answer(made, described(session, target.id, made, _SHOWN))


@click.command("release")
@click.argument("account")
@REASON
@AS
@answering_by_reading
def release_held(_: Settings, session: Session, account: str, reason: str, person: str | None) -> Answer:
    """Plan what is held: groups that came to a pattern and would give too much; publishing the plan lets them."""
    target = find_account(session, account)
    act_as(session, target.id, person)
    made = mapping_plans.plan_release(session, target.id, reason)
    return Answer(made, described(session, target.id, made, _SHOWN))


COMMANDS = (
    plan_draft,
    list_plans,
    show_plan,
    approve_plan,
    reject_plan,
    publish_plan,
    pause_mapping,
    resume_mapping,
    release_held,
)
