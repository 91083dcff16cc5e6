"""account, owner, directory, audit: what an operator does for a customer."""

from __future__ import annotations

import click

from app import audit
from app.cli.directory_state import STATE
from app.cli.output import NO, Answer, answering, lines
from app.config import SCIM_PATH, Settings
from app.services import account_settings, accounts, directories, last_owner
from app.services.last_owner import OwnerState
from app.session import Session
from scim.dialects import PRESETS, deviations, unrepaired


@click.group()
def account() -> None:
    """Accounts: one for each customer organisation."""


@account.command("create")
@click.argument("name")
@click.option("--profile", default="email-marketing", show_default=True, help="Catalogue and default roles.")
@answering
def create_account(_: Settings, session: Session, name: str, profile: str) -> Answer:
    """Create an account with a platform profile."""
    made = accounts.create_account(session, name, profile)
    return Answer(
        made, f"account {made.name} ({made.id}) with profile {profile}\nnext: muster directory create {made.name!r}"
    )


@account.command("list")
@answering
def list_accounts(_: Settings, session: Session) -> Answer:
    """List all accounts."""
    found = accounts.list_accounts(session)
    rows = [(item.name, item.profile, "suspended" if item.suspended else "in service", item.id) for item in found]
    columns = ("NAME", "PROFILE", "STATE", "ID")
    return Answer(found, lines(columns, rows, "no accounts; make one with `muster account create NAME`"))


@account.command("suspend")
@click.argument("name")
@answering
def suspend_account(_: Settings, session: Session, name: str) -> Answer:
    """Refuse an account's tokens and keys until it is resumed; nothing is deleted."""
    found = account_settings.set_suspended(session, name, suspended=True)
    return Answer(found, f"account {found.name} is suspended\nnext: muster account resume {found.name!r}")


@account.command("resume")
@click.argument("name")
@answering
def resume_account(_: Settings, session: Session, name: str) -> Answer:
    """Accept the tokens and keys of a suspended account again."""
    found = account_settings.set_suspended(session, name, suspended=False)
    return Answer(found, f"account {found.name} is in service")


@click.group()
def owner() -> None:
    """Account Owners: who manages users, roles, mappings and security."""


@owner.command("create")
@click.argument("account")
@click.argument("user_name")
@click.option("--name", help="The person's name as shown; default: the user name.")
@answering
def create_owner(_: Settings, session: Session, account: str, user_name: str, name: str | None) -> Answer:
    """Create a local user with the role Account Owner."""
    target = accounts.find_account(session, account)
    made = accounts.create_owner(session, target.id, user_name, name or user_name)
    return Answer(made, f"{user_name} is an Account Owner of {target.name}")


@owner.command("list")
@click.argument("account")
@answering
def list_owners(_: Settings, session: Session, account: str) -> Answer:
    """List the Account Owners, also one whom a directory would have taken away as the last one."""
    found = last_owner.list_owners(session, accounts.find_account(session, account).id)
    rows = [(one.user_name, _owner_state(one), one.directory, one.id) for one in found]
    return Answer(
        found, lines(("NAME", "STATE", "DIRECTORY", "ID"), rows, "nobody; make one with `muster owner create`")
    )


def _owner_state(one: OwnerState) -> str:
    if one.kept:
        return "active as the last owner, although the directory says inactive"
    return ("active" if one.active else "inactive") + ("" if one.lasts else ", for a while")


@click.group()
def directory() -> None:
    """Directories: one for each identity provider that pushes into an account."""


for _command in STATE:
    directory.add_command(_command)


