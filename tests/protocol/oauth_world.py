"""Somebody who is signed in, and a platform that they use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from app.audit import EVENTS
from app.db import Database
from app.services import person_sessions
from app.stores.person_sessions import SESSIONS
from tests.builders import Customer, a_user
from tests.protocol.conftest import Scim
from tests.protocol.oauth_client import Browser, Platform, a_platform, sign_in


@dataclass(frozen=True)
class World:
    """An account with Ana, who is signed in, and a platform of the account."""

    app: Flask
    database: Database
    customer: Customer
    scim: Scim
    user_id: str
    session_id: str
    browser: Browser
    platform: Platform

    @property
    def account_id(self) -> str:
        """The account."""
        return self.customer.account_id

    def again(self, **how: Any) -> World:
        """Ana in another browser."""
        begun = sign_in(self.database, self.account_id, self.user_id, **how)
        return replace(self, session_id=begun.session_id, browser=Browser(self.app, begun.secret))

    def with_platform(self, account_id: str | None = None, **given: Any) -> World:
        """With another platform, of the installation unless an account is named."""
        return replace(self, platform=a_platform(self.app, self.database, account_id, **given))

    def end_session(self) -> None:
        """Sign out here."""
        with self.database.writing() as session:
            person_sessions.end(session, self.account_id, self.session_id, "person")

    def set_session(self, **values: Any) -> None:
        """Let time pass."""
        with self.database.writing() as session:
            session.execute(update(SESSIONS).where(SESSIONS.c.id == self.session_id).values(**values))

    def audited(self, action: str) -> list[Any]:
        """The entries of the trail with an action."""
        with self.database.reading() as session:
            query = select(EVENTS).where(EVENTS.c.account_id == self.account_id, EVENTS.c.action == action)
            return [*session.execute(query.order_by(EVENTS.c.sequence))]


def a_world(app: Flask, database: Database, customer: Customer, scim: Scim) -> World:
    """Ana is signed in."""
    person = a_user(
        "ana@acme.example",
        displayName="Ana Álvarez",
        name={"givenName": "Ana", "familyName": "Álvarez"},
        emails=[
            {"value": "private@home.example", "type": "home"},
            {"value": "ana@acme.example", "type": "work", "primary": True},
        ],
    )
    user_id = scim.create("/Users", person)["id"]
    begun = sign_in(database, customer.account_id, user_id)
    platform = a_platform(app, database, customer.account_id)
    return World(app, database, customer, scim, user_id, begun.session_id, Browser(app, begun.secret), platform)
