"""What was seen is what is done: not what it means by now, nor over what somebody else has changed meanwhile."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.db import Database
from app.models import Connection
from app.models.base import table
from app.services import roles
from app.services.role_statements import StatementChange
from app.services.roles import RoleEdit
from tests.idp.saml_documents import SSO
from tests.protocol.browser import form_of
from tests.protocol.console_world import ConsoleWorld, sees, text_of

CONNECTIONS = table(Connection)
_SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own."""
    return ConsoleWorld(app, database)


def allows(world: ConsoleWorld, permission: str) -> None:
    """The role "Helper" of the account's own allows this, too."""
    with world.database.writing() as session:
        known = [one.name for one in roles.list_roles(session, world.account_id)]
        if "Helper" not in known:
            roles.create_role(session, world.account_id, "Helper")
        edit = RoleEdit(statements=(StatementChange(permission, "allow"),))
        roles.edit_role(session, world.account_id, "Helper", edit)


def test_what_means_something_else_by_now_is_shown_anew(world: ConsoleWorld) -> None:
    """A role may have become another one between the look and the button: nothing is given that was not seen."""
    id = world.push(displayName="Ana")
    allows(world, "campaigns.email.view")
    path, given = f"/console/people/{id}/roles/give", {"role": "Helper", "reason": "Ticket 1"}
    [seen] = _SEEN.findall(sees(world.console, path, **given).text)
    allows(world, "campaigns.email.launch")
    again = world.console.send(path, **given, seen=seen)
    assert again.status_code == 200
    assert "campaigns.email.launch" in again.text
    assert "No role" in text_of(world.console.open(f"/console/people/{id}/access").text)
    [now] = _SEEN.findall(again.text)
    assert now != seen
    assert world.console.send(path, **given, seen=now).status_code == 303
    assert "Helper" in text_of(world.console.open(f"/console/people/{id}/access").text)


def test_what_was_seen_for_one_person_confirms_nothing_for_another(world: ConsoleWorld) -> None:
    """The same form, sent for somebody else, is shown first."""
    ana, ben = world.push(displayName="Ana"), world.push(displayName="Ben")
    given = {"role": "Marketer", "reason": "Ticket 1"}
    [seen] = _SEEN.findall(sees(world.console, f"/console/people/{ana}/roles/give", **given).text)
    assert world.console.send(f"/console/people/{ben}/roles/give", **given, seen=seen).status_code == 200
    assert world.console.send(f"/console/people/{ana}/roles/give", **given, seen=seen).status_code == 303


TABS: dict[str, tuple[str, dict[str, str], str]] = {
    "trust": ("provider", {"sso_url": SSO, "signed": "both", "name_id_format": "persistent"}, "skew_seconds"),
    "people": ("people", {"groups_from": "directory"}, "session_hours"),
    "claims": ("claims", {}, "displayName"),
}


@pytest.mark.parametrize("form", TABS)
def test_r11_a_connection_is_not_changed_over_somebody_elses_change(world: ConsoleWorld, form: str) -> None:
    """Two tabs show one version; the second to save is told, keeps what they typed, and may save over it then."""
    saml = world.saml()
    path = f"/console/connections/{saml.id}"
    tab, usual, name = TABS[form]
    usual = usual | ({"entity_id": saml.idp.entity_id} if form == "trust" else {})

    def shown() -> str:
        return form_of(world.console.open(f"{path}/{tab}"), f"{path}/{form}")["version"]

    version = shown()
    assert world.console.send(f"{path}/{form}", **usual, **{name: "7"}, version=version).status_code == 303
    [before] = world.rows(CONNECTIONS)
    late = world.console.send(f"{path}/{form}", **usual, **{name: "9"}, version=version)
    assert late.status_code == 422
    assert "Somebody has changed this connection" in text_of(late.text)
    typed = form_of(late, f"{path}/{form}")
    assert typed[name] == "9"
    assert world.rows(CONNECTIONS) == [before]
    assert typed["version"] == shown() != version
    assert world.console.send(f"{path}/{form}", **usual, **{name: "9"}, version=typed["version"]).status_code == 303


def test_r9_no_name_turns_a_sentence_round(world: ConsoleWorld) -> None:
    """What an act means reads as we have written it, whatever signs of direction somebody has in their name."""
    id = world.push(displayName="Ana\u202eneB\u2066")
    page = sees(world.console, f"/console/people/{id}/roles/give", role="Marketer")
    assert "Ana\ufffdneB\ufffd may also do" in text_of(page.text)
