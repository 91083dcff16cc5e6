"""The addresses of a connection: where sign-ins begin and end, and where providers say that sessions are over.

What comes here from other sites (a SAML response, a logout token) carries its own proof, and no cookie of ours counts
for it; so none of these needs a token against forged requests (N-8). A session is only ever given to the browser that
began, at a request that it makes on our own site (S-42).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Final, Protocol
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from sso.saml_metadata import MEDIA_TYPE
from sso.store import Again, Arrived, Logouts, NotLetIn, Pairs, SignIns, Tested, Visitor

MOST_RESPONSE: Final = 512 * 1024
"""A SAML response with everything that providers put into one, in Base64 (S-1)."""
MOST_TOKEN: Final = 32 * 1024
_FORM: Final = "application/x-www-form-urlencoded"
_View = Callable[..., Response]


class Browser(Protocol):
    """The browser of the request that is being answered: its cookies, and the pages that it is shown."""

    def visitor(self) -> Visitor:
        """Who asks."""
        ...

    def wait(self) -> int:
        """0, or after how many seconds this visitor may ask again."""
        ...

    def own_path(self, text: str | None) -> str:
        """A path of ours to return to: this one, if it is one (S-44), else where everybody begins."""
        ...

    def keep_flow(self, response: Response, secret: str) -> None:
        """Remember which browser began; several of its sign-ins may be under way at once."""
        ...

    def arrive(self, response: Response, arrived: Arrived) -> None:
        """Give it its session."""
        ...

    def leave(self, response: Response) -> None:
        """Take its session."""
        ...

    def refused(self, reference: str, status: int, again: Again | None = None) -> Response:
        """The page of a refusal, and from there ``again`` to where they wanted to go."""
        ...

    def tested(self, tested: Tested) -> Response:
        """The page at the end of a test run."""
        ...

    def signed_out(self) -> Response:
        """The page for who has signed out."""
        ...


def create_blueprint(sign_ins: SignIns, logouts: Logouts, browser: Browser, root: str) -> Blueprint:
    """The face. ``root`` is the path below which the service is reached."""
    face = Blueprint("sso", __name__, url_prefix="/sso/<connection>")

    def address(path: str, methods: Sequence[str]) -> Callable[[_View], None]:
        def declare(view: _View) -> None:
            @wraps(view)
            def answer(connection: str) -> Response:
                seconds = browser.wait()
                if seconds:
                    response = browser.refused(browser.visitor().reference, 429)
                    response.headers["Retry-After"] = str(seconds)
                    return response
                try:
                    return view(connection)
                except NotLetIn as refused:
                    return browser.refused(refused.reference, refused.status, refused.again)

            face.add_url_rule(path, view.__name__, answer, methods=methods, provide_automatic_options=False)

        return declare

    @address("/start", ["GET"])
    def start(connection: str) -> Response:
        sent = sign_ins.start(
            connection,
            browser.visitor(),
            browser.own_path(request.args.get("return_to")),
            step_up=request.args.get("step_up") == "1",
            test=request.args.get("test"),
            hint=request.args.get("hint"),
        )
        if isinstance(sent, Tested):
            return browser.tested(sent)
        response = _go(sent.url)
        browser.keep_flow(response, sent.browser)
        return response

    @address("/acs", ["POST"])
    def acs(connection: str) -> Response:
        visitor = browser.visitor()
        form = _form(MOST_RESPONSE)
        if form is None:
            return browser.refused(visitor.reference, 413)
        ticket = sign_ins.respond(connection, visitor, form)
        # A page of our own: only to a request from there does the browser add the cookie of who began.
        return _go(f"{root}/sso/{connection}/finish?ticket={quote(ticket)}")

    @address("/finish", ["GET"])
    def finish(connection: str) -> Response:
        return _ended(sign_ins.finish(connection, browser.visitor(), request.args.get("ticket", "")))

    @address("/callback", ["GET"])
    def callback(connection: str) -> Response:
        return _ended(sign_ins.callback(connection, browser.visitor(), _query()))

    def _ended(end: Arrived | Tested) -> Response:
        if isinstance(end, Tested):
            return browser.tested(end)
        response = _go(end.return_to)
        browser.arrive(response, end)
        return response

    @address("/metadata", ["GET"])
    def metadata(connection: str) -> Response:
        content = sign_ins.metadata(connection)
        if content is None:
            raise NotLetIn(browser.visitor().reference, 404)
        return Response(content, content_type=MEDIA_TYPE)

    @address("/jwks", ["GET"])
    def jwks(connection: str) -> Response:
        keys = sign_ins.jwks(connection)
        if keys is None:
            raise NotLetIn(browser.visitor().reference, 404)
        response: Response = jsonify(keys)
        response.content_type = "application/jwk-set+json"
        return response

    @address("/logout", ["GET"])
    def logout(connection: str) -> Response:
        # The signature of a redirected message is over the octets as they came (S-47).
        ended = logouts.redirected(connection, browser.visitor(), request.query_string.decode("latin-1"))
        response = browser.signed_out() if ended.url is None else _go(ended.url)
        if ended.ours:
            browser.leave(response)
        return response

    @address("/backchannel-logout", ["POST"])
    def backchannel_logout(connection: str) -> Response:
        visitor, form = browser.visitor(), _form(MOST_TOKEN)
        tokens = [value for name, value in form or () if name == "logout_token"]
        if len(tokens) != 1:
            return _told(400)
        try:
            logouts.back_channel(connection, visitor, tokens[0])
        except NotLetIn as refused:
            return _told(refused.status if refused.status >= 500 else 400)
        return _told(200)

    @address("/frontchannel-logout", ["GET"])
    def frontchannel_logout(connection: str) -> Response:
        logouts.front_channel(connection, browser.visitor(), _query())
        return _told(200)

    return face


def _go(url: str) -> Response:
    return Response(status=303, headers={"Location": url, "Cache-Control": "no-store"})


def _told(status: int) -> Response:
    """An answer that is for no person (Back-Channel Logout §2.8)."""
    return Response(status=status, headers={"Cache-Control": "no-store"})


def _query() -> Pairs:
    return [*request.args.items(multi=True)]


def _form(most: int) -> Pairs | None:
    """The fields of a form, none if it is no form; None if it is too large."""
    request.max_content_length = request.max_form_memory_size = most
    if request.mimetype != _FORM:
        return []
    try:
        return [*request.form.items(multi=True)]
    except RequestEntityTooLarge:
        return None
