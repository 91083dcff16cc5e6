"""What forms of set-up pages do: each for one purpose, on what its link is for, and on nothing else.

Nothing is written while a provider or DNS is asked.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from flask import request

from app import crypto
from app.sealing import Keys
from app.services import (
    connection_certificates,
    connection_presets,
    connection_refresh,
    connection_tests,
    connections,
    directories,
    domains,
    setup_links,
    tokens,
)
from app.services.connection_keys import make_pair
from app.services.connection_refresh import Read, Source
from app.services.errors import Conflict, Refused
from app.services.setup_links import Opened
from app.session import Session
from app.web import setup_live as live
from app.web.setup_tools import SetupTools
from app.web.setup_views import DIRECTORY_PRESETS, has_passed
from scim.dialects import PRESETS

_MOST_NAMES = 50
MOST_TOKENS = 5
"""So many tokens one link issues."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is done: ``session`` only reads, and has a writer."""

    session: Session
    link: Opened
    keys: Keys
    base_url: str
    tools: SetupTools

    @property
    def account_id(self) -> str:
        """Whose link it is."""
        return self.link.account_id

    @property
    def connection_id(self) -> str:
        """The connection that is set up. Raises Refused before it was chosen."""
        if self.link.connection_id is None:
            raise Refused("choose the identity provider first")
        return self.link.connection_id


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown instead of the page as it is now: a secret once, another site, or the end.

    ``test`` is the test run that begins there.
    """

    show: dict[str, str] = field(default_factory=dict)
    leave_to: str | None = None
    test: str | None = None
    is_over: bool = False


Act = Callable[[Place], Answer | None]


def choose_provider(place: Place) -> None:
    """Make the connection to the provider that was chosen."""
    if place.link.connection_id is not None:
        return
    preset = connection_presets.preset(_sent("provider"), place.link.purpose)
    pair = make_pair(preset.title)
    with place.session.writer() as writer:

        def make(name: str) -> str:
            given = {"name": name, "preset": preset.name}
            rest = (place.keys, place.tools.calls, place.base_url, pair, place.link.purpose, given)
            return connections.create(writer, place.account_id, *rest).id

        id = _under_free_name(writer, preset.title, make)
        setup_links.step(writer, place.link, "provider", {"preset": preset.name}, connection_id=id)


def tell(place: Place) -> None:
    """Our addresses were entered at the provider."""
    with place.session.writer() as writer:
        setup_links.step(writer, place.link, "told", {"connection": place.connection_id})


def give_metadata(place: Place) -> None:
    """Read the provider's metadata: uploaded, pasted, or from its address."""
    content, url = _uploaded("file") or _sent("text").encode(), _sent("url")
    if bool(content) == bool(url):
        raise Refused("give the metadata in one of the three ways")
    account_id, calls = place.account_id, place.tools.calls
    if url:
        seen = _ask(place, url)
        with live.changing(place.session, place.link) as change:
            _change(place, change.writer, {"saml": {"metadata_url": url}})
            _take(place, change.writer, seen)
            setup_links.step(change.writer, place.link, "metadata", {"from": "address", **change.waiting()})
        return
    with live.changing(place.session, place.link) as change:
        id, counts = place.connection_id, not change.is_live
        connection_refresh.give_metadata(change.writer, account_id, calls, id, content, confirmed=counts)
        setup_links.step(change.writer, place.link, "metadata", {"from": "upload", **change.waiting()})


def give_client(place: Place) -> None:
    """Take the issuer and what we are called there, and read what the provider says of itself."""
    issuer, client_id, secret = _sent("issuer"), _sent("client_id"), _sent("client_secret")
    if not issuer or not client_id:
        raise Refused("issuer and client id are both needed")
    given: dict[str, Any] = {"oidc": {"issuer": issuer, "client_id": client_id}}
    if secret:
        given["client_secret"] = secret
    seen = _ask(place, issuer)
    with live.changing(place.session, place.link) as change:
        _change(place, change.writer, given)
        _take(place, change.writer, seen)
        setup_links.step(change.writer, place.link, "client", {"issuer": issuer})


def try_out(place: Place) -> Answer:
    """Begin a test sign-in, which signs nobody in."""
    with place.session.writer() as writer:
        found = connections.get(writer, place.account_id, place.base_url, place.connection_id)
        started = connection_tests.start(writer, place.keys, place.account_id, place.base_url, place.connection_id)
        setup_links.step(writer, place.link, "test", {"id": started.id, "version": found.version})
    return Answer(leave_to=started.address, test=started.id)


def finish_connection(place: Place) -> Answer:
    """Switch the connection on if whoever made the link wants that, and a test has succeeded."""
    is_tested = has_passed(place.session, place.keys, place.base_url, place.link)
    enables = is_tested and bool(place.link.progress.get("enables"))
    with place.session.writer() as writer:
        found = connections.get(writer, place.account_id, place.base_url, place.connection_id)
        if found.missing:
            raise Refused(f"this is not complete yet; it lacks: {', '.join(found.missing)}")
        if enables:
            live.confirm(writer, place.link)
            _change(place, writer, {"enabled": True})
        setup_links.finish(writer, place.link, {"tested": is_tested, "enabled": enables or found.enabled})
    return Answer({"outcome": "on" if enables or found.enabled else "off"}, is_over=True)


