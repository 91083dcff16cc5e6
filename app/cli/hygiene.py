"""hygiene: how well roles fit the people who have them."""

from __future__ import annotations

import click

from app.cli.output import Answer, answering_by_reading, lines
from app.config import Settings
from app.services import accounts, role_hygiene
from app.services.counting import counted
from app.services.role_hygiene import Hygiene
from app.session import Session


@click.command("hygiene")
@click.argument("account")
@click.option("--days", default=role_hygiene.DAYS, show_default=True, type=click.IntRange(1, 3650))
@answering_by_reading
def show_hygiene(_: Settings, session: Session, account: str, days: int) -> Answer:
    """Show key figures of roles, dormant people, roles that overlap or lack something: what an audit begins with."""
    found = role_hygiene.hygiene(session, accounts.find_account(session, account).id, days)
    return Answer(found, "\n\n".join(_told(found)))


def _told(found: Hygiene) -> list[str]:
    figures = found.figures
    known = found.figures.engagement is not None
    used = f"{figures.engagement:.0%} of them used one in {found.days} days" if known else _unknown(found)
    head = (
        f"{counted(figures.people, 'active person', 'active people')}, {figures.with_roles} with roles "
        f"({figures.roles_per_person:g} each), {figures.privileged} with privileged ones; {used}"
    )
    rows = [
        (
            one.role,
            one.permissions,
            one.holders,
            one.using,
            "" if one.engagement is None else f"{one.engagement:.0%}",
            one.last_used,
            "; ".join(f"{key} without {', '.join(needs)}" for key, needs in one.lacks.items()),
        )
        for one in found.roles
    ]
    overlaps = [(one.left, one.right, f"{one.overlap:.0%}", one.people) for one in found.overlaps]
    dormant = [
        (one.user_name, ", ".join(one.roles), one.last_used or "never", one.last_signed_in or "never")
        for one in found.dormant
    ]
    return [
        head,
        lines(("ROLE", "PERMISSIONS", "HOLDERS", "USING", "SHARE", "LAST USED", "LACKS"), rows, "no roles"),
        lines(("ROLE", "AND", "SAY ALIKE", "PEOPLE WITH BOTH"), overlaps, "no two roles overlap"),
        lines(("DORMANT", "ROLES", "LAST USED", "LAST SIGNED IN"), dormant, "nobody is dormant, as far as is known"),
    ]


def _unknown(found: Hygiene) -> str:
    since = f"only since {found.observed_since}" if found.observed_since else "not yet"
    return f"use of roles has been noted {since}, too short to say who is dormant"
