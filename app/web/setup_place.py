"""Where a form of a set-up page does something, and what its page shows then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import request

from app.sealing import Keys
from app.services.errors import Refused
from app.services.setup_links import Opened
from app.session import Session
from app.web.setup_tools import SetupTools


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
            raise Refused("choose the identity provider first", code="choose_first")
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


def sent(name: str) -> str:
    """What was filled in, without what surrounds it."""
    return request.form.get(name, "").strip()
