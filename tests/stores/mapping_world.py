"""Random organisations for tests of role mapping, and what everybody in them really has, read from the tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import select, update

from app.models.base import now
from app.services import accounts, assignments, directories, lifecycle, mapping_publish, units
from app.services.giving import Giving
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, RULES, SOURCES, USERS, WORKS
from app.stores.directory import SqlDirectoryStore, open_directory_store
from scim import service
from tests.builders import ENTERPRISE, a_group, a_patch, a_user

NEVER = datetime.max.replace(tzinfo=UTC)
ENDED, ENDS = (datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2098))
"""When some rules end: it cannot be said of a rule after it, so it comes while the rule is published."""
ROLES = ("Viewer", "Marketer", "Analyst", "Administrator")
UNITS = ("emea", "iberia", "apac")
DEPARTMENTS = ("Marketing", "Sales")
Given = tuple[str | None, str, str]


class Has(NamedTuple):
    """What somebody has in force, with its end, and where they are at home."""

    given: dict[Given, datetime]
    home: str | None


@dataclass
class Organisation:
    """An account with people, groups within groups, and what was given by hand; every choice is the random one's."""

    session: Session
    account: str
    directory: SqlDirectoryStore
    random: Random
    people: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)

    @property
    def at(self) -> tuple[Session, str]:
        """What every service begins with."""
        return self.session, self.account

    def document(self) -> dict[str, Any]:
        """Some rules of all kinds."""
        return {"rules": [self._rule(number) for number in range(self.random.randrange(5))]}

    def _rule(self, number: int) -> dict[str, Any]:
        choose = self.random
        rule: dict[str, Any] = {"name": f"Rule {number}"}
        kind = choose.randrange(5)
        if kind == 0:
            rule["pattern"] = {"text": "mc-{business_unit}-{role}"}
            rule["allow_privileged"] = choose.random() < 0.5
            rule["grants"] = [{"role": "{role}", "unit": "{business_unit}", "children": choose.random() < 0.5}]
        else:
            if kind != 1:
                rule["group"] = {"id": choose.choice(self.groups)}
            if kind < 3:
                rule["where"] = f'{ENTERPRISE}:department eq "{choose.choice(DEPARTMENTS)}"'
            rule["grants"] = [self._grant() for _ in range(choose.randrange(3))]
            homes = choose.random() < 0.5
            rule["works_in"] = [{"unit": choose.choice(UNITS), "children": choose.random() < 0.5, "home": homes}]
        term = choose.random()
        if term < 0.15:
            rule["until"] = (ENDED if rule["name"] in self.ended else ENDS).isoformat()
        elif term < 0.3:
            rule["until"] = "2099-01-01T00:00:00Z"
        elif term < 0.45:
            rule["days"] = choose.choice((1, 30))
        rule["paused"] = choose.random() < 0.15
        return rule

    def _grant(self) -> dict[str, Any]:
        grant: dict[str, Any] = {"role": self.random.choice(ROLES)}
        if self.random.random() < 0.6:
            grant |= {"unit": self.random.choice(UNITS), "children": self.random.random() < 0.5}
        return grant

    def stir(self, steps: int) -> None:
        """Let members move, and people have something by hand."""
        for _ in range(steps):
            person, group = self.random.choice(self.people), self.random.choice(self.groups)
            match self.random.randrange(6):
                case 0 | 1 | 2:
                    self._patch({"op": "add", "path": "members", "value": [{"value": person}]}, group)
                case 3:
                    self._patch({"op": "remove", "path": f'members[value eq "{person}"]'}, group)
                case 4:
                    self._by_hand(person)
                case _:
                    units.set_home(*self.at, person, self.random.choice((*UNITS, None)))

    def end(self) -> None:
        """Let the moment come when some rules end."""
        rules = self.session.execute(select(RULES.c.name).where(self._of(RULES), RULES.c.until == ENDS))
        self.ended = set(rules.scalars())
        for rows, ends in ((RULES, RULES.c.until), (SOURCES, SOURCES.c.expires), (WORKS, WORKS.c.expires)):
            self.session.execute(update(rows).where(self._of(rows), ends == ENDS).values({ends: ENDED}))

    def _patch(self, operation: dict[str, Any], group: str) -> None:
        change = service.patch(self.directory, "Group", group, a_patch(operation))
        lifecycle.apply_changes(self.session, self.account, [change], lambda *_: None)

    def _by_hand(self, person: str) -> None:
        role, where = self.random.choice(ROLES), self.random.choice((None, *UNITS))
        if self.random.random() < 0.3:
            units.add_worker(*self.at, person, self.random.choice(UNITS))
            return
        ends = self.random.choice((None, now() + timedelta(days=5)))
        how: dict[str, Any] = {} if where is None else {"unit": where, "children": self.random.random() < 0.5}
        assignments.assign(*self.at, Giving(role, users=(person,), **how), expires=ends)

    def everybody(self) -> dict[str, Has]:
        """What everybody has in force: their own roles and where they work, whoever gave it."""
        moment = now()
        found: dict[str, Has] = {}
        for row in self.session.execute(select(USERS.c.id, USERS.c.home_unit_id).where(self._of(USERS))):
            found[row.id] = Has({}, row.home_unit_id)
        roles = select(ASSIGNMENTS, SOURCES.c.starts, SOURCES.c.expires).join_from(
            ASSIGNMENTS,
            SOURCES,
            (SOURCES.c.account_id == ASSIGNMENTS.c.account_id) & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id),
        )
        for row in self.session.execute(roles.where(self._of(ASSIGNMENTS), ASSIGNMENTS.c.user_id.is_not(None))):
            if row.starts is None or row.starts <= moment:
                given = (row.role_id, row.business_unit_id, row.reach)
                self._keep(found[row.user_id].given, given, row.expires, moment)
        for row in self.session.execute(select(WORKS).where(self._of(WORKS))):
            given = (None, row.business_unit_id, "subtree" if row.with_children else "unit")
            self._keep(found[row.user_id].given, given, row.expires, moment)
        return found

    def _of(self, rows: Any) -> Any:
        return rows.c.account_id == self.account

    @staticmethod
    def _keep(has: dict[Given, datetime], given: Given, expires: datetime | None, moment: datetime) -> None:
        ends = expires or NEVER
        if ends > moment:
            has[given] = max(has.get(given, ends), ends)


