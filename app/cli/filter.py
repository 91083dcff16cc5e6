"""filter: which records people see, by business unit and by assignment."""

from __future__ import annotations

from typing import Any

import click
import orjson

from app.cli.output import NO, REFUSED, Answer, Failure, answering, lines
from app.config import Settings
from app.services import accounts, data_filters, filter_trials
from app.services.filter_facts import FilterFacts
from app.services.filter_trials import Tested
from app.session import Session
from rbac.model import Code

_UNIT = click.option("--unit", help="The business unit whose people it is for.")
_ASSIGNMENT = click.option("--assignment", help="The id of the assignment that it narrows.")
_REASON = click.option("--reason", default="", help="Why; kept in the audit trail.")


@click.group("filter")
def filter_group() -> None:
    """Data filters: which records people see."""


@filter_group.command("set")
@click.argument("account")
@click.argument("record_type")
@click.argument("text")
@_UNIT
@_ASSIGNMENT
@_REASON
@answering
def set_filter(
    _: Settings,
    session: Session,
    account: str,
    record_type: str,
    text: str,
    unit: str | None,
    assignment: str | None,
    reason: str,
) -> Answer:
    """Say which records are seen: TEXT is in the SCIM grammar, such as 'region eq "EMEA" and consent eq true'."""
    target = accounts.find_account(session, account)
    done = data_filters.set_filter(
        session, target.id, record_type, text, unit=unit, assignment=assignment, reason=reason
    )
    return Answer(done, "\n".join([f"{done.holder} sees {record_type}: {done.filter}", *done.hints]))


@filter_group.command("clear")
@click.argument("account")
@click.argument("record_type")
@_UNIT
@_ASSIGNMENT
@_REASON
@answering
def clear_filter(
    _: Settings,
    session: Session,
    account: str,
    record_type: str,
    unit: str | None,
    assignment: str | None,
    reason: str,
) -> Answer:
    """Take a filter away."""
    target = accounts.find_account(session, account)
    done = data_filters.clear_filter(session, target.id, record_type, unit=unit, assignment=assignment, reason=reason)
    return Answer(done, f"{done.holder} has no filter on {record_type} any more; it was: {done.filter}")


@filter_group.command("list")
@click.argument("account")
@_UNIT
@click.option("--record-type", help="Only for this type of records; with --unit, what holds there comes, too.")
@answering
def list_filters(_: Settings, session: Session, account: str, unit: str | None, record_type: str | None) -> Answer:
    """List data filters."""
    target = accounts.find_account(session, account)
    found = data_filters.list_filters(session, target.id, unit=unit, record_type=record_type)
    text = lines(("RECORDS", "HOLDER", "FILTER"), [_row(one) for one in found], "no data filters")
    if unit is None or record_type is None:
        return Answer(found, text)
    held = data_filters.combined(session, target.id, unit, record_type)
    text += "\n" + "\n".join([f"with the units above: {held.filter or 'all records'}", *held.hints])
    return Answer({"filters": found, "combined": held}, text)


@filter_group.command("test")
@click.argument("account")
@click.argument("record_type")
@click.argument("record")
@click.option("--filter", "text", help="Try this filter, which need not be set.")
@click.option("--user", help="Try what applies to this user.")
@click.option("--unit", help="Where the user works; default: where they usually do.")
@click.option("--permission", help="What the user wants to do; then the filters of assignments count, too.")
@answering
def try_record(
    _: Settings,
    session: Session,
    account: str,
    record_type: str,
    record: str,
    text: str | None,
    user: str | None,
    unit: str | None,
    permission: str | None,
) -> Answer:
    """Try a RECORD, a JSON object, against a filter or against what somebody sees. Exit code 1: it is not seen."""
    if (text is None) == (user is None):
        raise click.UsageError("give a --filter or a --user, one of the two")
    if user is None and (unit is not None or permission is not None):
        raise click.UsageError("--unit and --permission go with --user")
    target = accounts.find_account(session, account)
    given = _record(record)
    if user is None:
        return _tested(filter_trials.try_text(session, target.id, record_type, text or "", given))
    return _tested(
        filter_trials.try_for_user(session, target.id, user, record_type, given, unit=unit, permission=permission)
    )


def _record(text: str) -> dict[str, Any]:
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Failure(f"the record is not JSON: {error}", REFUSED) from error
    if not isinstance(record, dict):
        raise Failure("the record must be a JSON object", REFUSED)
    return record


def _tested(tested: Tested) -> Answer:
    why = "the filter leaves this record out" if tested.code == Code.ALLOWED else tested.code
    told = [
        "YES" if tested.matches else f"NO  ({why})",
        f"filter: {tested.filter or 'none'}",
        *(f"├─ {'passes' if one.matches else 'FAILS'}  {one.holder}: {one.filter}" for one in tested.parts),
    ]
    return Answer(tested, "\n".join(told), 0 if tested.matches else NO)


def _row(one: FilterFacts) -> tuple[str, str, str]:
    return one.record_type, one.holder, one.filter
