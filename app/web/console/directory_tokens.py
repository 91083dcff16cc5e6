"""/console/directories/…/tokens: issued, shown this once, ended. Several count at once, so one can replace another."""

from __future__ import annotations

from flask import Response

from app import audit, crypto
from app.services import directory_overview, tokens
from app.services.directory_overview import DirectoryState
from app.services.errors import NotFound
from app.services.tokens import Listed
from app.web import pages
from app.web.console import forms, shell
from app.web.console.confirming import sure
from app.web.console.directories import AREA, one_page, trail
from app.web.console.forms import Form
from app.web.language import say
from app.web.moments import moment_of
from app.web.tools import tools

directory_tokens_face = shell.console_face("console_directory_tokens")
MOST_DAYS = 3650


@directory_tokens_face.page("GET", "/console/directories/<directory>/tokens/new", needs="owner", step_up=True)
def new_token(directory: str) -> Response:
    """Name it, and say how long it is good."""
    return _new(directory, Form())


@directory_tokens_face.page("POST", "/console/directories/<directory>/tokens/new", needs="owner", step_up=True)
def issue_token(directory: str) -> Response:
    """Issue it; it is shown on the page that answers, and never again."""
    session, account_id = shell.here()
    sent = forms.sent()
    days = days_of(sent)
    if not sent.get("name") or days is None:
        problem = {"name": say("trust.issue.name.missing")} if not sent.get("name") else {"days": say("trust.number")}
        return _new(directory, forms.wrong(sent, **problem))
    one = directory_overview.state_of(session, account_id, directory)
    made = crypto.make_token(crypto.DIRECTORY_TOKEN, tools().keys.current)
    about = session, account_id, one.id, sent["name"][:200], made
    try:
        issued = tokens.issue_directory_token(*about, days=days or None, created_by=audit.acting(session).name)
    except shell.REFUSALS as error:
        return _new(directory, forms.refused(sent, error))
    return one_page(one.id, secret=issued.text)


@directory_tokens_face.page("GET", "/console/directories/<directory>/tokens/<token>/end", needs="owner", step_up=True)
def ask_end(directory: str, token: str) -> Response:
    """What it means to end it."""
    one, found, left = _found(directory, token)
    used = say("trust.token.used", at=moment_of(found.last_used)) if found.last_used else say("trust.token.unused")
    facts = [used, say("directories.token.end.left", n=left) if left else say("directories.token.end.last")]
    return sure(
        AREA,
        say("trust.token.end.title", name=found.name),
        trail(one),
        facts=facts,
        yes=say("trust.end"),
        address=f"/console/directories/{one.id}/tokens/{found.id}/end",
    )


@directory_tokens_face.page("POST", "/console/directories/<directory>/tokens/<token>/end", needs="owner", step_up=True)
def end_token(directory: str, token: str) -> Response:
    """End it; the next request with it is refused."""
    one, found, _ = _found(directory, token)
    tokens.revoke_directory_token(*shell.here(), found.id)
    return shell.go(f"/console/directories/{one.id}", "trust.ended")


def days_of(sent: dict[str, str]) -> int | None:
    """The number of days that was chosen, 0 for no end; None if it is none."""
    text = sent.get("days", "")
    return int(text) if text.isdecimal() and len(text) < 5 and int(text) <= MOST_DAYS else None


def _found(directory: str, token: str) -> tuple[DirectoryState, Listed, int]:
    """The directory, its token, and how many others of it count. Raises NotFound."""
    session, account_id = shell.here()
    one = directory_overview.state_of(session, account_id, directory)
    every = tokens.list_directory_tokens(session, account_id, one.id)
    found = next((each for each in every if each.id == token), None)
    if found is None:
        raise NotFound(f"{one.name} has no token {token[:100]!r}", "token", token)
    return one, found, len([each for each in every if each.state == "valid" and each.id != found.id])


def _new(directory: str, form: Form) -> Response:
    one = directory_overview.state_of(*shell.here(), directory)
    home = f"/console/directories/{one.id}"
    return shell.show(
        "issue.html",
        AREA,
        status=form.status,
        form=form,
        title=say("directories.token.new"),
        trail=trail(one),
        text=say("directories.token.text"),
        address=pages.at(f"{home}/tokens/new"),
        back=pages.at(home),
        yes=say("directories.token.issue"),
        scopes={},
        chosen=[],
    )