def an_organisation(session: Session, seed: int) -> Organisation:
    """Some people in some groups, with a mapping that was published and has been lived with since."""
    random = Random(seed)
    account = accounts.create_account(session, f"Organisation {uuid4().hex}").id
    directory = directories.create_directory(session, account, "Okta", "okta")
    for key, parent in (("emea", None), ("iberia", "emea"), ("apac", None)):
        units.create_unit(session, account, key, key.upper(), parent)
    found = Organisation(session, account, open_directory_store(session, account, directory.id), random)
    for number in range(5):
        body = a_user(f"person{number}@acme.example")
        if random.random() < 0.7:
            body["schemas"] = [*body["schemas"], ENTERPRISE]
            body[ENTERPRISE] = {"department": random.choice(DEPARTMENTS)}
        found.people.append(service.create(found.directory, "User", body).id)
    names = ["Team", "mc-emea-viewer", "mc-apac-administrator", "MC_Iberia_Analyst"]
    for name in names:
        members = random.sample(found.people, random.randrange(4))
        members += random.sample(found.groups, random.randrange(min(2, len(found.groups) + 1)))
        found.groups.append(service.create(found.directory, "Group", a_group(name, members)).id)
    found.stir(3)
    mapping_publish.publish(*found.at, found.document(), author="test")
    found.stir(3)
    found.end()
    found.stir(3)
    return found
