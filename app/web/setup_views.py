"""What set-up pages show: what was done, what comes next, and what was seen of it meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.config import SCIM_PATH
from app.models.base import now
from app.sealing import Keys
from app.services import connection_presets, connection_tests, connections, domains, identity_links, tokens
from app.services.connection_facts import ConnectionFacts
from app.services.connection_presets import Preset
from app.services.connection_tests import Result
from app.services.domains import Claim
from app.services.errors import NotFound
from app.services.setup_links import Opened
from app.session import Session
from app.web.texts import TEXTS
from app.web.texts.setup_problems import REASONS
from scim.dialects import PRESETS

STEPS: Mapping[str, tuple[str, ...]] = {
    "saml": ("provider", "told", "metadata", "test", "finish"),
    "oidc": ("provider", "told", "client", "test", "finish"),
    "scim": ("provider", "token", "arrival", "finish"),
    "certificate": ("certificate", "finish"),
    "domain": ("name", "check", "finish"),
}
"""By purpose, in their order."""
DIRECTORY_PRESETS = tuple(name for name in PRESETS if name not in ("local", "claims"))
_SOON, _MOST_GUIDE = 4, 10
"""Seconds after which a page that waits for something looks again; and more steps than any guide has."""


@dataclass(frozen=True, slots=True)
class View:
    """What is shown. ``states`` are those of the steps: done, now or later.

    ``refresh``: after so many seconds the page looks again. ``outcome`` is that of the test: its state, or ``unknown``
    if all was right but nobody here is that person; ``failed`` is the key of the text that says why it failed.
    ``may_reconsider``: another provider can be chosen. ``guide`` leads through the provider's pages, by keys of texts.
    ``last_call`` is when the provider last called by a token, ``seconds_ago`` the same for people.
    """

    states: Mapping[str, str]
    refresh: int | None = None
    connection: ConnectionFacts | None = None
    preset: Preset | None = None
    presets: Sequence[tuple[str, str]] = ()
    test: Result | None = None
    outcome: str = ""
    is_tested: bool = False
    failed: str = ""
    may_reconsider: bool = False
    scim_url: str = ""
    guide: Sequence[str] = ()
    last_call: datetime | None = None
    seconds_ago: int = 0
    claim: Claim | None = None
    used: Mapping[str, datetime | None] | None = None


def shown(session: Session, keys: Keys, base_url: str, link: Opened) -> View:
    """What a link's page shows."""
    match link.purpose:
        case "saml" | "oidc":
            return _of_connection(session, keys, base_url, link)
        case "scim":
            return _of_directory(session, keys, base_url, link)
        case "certificate":
            return _of_certificate(session, base_url, link)
    return _of_domain(session, link)


def has_passed(session: Session, keys: Keys, base_url: str, link: Opened) -> bool:
    """Whether a test sign-in has succeeded since the connection was last changed."""
    return link.connection_id is not None and _test(session, keys, base_url, link)[1]


def may_reconsider(session: Session, keys: Keys, base_url: str, link: Opened) -> bool:
    """Whether this link has made what it sets up, and nothing has come of it that somebody could rely on."""
    if "provider" not in link.progress:
        return False
    if link.connection_id is not None:
        found = connections.get(session, link.account_id, base_url, link.connection_id)
        is_known = identity_links.are_there(session, link.account_id, link.connection_id)
        return not (found.enabled or is_known or has_passed(session, keys, base_url, link))
    if link.directory_id is None:
        return False
    issued = tokens.list_directory_tokens(session, link.account_id, link.directory_id)
    return all(one.last_used is None for one in issued)


def _failed(trial: Result | None) -> str:
    reason = trial.trace.reason if trial is not None and trial.trace is not None else None
    return f"setup_problem.reason.{REASONS[reason]}" if reason in REASONS else "setup_problem.other"


