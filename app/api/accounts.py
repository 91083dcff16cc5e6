"""/accounts: for the operator of the installation, who makes accounts for customers."""

from __future__ import annotations

from typing import Any

from app.api.face import INSTALLATION, Call, Face, Shown
from app.api.paging import Reading, query_of
from app.api.shapes import Shape, flag, moment, name_of_profile, page_of, text
from app.services import account_settings, accounts
from app.stores.account_rows import ACCOUNT_LIST
from app.stores.listings import page
from rbac.profiles import DEFAULT

accounts_face = Face("accounts", "All accounts of the installation; only for a key of the installation.")


class Account(Shape):
    """A customer organisation."""

    id = text()
    name = text(says="Unique in the installation, whatever its case.")
    profile = text(says="The platform profile: its catalogue and default roles.")
    suspended = flag(says="Whether its tokens and keys are refused.")
    created = moment()


class NewAccount(Shape):
    """An account to be made."""

    name = text(required=True)
    profile = name_of_profile(load_default=DEFAULT)


_EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "name": "Acme Corp",
    "profile": "email-marketing",
    "suspended": False,
    "created": "2026-01-31T09:00:00.000Z",
}


@accounts_face.operation(
    "GET", "/accounts", scope=INSTALLATION, query=query_of(ACCOUNT_LIST, "AccountQuery"), answer=page_of(Account)
)
def list_accounts(call: Call, query: dict[str, Any]) -> Shown:
    """List accounts.

    By name, unless another order is asked for.
    """
    reading = Reading(call, query)
    found = page(call.caller.session, ACCOUNT_LIST, "", reading.wanted)
    return reading.shown(found.rows, found.next)


@accounts_face.operation(
    "POST",
    "/accounts",
    scope=INSTALLATION,
    body=NewAccount,
    answer=Account,
    status=201,
    example={"name": "Acme Corp", "profile": "email-marketing"},
    shows=_EXAMPLE,
    creates=True,
    refusals=("not-found", "conflict"),
)
def create_account(call: Call, body: dict[str, Any]) -> Shown:
    """Create an account.

    With a platform profile, a root business unit, a local directory and the profile's default roles; nobody is in it.
    """
    session = call.caller.session
    made = accounts.create_account(session, body["name"], body["profile"])
    return Shown(account_settings.get_account(session, made.id), f"/accounts/{made.id}")


@accounts_face.operation(
    "GET", "/accounts/<account>", scope=INSTALLATION, answer=Account, shows=_EXAMPLE, refusals=("not-found",)
)
def get_account(call: Call, account: str) -> Shown:
    """Read an account.

    By its id or name.
    """
    session = call.caller.session
    return Shown(account_settings.get_account(session, account))


@accounts_face.operation(
    "POST",
    "/accounts/<account>/suspend",
    scope=INSTALLATION,
    answer=Account,
    shows=_EXAMPLE | {"suspended": True},
    refusals=("not-found",),
)
def suspend_account(call: Call, account: str) -> Shown:
    """Suspend an account.

    Its tokens and keys are refused from then on. Nothing is deleted.
    """
    return _suspended(call, account, suspended=True)


@accounts_face.operation(
    "POST",
    "/accounts/<account>/resume",
    scope=INSTALLATION,
    answer=Account,
    shows=_EXAMPLE,
    refusals=("not-found",),
)
def resume_account(call: Call, account: str) -> Shown:
    """Resume a suspended account.

    Its tokens and keys count again.
    """
    return _suspended(call, account, suspended=False)


def _suspended(call: Call, account: str, *, suspended: bool) -> Shown:
    session = call.caller.session
    return Shown(account_settings.set_suspended(session, account, suspended=suspended))
