"""What forms of set-up pages do: each for one purpose, on what its link is for, and on nothing else.

Nothing is written while a provider or DNS is asked.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from flask import request

from app import crypto
from app.services import (
    connection_certificates,
    connection_refresh,
    connection_tests,
    connections,
    domains,
    setup_links,
    tokens,
)
from app.services.connection_refresh import Read, Source
from app.services.errors import Refused
from app.session import Session
from app.web import setup_live as live
from app.web.setup_choice import choose_directory, choose_provider, reconsider_provider
from app.web.setup_place import Act, Answer, Place, sent
from app.web.setup_views import has_passed

MOST_TOKENS = 5
"""So many tokens one link issues."""


def tell(place: Place) -> None:
    """Our addresses were entered at the provider."""
    with place.session.writer() as writer:
        setup_links.step(writer, place.link, "told", {"connection": place.connection_id})


def give_metadata(place: Place) -> None:
    """Read the provider's metadata: uploaded, pasted, or from its address."""
    content, url = _uploaded("file") or sent("text").encode(), sent("url")
    if bool(content) == bool(url):
        raise Refused("give the metadata in one of the three ways", code="one_way")
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
    issuer, client_id, secret = sent("issuer"), sent("client_id"), sent("client_secret")
    if not issuer or not client_id:
        raise Refused("issuer and client id are both needed", code="client_needed")
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
            raise Refused(f"this is not complete yet; it lacks: {', '.join(found.missing)}", code="incomplete")
        if enables:
            live.confirm(writer, place.link)
            _change(place, writer, {"enabled": True})
        setup_links.finish(writer, place.link, {"tested": is_tested, "enabled": enables or found.enabled})
    return Answer({"outcome": "on" if enables or found.enabled else "off"}, is_over=True)


def issue_token(place: Place) -> Answer:
    """Issue a token for the directory; it is shown this once."""
    if place.link.directory_id is None:
        raise Refused("choose the identity provider first", code="choose_first")
    issued = int(place.link.progress.get("token", {}).get("count", 0))
    if issued >= MOST_TOKENS:
        raise Refused(f"this link has issued {MOST_TOKENS} tokens already", code="tokens_many")
    made = crypto.make_token(crypto.DIRECTORY_TOKEN, place.keys.current)
    with place.session.writer() as writer:
        about = (place.account_id, place.link.directory_id, "issued by set-up link", made)
        token = tokens.issue_directory_token(writer, *about, created_by=f"set-up link {place.link.id}")
        setup_links.step(writer, place.link, "token", {"count": issued + 1, "prefix": token.prefix})
    return Answer({"token": token.text})


def add_certificate(place: Place) -> None:
    """Trust another certificate of the provider, beside those there are: once it is confirmed, if people sign in."""
    content = _uploaded("file")
    text = sent("text") if content is None else _text_of(content)
    if not text:
        raise Refused("choose a file, or paste the certificate", code="certificate_needed")
    with live.changing(place.session, place.link) as change:
        counts = not change.is_live
        connection_certificates.add(change.writer, place.account_id, place.connection_id, text, confirmed=counts)
        setup_links.step(change.writer, place.link, "certificate", change.waiting())


def name_domain(place: Place) -> None:
    """Claim the domain."""
    with place.session.writer() as writer:
        claimed = domains.claim_once(writer, place.account_id, sent("name"))
        setup_links.step(writer, place.link, "name", {"domain": claimed.id})


def check_domain(place: Place) -> None:
    """Ask DNS for the record, and let the domain lead to the link's connection, if it has one."""
    named: Mapping[str, Any] = place.link.progress.get("name", {})
    if "domain" not in named:
        raise Refused("name the domain first", code="name_first")
    proven = domains.verify(place.session, place.account_id, place.tools.resolver, named["domain"])
    with place.session.writer() as writer:
        if place.link.connection_id is not None and proven.connection_id is None:
            domains.bind(writer, place.account_id, proven.id, place.link.connection_id)
        setup_links.step(writer, place.link, "check", {"domain": proven.id})


def finish_plainly(place: Place) -> Answer:
    """Nothing more is to be done than to say so."""
    needed = {"scim": "token", "certificate": "certificate", "domain": "check"}[place.link.purpose]
    if needed not in place.link.progress:
        raise Refused("there is a step that was not done yet", code="incomplete")
    with place.session.writer() as writer:
        setup_links.finish(writer, place.link, {})
    return Answer({"outcome": place.link.purpose}, is_over=True)


ACTS: Mapping[tuple[str, str], Act] = {
    ("saml", "provider"): choose_provider,
    ("saml", "reconsider"): reconsider_provider,
    ("saml", "told"): tell,
    ("saml", "metadata"): give_metadata,
    ("saml", "test"): try_out,
    ("saml", "finish"): finish_connection,
    ("oidc", "provider"): choose_provider,
    ("oidc", "reconsider"): reconsider_provider,
    ("oidc", "told"): tell,
    ("oidc", "client"): give_client,
    ("oidc", "test"): try_out,
    ("oidc", "finish"): finish_connection,
    ("scim", "provider"): choose_directory,
    ("scim", "reconsider"): reconsider_provider,
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
