"""/console/directories: the identity providers that push people, how each is doing, and a new one."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlencode

from flask import Response, request

from app.config import SCIM_PATH
from app.services import directories, directory_control, directory_overview
from app.services.directory_overview import DirectoryState
from app.services.tokens import list_directory_tokens
from app.stores import orphans
from app.web import pages
from app.web.console import exporting, forms, lists, settings_forms, shell
from app.web.console.confirming import days_left, sure
from app.web.console.forms import Form
from app.web.console.lists import AtHand, Choice, Column, Table
from app.web.console.settings_forms import Setting
from app.web.language import say
from app.web.setup_views import DIRECTORY_PRESETS, guide
from app.web.tools import tools
from scim.dialects import DEVIATIONS, PRESETS, REPAIRS, unrepaired

directories_face = shell.console_face("console_directories")
AREA = "directories"
STYLES = {"working": "allow", "waiting": "warn", "closed": "deny", "paused": "deny", "own": "", "claims": ""}
_TYPES = {"name": "string", "state": "string", "preset": "string", "people": "number", "groups": "number"}
PER_MINUTE = Setting("requests_per_minute", "number", most=1_000_000)
_WAITS = (2, 2, 3, 3, 5, 5, 10, 10, 20, 30, 60)
"""Seconds until a page that waits for the first request looks again: ever longer."""


def provider(one: DirectoryState) -> str:
    """What a directory's identity provider is called."""
    return say(f"directories.state.{one.state}") if not one.is_pushed else PRESETS.get(one.preset, one.preset)


DIRECTORIES = Table(
    "directories",
    "/console/directories",
    AtHand(
        directory_overview.overview,
        lambda one: {name: getattr(one, name) for name in _TYPES},
        _TYPES,
        {
            "name": lambda one: one.name.casefold(),
            "people": lambda one: one.people,
            "groups": lambda one: one.groups,
            "created": lambda one: one.created,
        },
    ),
    (
        Column("name", lambda one: one.name, "name"),
        Column("provider", provider),
        Column("state", lambda one: one.state),
        Column("people", lambda one: one.people, "people"),
        Column("groups", lambda one: one.groups, "groups"),
        Column("last_request", lambda one: one.last_request),
        Column("tokens", lambda one: one.tokens),
        Column("created", lambda one: one.created, "created", usual=False),
    ),
    lists.containing("name"),
    (Choice("state", {one: f'state eq "{one}"' for one in STYLES}),),
)


@directories_face.page("GET", "/console/directories", needs="owner")
def show_directories() -> Response:
    """All of them."""
    wish = lists.asked(DIRECTORIES)
    if exporting.is_wanted():
        return exporting.export(wish)
    return shell.show(
        "directories.html", AREA, page=lists.page(wish), styles=STYLES, provider=provider, days_left=days_left
    )


@directories_face.page("GET", "/console/directories/new", needs="owner")
def new_directory() -> Response:
    """Choose the provider."""
    return _new(Form())


@directories_face.page("POST", "/console/directories/new", needs="owner")
def create_directory() -> Response:
    """Make it; its page leads on."""
    sent = forms.sent()
    preset = sent.get("preset", "")
    if preset not in DIRECTORY_PRESETS:
        return _new(forms.wrong(sent, preset=say("directories.preset.missing")))
    name = sent.get("name") or PRESETS[preset].partition(",")[0]
    try:
        made = directories.create_directory(*shell.here(), name[:200], preset)
    except shell.REFUSALS as error:
        return _new(forms.refused(sent, error))
    return shell.go(f"/console/directories/{made.id}", "directories.created")


@directories_face.page("GET", "/console/directories/<directory>", needs="owner")
def show_directory(directory: str) -> Response:
    """How it is doing, what to enter at the provider, its tokens and its last requests."""
    return one_page(directory)


@directories_face.page("POST", "/console/directories/<directory>/accepts", needs="owner")
def change_accepted(directory: str) -> Response:
    """Change which habits are repaired, whether groups may share a name, and how often its provider may ask."""
    session, account_id = shell.here()
    found = directories.find_directory(session, account_id, directory)
    sent, ticked = forms.sent(), forms.ticked("repairs")
    given, problems = settings_forms.read((PER_MINUTE,), sent)
    if problems:
        return one_page(directory, form=forms.wrong(sent, **problems), ticked=ticked)
    choices = [f"-{name}" for name in sorted(REPAIRS) if name not in ticked]
    try:
        found = directories.set_repairs(session, account_id, found, " ".join(choices))
        found = directories.set_requests_per_minute(session, account_id, found, given[PER_MINUTE.name])
        directories.set_unique_group_names(session, account_id, found, not forms.ticked("shared_names"))
    except shell.REFUSALS as error:
        return one_page(directory, form=forms.refused(sent, error), ticked=ticked)
    return shell.go(f"/console/directories/{found.id}", "trust.saved")


