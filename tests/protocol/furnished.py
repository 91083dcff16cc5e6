"""Accounts with one of everything, to be reached for by others."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.db import Database
from app.models.base import new_id, now
from app.sealing import Keys
from app.services import person_sessions, sign_in_traces
from app.stores import identity_links
from tests.conftest import KEY
from tests.idp.saml_documents import metadata
from tests.idp.saml_keys import rsa_pair
from tests.protocol.api_client import Api, an_api_key, done

_CLIENT = {"name": "Platform", "redirect_uris": ["https://platform.example/back"]}

_VIEW = {"list": "people", "name": "All", "asked": ""}
_REQUEST = {"kind": "wrong", "text": "I see too much."}


class Furnished:
    """An account with one of everything, all of which is called the same in each."""

    def __init__(self, api: Api) -> None:
        self.api = api
        user = api.create("/users", {"user_name": "ana@acme.example"})["id"]
        group = api.create("/groups", {"display_name": "Marketing"})["id"]
        unit = api.create("/business-units", {"key": "emea", "name": "EMEA"})["id"]
        role = api.create("/roles", {"name": "Marketer"})["id"]
        other = api.create("/roles", {"name": "Other"})["id"]
        api.post("/assignments", {"role": role, "users": [user]})
        [given] = api.every("/assignments", filter='role eq "Marketer"')
        webhook = api.post("/webhooks", {"name": "crm", "url": "https://crm.example/"}).json["id"]
        item = api.create("/items", {"type": "email", "id": f"of-{user}", "owner": user})["id"]
        rule = {"name": "R", "group": {"id": group}, "grants": [{"role": "Boss"}]}
        document = {"roles": [{"name": "Boss", "privileged": True}], "mapping": {"rules": [rule]}}
        proposal = api.post("/configuration/apply", {"document": document}).json["proposal"]
        apart = ["content.email.create", "content.email.send"]
        separation = api.create("/separations", {"name": "Four eyes", "permissions": apart})["id"]
        done(api.post(f"/mapping/plans/{self._planned(group, 'Published')[1]}/publish"))
        draft, plan = self._planned(group, "Waiting")
        [directory] = api.every("/directories", filter='name eq "IdP"')
        self.ids = {
            "directory": directory["id"],
            "proposal": proposal,
            "separation": separation,
            "draft": draft,
            "plan": plan,
            "revision": "1",
            "second": "1",
            "entry": "1",
            "user": user,
            "group": group,
            "unit": unit,
            "role": role,
            "other": other,
            "assignment": given["id"],
            "type": "email",
            "item": item,
            "webhook": webhook,
            "client": api.post("/oauth-clients", _CLIENT).json["id"],
            "domain": api.create("/domains", {"name": "acme.example"})["id"],
            "link": api.post("/setup-links", {"purpose": "domain"}).json["id"],
            "view": api.post(f"/users/{user}/views", _VIEW).json["id"],
            "request": api.create(f"/users/{user}/access-requests", _REQUEST)["id"],
            **self._connected(),
        }
        self.before = self.state()

    def _connected(self) -> dict[str, str]:
        """A connection with its certificate, and a test of it."""
        connection = self.api.create("/connections", {"name": "IdP", "protocol": "saml"})["id"]
        given = done(self.api.post(f"/connections/{connection}/metadata", {"xml": metadata([rsa_pair()])}))
        test = self.api.post(f"/connections/{connection}/tests").json["id"]
        return {"connection": connection, "certificate": given["connection"]["certificates"][0]["id"], "test": test}

    def _planned(self, group: str, title: str) -> tuple[str, str]:
        """A draft that gives the group a role, and its plan."""
        rule = {"name": title, "group": {"id": group}, "grants": [{"role": "Marketer"}]}
        draft = self.api.create("/mapping/drafts", {"title": title, "document": {"rules": [rule]}})["id"]
        return draft, self.api.create(f"/mapping/drafts/{draft}/plan", {})["id"]

    def state(self) -> dict[str, Any]:
        """Everything there is."""
        lists = ("users", "groups", "business-units", "roles", "assignments", "items", "data-filters", "webhooks")
        lists += ("oauth-clients", "connections", "domains", "setup-links", "directories")
        return {name: self.api.every(f"/{name}") for name in lists} | {"account": self.api.read("/account")}


def furnished(app: Flask, database: Database, account_id: str) -> Furnished:
    """All of it in an account of the profile ``exacttarget``, its sign-ins too."""
    api = Api(app, an_api_key(database, account_id), account_id)
    made = Furnished(api)
    with database.writing() as session:
        trace = sign_in_traces.record(
            session, Keys(KEY.encode()), account_id, None, reference="shown", outcome="refused"
        )
        link = {"subject": "s-1", "subject_hash": account_id, "how": "created", "external_id": None, "last_used": None}
        whose = {"connection_id": made.ids["connection"], "user_id": made.ids["user"]}
        link |= {"account_id": account_id, "id": new_id(), "created": now(), **whose}
        assert identity_links.add(session, link)
        how = {"methods": ["pwd"], "authenticated": now()}
        begun = person_sessions.begin(session, Keys(KEY.encode()), account_id, made.ids["user"], **how)
    made.ids |= {"trace": trace, "identity_link": link["id"], "session": begun.session_id}
    return made
