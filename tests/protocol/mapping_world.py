"""A console with role mapping: a team, a rule in force, a second owner, and forms of rules as a page sends them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.services import mapping_publish, units
from app.stores.access import SqlAccessStore
from tests.builders import a_group
from tests.protocol.browser import Browser, form_of, led_to
from tests.protocol.console_world import ConsoleWorld

MAPPING = "/console/mapping"
_NOTICE = re.compile(r'<p class="notice warning" role="alert">(.*?)</p>', re.DOTALL)


@dataclass
class MappingWorld(ConsoleWorld):
    """Ana and Ben are in the Team, Cai is in Sales; the rule "Team" makes the Team's people Viewers."""

    ana: str = field(init=False)
    ben: str = field(init=False)
    cai: str = field(init=False)
    team: str = field(init=False)
    sales: str = field(init=False)
    second: Browser = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.ana, self.ben, self.cai = (self.push(f"{name}@acme.example") for name in ("ana", "ben", "cai"))
        self.team = self.scim.create("/Groups", a_group("Team", [self.ana, self.ben]))["id"]
        self.sales = self.scim.create("/Groups", a_group("Sales", [self.cai]))["id"]
        with self.database.writing() as session:
            units.create_unit(session, self.account_id, "emea", "EMEA", None)
            rules = [{"name": "Team", "group": {"id": self.team}, "grants": [{"role": "Viewer"}]}]
            mapping_publish.publish(session, self.account_id, {"rules": rules}, "the operator")
        self.second = self.signed_in(self.an_owner())

    def begin(self, title: str = "Next") -> str:
        """The path of a new draft that says what is in force."""
        made = self.console.send(f"{MAPPING}/drafts", title=title, **{"from": "published"})
        assert made.status_code == 303, made.text
        return led_to(made).partition("?")[0]

    def adds(self, draft: str, **said: Any) -> TestResponse:
        """Put a rule into a draft by its form; it is for Sales, unless something else is said."""
        return self.fills(f"{draft}/rules/new", **({"name": "Sales", "group": self.sales, "role": "Marketer"} | said))

    def fills(self, path: str, browser: Browser | None = None, **said: Any) -> TestResponse:
        """Send the form of a rule, as far as it is filled in; ``role`` and ``unit`` make its first line."""
        at = browser or self.console
        page = at.open(path)
        assert page.status_code == 200, page.text
        form: MultiDict[str, str] = MultiDict({"by": "group", "owner": "", "reason": ""})
        path = path.partition("?")[0]
        form.update({name: value for name, value in form_of(page, path).items() if name in ("form_token", "version")})
        for name, value in said.items():
            if name not in ("role", "unit", "below", "lines"):
                form[name] = value
        for role, unit, below in said.get(
            "lines", [(said.get("role", ""), said.get("unit", ""), said.get("below", ""))]
        ):
            form.add("grant_what", role)
            form.add("grant_unit", unit)
            form.add("grant_below", below)
        return at.open(path, "POST", "same-origin", data=form)

    def plans(self, draft: str, reason: str = "Ticket 4711") -> str:
        """Plan a draft; the path of the plan."""
        made = self.console.send(f"{draft}/plan", reason=reason)
        assert made.status_code == 303, refusal(made)
        return led_to(made).partition("?")[0]

    def roles_of(self, user_id: str) -> set[str]:
        """The roles that somebody has, by themselves."""
        with self.database.reading() as session:
            found = SqlAccessStore(session, self.account_id).snapshot([user_id])
        return {found.policy.roles[one.role_id].name for one in found.subjects[user_id].grants if one.role_id}


def refusal(page: TestResponse) -> str:
    """What a page says was refused."""
    found = _NOTICE.search(page.text)
    return unescape(re.sub(r"<[^>]*>", "", found[1])) if found else ""