@directories_face.page("GET", "/console/directories/<directory>/pause", needs="owner")
def ask_pause(directory: str) -> Response:
    """What it means to let it wait."""
    one = directory_overview.state_of(*shell.here(), directory)
    facts = [say("directories.pause.fact.waits", provider=provider(one))]
    facts.append(say("directories.pause.fact.keeps", people=one.people, groups=one.groups))
    facts.append(say("directories.pause.fact.leavers"))
    return sure(
        AREA,
        say("directories.pause.title", name=one.name),
        trail(one),
        facts=facts,
        yes=say("directories.pause"),
        address=f"/console/directories/{one.id}/pause",
    )


@directories_face.page(
    "POST",
    "/console/directories/<directory>/pause",
    needs="owner",
    step_up=True,
    form="/console/directories/<directory>/pause",
)
def pause_directory(directory: str) -> Response:
    """Let its provider wait."""
    one = directory_control.pause(*shell.here(), directory)
    return shell.go(f"/console/directories/{one.id}", "directories.paused")


@directories_face.page("POST", "/console/directories/<directory>/resume", needs="owner")
def resume_directory(directory: str) -> Response:
    """Let it go on."""
    one = directory_control.resume(*shell.here(), directory)
    return shell.go(f"/console/directories/{one.id}", "directories.resumed")


@directories_face.page("GET", "/console/directories/<directory>/remove", needs="owner", step_up=True)
def ask_remove(directory: str) -> Response:
    """What it means to remove it, or what is in the way."""
    return _removing(directory)


@directories_face.page("POST", "/console/directories/<directory>/remove", needs="owner", step_up=True)
def remove_directory(directory: str) -> Response:
    """Remove it for good."""
    try:
        directory_control.remove(*shell.here(), directory)
    except shell.REFUSALS as error:
        return _removing(directory, error)
    return shell.go("/console/directories", "directories.removed")


def one_page(
    directory: str, *, form: Form | None = None, ticked: Collection[str] | None = None, secret: str | None = None
) -> Response:
    """A directory's page; ``secret`` is a token that was just issued, ``ticked`` are repairs that were chosen."""
    session, account_id = shell.here()
    one = directory_overview.state_of(session, account_id, directory)
    looked = min(int(seen) if (seen := request.args.get("looked", "")[:4]).isdecimal() else 0, 999)
    known = directories.find_directory(session, account_id, one.id)
    kept = {"shared_names": not known.unique_group_names, PER_MINUTE.name: known.requests_per_minute}
    shown = form or Form(settings_forms.shown((Setting("shared_names"), PER_MINUTE), kept))
    lost = [orphan for orphan in orphans.orphans_of(session, account_id) if orphan.group.directory_id == one.id]
    return shell.show(
        "directories/one.html",
        AREA,
        status=shown.status,
        form=shown,
        one=one,
        secret=secret,
        styles=STYLES,
        provider=provider,
        days_left=days_left,
        looked=looked,
        wait=_WAITS[min(looked, len(_WAITS) - 1)],
        tokens=list_directory_tokens(session, account_id, one.id) if one.is_pushed else [],
        requests=directory_overview.latest_requests(session, account_id, one.id, 50) if one.is_pushed else [],
        deviations=sorted(DEVIATIONS, key=lambda each: (one.preset not in each.providers, each.name is None)),
        repaired=set(REPAIRS) - unrepaired(known.preset, known.repairs) if ticked is None else ticked,
        most=PER_MINUTE.most,
        guide=guide(one.preset),
        scim_url=tools().base_url + SCIM_PATH,
        orphans=lost,
        people_address=pages.at("/console/people?") + urlencode({"filter": f"directory eq {lists.literal(one.name)}"}),
    )


def _new(form: Form) -> Response:
    presets = [(name, PRESETS[name]) for name in DIRECTORY_PRESETS]
    return shell.show("directories/new.html", AREA, status=form.status, form=form, presets=presets)


def _removing(directory: str, error: Exception | None = None) -> Response:
    session, account_id = shell.here()
    one = directory_overview.state_of(session, account_id, directory)
    way = directory_control.removal(session, account_id, one.id)
    in_the_way = [say("directories.remove.has", people=way.people, groups=way.groups)] * bool(way.people or way.groups)
    in_the_way += [say("directories.remove.joined", name=name) for name in way.connections]
    return sure(
        AREA,
        say("directories.remove.title", name=one.name),
        trail(one),
        facts=in_the_way if not way.is_free else [say("directories.remove.fact.tokens", n=one.tokens)],
        yes=say("directories.remove"),
        address=f"/console/directories/{one.id}/remove",
        blocked=None if way.is_free else say("directories.remove.blocked"),
        error=error,
    )


def trail(one: DirectoryState) -> list[tuple[str, str]]:
    """The way to a page about a directory."""
    home = pages.at("/console/directories")
    return [(home, say("directories.title")), (f"{home}/{one.id}", one.name)]
