"""The demo account: a company whose identity provider has pushed a few hundred people.

Everything goes through the same services as real traffic, so the demo shows nothing that a customer
could not have. Running it again changes nothing.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from itertools import count

from sqlalchemy import select

from app import audit, crypto
from app.models import ApiKey, DirectoryToken
from app.models.base import now, table
from app.outbound import Outbound
from app.sealing import Keys
from app.services import accounts, demo_people, directories, oauth_clients, passwords, sso_enforcement, tokens
from app.services.demo_people import OKTA, PARTNERS
from app.services.demo_rules import OWNER, SECOND
from app.services.demo_scenes import ACTOR, WRITTEN_BY, Scenes
from app.services.errors import NotFound
from app.session import Session
from app.stores import local_sign_in, owners

NAME = "Northwind Demo"
CLIENT = {"name": "demo", "auth_method": "none", "redirect_uris": ["http://localhost:3000/callback"]}


@dataclass(frozen=True, slots=True)
class Demo:
    """What a visitor needs. Token, key and password are those of this installation's demo, at every call.

    ``password`` is None if the owner has chosen another one.
    """

    account: str
    account_id: str
    scim_token: str
    api_key: str
    client_id: str
    owner: str
    password: str | None
    created: bool


def make(session: Session, keys: Keys, base_url: str, scim_url: str) -> Demo:
    """Create the demo account unless it is there; make sure its token, key and client are valid."""
    audit.begin(session, ACTOR)
    key = keys.current
    try:
        account_id, created = accounts.find_account(session, NAME).id, False
    except NotFound:
        account_id, created = accounts.create_account(session, NAME, "email-marketing").id, True
        _fill(session, keys, account_id, base_url, scim_url)
    directory = directories.find_directory(session, account_id, OKTA)
    token = _token(session, key, account_id, directory.id)
    password, client = _password(session, key, account_id, created=created), _client(session, account_id)
    return Demo(NAME, account_id, token, _api_key(session, key, account_id), client, OWNER, password, created)


def _fill(session: Session, keys: Keys, account_id: str, base_url: str, scim_url: str) -> None:
    demo_people.make_units(session, account_id)
    owner = accounts.create_owner(session, account_id, OWNER, "Olivia Owner")
    second = accounts.create_owner(session, account_id, SECOND, "Oscar Ortiz")
    scenes = Scenes(session, account_id, owner, second)
    okta = directories.create_directory(session, account_id, OKTA, "okta").id
    partners = directories.create_directory(session, account_id, PARTNERS, "entra").id
    _token(session, keys.current, account_id, okta)
    scenes.issue_soon(keys.current, partners)
    demo_people.push_okta(session, account_id, okta, scim_url)
    demo_people.push_partners(session, account_id, partners, scim_url)
    scenes.make_roles()
    scenes.publish()
    scenes.give()
    scenes.register_items()
    scenes.connect(keys, base_url)
    scenes.close(keys.current)
    demo_people.leave(session, account_id, okta, scim_url)


def _token(session: Session, key: bytes, account_id: str, directory_id: str) -> str:
    made, is_new = _current(session, key, crypto.DIRECTORY_TOKEN, DirectoryToken, account_id)
    if is_new:
        tokens.issue_directory_token(session, account_id, directory_id, "demo", made, created_by=WRITTEN_BY)
    return made.text


def _api_key(session: Session, key: bytes, account_id: str) -> str:
    made, is_new = _current(session, key, crypto.API_KEY, ApiKey, account_id)
    if is_new:
        tokens.issue_api_key(session, account_id, "demo", made, created_by=WRITTEN_BY)
    return made.text


def _password(session: Session, key: bytes, account_id: str, *, created: bool) -> str | None:
    """The owner's password; in the demo it is enough, so that a visitor is in at once."""
    digest = hmac.digest(key, f"muster demo password: {account_id}".encode(), "sha256").hex()
    password = "-".join(digest[place : place + 6] for place in range(0, 24, 6))
    owner = next((one for one in owners.owners_of(session, account_id, now()) if one.user_name == OWNER), None)
    person = None if owner is None else local_sign_in.person(session, account_id, owner.id)
    if person is None:
        return None
    if person.password_hash is None:
        chosen = {"password_hash": passwords.hashed(password), "password_set": now()}
        local_sign_in.credential(session, account_id, person.id, chosen)
        if created:
            sso_enforcement.change_settings(session, account_id, {"requires_mfa": False})
        return password
    return password if passwords.is_right(person.password_hash, password) else None


def _client(session: Session, account_id: str) -> str:
    """An application on a developer's own machine, which needs no secret."""
    for one in oauth_clients.list_clients(session, account_id):
        if one.name == CLIENT["name"] and one.revoked is None:
            return one.id
    # It is told of nothing, so nothing will be called, and it has no secret that a key would hash.
    return oauth_clients.create(session, account_id, Keys(b""), Outbound(), CLIENT)[0].id


def _current(
    session: Session, key: bytes, kind: str, model: type[DirectoryToken] | type[ApiKey], account_id: str
) -> tuple[crypto.NewToken, bool]:
    """The demo's token, and whether it has yet to be issued; one that was ended is followed by the next."""
    rows = table(model)
    for number in count():
        made = crypto.derive_token(kind, key, f"{account_id} {number}")
        query = select(rows.c.revoked, rows.c.expires).where(rows.c.prefix == made.prefix)
        row = session.execute(query).one_or_none()
        if row is None:
            return made, True
        if row.revoked is None and (row.expires is None or row.expires > now()):
            return made, False
    raise AssertionError("counting has no end")
