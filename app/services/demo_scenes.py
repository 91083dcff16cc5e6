"""What the demo account shows beside its people: publishes, a plan that waits, items, requests, what needs somebody.

Everything happens at the moment at which the demo is made: nothing pretends to be older than it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from typing import Any

from app import audit, crypto
from app.models.base import now
from app.outbound import Outbound
from app.sealing import Keys
from app.services import (
    access_requests,
    assignments,
    connection_certificates,
    connections,
    directories,
    domains,
    individual,
    items,
    mapping_approvals,
    mapping_drafts,
    mapping_plans,
    mapping_publish,
    profiles,
    roles,
    separations,
    tokens,
    users,
)
from app.services.accounts import OwnerFacts
from app.services.connection_keys import make_pair
from app.services.demo_people import DOMAIN, LEAVER, OKTA, PARTNERS, address
from app.services.demo_rules import APPROVER, BEGUN, FIRST, LATER, LIBRARY, WAITS
from app.services.giving import Giving
from app.services.role_statements import StatementChange
from app.session import Session

ACTOR = audit.Actor("system", None, "demo")
WRITTEN_BY = "muster demo"
_CLOSED = "Workday (until the merger)"
_SOON = timedelta(days=12)
_HELD = ("dashboard", "segment")
"""The types of items whose inventory the demo's platform keeps here."""
_ITEMS = (
    ("dashboard", "Openings by country"), ("segment", "Lapsed customers"), ("dashboard", "Deliverability"),
    ("segment", "Newsletter EMEA"), ("dashboard", "Black Friday live"), ("segment", "VIP Iberia"),
    ("dashboard", "Consent by source"), ("segment", "Trade fair leads"), ("dashboard", "Campaign costs"),
    ("segment", "Birthday in 30 days"), ("dashboard", "Unsubscribes"), ("segment", "App users"),
    ("dashboard", "Weekly report"), ("segment", "Dormant a year"), ("dashboard", "Agency overview"),
    ("segment", "Webinar guests"),
)  # fmt: skip
_OWNED_BY = (1, 12, 61, 141, 17, 62, 111, LEAVER)
"""The numbers of the people who own them, in turn; the owner of the account has some, too."""
_OF_OWNER = ("Weekly report", "Campaign costs")