def choose_directory(place: Place) -> None:
    """Make the directory that the provider which was chosen pushes into."""
    if place.link.directory_id is not None:
        return
    preset = _sent("provider")
    if preset not in DIRECTORY_PRESETS:
        raise Refused("choose one of the identity providers")
    with place.session.writer() as writer:

        def make(name: str) -> str:
            return directories.create_directory(writer, place.account_id, name, preset).id

        id = _under_free_name(writer, PRESETS[preset].partition(",")[0], make)
        setup_links.step(writer, place.link, "provider", {"preset": preset}, directory_id=id)


def issue_token(place: Place) -> Answer:
    """Issue a token for the directory; it is shown this once."""
    if place.link.directory_id is None:
        raise Refused("choose the identity provider first")
    issued = int(place.link.progress.get("token", {}).get("count", 0))
    if issued >= MOST_TOKENS:
        raise Refused(f"this link has issued {MOST_TOKENS} tokens already; ask for a new one")
    made = crypto.make_token(crypto.DIRECTORY_TOKEN, place.keys.current)
    with place.session.writer() as writer:
        about = (place.account_id, place.link.directory_id, "issued by set-up link", made)
        token = tokens.issue_directory_token(writer, *about, created_by=f"set-up link {place.link.id}")
        setup_links.step(writer, place.link, "token", {"count": issued + 1, "prefix": token.prefix})
    return Answer({"token": token.text})


def add_certificate(place: Place) -> None:
    """Trust another certificate of the provider, beside those there are: once it is confirmed, if people sign in."""
    content = _uploaded("file")
    text = _sent("text") if content is None else _text_of(content)
    if not text:
        raise Refused("choose a file, or paste the certificate")
    with live.changing(place.session, place.link) as change:
        counts = not change.is_live
        connection_certificates.add(change.writer, place.account_id, place.connection_id, text, confirmed=counts)
        setup_links.step(change.writer, place.link, "certificate", change.waiting())


def name_domain(place: Place) -> None:
    """Claim the domain."""
    with place.session.writer() as writer:
        claimed = domains.claim_once(writer, place.account_id, _sent("name"))
        setup_links.step(writer, place.link, "name", {"domain": claimed.id})


def check_domain(place: Place) -> None:
    """Ask DNS for the record, and let the domain lead to the link's connection, if it has one."""
    named: Mapping[str, Any] = place.link.progress.get("name", {})
    if "domain" not in named:
        raise Refused("name the domain first")
    proven = domains.verify(place.session, place.account_id, place.tools.resolver, named["domain"])
    with place.session.writer() as writer:
        if place.link.connection_id is not None and proven.connection_id is None:
            domains.bind(writer, place.account_id, proven.id, place.link.connection_id)
        setup_links.step(writer, place.link, "check", {"domain": proven.id})


def finish_plainly(place: Place) -> Answer:
    """Nothing more is to be done than to say so."""
    needed = {"scim": "token", "certificate": "certificate", "domain": "check"}[place.link.purpose]
    if needed not in place.link.progress:
        raise Refused("there is a step that was not done yet")
    with place.session.writer() as writer:
        setup_links.finish(writer, place.link, {})
    return Answer({"outcome": place.link.purpose}, is_over=True)


ACTS: Mapping[tuple[str, str], Act] = {
    ("saml", "provider"): choose_provider,
    ("saml", "told"): tell,
    ("saml", "metadata"): give_metadata,
    ("saml", "test"): try_out,
    ("saml", "finish"): finish_connection,
    ("oidc", "provider"): choose_provider,
    ("oidc", "told"): tell,
    ("oidc", "client"): give_client,
    ("oidc", "test"): try_out,
    ("oidc", "finish"): finish_connection,
    ("scim", "provider"): choose_directory,
    ("scim", "token"): issue_token,
    ("scim", "finish"): finish_plainly,
    ("certificate", "certificate"): add_certificate,
    ("certificate", "finish"): finish_plainly,
    ("domain", "name"): name_domain,
    ("domain", "check"): check_domain,
    ("domain", "finish"): finish_plainly,
}
"""By purpose and name: what another purpose does is not there."""


def _change(place: Place, writer: Session, given: Mapping[str, Any]) -> None:
    rest = (place.keys, place.tools.calls, place.base_url, place.connection_id, given)
    connections.change_connection(writer, place.account_id, *rest)


def _ask(place: Place, url: str) -> Read:
    """What the provider says of itself, before anything is changed."""
    source = Source(place.account_id, place.connection_id, place.link.purpose, url, version=0)
    return connection_refresh.read(place.tools.calls, source)


def _take(place: Place, writer: Session, seen: Read) -> None:
    source = connection_refresh.source_of(writer, place.account_id, place.connection_id)
    connection_refresh.refresh(writer, place.tools.calls, source, seen)


def _under_free_name(writer: Session, title: str, make: Callable[[str], str]) -> str:
    """What ``make`` makes under this name, or with a number behind it if it is taken."""
    for number in count(1):
        try:
            with writer.savepoint():
                return make(title if number == 1 else f"{title} {number}")
        except Conflict:
            if number >= _MOST_NAMES:
                raise
    raise AssertionError("counting does not end")


def _sent(name: str) -> str:
    return request.form.get(name, "").strip()


def _uploaded(name: str) -> bytes | None:
    file = request.files.get(name)
    content = b"" if file is None else file.read()
    return content or None


def _text_of(content: bytes) -> str:
    """A certificate's file as text: PEM is, and DER becomes it."""
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()
