"""begin: the link with which the first account is made in a browser."""

from __future__ import annotations

import click

from app.cli.output import REFUSED, Failure, emit, json_option, working
from app.services import first_run


@click.command()
@json_option
def begin(as_json: bool) -> None:
    """Print the link with which the first account is made in a browser. It is good for a day, and once."""
    with working(reads=True) as (settings, session):
        if not first_run.is_empty(session):
            raise Failure("there is an account already; `muster account create` makes others", REFUSED)
        address = first_run.link(settings.keys(), settings.base_url)
    emit(as_json, {"link": address}, address)
