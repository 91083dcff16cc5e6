"""journal: the past of who had access, and how far back it is kept."""

from __future__ import annotations

from datetime import datetime

import click

from app.cli.options import MOMENT
from app.cli.output import Answer, answering
from app.config import Settings
from app.models.base import timestamp
from app.services import past
from app.services.accounts import find_account
from app.session import Session


@click.group()
def journal() -> None:
    """The past of who had access: what explain and what-can answer from with --at."""


@journal.command("show")
@click.argument("account")
@answering
def show_journal(_: Settings, session: Session, account: str) -> Answer:
    """Say since when the past is kept."""
    began = timestamp(past.began(session, find_account(session, account).id))
    return Answer({"began": began}, f"kept since {began}")


@journal.command("trim")
@click.argument("account")
@click.option("--before", type=MOMENT, required=True, help="A day or a moment in the past.")
@answering
def trim_journal(_: Settings, session: Session, account: str, before: datetime) -> Answer:
    """Forget what was before a moment, for good: nobody can ask about it any more."""
    gone = past.trim(session, find_account(session, account).id, before)
    return Answer({"began": timestamp(before), "forgotten": gone}, f"{gone} entries forgotten; kept since {before}")
