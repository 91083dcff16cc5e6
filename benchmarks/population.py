"""Who is in a measured directory, written in bulk through the product's own translation into rows.

What stands in the tables afterwards is what the same requests over HTTP would have left there, except
for the audit trail. The floor gets the same people, ids and groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, func, insert, select, update

from app import audit, crypto, migrate
from app.config import Settings
from app.db import Database
from app.models import Directory, Group, Membership, User, UserEmail
from app.models.base import new_id, table, timestamp
from app.services import accounts, directories, mapping_publish, tokens, units
from app.stores.resource_rows import to_rows
from benchmarks import bodies
from benchmarks.floor_store import FloorStore
from scim.resource import validate
from scim.schemas import RESOURCE_TYPES, USER_URN

CREATED = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
TEAM, REGIONS, RULES, RARE, SPARE = 50, 10, 20, 50, 1_000
_MIDDLE_GROUP = 300
_PORTION = 5_000
DIRECTORY, _CROWD = "Okta", "Crowd"
_OFFICE = ("users:read", "access:read", "access:write")
_ACTOR = audit.Actor("system", None, "benchmark")


@dataclass(frozen=True, slots=True)
class Person:
    """A user who is there from the start."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Crowd:
    """A second directory with large groups, by their size; ``spare`` people are in none of them."""

    token: str
    groups: dict[int, str]
    spare: Sequence[str]


@dataclass(slots=True)
class World:
    """What the requests of a scenario may refer to.

    ``people`` are those who may be changed and moved: the members of the three middle groups, among them the
    few whom the e-mail filter finds, are left out. A mapping rule is bound to ``mapped``.
    """

    account_id: str
    tokens: dict[str, str]
    size: int
    people: list[Person] = field(default_factory=list)
    synced: str = ""
    mapped: str = ""
    plain: str = ""
    crowd: Crowd | None = None


