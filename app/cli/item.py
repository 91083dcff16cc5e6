"""item: what a platform keeps in the inventory, whose it is, and who gets it when somebody leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

import click
import orjson

from app.cli import item_text
from app.cli.output import REFUSED, Answer, Failure, answering, lines
from app.config import Settings
from app.services import accounts, item_changes, item_defaults, items, sharing, transfers
from app.services.item_changes import Selection
from app.services.item_defaults import KEEP
from app.services.item_facts import ItemFacts
from app.services.items import BulkReport
from app.session import Session
from app.stores.listings import Wanted
from app.stores.portions import portions
from rbac.items import Level, Levels

_LEVEL = click.Choice([level.value for level in Level])
_REASON = click.option("--reason", default="", help="Why; kept in the audit trail.")
_YES = click.option("--yes", is_flag=True, help="Do it; without this the effect is shown and nothing changes.")
_SHOWN = 20


def _levels(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for each level."""
    for name in reversed(Levels._fields):
        command = click.option(f"--{name}-level", type=_LEVEL, help=f"What the {_WHO[name]} may do.")(command)
    return command


_WHO = {"owner": "owner", "group": "owner group", "rest": "rest of the users"}


@click.group()
def item() -> None:
    """Items: objects of the platform with an owner, an owner group, a unit and levels."""


@item.command("register")
@click.argument("account")
@click.argument("file", type=click.File("rb"))
@click.option("--partial", is_flag=True, help="Register what is right although other items are refused.")
@_REASON
@answering
def register_items(_: Settings, session: Session, account: str, file: IO[bytes], partial: bool, reason: str) -> Answer:
    """Register items, or change those there are: FILE has a JSON object on each line; - reads from standard input."""
    target = accounts.find_account(session, account)
    reports = [
        items.register_many(session, target.id, some, partial=partial, reason=reason)
        for some in portions(_read(file), items.MOST)
    ]
    outcomes = (items.CREATED, items.CHANGED, items.UNCHANGED, items.REFUSED)
    total = {outcome: sum(getattr(one, outcome) for one in reports) for outcome in outcomes}
    refused = list(_refusals(reports))
    if refused and not partial:
        # Raised, so that nothing of what came before it stays.
        raise Failure("\n  ".join(["nothing was registered:", *refused[:_SHOWN]]), REFUSED)
    text = "\n".join([", ".join(f"{count} {name}" for name, count in total.items()), *refused[:_SHOWN]])
    return Answer({**total, "refusals": refused}, text, REFUSED if refused else 0)


@item.command("show")
@click.argument("account")
@click.argument("type")
@click.argument("id")
@answering
def show_item(_: Settings, session: Session, account: str, type: str, id: str) -> Answer:
    """Show an item with everything that decides who may use it."""
    return _answer(items.get(session, accounts.find_account(session, account).id, type, id))


@item.command("list")
@click.argument("account")
@click.option("--filter", "filter_", help='In the SCIM grammar, such as: type eq "piece" and ownerGone eq true')
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@answering
def list_items(_: Settings, session: Session, account: str, filter_: str | None, limit: int) -> Answer:
    """List items by type and id."""
    target = accounts.find_account(session, account)
    page = items.list_items(session, target.id, Wanted(limit, filter_))
    more = f"\nmore items follow; ask for them with --limit {limit * 10} or a filter" if page.next else ""
    return Answer(page.items, item_text.table(page.items, "no items") + more)


@item.command("change")
@click.argument("account")
@click.option("--filter", "filter_", help="Which items, in the SCIM grammar.")
@click.option("--item", "chosen", multiple=True, nargs=2, metavar="TYPE ID", help="Which item; may be repeated.")
@click.option("--owner", help="The new owner's user name or id.")
@click.option("--no-owner", is_flag=True, help="Take the owner away.")
@click.option("--owner-group", help="A group or role: its name or id, or group:NAME or role:NAME.")
@click.option("--no-owner-group", is_flag=True, help="Take the owner group away.")
@click.option("--unit", help="The business unit they belong to.")
@_levels
@_REASON
@_YES
@answering
def change_items(
    _: Settings,
    session: Session,
    account: str,
    filter_: str | None,
    chosen: tuple[tuple[str, str], ...],
    no_owner: bool,
    no_owner_group: bool,
    reason: str,
    yes: bool,
    **given: str | None,
) -> Answer:
    """Change owner, owner group, unit or levels of many items: all of them, or none."""
    target = accounts.find_account(session, account)
    selection = Selection(filter_, chosen)
    changes: dict[str, Any] = {name: value for name in ("owner", "owner_group", "unit") if (value := given[name])}
    changes |= {"owner": None} if no_owner else {}
    changes |= {"owner_group": None} if no_owner_group else {}
    levels = _given_levels(given)
    changes |= {"levels": levels} if levels else {}
    plan = item_changes.preview(session, target.id, selection, changes)
    if not yes:
        return Answer(plan, f"{item_text.planned(plan)}\nnothing was changed; add --yes to do it")
    done = item_changes.apply(session, target.id, selection, changes, plan.token, reason)
    return Answer(done, f"changed {done.changing} of {done.count} items\n{item_text.planned(done)}")


