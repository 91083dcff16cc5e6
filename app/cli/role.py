"""role: what roles there are, what they say, who has them, and what changing them means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from app.cli.options import statement_options, statements
from app.cli.output import Answer, answering, lines
from app.config import Settings
from app.services import default_roles, grants, role_comparison, roles
from app.services.accounts import find_account
from app.services.counting import counted
from app.services.grants import GrantFacts
from app.services.impact import Changed
from app.services.role_comparison import Comparison, Impact
from app.services.role_statements import PermissionFacts, StatementChange
from app.services.roles import RoleDetail, RoleEdit
from app.session import Session

_YES = click.option("--yes", is_flag=True, help="Do it; without this the effect is shown and nothing changes.")
_EXPECT = click.option("--expect", type=int, metavar="REVISION", help="Refuse if the role is in another revision now.")
_WITH_REQUIRED = click.option("--with-required", is_flag=True, help="Allow what the allowed permissions require, too.")
_MARK = click.option("--privileged/--not-privileged", default=None, help="Mark it as privileged, whatever it gives.")


@click.group()
def role() -> None:
    """Roles: named sets of allowed and denied permissions."""


@role.command("list")
@click.argument("account")
@answering
def list_roles(_: Settings, session: Session, account: str) -> Answer:
    """List all roles of an account."""
    found = roles.list_roles(session, find_account(session, account).id)
    rows = [(one.name, _kind(one), one.origin_name, one.revision, one.id) for one in found]
    return Answer(found, lines(("NAME", "KIND", "COPY OF", "REVISION", "ID"), rows, "no roles"))


@role.command("show")
@click.argument("account")
@click.argument("role")
@answering
def show_role(_: Settings, session: Session, account: str, role: str) -> Answer:
    """Show what a role says, what that comes to, and how a copy differs from its origin as that is now."""
    target = find_account(session, account)
    detail = roles.get_role(session, target.id, role)
    permissions = roles.preview(session, target.id, role)
    difference = role_comparison.difference_to_origin(session, target.id, role)
    value = {"role": detail, "permissions": permissions, "difference_to_origin": difference}
    text = [_described(detail), *(_permission(one) for one in permissions)]
    if difference is not None:
        text += [f"against {difference.left}, of which it is a copy:", *_compared(difference)]
    return Answer(value, "\n".join(text))


@role.command("create")
@click.argument("account")
@click.argument("name")
@click.option("--description", default="")
@statement_options
@_WITH_REQUIRED
@_MARK
@answering
def create_role(
    _: Settings,
    session: Session,
    account: str,
    name: str,
    description: str,
    allow: tuple[str, ...],
    deny: tuple[str, ...],
    unset: tuple[str, ...],
    with_required: bool,
    privileged: bool | None,
) -> Answer:
    """Make a role of the account's own, empty unless something is allowed or denied."""
    made = roles.create_role(
        session,
        find_account(session, account).id,
        name,
        description,
        _changes(allow, deny, unset),
        privileged=bool(privileged),
        add_required=with_required,
    )
    return Answer(made, _described(made))


@role.command("copy")
@click.argument("account")
@click.argument("role")
@click.argument("name")
@click.option("--description", help="Default: that of the role.")
@answering
def copy_role(_: Settings, session: Session, account: str, role: str, name: str, description: str | None) -> Answer:
    """Make a role that says what another one says, under another NAME."""
    made = roles.copy_role(session, find_account(session, account).id, role, name, description)
    return Answer(made, _described(made))


@role.command("rename")
@click.argument("account")
@click.argument("role")
@click.argument("name")
@_EXPECT
@answering
def rename_role(_: Settings, session: Session, account: str, role: str, name: str, expect: int | None) -> Answer:
    """Give a role another NAME; whoever has it keeps it."""
    done = roles.edit_role(session, find_account(session, account).id, role, RoleEdit(name=name), expect)
    return Answer(done, f"the role is called {done.role.name} now")


@role.command("edit")
@click.argument("account")
@click.argument("role")
@click.option("--description")
@statement_options
@_WITH_REQUIRED
@_MARK
@_EXPECT
@_YES
@answering
def edit_role(
    _: Settings,
    session: Session,
    account: str,
    role: str,
    description: str | None,
    allow: tuple[str, ...],
    deny: tuple[str, ...],
    unset: tuple[str, ...],
    with_required: bool,
    privileged: bool | None,
    expect: int | None,
    yes: bool,
) -> Answer:
    """Change what a role says, for everybody who has it at once; first see what that means."""
    target = find_account(session, account)
    edit = RoleEdit(
        description=description,
        statements=_changes(allow, deny, unset),
        privileged=privileged,
        add_required=with_required,
    )
    if not yes:
        impact = role_comparison.impact_of_edit(session, target.id, role, edit)
        return Answer(impact, f"{impact_text(impact)}\nnothing was changed; to do it, add --yes")
    done = roles.edit_role(session, target.id, role, edit, expect)
    return Answer(done, _described(done))


@role.command("delete")
@click.argument("account")
@click.argument("role")
@click.option("--reason", default="", help="Why; kept in the audit trail.")
@_EXPECT
@_YES
@answering
def delete_role(
    _: Settings, session: Session, account: str, role: str, reason: str, expect: int | None, yes: bool
) -> Answer:
    """Remove a role, also from everybody who has it; first see who that is."""
    target = find_account(session, account)
    if not yes:
        impact = role_comparison.impact_of_delete(session, target.id, role)
        return Answer(impact, f"{impact_text(impact)}\nnothing was changed; to do it, add --yes")
    done = roles.delete_role(session, target.id, role, expect, reason)
    return Answer(done, f"the role {done.name} is gone")


