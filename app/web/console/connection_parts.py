"""What a provider says of itself, its certificates, and our keys: given, read, confirmed, rolled over, removed."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

from app.services import connection_certificates, connection_keys, connection_refresh
from app.services.connection_facts import ConnectionFacts
from app.services.connection_refresh import Refreshed, Source
from app.services.errors import NotFound, Refused
from app.session import Session
from app.web.console import connection_frame as frame
from app.web.console import forms, shell
from app.web.console.confirming import sure
from app.web.console.connection_settings import provider_page
from app.web.language import say
from app.web.moments import moment_of
from app.web.tools import tools

connection_parts_face = shell.console_face("console_connection_parts")
MOST_UPLOAD = 1280 * 1024
_FORM = "/console/connections/<connection>/provider"


@connection_parts_face.page(
    "POST",
    "/console/connections/<connection>/source",
    needs="owner",
    step_up=True,
    form=_FORM,
    forgets=("client_secret", "text"),
    reads=True,
    most_body=MOST_UPLOAD,
)
def give_source(connection: str) -> Response:
    """Read the provider's metadata, given in one of three ways, or what its issuer publishes."""
    one, sent = frame.found(connection), forms.sent()
    try:
        done = _metadata(one, sent) if one.protocol == "saml" else _discovery(one, sent)
    except shell.REFUSALS as error:
        return provider_page(frame.found(connection), source=forms.refused(sent, error))
    return provider_page(frame.found(connection), notes=_told(done))


@connection_parts_face.page(
    "POST",
    "/console/connections/<connection>/refresh",
    needs="owner",
    step_up=True,
    form=_FORM,
    reads=True,
)
def read_again(connection: str) -> Response:
    """Read what the provider says of itself once more."""
    session, account_id = shell.here()
    one, calls = frame.found(connection), frame.calls().calls
    try:
        source = connection_refresh.source_of(session, account_id, one.id)
        seen = connection_refresh.read(calls, source)
        with session.writer() as writer:
            done = connection_refresh.refresh(writer, calls, source, seen)
    except shell.REFUSALS as error:
        return provider_page(one, source=forms.refused({}, error))
    return provider_page(frame.found(connection), notes=_told(done))


@connection_parts_face.page(
    "POST", "/console/connections/<connection>/certificates", needs="owner", step_up=True, form=_FORM
)
def add_certificate(connection: str) -> Response:
    """Trust another certificate beside those there are."""
    one, sent = frame.found(connection), forms.sent()
    if not sent.get("certificate"):
        return provider_page(one, certificate=forms.wrong(sent, certificate=say("connections.certificate.none")))
    try:
        connection_certificates.add(*shell.here(), one.id, sent["certificate"])
    except shell.REFUSALS as error:
        return provider_page(one, certificate=forms.refused(sent, error))
    return shell.go(frame.path(one, "provider"), "connections.certificate.added")


@connection_parts_face.page(
    "GET", "/console/connections/<connection>/certificates/<certificate>/<deed>", needs="owner", step_up=True
)
def ask_certificate(connection: str, certificate: str, deed: str) -> Response:
    """What confirming or removing it means."""
    return _certificate(frame.found(connection), certificate, deed)


@connection_parts_face.page(
    "POST", "/console/connections/<connection>/certificates/<certificate>/<deed>", needs="owner", step_up=True
)
def do_certificate(connection: str, certificate: str, deed: str) -> Response:
    """Confirm or remove a certificate."""
    one = frame.found(connection)
    try:
        _DEEDS[_known(deed)](*shell.here(), one.id, certificate)
    except shell.REFUSALS as error:
        return _certificate(one, certificate, deed, error)
    return shell.go(frame.path(one, "provider"), f"connections.certificate.{deed}")


@connection_parts_face.page(
    "POST", "/console/connections/<connection>/keys/<deed>", needs="owner", step_up=True, form=_FORM
)
def do_key(connection: str, deed: str) -> Response:
    """Roll our key over: publish another one, switch to it, forget the one before."""
    one = frame.found(connection)
    session, account_id = shell.here()
    try:
        if deed == "prepare":
            pair = connection_keys.make_pair("Muster")
            connection_keys.prepare(session, tools().keys, account_id, one.id, pair)
        elif deed in ("switch", "retire"):
            (connection_keys.switch if deed == "switch" else connection_keys.retire)(session, account_id, one.id)
        else:
            raise NotFound(f"nothing is called {deed!r}")
    except shell.REFUSALS as error:
        return provider_page(one, source=forms.refused({}, error))
    return shell.go(frame.path(one, "provider"), f"connections.key.{deed}")


def _metadata(one: ConnectionFacts, sent: dict[str, str]) -> Refreshed:
    session, account_id = shell.here()
    calls = frame.calls().calls
    file = request.files.get("file")
    content, url = (b"" if file is None else file.read()) or sent.get("text", "").encode(), sent.get("url", "")
    if bool(content) == bool(url):
        raise Refused(say("connections.source.one"))
    if content:
        with session.writer() as writer:
            return connection_refresh.give_metadata(writer, account_id, calls, one.id, content)
    return _read(one, url, {"saml": {"metadata_url": url}})


def _discovery(one: ConnectionFacts, sent: dict[str, str]) -> Refreshed:
    issuer, client_id, secret = (sent.get(name, "") for name in ("issuer", "client_id", "client_secret"))
    if not issuer or not client_id:
        raise Refused(say("connections.source.client"))
    given: dict[str, object] = {"oidc": {"issuer": issuer, "client_id": client_id}}
    if secret:
        given["client_secret"] = secret
    return _read(one, issuer, given)


def _read(one: ConnectionFacts, url: str, given: dict[str, object]) -> Refreshed:
    """Ask the provider first, and change the connection only once it has answered."""
    session, account_id = shell.here()
    calls = frame.calls().calls
    seen = connection_refresh.read(calls, Source(account_id, one.id, one.protocol, url, version=0))
    with session.writer() as writer:
        frame.change(writer, one, given)
        source = connection_refresh.source_of(writer, account_id, one.id)
        return connection_refresh.refresh(writer, calls, source, seen)


def _told(done: Refreshed) -> list[str]:
    changed = [say("connections.source.changed", names=", ".join(done.changed))] if done.changed else []
    return [*(changed or [say("connections.source.same")]), *done.notes]


def _certificate(one: ConnectionFacts, certificate: str, deed: str, error: Exception | None = None) -> Response:
    known = next((each for each in one.certificates if each.id == certificate), None)
    if known is None:
        raise NotFound(f"{one.name} has no certificate {certificate[:100]!r}", "certificate", certificate)
    facts = [
        say("connections.certificate.fingerprint", fingerprint=known.fingerprint),
        say("connections.certificate.until", subject=known.subject, at=moment_of(known.not_after)),
        say(f"connections.certificate.{_known(deed)}.fact"),
    ]
    return sure(
        frame.AREA,
        say(f"connections.certificate.{deed}.title"),
        frame.trail(one, "provider"),
        facts=facts,
        yes=say(f"connections.certificate.{deed}"),
        address=frame.path(one, f"certificates/{known.id}/{deed}"),
        style="" if deed == "confirm" else "danger",
        error=error,
    )


_DEEDS: dict[str, Callable[[Session, str, str, str], str]] = {
    "confirm": connection_certificates.confirm,
    "remove": connection_certificates.remove,
}


def _known(deed: str) -> str:
    if deed not in _DEEDS:
        raise NotFound(f"nothing is called {deed[:100]!r}")
    return deed