@directory.command("create")
@click.argument("account")
@click.option(
    "--preset",
    type=click.Choice(sorted(PRESETS.keys() - {directories.LOCAL})),
    default="generic",
    show_default=True,
    help="Which identity provider pushes here.",
)
@click.option("--name", help="Default: the preset.")
@answering
def create_directory(settings: Settings, session: Session, account: str, preset: str, name: str | None) -> Answer:
    """Open a SCIM push target, and say which habits of its provider are expected and repaired."""
    target = accounts.find_account(session, account)
    made = directories.create_directory(session, target.id, name or preset, preset)
    url = settings.base_url + SCIM_PATH
    expected = [{"deviation": one.deviation, "repair": one.repair} for one in deviations(preset)]
    text = "\n".join(
        [
            f"directory {made.name} ({made.id})",
            f"SCIM URL  {url}",
            f"{PRESETS[preset]}: expected, and repaired:",
            *(f"  - {one['deviation']} {one['repair']}" for one in expected),
            f"next: muster token issue {target.name!r} {made.name!r}",
        ]
    )
    value = {"id": made.id, "name": made.name, "preset": made.preset, "scim_url": url, "deviations": expected}
    return Answer(value, text)


@directory.command("set")
@click.argument("account")
@click.argument("directory")
@click.option(
    "--unique-group-names/--no-unique-group-names",
    default=None,
    help="Whether a second group of one name is refused with 409.",
)
@click.option(
    "--repairs",
    metavar="CHOICES",
    help="Habits of identity providers that are repaired, or not, such as '-dotted-keys', or 'only +own-ids': those "
    "that the preset expects, and one more; '' repairs all.",
)
@click.option(
    "--requests-per-minute",
    type=click.IntRange(-1),
    help="Most requests that each worker process answers; 0: no limit, -1: as usual in this installation.",
)
@answering
def set_directory(
    _: Settings,
    session: Session,
    account: str,
    directory: str,
    unique_group_names: bool | None,
    repairs: str | None,
    requests_per_minute: int | None,
) -> Answer:
    """Change what a directory accepts."""
    if unique_group_names is None and repairs is None and requests_per_minute is None:
        raise click.UsageError(
            "say what to change: --unique-group-names or --no-unique-group-names, --repairs, --requests-per-minute"
        )
    owner = accounts.find_account(session, account)
    done = directories.find_directory(session, owner.id, directory)
    if unique_group_names is not None:
        done = directories.set_unique_group_names(session, owner.id, done, unique_group_names)
    if repairs is not None:
        done = directories.set_repairs(session, owner.id, done, repairs)
    if requests_per_minute is not None:
        most = None if requests_per_minute < 0 else requests_per_minute
        done = directories.set_requests_per_minute(session, owner.id, done, most)
    names = "group names are unique" if done.unique_group_names else "group names may repeat"
    off = ", ".join(sorted(unrepaired(done.preset, done.repairs))) or "nothing"
    limit = {None: "as usual here", 0: "no limit"}.get(done.requests_per_minute, f"{done.requests_per_minute}")
    text = f"directory {done.name}: {names}\nnot repaired: {off}\nrequests a minute and worker: {limit}"
    return Answer(done, text)


@directory.command("list")
@click.argument("account")
@answering
def list_directories(_: Settings, session: Session, account: str) -> Answer:
    """List an account's directories."""
    found = directories.list_directories(session, accounts.find_account(session, account).id)
    rows = [(item.name, item.preset, "unique" if item.unique_group_names else "may repeat", item.id) for item in found]
    return Answer(found, lines(("NAME", "PRESET", "GROUP NAMES", "ID"), rows, ""))


@click.group("audit")
def audit_group() -> None:
    """The audit trail."""


@audit_group.command("verify")
@click.argument("account", required=False)
@answering
def verify(_: Settings, session: Session, account: str | None) -> Answer:
    """Check the hash chain of one account, or of all. Exit code 1: it is broken."""
    targets = [accounts.find_account(session, account)] if account else accounts.list_accounts(session)
    verdicts = [(target, audit.verify(session, target.id)) for target in targets]
    value = [{"account": target.name, "events": found.events, "problem": found.problem} for target, found in verdicts]
    text = "\n".join(
        f"{target.name}: {found.events} events, " + (f"BROKEN: {found.problem}" if found.problem else "chain intact")
        for target, found in verdicts
    )
    return Answer(value, text or "no accounts", NO if any(found.problem for _, found in verdicts) else 0)
