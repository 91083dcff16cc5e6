"""waiting-room: who can do nothing yet, since when, and what would help."""

from __future__ import annotations

import click

from app.cli.output import Answer, answering_by_reading, lines
from app.config import Settings
from app.services import accounts, waiting_room
from app.services.waiting_room import Suggestion, Waiting
from app.session import Session
from app.stores.listings import Wanted


@click.command("waiting-room")
@click.argument("account")
@click.option("--filter", "wanted", help="A SCIM filter over user_name, display_name, origin, directory, created.")
@click.option("--group", help="Which rules this group suggests, however large it is.")
@click.option("--after", help="Continue after this id.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100))
@answering_by_reading
def waiting_room_command(
    _: Settings,
    session: Session,
    account: str,
    wanted: str | None,
    group: str | None,
    after: str | None,
    limit: int,
) -> Answer:
    """List active people without any role, with their groups and the rules these suggest."""
    target = accounts.find_account(session, account)
    if group is not None:
        suggested = waiting_room.suggestions(session, target.id, group)
        return Answer(suggested, _suggested(target.name, suggested) or "nothing that most of its members have")
    place = (after,) if after is not None else None
    found = waiting_room.list_waiting(session, target.id, Wanted(limit, wanted, after=place))
    following = found.next[0] if found.next is not None else None
    value = {"waiting": found.rows, "next": following}
    headings = ("USER", "ORIGIN", "DIRECTORY", "SINCE", "GROUPS")
    told = [lines(headings, [_row(one) for one in found.rows], "nobody waits: everybody active has a role")]
    every = {one.words: one for person in found.rows for one in person.suggestions}
    told += [f"\nsuggested rules:\n{_suggested(target.name, tuple(every.values()))}"] if every else []
    told += [f"--after {following}"] if following else []
    return Answer(value, "\n".join(told))


def _row(one: Waiting) -> tuple[str, ...]:
    groups = ", ".join(group.name for group in one.groups) or "none"
    return one.user_name, one.origin, one.directory, one.since.isoformat(timespec="seconds"), groups


def _suggested(account: str, suggestions: tuple[Suggestion, ...]) -> str:
    text = [f'  "{one.rule["name"]}": {one.words}' for one in suggestions]
    for one in suggestions[:1]:
        where = f" --unit {one.unit}{' --children' if one.children else ''}" if one.unit is not None else ""
        text.append(f"next: muster mapping draft suggest {account!r} {one.group!r} {one.role!r}{where}")
    return "\n".join(text)
