"""directory pause, resume, remove, requests: letting a provider wait, and what it asked lately."""

from __future__ import annotations

import click

from app.cli.output import Answer, answering, lines
from app.config import Settings
from app.services import directory_control, directory_overview
from app.services.accounts import find_account
from app.session import Session

_COLUMNS = ("AT", "REQUEST", "STATUS", "MS", "WHAT CAME OF IT")


@click.command("pause")
@click.argument("account")
@click.argument("directory")
@answering
def pause_directory(_: Settings, session: Session, account: str, directory: str) -> Answer:
    """Let the provider come again later (503): nothing that it sends is done, and nobody loses anything."""
    done = directory_control.pause(session, find_account(session, account).id, directory)
    return Answer(done, f"directory {done.name} is paused; {done.people} people and {done.groups} groups stay")


@click.command("resume")
@click.argument("account")
@click.argument("directory")
@answering
def resume_directory(_: Settings, session: Session, account: str, directory: str) -> Answer:
    """Take what the provider sends again."""
    done = directory_control.resume(session, find_account(session, account).id, directory)
    return Answer(done, f"directory {done.name} goes on")


@click.command("remove")
@click.argument("account")
@click.argument("directory")
@answering
def remove_directory(_: Settings, session: Session, account: str, directory: str) -> Answer:
    """Remove a directory that nobody and nothing is in, with its tokens."""
    owner = find_account(session, account)
    gone = directory_overview.state_of(session, owner.id, directory)
    directory_control.remove(session, owner.id, gone.id)
    return Answer(gone, f"directory {gone.name} is removed")


@click.command("requests")
@click.argument("account")
@click.argument("directory")
@answering
def list_requests(_: Settings, session: Session, account: str, directory: str) -> Answer:
    """List the provider's latest requests, and why one was refused."""
    owner = find_account(session, account)
    one = directory_overview.state_of(session, owner.id, directory)
    found = directory_overview.latest_requests(session, owner.id, one.id)
    rows = [
        (f"{each.at:%Y-%m-%d %H:%M:%S}", f"{each.method} {each.path}", each.status, each.duration_ms, each.detail or "")
        for each in found
    ]
    return Answer(found, lines(_COLUMNS, rows, f"{one.name}: no requests yet"))


STATE = (pause_directory, resume_directory, remove_directory, list_requests)