@dataclass(frozen=True, slots=True)
class Scenes:
    """One account, and the two people who own it."""

    session: Session
    account_id: str
    owner: OwnerFacts
    second: OwnerFacts

    def make_roles(self) -> None:
        """Roles of the account's own, and what belongs apart."""
        launches = ("campaigns.email.view", "campaigns.email.approve", "campaigns.email.launch")
        for name, text, nodes in (
            (APPROVER, "Declares campaigns ready, and launches them.", launches),
            (LIBRARY, "Sees logos and templates.", ("content.media.view", "content.templates.view")),
        ):
            roles.create_role(*self._here, name, text, [StatementChange(node, "allow") for node in nodes])
        for name, nodes, reason in (
            (
                "Who manages people launches nothing",
                ("account.users.edit", "campaigns.email.launch"),
                "asked for by the auditors",
            ),
            (
                "Exports are counted by others",
                ("contacts.people.export", "reports.audience.export"),
                "data protection",
            ),
        ):
            separations.create_separation(*self._here, name, nodes, reason)

    def publish(self) -> None:
        """The mapping of the beginning, and what both owners have made of it since; another plan waits for approval."""
        mapping_publish.publish(*self._here, FIRST, author=WRITTEN_BY, reason="demo")
        for title, document in LATER:
            plan = self._planned(title, document)
            with self._by(self.owner):
                mapping_approvals.approve_plan(*self._here, plan, "as we have agreed")
            with self._by(self.second):
                mapping_publish.publish_plan(*self._here, plan)
        published = LATER[-1][1]["rules"]
        self._planned(WAITS[0], {"rules": [*published, WAITS[1]]})
        with self._by(self.owner):
            mapping_drafts.create_draft(*self._here, BEGUN[0], {"rules": [*published, BEGUN[1]]})

    def give(self) -> None:
        """What was given by hand beside the mapping, and what people ask for."""
        giving = Giving("Analyst", (address(288),), unit="apac", children=True)
        ends = now() + timedelta(days=21)
        assignments.assign(*self._here, giving, reason="stands in during parental leave", expires=ends)
        denied = individual.Entry("campaigns.email.launch", "deny", reason="still in training", expires=ends)
        individual.put(*self._here, address(24), [denied])
        more = individual.Entry("contacts.people.export", "allow", "iberia", reason="moves the contacts to the new CRM")
        individual.put(*self._here, address(12), [more])
        for number, kind, role, text in (
            (285, "role", "Marketer", "I plan the spring campaigns of Project Aurora with the others."),
            (181, "wrong", None, "I no longer work for the agency, but still see its campaigns."),
        ):
            person = users.get_user(*self._here, address(number))
            with self._by(OwnerFacts(person.id, person.user_name)):
                access_requests.ask(*self._here, person.id, kind, role, text)

    def register_items(self) -> None:
        """The platform lets Muster keep two types of items, and registers some."""
        document = profiles.document_of(*self._here)
        document["version"] = "northwind 2"
        held = [one | {"inventory": "held", "owner_gone": "modify"} for one in document["item_types"]]
        kept = [held if one["name"] in _HELD else one for one, held in zip(document["item_types"], held, strict=True)]
        profiles.register(*self._here, document | {"item_types": kept})
        units = cycle(("iberia", "dach", "us", "emea", "japan"))
        owners = cycle(_OWNED_BY)
        for number, (kind, name) in enumerate(_ITEMS, 1):
            facts = {"type": kind, "id": f"{kind}-{number}", "name": name, "unit": next(units)}
            owner = address(next(owners))
            items.register(*self._here, facts | {"owner": self.owner.user_name if name in _OF_OWNER else owner})

    def connect(self, keys: Keys, base_url: str) -> None:
        """Sign-in by Okta with a certificate that ends soon, one that is not complete, and a domain to be proved."""
        at_okta = "https://northwind.okta.example"
        trust = {"entity_id": f"{at_okta}/app", "sso_url": f"{at_okta}/sso/saml"}
        joins = {"directory": OKTA, "join_external_id": "externalId"}
        made = self._connection(keys, base_url, "saml", {"name": "Okta", "preset": "okta", "saml": trust} | joins)
        certificate = make_pair("Northwind's Okta", _SOON).certificate
        connection_certificates.add(*self._here, made, certificate)
        connections.change_connection(*self._here, keys, Outbound(), base_url, made, {"enabled": True})
        self._connection(keys, base_url, "oidc", {"name": PARTNERS, "preset": "entra"})
        domains.claim(*self._here, DOMAIN)

    def issue_soon(self, key: bytes, directory: str) -> None:
        """A token that ends soon."""
        self._token(key, directory, _SOON.days)

    def close(self, key: bytes) -> None:
        """A directory whose only token was ended, so that nothing comes any more."""
        closed = directories.create_directory(*self._here, _CLOSED, "generic")
        tokens.revoke_directory_token(*self._here, self._token(key, closed.id, 365))

    @property
    def _here(self) -> tuple[Session, str]:
        return self.session, self.account_id

    @contextmanager
    def _by(self, person: OwnerFacts) -> Iterator[None]:
        """Let a person act; afterwards it is the demo again."""
        audit.begin(self.session, audit.Actor("person", person.id, person.user_name))
        yield
        audit.begin(self.session, ACTOR)

    def _planned(self, title: str, document: dict[str, Any]) -> str:
        with self._by(self.second):
            draft = mapping_drafts.create_draft(*self._here, title, document)
            return mapping_plans.make_plan(*self._here, draft.id, title).id

    def _connection(self, keys: Keys, base_url: str, protocol: str, given: dict[str, Any]) -> str:
        pair = make_pair("Muster")
        return connections.create(*self._here, keys, Outbound(), base_url, pair, protocol, given).id

    def _token(self, key: bytes, directory_id: str, days: int) -> str:
        made = crypto.make_token(crypto.DIRECTORY_TOKEN, key)
        issued = tokens.issue_directory_token(
            *self._here, directory_id, "provisioning", made, days=days, created_by=WRITTEN_BY
        )
        return issued.prefix