class Population:
    """Fills one installation of Muster, and the floor beside it if there is one."""

    def __init__(self, settings: Settings, scim_url: str, floor: FloorStore | None) -> None:
        self._settings = settings
        self._database = Database(settings)
        self._scim_url = scim_url
        self._floor = floor
        self._directories: dict[str, str] = {}

    def close(self) -> None:
        """Close the database."""
        self._database.dispose()

    def people(self, size: int) -> World:
        """An account with ``size`` users in teams and regions, and a published mapping."""
        key = self._settings.key()
        migrate.upgrade(self._database, self._settings.keys())
        with self._database.writing() as session:
            audit.begin(session, _ACTOR)
            account_id = accounts.create_account(session, "Benchmark", "email-marketing").id
            units.create_unit(session, account_id, "emea", "EMEA", None)
            secrets = {name: self._directory(session, account_id, name, key) for name in (DIRECTORY, _CROWD)}
            api_key = crypto.make_token(crypto.API_KEY, key)
            tokens.issue_api_key(session, account_id, "benchmark", api_key, created_by="benchmark")
            office = crypto.make_token(crypto.API_KEY, key)
            tokens.issue_api_key(session, account_id, "office", office, scopes=_OFFICE, created_by="benchmark")
        known = {"scim": secrets[DIRECTORY], "access": api_key.text, "api": office.text, "crowd": secrets[_CROWD]}
        world = World(account_id, known, size)
        self._fill(world)
        with self._database.writing() as session:
            audit.begin(session, _ACTOR)
            mapping_publish.publish(session, account_id, mapping_of(size), author="benchmark", reason="benchmark")
        self.settle()
        return world

    def crowd(self, world: World, sizes: Sequence[int]) -> None:
        """Add the large groups, in a directory of their own."""
        if world.crowd is not None:
            return
        count = max(sizes) + SPARE
        made = ({"schemas": [USER_URN], "userName": f"crowd{number:07d}"} for number in range(count))
        ids = [new_id() for _ in range(count)]
        self._insert_users(world, _CROWD, zip(ids, made, strict=True), {}, with_floor=False)
        groups = {size: self._insert_group(world, _CROWD, f"Crowd of {size}", ids[:size]) for size in sizes}
        world.crowd = Crowd(world.tokens["crowd"], groups, ids[max(sizes) :])
        self.settle()

    def _directory(self, session: Any, account_id: str, name: str, key: bytes) -> str:
        self._directories[name] = directories.create_directory(session, account_id, name, "okta").id
        made = crypto.make_token(crypto.DIRECTORY_TOKEN, key)
        tokens.issue_directory_token(
            session, account_id, self._directories[name], "benchmark", made, created_by="benchmark"
        )
        return made.text

    def _fill(self, world: World) -> None:
        ids = [new_id() for _ in range(world.size)]
        first_rare = world.size - RARE
        outside = world.size - _MIDDLE_GROUP
        users = [
            bodies.okta_user(number, bodies.DOMAIN if number < first_rare else bodies.RARE_DOMAIN)
            for number in range(world.size)
        ]
        world.people = [Person(id, user["userName"]) for id, user in zip(ids[:outside], users[:outside], strict=True)]
        groups: list[tuple[str, list[str]]] = [
            (_team(number), ids[number * TEAM : (number + 1) * TEAM]) for number in range(world.size // TEAM)
        ]
        groups += [(f"Region {number}", ids[number::REGIONS]) for number in range(REGIONS)]
        groups += [(name, ids[-_MIDDLE_GROUP:]) for name in ("Synced", "Mapped", "Plain")]
        named = {name: new_id() for name, _ in groups}
        of_user: dict[str, list[tuple[str, str]]] = {id: [] for id in ids}
        for name, members in groups:
            for member in members:
                of_user[member].append((named[name], name))
        self._insert_users(world, DIRECTORY, zip(ids, users, strict=True), of_user, with_floor=True)
        for name, members in groups:
            self._insert_group(world, DIRECTORY, name, members, named[name])
        world.synced, world.mapped, world.plain = named["Synced"], named["Mapped"], named["Plain"]

    def _insert_users(
        self, world: World, directory: str, users: Any, groups: dict[str, list[tuple[str, str]]], *, with_floor: bool
    ) -> None:
        user_type, moment = RESOURCE_TYPES["User"], timestamp(CREATED)
        for portion in _portions(users):
            rows, emails, floor_rows = [], [], []
            for id, body in portion:
                made = to_rows(user_type, id, validate(user_type, body), True)
                scope = {"account_id": world.account_id, "directory_id": self._directories[directory]}
                rows.append(made.values | scope | _NEW | {"id": id, "origin": "scim", "home_unit_id": None})
                emails += [scope | {"user_id": id} | email for email in made.emails]
                if with_floor and self._floor:
                    sent = self._groups_as_sent(groups.get(id, []))
                    address = made.emails[0]["value_reversed"]
                    document = made.values["document"][:-1]
                    floor_rows.append((id, body["userName"], address, document, sent, moment, moment))
            self._insert(table(User), rows)
            self._insert(table(UserEmail), emails)
            if self._floor and floor_rows:
                self._floor.add_users(floor_rows)

    def _groups_as_sent(self, groups: list[tuple[str, str]]) -> str:
        sent = ",".join(
            f'{{"value":"{id}","$ref":"{self._scim_url}/Groups/{id}","type":"direct","display":"{name}"}}'
            for id, name in groups
        )
        return f',"groups":[{sent}]' if sent else ""

    def _insert_group(
        self, world: World, directory: str, name: str, members: Sequence[str], id: str | None = None
    ) -> str:
        id = id or new_id()
        group_type = RESOURCE_TYPES["Group"]
        values = to_rows(group_type, id, validate(group_type, bodies.group(name)), True).values
        scope = {"account_id": world.account_id, "directory_id": self._directories[directory]}
        row = values | scope | _NEW | {"id": id, "origin": "scim", "member_count": len(members)}
        self._insert(table(Group), [row])
        for portion in _portions(sorted(members)):
            values_of = [{"account_id": world.account_id, "group_id": id, "user_id": member} for member in portion]
            self._insert(table(Membership), values_of)
        if self._floor:
            self._floor.add_group(id, values["document"][:-1], sorted(members))
        return id

    def _insert(self, rows: Table, values: list[dict[str, Any]]) -> None:
        if values:
            with self._database.schema_engine.begin() as connection:
                connection.execute(insert(rows), values)

    def settle(self) -> None:
        """Bring the databases to the state that changes, autovacuum and checkpoints bring about by themselves."""
        with self._database.schema_engine.begin() as connection:
            for count, rows in (("user_count", table(User)), ("group_count", table(Group))):
                here = (rows.c.account_id == DIRECTORIES.c.account_id, rows.c.directory_id == DIRECTORIES.c.id)
                counted = select(func.count()).select_from(rows).where(*here).scalar_subquery()
                connection.execute(update(DIRECTORIES).values({count: counted}))
        if self._database.is_sqlite:
            self._database.dispose()  # the last connection to close writes the log back into the file
        else:
            with self._database.engine.connect() as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        if self._floor:
            self._floor.settle()


DIRECTORIES = table(Directory)
_NEW = {"version": 1, "created": CREATED, "modified": CREATED}


def _team(number: int) -> str:
    return f"Team {number:05d}"


def mapping_of(size: int) -> dict[str, Any]:
    names = ["Mapped", *(_team(number) for number in range(min(RULES - 1, size // TEAM)))]
    return {"rules": [_rule(name) for name in names]}


def _rule(group: str) -> dict[str, Any]:
    return {
        "name": group,
        "group": {"directory": DIRECTORY, "name": group},
        "grants": [{"role": "Marketer", "unit": "emea", "children": True}],
        "works_in": [{"unit": "emea", "children": True}],
    }


def _portions(items: Any) -> Iterator[list[Any]]:
    portion: list[Any] = []
    for item in items:
        portion.append(item)
        if len(portion) == _PORTION:
            yield portion
            portion = []
    if portion:
        yield portion
