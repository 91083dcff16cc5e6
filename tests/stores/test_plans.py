"""What is often asked for is answered from indexes: the plans of the statements that searches really execute.

No figures and no statements of our own: a search runs, what it sent is explained by the database with the same
values. A plan that reads a table from end to end, or sorts what an index could yield in order, fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import bindparam, event, insert, text, update

from app.db import Database
from app.models import Membership, Nesting
from app.models.base import table
from app.services import accounts, directories, units
from app.session import Session
from app.stores import counting_rows
from app.stores.directory import SqlDirectoryStore, open_directory_store
from app.stores.listings import Wanted, page
from app.stores.people import USER_LIST, is_taken
from app.stores.resource_rows import TABLES
from app.stores.units import hanging_on
from scim.filters import parse_filter
from scim.query import sort_path
from scim.resource import validate
from scim.schemas import GROUP_URN, RESOURCE_TYPES, USER_URN
from scim.store import Page, Position, Query

PEOPLE, OTHERS, GROUPS = 4_000, 2_000, 600
START, SPAN = datetime(1930, 1, 1, tzinfo=UTC), timedelta(days=72_000)
"""Other tests' rows are in the same tables, all of them made now: ours are spread so that few are before or after."""
LARGE = ("users", "groups", "user_emails", "memberships")
_SCOPE = {"account_id", "directory_id"}
Answer = TypeVar("Answer")
_SQLITE = re.compile(r"(SEARCH|SCAN) (\w+)(?:.* INDEX (\w+))?(?:.*?\((.*)\))?")


@dataclass(frozen=True)
class Step:
    """How a plan reads one table: the columns by which an index was entered, none if all rows are read; which index."""

    table: str
    columns: frozenset[str]
    index: str


@dataclass(frozen=True)
class Plan:
    """How one statement is executed."""

    steps: tuple[Step, ...]
    sorts: bool
    text: str


@dataclass(frozen=True)
class Directory:
    """A directory with enough in it that reading everything would not pay."""

    database: Database
    store: SqlDirectoryStore
    user: str
    group: str

    def plans(self, kind: str, query: Query) -> tuple[Page, list[Plan]]:
        """The answer to a search, and the plans of the statements it took."""
        return self.noted(lambda: self.store.search(kind, query))

    def noted(self, ask: Callable[[], Answer]) -> tuple[Answer, list[Plan]]:
        """An answer, and the plans of the statements it took."""
        sent: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            sent.append((statement, values))

        event.listen(self.database.engine, "before_cursor_execute", note)
        try:
            answer = ask()
        finally:
            event.remove(self.database.engine, "before_cursor_execute", note)
        assert sent, "nothing was noted: the wrong engine is watched"
        return answer, [_explain(self.database, *one) for one in sent]


def _explain(database: Database, statement: str, values: Any) -> Plan:
    how = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN (FORMAT JSON)"
    connection = database.engine.raw_connection()
    try:
        found = connection.driver_connection.execute(f"{how} {statement}", values).fetchall()  # type: ignore[union-attr]
    finally:
        connection.close()
    if database.is_sqlite:
        return _of_sqlite([row[3] for row in found])
    return _of_postgresql(found[0][0][0]["Plan"])


def _of_sqlite(lines: list[str]) -> Plan:
    steps = []
    for how, name, index, columns in (match.groups() for match in map(_SQLITE.match, lines) if match):
        entered = re.findall(r"\(?(\w+)(?:,\w+\))?[=<>]", columns or "") if how == "SEARCH" else ()
        steps.append(Step(name, frozenset(entered), index or ""))
    return Plan(tuple(steps), any("TEMP B-TREE" in line for line in lines), "\n".join(lines))


