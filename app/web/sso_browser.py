"""The browser of a request at an address of a connection; implements ``sso.routes.Browser``."""

from __future__ import annotations

from flask import Response, request

from app.observe import id_of
from app.web import cookies, pages, visitors, ways
from app.web.pace import Pace
from app.web.returning import local_address
from sso.store import Again, Arrived, Tested, Visitor

_ABOUT = {429: "http429", 502: "provider", 504: "provider"}


class SsoBrowser:
    """Cookies and pages; ``pace`` is how often one visitor may come. Many sign in from behind one address."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def visitor(self) -> Visitor:
        """Who asks."""
        return Visitor(
            reference=id_of(request.environ),
            address=visitors.address() or None,
            agent=visitors.agent(),
            browser=cookies.flow_secret(),
            session=cookies.session_secret(),
        )

    def wait(self) -> int:
        """0, or after how many seconds this visitor may ask again."""
        return self._pace.wait(visitors.neighbourhood())

    def own_path(self, text: str | None) -> str:
        """A path of ours to return to, else the own page."""
        return local_address(text) or pages.at("/me")

    def keep_flow(self, response: Response, secret: str) -> None:
        """Remember which browser began."""
        cookies.keep_flow(response, secret)

    def arrive(self, response: Response, arrived: Arrived) -> None:
        """Give it its session. It stays known as who began: another tab of it may have a sign-in under way."""
        cookies.keep_session(response, arrived.secret)
        cookies.remember_connection(response, arrived.connection_id)

    def leave(self, response: Response) -> None:
        """Take its session."""
        cookies.forget_session(response)

    def refused(self, reference: str, status: int, again: Again | None = None) -> Response:
        """The page of a refusal: the same for every reason that is the visitor's, but for whether anybody was asked."""
        usual = "start" if request.endpoint == "sso.start" else "signin"
        there = None if again is None else local_address(again.return_to)
        if again is None or there is None or status == 404:
            way = ways.to_signin(there)  # through a connection that is off there is no way
        else:
            way = ways.to_connection(again.connection_id, there, step_up=again.step_up)
        return pages.refusal(reference, about=_ABOUT.get(status, usual), status=status, again=way)

    def tested(self, tested: Tested) -> Response:
        """The page at the end of a test run. What the provider said is for the console, not for this page."""
        setup = cookies.setup_of(tested.reference)
        return pages.render(
            "sso/tested.html",
            passed=tested.passed,
            is_about_person=tested.is_about_person,
            words=tested.words,
            reference=tested.reference,
            back=None if setup is None else pages.at(f"/setup/{setup}#now"),
        )

    def signed_out(self) -> Response:
        """Where whoever has signed out can sign in again."""
        return pages.redirect(pages.at("/signin?over=1"))