@item.command("share")
@click.argument("account")
@click.argument("type")
@click.argument("id")
@click.argument("units", nargs=-1)
@click.option("--level", type=click.Choice([one.value for one in sharing.LEVELS]), default="read", show_default=True)
@click.option("--remove", is_flag=True, help="Share it no longer, with these units or with any.")
@_REASON
@answering
def share_item(
    _: Settings,
    session: Session,
    account: str,
    type: str,
    id: str,
    units: tuple[str, ...],
    level: str,
    remove: bool,
    reason: str,
) -> Answer:
    """Open an item in other business units."""
    target = accounts.find_account(session, account)
    if remove:
        return _answer(sharing.unshare(session, target.id, type, id, units or None, reason))
    return _answer(sharing.share(session, target.id, type, id, units, level, reason))


@item.command("leavers")
@click.argument("account")
@answering
def list_leavers(_: Settings, session: Session, account: str) -> Answer:
    """List who is gone and still owns items."""
    target = accounts.find_account(session, account)
    found = transfers.leavers(session, target.id)
    rows = [(one.user_name, one.state, item_text.counted(one.items), one.user_id) for one in found]
    hint = f"\nnext: muster item transfer {target.name!r} {found[0].user_id} --to-user USER" if found else ""
    return Answer(found, lines(("OWNER", "STATE", "ITEMS", "ID"), rows, "everything has an owner who is there") + hint)


@item.command("transfer")
@click.argument("account")
@click.argument("user")
@click.option("--to-user", help="Who gets the items.")
@click.option("--to-group", help="A group or role that gets them.")
@click.option("--type", "types", multiple=True, help="Only items of this type; may be repeated.")
@_REASON
@_YES
@answering
def transfer_items(
    _: Settings,
    session: Session,
    account: str,
    user: str,
    to_user: str | None,
    to_group: str | None,
    types: tuple[str, ...],
    reason: str,
    yes: bool,
) -> Answer:
    """Hand over what a leaver owns; USER is a user name, or an id where the user was deleted."""
    target = accounts.find_account(session, account)
    to = {"to_user": to_user, "to_group": to_group}
    plan = transfers.preview(session, target.id, user, **to, types=types or None)
    text = f"{plan.user_name} to {plan.to}: {item_text.counted(plan.items)}"
    if not yes:
        return Answer(plan, f"{text}\nnothing was changed; add --yes to do it")
    done = transfers.apply(session, target.id, user, **to, types=types or None, token=plan.token, reason=reason)
    return Answer(done, f"handed over, {text}")


@item.command("defaults")
@click.argument("account")
@click.argument("users", nargs=-1, required=True)
@click.option("--type", "types", multiple=True, help="Only for this type of items; may be repeated.")
@click.option("--owner-group", help="A group or role: its name or id, or group:NAME or role:NAME.")
@click.option("--no-owner-group", is_flag=True, help="Begin without an owner group.")
@_levels
@click.option("--clear", is_flag=True, help="Forget what was set.")
@answering
def item_defaults_of(
    _: Settings,
    session: Session,
    account: str,
    users: tuple[str, ...],
    types: tuple[str, ...],
    owner_group: str | None,
    no_owner_group: bool,
    clear: bool,
    **given: str | None,
) -> Answer:
    """Show, or set, what new items of users begin with."""
    target = accounts.find_account(session, account)
    levels = _given_levels(given)
    if clear:
        found = item_defaults.clear_defaults(session, target.id, users, types or None)
    elif levels or owner_group or no_owner_group:
        group = None if no_owner_group else owner_group or KEEP
        found = item_defaults.set_defaults(session, target.id, users, types or None, owner_group=group, levels=levels)
    else:
        found = [one for user in users for one in item_defaults.defaults_of(session, target.id, user)]
    return Answer(found, item_text.defaults(found))


def _read(file: IO[bytes]) -> Iterator[Any]:
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                yield orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise Failure(f"line {number} is not JSON: {error}", REFUSED) from error


def _refusals(reports: list[BulkReport]) -> Iterator[str]:
    for number, report in enumerate(reports):
        for line in report.lines:
            if line.problems:
                place = number * items.MOST + line.index + 1
                yield f"item {place} ({line.type} {line.id}): {'; '.join(line.problems)}"


def _given_levels(given: Mapping[str, str | None]) -> dict[str, str]:
    return {name: level for name in Levels._fields if (level := given[f"{name}_level"])}


def _answer(one: ItemFacts) -> Answer:
    return Answer(one, item_text.shown(one))