def _of_postgresql(root: Mapping[str, Any]) -> Plan:
    nodes = [*_nodes(root)]
    steps = []
    for node in nodes:
        name = node.get("Relation Name")
        if name is None:
            continue
        inner = [*_nodes(node)]
        conditions = " ".join(one.get("Index Cond", "") for one in inner)
        entered = re.findall(r"\(?(?:\w+\.)?(\w+)(?:, \w+\))? (?:=|<|>)", conditions)
        steps.append(Step(name, frozenset(entered), " ".join(one.get("Index Name", "") for one in inner)))
    sorts = any("Sort" in node["Node Type"] for node in nodes)
    return Plan(tuple(steps), sorts, json.dumps(root, indent=1))


def _nodes(root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield root
    for below in root.get("Plans", ()):
        yield from _nodes(below)


def _fill(session: Session, database: Database) -> tuple[SqlDirectoryStore, str, str]:
    account = accounts.create_account(session, f"Plans {id(database)}", "email-marketing")
    stores = [
        open_directory_store(session, account.id, directories.create_directory(session, account.id, name, "generic").id)
        for name in ("IdP", "Other")
    ]
    for store, count in zip(stores, (PEOPLE, OTHERS), strict=True):
        store.insert_all("User", [validate(RESOURCE_TYPES["User"], _person(number)) for number in range(count)])
    teams = [
        {"schemas": [GROUP_URN], "displayName": f"Team {number}", "externalId": f"t{number}"}
        for number in range(GROUPS)
    ]
    stores[0].insert_all("Group", [validate(RESOURCE_TYPES["Group"], team) for team in teams])
    users, groups = _ids(stores[0], "User", PEOPLE), _ids(stores[0], "Group", GROUPS)
    members = [(groups[(number * step) % GROUPS], user) for number, user in enumerate(users) for step in (1, 7)]
    rows = [{"account_id": account.id, "group_id": group, "user_id": user} for group, user in sorted({*members})]
    session.execute(insert(table(Membership)), rows)
    within = [(groups[number % 40], group) for number, group in enumerate(groups[40:])]
    session.execute(
        insert(table(Nesting)),
        [{"account_id": account.id, "group_id": one, "child_id": other} for one, other in within],
    )
    for kind, ids in (("User", users), ("User", _ids(stores[1], "User", OTHERS)), ("Group", groups)):
        rows_of = TABLES[kind]
        spread = update(rows_of).where(rows_of.c.account_id == account.id, rows_of.c.id == bindparam("b_id"))
        spread = spread.values(created=bindparam("b_moment"), modified=bindparam("b_moment"))
        step = SPAN / len(ids)
        moments = [{"b_id": id, "b_moment": START + number * step} for number, id in enumerate(ids)]
        session.execute(spread, moments)
    return stores[0], users[PEOPLE // 2], groups[GROUPS // 2]


def _person(number: int) -> dict[str, Any]:
    return {
        "schemas": [USER_URN],
        "userName": f"person{number:05d}",
        "externalId": "mIxEd" if number == 7 else f"x{number}",
        "displayName": f"Person {number}",
        "name": {"familyName": f"Family {number % 400}", "givenName": f"Given {number % 800}"},
        "emails": [{"value": f"person{number}@d{number % 200}.example", "type": "work"}],
        "active": number % 400 != 0,
        "title": f"Title {number}",
    }


def _ids(store: SqlDirectoryStore, kind: str, count: int) -> list[str]:
    return [found.id for found in store.search(kind, Query(count=count, related=False)).resources]


@pytest.fixture(scope="module")
def directory(database: Database) -> Iterator[Directory]:
    """Two directories of one account; PostgreSQL has looked at what is in them, SQLite never does."""
    with database.writing() as session:
        store, user, group = _fill(session, database)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    with database.read_session() as session:
        opened = open_directory_store(session, store.directory.account_id, store.directory.id)
        yield Directory(database, opened, user, group)


FILTERS = [
    ("User", 'id eq "@user@"', 1, {"users": "id"}),
    ("User", 'userName eq "person00100"', 1, {"users": "user_name_key"}),
    ("User", 'userName sw "person0010"', 10, {"users": "user_name_key"}),
    ("User", 'userName eq "person00100" and active eq true', 1, {"users": "user_name_key"}),
    ("User", 'userName eq "person00100" or userName eq "person00200"', 2, {"users": "user_name_key"}),
    ("User", 'userName eq "person00100" or emails.value eq "person7@d7.example"', 2, {"user_emails": "value_key"}),
    ("User", 'externalId eq "x100"', 1, {"users": "external_id"}),
    ("User", 'displayName eq "person 100"', 1, {"users": "display_name_key"}),
    ("User", 'displayName sw "Person 399"', 11, {"users": "display_name_key"}),
    ("User", 'name.familyName eq "Family 7"', 10, {"users": "family_name_key"}),
    ("User", 'name.givenName eq "Given 7"', 5, {"users": "given_name_key"}),
    ("User", 'name.familyName eq "Family 7" and active eq true', 10, {"users": "family_name_key"}),
    ("User", 'emails eq "person100@d100.example"', 1, {"user_emails": "value_key", "users": "id"}),
    ("User", 'emails.value eq "person100@d100.example"', 1, {"user_emails": "value_key", "users": "id"}),
    ("User", 'emails sw "person100@"', 1, {"user_emails": "value_key", "users": "id"}),
    ("User", 'emails ew "@d100.example"', 20, {"user_emails": "value_reversed", "users": "id"}),
    (
        "User",
        'emails[type eq "work" and value ew "@d101.example"] and active eq true',
        20,
        {"user_emails": "value_reversed", "users": "id"},
    ),
    ("User", 'meta.lastModified gt "@late@"', 4, {"users": "modified"}),
    ("User", 'meta.lastModified ge "@late@"', 5, {"users": "modified"}),
    ("User", 'meta.lastModified lt "@early@"', 4, {"users": "modified"}),
    ("User", 'meta.lastModified le "@early@"', 5, {"users": "modified"}),
    ("User", 'meta.created ge "@late@"', 5, {"users": "created"}),
    ("User", 'groups.value eq "@group@"', 7, {"users": "id", "memberships": "group_id", "groups": "id"}),
    ("User", 'groups eq "@group@" and active eq true', 7, {"users": "id", "memberships": "group_id"}),
    ("User", 'groups[value eq "@group@" and type eq "direct"]', 7, {"users": "id", "memberships": "user_id"}),
    ("User", 'groups.display eq "team 300"', 7, {"users": "id", "groups": "display_name_key"}),
    ("Group", 'id eq "@group@"', 1, {"groups": "id"}),
    ("Group", 'displayName eq "team 100"', 1, {"groups": "display_name_key"}),
    ("Group", 'displayName sw "Team 59"', 11, {"groups": "display_name_key"}),
    ("Group", 'externalId eq "t100"', 1, {"groups": "external_id"}),
    ("Group", 'meta.lastModified gt "@late@"', 4, {"groups": "modified"}),
    ("Group", 'meta.created gt "@late@"', 4, {"groups": "created"}),
    ("Group", 'members eq "@user@"', 1, {"memberships": "user_id", "nestings": "child_id", "groups": "id"}),
    ("Group", 'members.value eq "@user@"', 1, {"memberships": "user_id", "nestings": "child_id", "groups": "id"}),
    ("Group", 'members[value eq "@user@"]', 1, {"memberships": "user_id", "nestings": "child_id", "groups": "id"}),
    ("Group", 'members[value eq "@user@" and type eq "User"]', 1, {"memberships": "user_id", "groups": "id"}),
    ("Group", 'members eq "@group@"', 1, {"memberships": "user_id", "nestings": "child_id", "groups": "id"}),
    ("Group", 'id eq "@group@" and members eq "@user@"', 0, {"memberships": "user_id", "groups": "id"}),
]


@pytest.mark.parametrize(
    ("kind", "text", "expected", "entered"), FILTERS, ids=[f"{row[0]} {row[1]}" for row in FILTERS]
)
def test_a_filter_enters_by_its_index(
    directory: Directory, kind: str, text: str, expected: int, entered: dict[str, str]
) -> None:
    """Page and total: each table by an index on what was compared, and none from end to end."""
    step = SPAN / (PEOPLE if kind == "User" else GROUPS)
    early, late = START + 4 * step, START + SPAN - 5 * step
    known = {"@user@": directory.user, "@group@": directory.group, "@early@": early, "@late@": late}
    for name, value in known.items():
        text = text.replace(name, value if isinstance(value, str) else value.isoformat())
    page, plans = directory.plans(kind, Query(parse_filter(RESOURCE_TYPES[kind], text), related=False))
    assert page.total == len(page.resources)
    assert page.total >= expected, "the case finds what it looks for"
    for plan in plans:
        for name, column in entered.items():
            assert any(step.table == name and column in step.columns for step in plan.steps), plan.text
        for step in plan.steps:
            assert step.table not in LARGE or step.columns - _SCOPE, plan.text


ORDERS = [
    ("User", None, None),
    ("User", "id", "id"),
    ("User", "userName", "user_name_key"),
    ("User", "meta.lastModified", "modified"),
    ("User", "meta.created", "created"),
    ("User", "displayName", "display_name_key"),
    ("User", "externalId", "external_id"),
    ("User", "name.familyName", "family_name_key"),
    ("User", "name.givenName", "given_name_key"),
    ("Group", None, None),
    ("Group", "displayName", "display_name_key"),
    ("Group", "meta.lastModified", "modified"),
    ("Group", "meta.created", "created"),
]


@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize(("kind", "name", "column"), ORDERS, ids=[f"{row[0]} by {row[1]}" for row in ORDERS])
def test_an_order_is_read_off_an_index(
    directory: Directory, kind: str, name: str | None, column: str | None, descending: bool
) -> None:
    """The first page, and those after and before a position: nothing is sorted, nothing before it is read."""
    sort = sort_path(RESOURCE_TYPES[kind], name) if name else None
    first = Query(sort=sort, descending=descending, count=20, related=False, counted=False)
    page, plans = directory.plans(kind, first)
    assert len(page.resources) == 20
    for plan in plans:
        assert not plan.sorts, plan.text
        assert all(step.columns for step in plan.steps), plan.text
    entered = column or ("id" if sort is None else None)
    for backwards in (False, True):
        place: Position = page.positions[10]
        beyond = replace(first, count=5, beyond=place, backwards=backwards)
        further, more = directory.plans(kind, beyond)
        assert len(further.resources) == 5
        for plan in more:
            assert all(step.columns for step in plan.steps), plan.text
            if entered is not None:
                assert any(entered in step.columns for step in plan.steps), plan.text
                assert not plan.sorts, plan.text


def test_those_switched_off_have_an_index_of_their_own(directory: Directory) -> None:
    """Few of many: found without looking at those who are active."""
    page, plans = directory.plans("User", Query(parse_filter(RESOURCE_TYPES["User"], "active eq false"), related=False))
    assert page.total == PEOPLE // 400
    for plan in plans:
        assert [(step.table, step.index) for step in plan.steps] == [("users", "ix_users_inactive")], plan.text


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_plan_is_kept_of_a_range(directory: Directory) -> None:
    """Who asked for everything a few times, then for the newest, would have them looked for among everything.

    Of a comparison with one value a plan is kept: the proof that this would be noticed.
    """
    session = directory.store.session
    for _ in range(12):
        for asked in ('meta.lastModified gt "1930-01-02T00:00:00Z"', 'name.givenName eq "Given 7"'):
            query = Query(parse_filter(RESOURCE_TYPES["User"], asked), count=5, related=False)
            assert directory.store.search("User", query).total > 0
    kept = " ".join(session.look(text("SELECT statement FROM pg_prepared_statements")).scalars())
    assert "given_name_key =" in kept
    assert "modified >" not in kept


def test_a_synchronisation_reads_what_changed(directory: Directory) -> None:
    """What changed since a moment, in that order: one index does both."""
    found = parse_filter(RESOURCE_TYPES["User"], 'meta.lastModified gt "2110-03-02T00:00:00Z"')
    sort = sort_path(RESOURCE_TYPES["User"], "meta.lastModified")
    page, plans = directory.plans("User", Query(found, sort, related=False, counted=False))
    assert len(page.resources) == 100
    for plan in plans:
        assert not plan.sorts, plan.text
        assert any("modified" in step.columns for step in plan.steps), plan.text


def test_a_narrow_filter_is_not_answered_in_the_order_of_another_attribute(directory: Directory) -> None:
    """Ten of a family, by their user names: the ten are sorted, not everybody read in that order."""
    found = parse_filter(RESOURCE_TYPES["User"], 'name.familyName eq "family 9"')
    query = Query(found, sort_path(RESOURCE_TYPES["User"], "userName"), related=False, counted=False)
    page, plans = directory.plans("User", query)
    assert len(page.resources) == 10
    assert all(any("family_name_key" in step.columns for step in plan.steps) for plan in plans), plans[0].text


@pytest.mark.parametrize(
    ("name", "taken"), [("PERSON00100", True), ("x100", True), ("X100", True), ("MiXeD", True), ("nobody", False)]
)
def test_whether_a_name_is_taken_is_looked_up(directory: Directory, name: str, taken: bool) -> None:
    """As userName or as externalId, whatever its case, in every directory of the account; nobody is read for it."""
    store = directory.store
    found, plans = directory.noted(lambda: is_taken(store.session, store.directory.account_id, None, name))
    assert found is taken
    steps = [step for plan in plans for step in plan.steps if step.table == "users"]
    assert {step.index for step in steps} >= {
        "ix_users_account_user_name",
        "ix_users_external_id",
        "ix_users_external_id_lower",
    }
    assert all(step.columns - _SCOPE or step.index == "ix_users_external_id_lower" for step in steps), plans[0].text


@pytest.mark.parametrize("words", ["name 12", "zz", "given name"])
def test_any_name_of_somebody_is_looked_up(directory: Directory, words: str) -> None:
    """As one types: each kind of name by its own index, whichever directory it is of."""
    store = directory.store

    def ask() -> Any:
        return counting_rows.count(store.session, USER_LIST, store.directory.account_id, f'name sw "{words}"')

    _, [plan] = directory.noted(ask)
    used = " ".join(step.index for step in plan.steps)
    for name in ("account_user_name", "display_name", "family_name", "given_name"):
        assert f"ix_users_{name}" in used, plan.text


@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
@pytest.mark.parametrize(
    ("order", "index", "first"),
    [
        ("name", "ix_users_name", "person 2"),
    ],
)
def test_everybody_in_an_order_is_read_off_an_index(
    directory: Directory, order: str, index: str, first: object, descending: bool
) -> None:
    """The orders of the console's list, from its beginning and from any place in it, either way round."""
    store = directory.store
    for after in (None, (first, "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d")):
        wanted = Wanted(20, None, order, descending, after)
        found, [plan] = directory.noted(
            lambda wanted=wanted: page(store.session, USER_LIST, store.directory.account_id, wanted)
        )
        assert len(found.rows) == 20
        assert any(index in step.index for step in plan.steps), plan.text
        assert not plan.sorts, plan.text


def test_what_hangs_on_a_unit_is_looked_up(directory: Directory) -> None:
    """Who is at home there and who works there."""
    store = directory.store
    account_id = store.directory.account_id
    unit = units.list_units(store.session, account_id)[0].id
    found, plans = directory.noted(lambda: hanging_on(store.session, account_id, unit))
    assert found == {}
    entered = {step.table: step.columns for plan in plans for step in plan.steps}
    assert "home_unit_id" in entered["users"], plans[0].text


@pytest.mark.parametrize("text", ['title eq "Title 7"', 'userName co "00100"', 'userName ew "00100"'])
def test_what_has_no_index_is_seen_as_such(directory: Directory, text: str) -> None:
    """The proof that these tests can fail: such a filter reads every user of the directory."""
    page, plans = directory.plans("User", Query(parse_filter(RESOURCE_TYPES["User"], text), related=False))
    assert page.total == 1
    assert not [step for plan in plans for step in plan.steps if step.columns - _SCOPE]
