"""The application for tests of set-up links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Flask

from app.compose import create_app
from app.web.pace import Pace
from tests.conftest import settings_for
from tests.protocol.conftest import PUBLIC_URL


def links_app(database_url: str, **settings: Any) -> Flask:
    """One that lets everybody come as often as they like, since all tests come from one address."""
    made = create_app(settings_for(database_url, public_url=PUBLIC_URL, log_level="error", **settings))
    made.extensions["setup"] = replace(made.extensions["setup"], pace=Pace(10_000, 10_000))
    return made
