"""signin: why somebody could or could not sign in."""

from __future__ import annotations

import click
import orjson

from app.cli.output import Answer, answering, lines
from app.config import Settings
from app.services import sign_in_traces
from app.services.accounts import find_account
from app.services.sign_in_traces import Trace
from app.session import Session
from app.stores.listings import Wanted
from app.stores.sign_in_traces import TRACE_LIST

_COLUMNS = ("AT", "OUTCOME", "CONNECTION", "REASON", "REFERENCE", "ADDRESS", "DETAIL")
_SIGNS = {"passed": "+", "failed": "x", "not_reached": "-"}


@click.group()
def signin() -> None:
    """Sign-ins: what happened at each attempt."""


@signin.command("traces")
@click.argument("account")
@click.option("--filter", "text", help=f"In the SCIM grammar over {', '.join(TRACE_LIST.columns)}.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500))
@answering
def list_traces(_: Settings, session: Session, account: str, text: str | None, limit: int) -> Answer:
    """List the latest attempts to sign in."""
    found = sign_in_traces.listed(session, find_account(session, account).id, Wanted(limit, text))
    rows = [
        (
            f"{one.at:%Y-%m-%d %H:%M:%S}",
            one.outcome,
            one.connection or "local door",
            one.reason,
            one.reference,
            one.address,
            (one.detail or "") + _further(one.further),
        )
        for one in found.rows
    ]
    return Answer(found.rows, lines(_COLUMNS, rows, "nobody has tried to sign in lately"))


@signin.command("trace")
@click.argument("account")
@click.argument("reference")
@click.option("--claims", is_flag=True, help="Show what the provider said about the person, too.")
@answering
def show_trace(settings: Settings, session: Session, account: str, reference: str, claims: bool) -> Answer:
    """Show one attempt, by its id or the reference that the person was shown."""
    owner = find_account(session, account)
    found = sign_in_traces.read(session, settings.keys(), owner.id, reference, claims=claims)
    return Answer(found, _text(found))


def _text(one: Trace) -> str:
    who = f" as {one.user_name}" if one.user_name else ""
    said = [f"{one.at:%Y-%m-%d %H:%M:%S}  {one.outcome}{who} at {one.connection or 'the local door'}"]
    for label, value in (("reason", one.reason), ("detail", one.detail), ("from", one.address), ("clock", one.clock)):
        if value:
            said.append(f"{label:8}{value}")
    if one.further:
        said.append(f"{'further':8}{_further(one.further).strip(' ()')}")
    said += [f"  {_SIGNS[step.verdict]} {step.name:20} {step.detail}".rstrip() for step in one.checks]
    if one.advice:
        said.append(f"what to do: {one.advice}")
    if one.claims is not None:
        said.append(orjson.dumps(one.claims, option=orjson.OPT_INDENT_2).decode())
    return "\n".join(said)


def _further(count: int) -> str:
    return f" (and {count} more right after it)" if count else ""
