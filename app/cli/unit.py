"""unit: the tree of business units, who is at home where, and who may work where."""

from __future__ import annotations

import click

from app.cli.output import Answer, answering, lines
from app.config import Settings
from app.services import unit_moves, units
from app.services.accounts import find_account
from app.services.counting import counted
from app.services.unit_moves import MovePlan
from app.session import Session


@click.group()
def unit() -> None:
    """Business units: the regions, brands and departments of an account."""


@unit.command("list")
@click.argument("account")
@answering
def list_units(_: Settings, session: Session, account: str) -> Answer:
    """Show the tree."""
    found = units.list_units(session, find_account(session, account).id)
    rows = [("  " * one.depth + one.key, one.name, one.id) for one in found]
    return Answer(found, lines(("KEY", "NAME", "ID"), rows, ""))


@unit.command("create")
@click.argument("account")
@click.argument("key")
@click.argument("name")
@click.option("--parent", help="Key or id of the unit above; default: the root.")
@answering
def create_unit(_: Settings, session: Session, account: str, key: str, name: str, parent: str | None) -> Answer:
    """Add a unit; KEY is what mappings and decisions call it."""
    made = units.create_unit(session, find_account(session, account).id, key, name, parent)
    return Answer(made, f"{made.key} ({made.id}) below {made.parent}")


@unit.command("rename")
@click.argument("account")
@click.argument("unit")
@click.option("--name")
@click.option("--key")
@answering
def rename_unit(_: Settings, session: Session, account: str, unit: str, name: str | None, key: str | None) -> Answer:
    """Give a unit another name or key; grants and rules stay with it."""
    if name is None and key is None:
        raise click.UsageError("say what to change: --name or --key")
    done = units.edit_unit(session, find_account(session, account).id, unit, name=name, key=key)
    return Answer(done, f"{done.key}: {done.name}")


@unit.command("move")
@click.argument("account")
@click.argument("unit")
@click.argument("parent")
@click.option("--yes", is_flag=True, help="Do it; without this the effect is shown and nothing changes.")
@answering
def move_unit(_: Settings, session: Session, account: str, unit: str, parent: str, yes: bool) -> Answer:
    """Hang a unit, with all below it, below another one; first see who gains and loses by it."""
    target = find_account(session, account)
    if not yes:
        plan = unit_moves.plan_move(session, target.id, unit, parent)
        return Answer(plan, f"{move_text(plan)}\nnothing was changed; to do it, add --yes")
    done = unit_moves.move_unit(session, target.id, unit, parent)
    return Answer(done, f"{done.key} is below {done.parent} now")


@unit.command("delete")
@click.argument("account")
@click.argument("unit")
@answering
def delete_unit(_: Settings, session: Session, account: str, unit: str) -> Answer:
    """Remove a unit that nothing hangs on; what does is named."""
    done = units.delete_unit(session, find_account(session, account).id, unit)
    return Answer(done, f"{done.key} is gone")


@unit.command("home")
@click.argument("account")
@click.argument("user")
@click.argument("unit", required=False)
@click.option("--none", is_flag=True, help="At home in no unit but the root.")
@answering
def set_home(_: Settings, session: Session, account: str, user: str, unit: str | None, none: bool) -> Answer:
    """Say in which UNIT a person is at home."""
    if (unit is None) != none:
        raise click.UsageError("name a unit, or say --none")
    changed = units.set_home(session, find_account(session, account).id, user, unit)
    return Answer({"changed": changed}, "done" if changed else "nothing to do, it was so")


@unit.command("join")
@click.argument("account")
@click.argument("user")
@click.argument("unit")
@click.option("--children", is_flag=True, help="Also in the units below.")
@answering
def join(_: Settings, session: Session, account: str, user: str, unit: str, children: bool) -> Answer:
    """Let a person work in UNIT."""
    target = find_account(session, account)
    changed = units.add_worker(session, target.id, user, unit, children=children)
    return Answer({"changed": changed}, "done" if changed else "nothing to do, it was so")


@unit.command("leave")
@click.argument("account")
@click.argument("user")
@click.argument("unit")
@click.option("--children", is_flag=True, help="What was said with --children.")
@answering
def leave(_: Settings, session: Session, account: str, user: str, unit: str, children: bool) -> Answer:
    """Take back that a person may work in UNIT; what a mapping rule says stays."""
    target = find_account(session, account)
    changed = units.remove_worker(session, target.id, user, unit, children=children)
    return Answer({"changed": changed}, "done" if changed else "nothing to do, nobody had said so by hand")


def move_text(plan: MovePlan) -> str:
    """What moving a unit would mean, for people."""
    text = [f"{plan.unit} from below {plan.old_parent} to below {plan.new_parent}"]
    seen = "" if plan.examined == plan.concerned else f" (of {plan.examined} looked at)"
    text.append(
        f"{counted(plan.gaining, 'person', 'people')} would gain something, {plan.losing} would lose something{seen}"
    )
    for person in plan.people:
        signs = [f"+ {one.permission}" for one in person.gained] + [f"- {one.permission}" for one in person.lost]
        text.append(f"  {person.user_name}: {', '.join(signs)}")
    for words, filters in (("was", plan.filters_before), ("would be", plan.filters_after)):
        text += [f"data filter {words}: {one.record_type} {one.filter} (of {one.unit})" for one in filters]
    return "\n".join(text)
