"""session: where people are signed in, and how long that lasts."""

from __future__ import annotations

from typing import Any

import click

from app.cli.output import Answer, answering, lines
from app.config import Settings
from app.services import account_settings, accounts, open_sessions, session_control
from app.services.account_settings import SIGN_IN_LIMITS
from app.services.open_sessions import SessionFacts
from app.session import Session
from app.stores.listings import Wanted

_COLUMNS = ("USER", "SIGNED IN BY", "LAST USED", "ENDS", "ADDRESS", "ID")


def _within(name: str) -> click.IntRange:
    return click.IntRange(*SIGN_IN_LIMITS[name])


@click.group()
def session() -> None:
    """Sessions: where people are signed in."""


@session.command("list")
@click.argument("account")
@click.argument("user", required=False)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500), help="Of an account, so many.")
@answering
def list_sessions(_: Settings, session: Session, account: str, user: str | None, limit: int) -> Answer:
    """List the open sessions of an account, or of one USER; those that were used last."""
    owner, more = accounts.find_account(session, account), False
    if user is not None:
        found = session_control.sessions_of(session, owner.id, user)
    else:
        page = open_sessions.list_sessions(session, owner.id, Wanted(limit, sort="last_seen", descending=True))
        found, more = page.results, page.next is not None
    text = lines(_COLUMNS, [_row(one) for one in found], "nobody is signed in")
    return Answer(
        {"sessions": found, "more": more}, text + ("\nand more; raise --limit, or name a USER" if more else "")
    )


@session.command("end")
@click.argument("account")
@click.argument("user")
@click.argument("session_id", metavar="SESSION")
@answering
def end_session(_: Settings, session: Session, account: str, user: str, session_id: str) -> Answer:
    """End one session of a user."""
    session_control.end_session(session, accounts.find_account(session, account).id, user, session_id)
    return Answer({"ended": 1}, f"that session of {user} has ended")


@session.command("end-all")
@click.argument("account")
@click.argument("user")
@answering
def end_sessions(_: Settings, session: Session, account: str, user: str) -> Answer:
    """End all sessions of a user, who may sign in again."""
    ended = session_control.end_sessions(session, accounts.find_account(session, account).id, user)
    return Answer({"ended": ended}, f"{ended} sessions of {user} have ended")


@session.command("settings")
@click.argument("account")
@click.option("--idle-minutes", "session_idle_minutes", type=_within("session_idle_minutes"), help="Idle at most.")
@click.option("--hours", "session_hours", type=_within("session_hours"), help="At most, however busy.")
@click.option("--owner-hours", "owner_session_hours", type=_within("owner_session_hours"), help="Of Account Owners.")
@click.option("--trace-days", type=_within("trace_days"), help="For how long it is kept how sign-ins went.")
@click.option("--step-up-minutes", type=_within("step_up_minutes"), help="So old may a proof be for privileged acts.")
@click.option(
    "--method",
    "sign_in_methods",
    multiple=True,
    help="Sign-ins by connections must name this amr, or another one given.",
)
@click.option("--context", "sign_in_contexts", multiple=True, help="Or this acr or AuthnContext.")
@click.option("--any-method", is_flag=True, help="Sign-ins by connections need name none of both.")
@click.option("--mfa/--no-mfa", "requires_mfa", default=None, help="Whether the local door asks for a second factor.")
@answering
def settings_of_sessions(_: Settings, session: Session, account: str, any_method: bool, **given: Any) -> Answer:
    """Show how people sign in to an account and for how long, or change what is named."""
    owner = accounts.find_account(session, account)
    changes = {name: value for name, value in given.items() if value not in (None, ())}
    if any_method:
        changes = {"sign_in_methods": (), "sign_in_contexts": ()} | changes
    if changes:
        found = account_settings.change_settings(session, owner.id, changes)
    else:
        found = account_settings.get_settings(session, owner.id)
    value = {name: getattr(found, name) for name in given}
    shown = [(name, ", ".join(one) or "any" if isinstance(one, tuple) else one) for name, one in value.items()]
    return Answer(value, lines(("SETTING", "VALUE"), shown, ""))


def _row(one: SessionFacts) -> tuple[str | None, ...]:
    return (
        one.user_name,
        one.connection or "the local door",
        one.last_seen.isoformat(timespec="minutes"),
        one.ends.isoformat(timespec="minutes"),
        one.address,
        one.id,
    )
