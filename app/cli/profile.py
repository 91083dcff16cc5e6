"""profile, catalogue: what can be permitted in an account's platform, and the roles that come with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import click

import rbac.profiles
from app.cli.output import NO, NOT_FOUND, REFUSED, Answer, Failure, answering, emit, json_option, lines
from app.config import Settings
from app.services import profiles
from app.services.accounts import find_account
from app.services.counting import counted
from app.services.errors import NotFound, Refused
from app.services.profile_plans import PlannedChange, RoleChange
from app.services.samples import load_sample
from app.session import Session
from rbac.catalogue import Catalogue
from rbac.catalogue_changes import Changes

_DROP = click.option("--drop", is_flag=True, help="Take away what the plan says is taken away.")
_SOME = 8


@click.group()
def profile() -> None:
    """Platform profiles: catalogue and default roles as data."""


@profile.command("list")
@json_option
def list_profiles(as_json: bool) -> None:
    """List the shipped profiles."""
    found = [rbac.profiles.load_profile(name) for name in rbac.profiles.shipped()]
    value = [
        {"name": one.name, "title": one.title, "permissions": len(one.catalogue), "roles": len(one.roles)}
        for one in found
    ]
    rows = [(one.name, len(one.catalogue), len(one.roles), one.description.en) for one in found]
    emit(as_json, value, lines(("NAME", "PERMISSIONS", "ROLES", ""), rows, ""))


@profile.command("show")
@click.argument("profile")
@json_option
def show_profile(profile: str, as_json: bool) -> None:
    """Show a profile: a shipped one by name, or a TOML, JSON or YAML file by path."""
    try:
        shown = profiles.read_profile(profile)
    except NotFound as error:
        raise Failure(str(error), NOT_FOUND) from error
    except Refused as error:
        raise Failure(str(error), REFUSED) from error
    roles = [
        {"name": role.name, "title": role.title, "description": role.description, "entries": role.entries}
        for role in shown.roles
    ]
    value = {"name": shown.name, "title": shown.title, "description": shown.description, "roles": roles}
    told = [f"{shown.title.en} ({shown.name}): {shown.description.en}", "", *_tree(shown.catalogue)]
    told += ["", *(f"role {role.name}: {role.description.en}" for role in shown.roles)]
    told += ["", "it comes with a sample: load it with --sample"] if shown.sample else []
    emit(as_json, value | {"catalogue": shown.document}, "\n".join(told))


@profile.command("plan")
@click.argument("account")
@click.argument("profile")
@answering
def plan_profile(_: Settings, session: Session, account: str, profile: str) -> Answer:
    """Say what loading a profile would change, and change nothing. Exit code 1: it would be refused."""
    target = find_account(session, account)
    return _planned(profiles.plan(session, target.id, profile))


@profile.command("load")
@click.argument("account")
@click.argument("profile")
@click.option("--sample", is_flag=True, help="Also the units, people, groups and items of its examples.")
@_DROP
@answering
def load_profile(_: Settings, session: Session, account: str, profile: str, sample: bool, drop: bool) -> Answer:
    """Give an account a profile: a shipped one by name, or a TOML, JSON or YAML file by path."""
    target = find_account(session, account)
    done = profiles.load(session, target.id, profile, drop=drop)
    name, catalogue = profiles.show(session, target.id)
    count = len(profiles.read_profile(profile).roles)
    told = [
        *_describe(done),
        f"{target.name} has profile {name}: {counted(len(catalogue), 'permission')}, {counted(count, 'default role')}",
    ]
    loaded = load_sample(session, target.id, profiles.read_profile(profile).sample) if sample else None
    told += [f"and its sample: {loaded.told}"] if loaded else []
    return Answer({"change": done, "sample": loaded}, "\n".join(told))


@click.group()
def catalogue() -> None:
    """The permission catalogue of an account: what can be permitted in its platform."""


@catalogue.command("show")
@click.argument("account")
@answering
def show_catalogue(_: Settings, session: Session, account: str) -> Answer:
    """Show what can be permitted; with --json as a manifest that can be changed and registered again."""
    target = find_account(session, account)
    name, found = profiles.show(session, target.id)
    version = f", version {found.version}" if found.version else ""
    value = profiles.document_of(session, target.id)
    return Answer(
        value, "\n".join([f"{target.name}: {name}{version}, {counted(len(found), 'permission')}", *_tree(found)])
    )


@catalogue.command("plan")
@click.argument("account")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@answering
def plan_catalogue(_: Settings, session: Session, account: str, file: str) -> Answer:
    """Say what registering a manifest would change, and change nothing. Exit code 1: it would be refused."""
    target = find_account(session, account)
    return _planned(profiles.plan_registration(session, target.id, profiles.read_document(file)))


@catalogue.command("register")
@click.argument("account")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@_DROP
@answering
def register_catalogue(_: Settings, session: Session, account: str, file: str, drop: bool) -> Answer:
    """Give an account the catalogue of its own platform, from TOML, JSON or YAML; its roles stay."""
    target = find_account(session, account)
    done = profiles.register(session, target.id, profiles.read_document(file), drop=drop)
    told = [*_describe(done), f"{target.name} has catalogue {done.profile}, version {done.version}"]
    return Answer(done, "\n".join(told))


def _planned(planned: PlannedChange) -> Answer:
    told = [*_describe(planned), *(f"refused: {one}" for one in planned.conflicts)]
    told += [f"only with --drop: {one}" for one in planned.drops]
    return Answer(planned, "\n".join([*told, "nothing was changed"]), NO if planned.conflicts or planned.drops else 0)


def _describe(change: PlannedChange) -> Iterator[str]:
    if not change.is_change:
        yield "nothing is different"
        return
    if (change.formerly, change.former_version) != (change.profile, change.version):
        yield f"{_named(change.formerly, change.former_version)} → {_named(change.profile, change.version)}"
    yield from _changed("permission", change.permissions)
    yield from _changed("item type", change.item_types)
    yield from _changed("attribute", change.attributes)
    for name, (was, becomes) in change.heeded.items():
        yield f"  ~ {name}: {was or 'nothing'} → {becomes or 'nothing'}"
    for extension in change.extensions:
        for attribute in (*extension.added, *extension.changed, *extension.removed):
            yield f"  ~ users' attribute {extension.urn}:{attribute}"
    for role in change.roles:
        yield from _role(role)
    if change.default_roles is not None:
        yield f"  people made by hand get: {', '.join(change.default_roles)}"
    yield f"  people whose permissions change: {change.people}"


def _named(name: str, version: str | None) -> str:
    return f"{name} {version}" if version else name


def _changed(what: str, changes: Changes) -> Iterator[str]:
    for sign, names in (("+", changes.added), ("-", changes.removed)):
        if names:
            yield f"  {sign} {counted(len(names), what)}: {_some(names)}"
    for name, facts in changes.changed.items():
        yield f"  ~ {what} {name}: {', '.join(facts)}"


def _role(role: RoleChange) -> Iterator[str]:
    formerly = f" (formerly {role.formerly})" if role.formerly else ""
    sign = {"added": "+", "removed": "-"}.get(role.fate, "~")
    whose = "default role" if role.is_default else "own role"
    yield f"  {sign} {whose} {role.name}{formerly}, {counted(role.holders, 'person', 'people')}"
    for word, keys in (("gives", role.gained), ("gives no more", role.lost), ("gives otherwise", role.altered)):
        if keys and role.fate != "added":
            yield f"      {word}: {_some(keys)}"
    for key, needs in role.lacking.items():
        yield f"      {key} now requires {', '.join(needs)}, which it lacks"
    if role.vanishing:
        yield f"      names what is gone: {_some(role.vanishing)}"


def _some(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _SOME} more" if len(every) > _SOME else ""
    return ", ".join(every[:_SOME]) + more


def _tree(found: Catalogue) -> Iterator[Any]:
    for tab in found.tabs:
        yield f"{tab.title.en} ({tab.key})"
        for section in tab.sections:
            yield f"  {section.title.en} ({section.key})"
            yield from (f"    {one.key}  {one.title.en}" for one in section.permissions)
    for kind in found.item_kinds.values():
        facts = ["held here" if kind.held else "held by the platform"] + (["levels"] if kind.levels else [])
        yield f"item type {kind.name}: {', '.join(facts)}"