@role.command("compare")
@click.argument("account")
@click.argument("left")
@click.argument("right")
@answering
def compare_roles(_: Settings, session: Session, account: str, left: str, right: str) -> Answer:
    """Hold two roles against each other."""
    found = role_comparison.compare_roles(session, find_account(session, account).id, left, right)
    return Answer(found, "\n".join(_compared(found)))


@role.command("holders")
@click.argument("account")
@click.argument("role")
@click.option("--after", help="What the page before ended with.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500))
@answering
def list_holders(_: Settings, session: Session, account: str, role: str, after: str | None, limit: int) -> Answer:
    """List the users, groups and business units that a role is given to, and why."""
    page = grants.of_role(session, find_account(session, account).id, role, after=after, limit=limit)
    more = f"\nmore: --after {page.next}" if page.next else ""
    return Answer(page, grant_table(page.items, "nobody has this role") + more)


@role.command("defaults")
@click.argument("account")
@click.option("--set", "wanted", multiple=True, metavar="ROLE", help="Let it be just these.")
@click.option("--none", is_flag=True, help="Let it be none.")
@answering
def set_defaults(_: Settings, session: Session, account: str, wanted: tuple[str, ...], none: bool) -> Answer:
    """Show or say which roles people get whom somebody makes by hand."""
    target = find_account(session, account)
    if wanted and none:
        raise click.UsageError("either --set or --none")
    if wanted or none:
        found = default_roles.set_default_roles(session, target.id, wanted)
    else:
        found = default_roles.get_default_roles(session, target.id)
    return Answer(found, "\n".join(one.name for one in found) or "none: people made by hand have no role at first")


def grant_table(found: Iterable[GrantFacts], empty: str) -> str:
    """Grants for people, a line for each source."""
    rows = [
        (
            one.role,
            f"{one.principal_kind} {one.principal}",
            "account" if one.unit is None else one.unit + (" and below" if one.reach == "subtree" else ""),
            source.state,
            f"rule {source.rule} ← {source.group}" if source.rule else f"by {source.granted_by_name}",
            f"{source.expires:%Y-%m-%d %H:%M}" if source.expires else "",
            source.reason,
        )
        for one in found
        for source in one.sources
    ]
    return lines(("ROLE", "OF", "WHERE", "STATE", "SOURCE", "EXPIRES", "REASON"), rows, empty)


def _changes(*said: tuple[str, ...]) -> tuple[StatementChange, ...]:
    return tuple(StatementChange(*one) for one in statements(*said))


def _kind(one: Any) -> str:
    kind = "owner" if one.is_owner else "default" if one.is_default else "own"
    return f"{kind}, privileged" if one.is_privileged else kind


def _described(detail: RoleDetail) -> str:
    one = detail.role
    text = [f"{one.name} ({_kind(one)}, revision {one.revision}) {one.description}".rstrip()]
    text += [
        f"  {said.effect:5} {said.permission}" + (f" when {said.condition}" if said.condition else "")
        for said in detail.statements
    ] or ["  says nothing"]
    warnings = detail.warnings
    text += [f"  ! {one.permission} requires {', '.join(one.requires)}" for one in warnings.missing]
    text += [
        f"  ! deny {one.deny} shadows allow {one.allow}"
        + (", of which nothing is left" if one.whole else f" for {', '.join(one.permissions)}")
        + (f" when {one.when}" if one.when else "")
        for one in warnings.shadowed
    ]
    text += [f"  ! the catalogue has nothing at {node}" for node in warnings.unknown]
    return "\n".join(text)


def _permission(one: PermissionFacts) -> str:
    when = f" when {' or '.join(one.when)}" if one.when else ""
    unless = f" unless {' or '.join(one.unless)}" if one.unless else ""
    return (
        f"{'+' if one.effect == 'allow' else '-'} {one.key}{when}{unless}{'  (privileged)' if one.privileged else ''}"
    )


def _compared(found: Comparison) -> list[str]:
    text = [f"{found.left} and {found.right} share {len(found.shared)} ({found.overlap:.0%})"]
    text += [f"  only {found.left}: {_permission(one)}" for one in found.only_left]
    text += [f"  only {found.right}: {_permission(one)}" for one in found.only_right]
    text += [
        f"  {found.left}: {_permission(one.left)}   {found.right}: {_permission(one.right)}" for one in found.differing
    ]
    return text


def impact_text(found: Impact) -> str:
    """What a change of a role would mean, for people."""
    holders = counted(found.holders, "person has", "people have")
    text = [f"{found.role}: {holders} it, by {counted(found.assignments, 'assignment')}"]
    text += _turned("  ", found.gained, found.lost, found.altered)
    seen = "" if found.examined == found.holders else f" of {found.examined} looked at"
    text.append(
        f"{counted(found.gaining, 'person', 'people')}{seen} would gain something, {found.losing} would lose something"
    )
    for person in found.people:
        text += [f"  {person.user_name}", *_turned("    ", person.gained, person.lost, person.altered)]
    text += [f"role mapping gives it: {name}" for name in found.mappings]
    if found.default_for_new_people:
        text.append("people made by hand get it by default")
    return "\n".join(text)


def _turned(indent: str, gained: Iterable[Changed], lost: Iterable[Changed], altered: Iterable[Changed]) -> list[str]:
    return [
        f"{indent}{sign} {one.permission}{'  (privileged)' if one.privileged else ''}"
        for sign, changes in (("+", gained), ("-", lost), ("~", altered))
        for one in changes
    ]
