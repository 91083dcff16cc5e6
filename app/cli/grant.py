"""grant, permission: who has which role where and for how long, and what is put straight on a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from app.cli.options import MOMENT, statement_options, statements, where_options, while_options
from app.cli.output import Answer, answering, lines
from app.cli.role import grant_table
from app.config import Settings
from app.services import assignments, grants, individual
from app.services.accounts import find_account
from app.services.assignments import Done
from app.services.giving import Giving
from app.services.individual import Entry, IndividualFacts
from app.session import Session


def _whom(command: Any) -> Any:
    for option in (
        click.option("--of-unit", metavar="UNIT", help="Whoever works in this business unit."),
        click.option("--group", help="The members of a group, by id or name."),
        click.option("--user", "users", multiple=True, metavar="USER", help="A person, by id or userName; repeatable."),
    ):
        command = option(command)
    return command


@click.group()
def grant() -> None:
    """Grants: roles given by hand to people, groups and business units."""


@grant.command("give")
@click.argument("account")
@click.argument("role")
@_whom
@where_options
@while_options
@answering
def give(
    _: Settings,
    session: Session,
    account: str,
    role: str,
    users: tuple[str, ...],
    group: str | None,
    of_unit: str | None,
    unit: str | None,
    children: bool,
    starts: datetime | None,
    expires: datetime | None,
    reason: str,
) -> Answer:
    """Give a role: to several people at once or, if one of them cannot have it, to nobody."""
    target = find_account(session, account)
    giving = _giving(role, users, group, of_unit, unit, children)
    done = assignments.assign(session, target.id, giving, reason=reason, starts=starts, expires=expires)
    return _done(done, "given", "has it now")


@grant.command("take")
@click.argument("account")
@click.argument("role")
@_whom
@where_options
@click.option("--reason", default="", help="Why; kept in the audit trail.")
@answering
def take(
    _: Settings,
    session: Session,
    account: str,
    role: str,
    users: tuple[str, ...],
    group: str | None,
    of_unit: str | None,
    unit: str | None,
    children: bool,
    reason: str,
) -> Answer:
    """Take back a role that was given by hand, just there; all other roles stay."""
    target = find_account(session, account)
    giving = _giving(role, users, group, of_unit, unit, children)
    return _done(assignments.unassign(session, target.id, giving, reason=reason), "taken back", "lost it")


@grant.command("extend")
@click.argument("account")
@click.argument("role")
@_whom
@where_options
@click.option("--expires", type=MOMENT, help="The new end.")
@click.option("--no-end", is_flag=True, help="Let it have no end.")
@click.option("--reason", default="", help="Why; default: the reason it was given for.")
@answering
def extend(
    _: Settings,
    session: Session,
    account: str,
    role: str,
    users: tuple[str, ...],
    group: str | None,
    of_unit: str | None,
    unit: str | None,
    children: bool,
    expires: datetime | None,
    no_end: bool,
    reason: str,
) -> Answer:
    """Give what was given by hand another end."""
    if (expires is None) != no_end:
        raise click.UsageError("say either --expires or --no-end")
    target = find_account(session, account)
    giving = _giving(role, users, group, of_unit, unit, children)
    done = assignments.extend(session, target.id, giving, reason=reason, expires=expires)
    return _done(done, "extended", "extended")


@grant.command("list")
@click.argument("account")
@_whom
@answering
def list_grants(
    _: Settings,
    session: Session,
    account: str,
    users: tuple[str, ...],
    group: str | None,
    of_unit: str | None,
) -> Answer:
    """List everything that a person, a group or a business unit has, with every source; what is over, too."""
    target = find_account(session, account)
    _check_one(users, group, of_unit, most=1)
    if not users:
        found = (
            grants.of_group(session, target.id, group) if group else grants.of_unit(session, target.id, of_unit or "")
        )
        return Answer(found, grant_table(found, "no roles"))
    access = grants.of_user(session, target.id, users[0])
    text = [f"{access.user_name}, {'active' if access.active else 'INACTIVE'}, at home in {access.home}"]
    text.append(grant_table(access.grants, "no roles"))
    if access.individual:
        text.append(_individual(access.individual))
    text += [
        f"works in {one.unit}{' and below' if one.with_children else ''}"
        + (f" (rule {one.rule} ← {one.group})" if one.rule else "")
        for one in access.works_in
    ]
    for both in access.shadowed:
        deny, allow = f"deny {both.shadow.deny} of {both.denied_by}", f"allow {both.shadow.allow} of {both.allowed_by}"
        text.append(f"! {deny} shadows {allow}{f' in {both.unit}' if both.unit else ''}")
    return Answer(access, "\n".join(text))


@click.group()
def permission() -> None:
    """Individual permissions: an allow or a deny put straight on a person."""


@permission.command("set")
@click.argument("account")
@click.argument("user")
@statement_options
@where_options
@while_options
@answering
def set_permissions(
    _: Settings,
    session: Session,
    account: str,
    user: str,
    allow: tuple[str, ...],
    deny: tuple[str, ...],
    unset: tuple[str, ...],
    unit: str | None,
    children: bool,
    starts: datetime | None,
    expires: datetime | None,
    reason: str,
) -> Answer:
    """Allow, deny or leave to the roles; several at once, and all of them or none."""
    said = statements(allow, deny, unset)
    if any(condition for _node, _effect, condition in said):
        raise click.UsageError("individual permissions have no conditions; put them into a role")
    entries = [Entry(node, effect, unit, children, starts, expires, reason) for node, effect, _none in said]
    found = individual.put(session, find_account(session, account).id, user, entries)
    return Answer(found, _individual(found))


@permission.command("list")
@click.argument("account")
@click.argument("user")
@answering
def list_permissions(_: Settings, session: Session, account: str, user: str) -> Answer:
    """List a person's individual permissions."""
    found = individual.of_user(session, find_account(session, account).id, user)
    return Answer(found, _individual(found))


def _check_one(users: tuple[str, ...], group: str | None, of_unit: str | None, *, most: int | None = None) -> None:
    """Raises UsageError unless one kind of principal is named, and at most so many people."""
    if bool(users) + bool(group) + bool(of_unit) != 1 or (most is not None and len(users) > most):
        raise click.UsageError("name exactly one of --user, --group and --of-unit")


def _giving(
    role: str, users: tuple[str, ...], group: str | None, of_unit: str | None, unit: str | None, children: bool
) -> Giving:
    _check_one(users, group, of_unit)
    return Giving(role, users, group or None, of_unit or None, unit, children)


def _done(done: Done, what: str, to_each: str) -> Answer:
    if len(done.outcomes) > 1:
        each = (f"{one.name}: {to_each if one.changed else 'as before'}" for one in done.outcomes)
        return Answer(done, "\n".join(each))
    where = "the whole account" if done.reach == "account" else done.unit
    below = " and below" if done.reach == "subtree" else ""
    return Answer(done, f"{done.role} in {where}{below}: {what if done.changed else 'nothing to do, it was so'}")


def _individual(found: tuple[IndividualFacts, ...]) -> str:
    rows = [
        (
            one.effect,
            one.permission,
            "account" if one.unit is None else one.unit + (" and below" if one.reach == "subtree" else ""),
            one.state,
            one.granted_by_name,
            f"{one.expires:%Y-%m-%d %H:%M}" if one.expires else "",
            one.reason,
        )
        for one in found
    ]
    return lines(
        ("EFFECT", "PERMISSION", "WHERE", "STATE", "BY", "EXPIRES", "REASON"), rows, "no individual permissions"
    )