def _of_connection(session: Session, keys: Keys, base_url: str, link: Opened) -> View:
    if link.connection_id is None:
        presets = [(name, connection_presets.preset(name, link.purpose).title) for name in _names(link.purpose)]
        return View(_states(link, set()), presets=presets)
    found = connections.get(session, link.account_id, base_url, link.connection_id)
    trial, is_tested = _test(session, keys, base_url, link)
    done = {"provider", *({"told"} & link.progress.keys())}
    if not found.missing:
        done |= {"told", "metadata", "client"}
    if is_tested:
        done.add("test")
    is_waiting = trial is not None and trial.state in ("waiting", "opened")
    return View(
        _states(link, done),
        refresh=_SOON if is_waiting else None,
        connection=found,
        preset=connection_presets.preset(found.preset, link.purpose),
        test=trial,
        outcome="" if trial is None else _outcome(trial),
        is_tested=is_tested,
        failed=_failed(trial),
        may_reconsider=may_reconsider(session, keys, base_url, link),
    )


def _of_directory(session: Session, keys: Keys, base_url: str, link: Opened) -> View:
    if link.directory_id is None:
        return View(_states(link, set()), presets=[(name, PRESETS[name]) for name in DIRECTORY_PRESETS])
    issued = tokens.list_directory_tokens(session, link.account_id, link.directory_id)
    # What called before this link was made says nothing of what was entered by its words.
    calls = [one.last_used for one in issued if one.last_used is not None and one.last_used >= link.created]
    done = {"provider"} | ({"token"} & link.progress.keys()) | ({"arrival"} if calls else set())
    last = max(calls, default=None)
    return View(
        _states(link, done),
        refresh=_SOON if "token" in done else None,
        scim_url=base_url + SCIM_PATH,
        guide=guide(link.directory_preset or "generic"),
        may_reconsider=may_reconsider(session, keys, base_url, link),
        last_call=last,
        seconds_ago=0 if last is None else max(0, int((now() - last).total_seconds())),
    )


def _of_certificate(session: Session, base_url: str, link: Opened) -> View:
    if link.connection_id is None:
        raise NotFound("this connection is gone")
    found = connections.get(session, link.account_id, base_url, link.connection_id)
    health = connections.health(session, link.account_id, link.connection_id)
    return View(
        _states(link, {"certificate"} & link.progress.keys()),
        connection=found,
        used={one.id: one.last_used for one in health.certificates},
    )


def _of_domain(session: Session, link: Opened) -> View:
    named = link.progress.get("name", {}).get("domain")
    claim = None
    if named is not None:
        try:
            claim = domains.get(session, link.account_id, named)
        except NotFound:
            claim = None
    done = ({"name"} if claim else set()) | ({"check"} if claim and claim.verified else set())
    return View(_states(link, done), claim=claim)


def _test(session: Session, keys: Keys, base_url: str, link: Opened) -> tuple[Result | None, bool]:
    """The last test that this link began, and whether it still says that the connection works."""
    begun = link.progress.get("test")
    if begun is None or link.connection_id is None:
        return None, False
    try:
        found = connection_tests.result(session, keys, link.account_id, link.connection_id, begun["id"])
    except NotFound:
        return None, False
    version = connections.get(session, link.account_id, base_url, link.connection_id).version
    return found, _outcome(found) in ("passed", "unknown") and version == begun["version"]


def _outcome(found: Result) -> str:
    # Who the answer speaks of is for the account to say, not for whoever has a link.
    return "unknown" if found.is_about_person else found.state


def _states(link: Opened, done: set[str]) -> dict[str, str]:
    """The first step that is not done is the present one; a test may also be left out."""
    steps = STEPS[link.purpose]
    present = next((step for step in steps if step not in done), "")
    states = {step: "done" if step in done else "now" if step == present else "later" for step in steps}
    if present in ("test", "arrival"):
        states["finish"] = "now"
    return states


def _names(protocol: str) -> list[str]:
    return connection_presets.names_of(protocol)


def guide(preset: str) -> list[str]:
    """The texts that lead through the provider's pages, by their keys."""
    known = {"okta-wizard": "okta", "entra-legacy": "entra", "pingone": "ping", "pingfederate": "ping"}
    keys = [f"setup.guide.{known.get(preset, preset)}.{number}" for number in range(1, _MOST_GUIDE)]
    return [key for key in keys if key in TEXTS]
