"""schema: which attributes an account's users have beside those of SCIM."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click
import orjson

from app.cli.output import REFUSED, Answer, Failure, answering, lines
from app.config import Settings
from app.services import schemas
from app.services.accounts import find_account
from app.services.schemas import Declared
from app.session import Session

_DROP_VALUES = click.option("--drop-values", is_flag=True, help="Take the values that cannot stay from people.")
_COLUMNS = ("ATTRIBUTE", "TYPE", "", "DESCRIPTION")


@click.group()
def schema() -> None:
    """Schema extensions: attributes of users that an account declares itself."""


@schema.command("list")
@click.argument("account")
@answering
def list_schemas(_: Settings, session: Session, account: str) -> Answer:
    """List an account's extensions; with --json as documents that can be declared again."""
    found = schemas.list_extensions(session, find_account(session, account).id)
    tables = [f"{one['id']}  {one['description']}".rstrip() + "\n" + _table(one) for one in found]
    empty = f"no schema extensions; declare one with `muster schema declare {account!r} FILE`"
    return Answer(found, "\n\n".join(tables) or empty)


@schema.command("declare")
@click.argument("account")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_DROP_VALUES
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@answering
def declare_schema(_: Settings, session: Session, account: str, file: Path, drop_values: bool, dry_run: bool) -> Answer:
    """Make an extension what a file says (TOML or JSON, as /Schemas shows it); it counts at once."""
    target = find_account(session, account)
    act = schemas.plan if dry_run else schemas.declare
    done = act(session, target.id, _read(file), drop_values=drop_values)
    return Answer(done, _describe(done) + ("\nnothing was changed: --dry-run" if dry_run else ""))


@schema.command("remove")
@click.argument("account")
@click.argument("urn")
@click.argument("attribute", required=False)
@_DROP_VALUES
@answering
def remove_schema(
    _: Settings, session: Session, account: str, urn: str, attribute: str | None, drop_values: bool
) -> Answer:
    """Remove an attribute from an extension, or all of the extension."""
    target = find_account(session, account)
    done = schemas.remove(session, target.id, urn, attribute, drop_values=drop_values)
    return Answer(done, _describe(done))


def _read(file: Path) -> Any:
    content = file.read_bytes()
    try:
        return orjson.loads(content) if file.suffix.lower() == ".json" else tomllib.loads(content.decode())
    except ValueError as error:
        kind = "JSON" if file.suffix.lower() == ".json" else "TOML (name a JSON file .json)"
        raise Failure(f"{file} is not {kind}: {' '.join(str(error).split())}", REFUSED) from error


def _table(document: dict[str, Any]) -> str:
    rows = []
    for attribute in document["attributes"]:
        parts = attribute.get("subAttributes", ())
        rows += [_row(attribute, ""), *(_row(part, f"{attribute['name']}.") for part in parts)]
    return lines(_COLUMNS, rows, "")


def _row(attribute: dict[str, Any], within: str) -> tuple[str, ...]:
    facts = [name for name in ("multiValued", "required", "caseExact") if attribute.get(name)]
    facts += [attribute["mutability"]] if attribute["mutability"] != "readWrite" else []
    facts += [f"returned {attribute['returned']}"] if attribute["returned"] != "default" else []
    return within + attribute["name"], attribute["type"], ", ".join(facts), attribute["description"]


def _describe(done: Declared) -> str:
    told = [f"{done.urn}" + ("" if done.is_change else ": nothing is different")]
    told += [f"  + {name}" for name in done.added]
    told += [f"  ~ {name} ({what})" for name, what in done.changed.items()]
    told += [f"  - {name}" for name in done.removed]
    told += [f"  {schemas.people(count)} a value of {name} that is dropped" for name, count in done.dropped.items()]
    return "\n".join(told)
