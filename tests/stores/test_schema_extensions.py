"""Declaring, changing and removing attributes: what is allowed, what becomes of people's values, what is remembered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import audit
from app.db import Database
from app.migrate import alembic_config
from app.models import Account, AuditEvent, User
from app.models.base import table
from app.services import accounts, directories, schema_values, schemas
from app.services.errors import Conflict, NotFound, Refused
from app.session import Session
from app.stores import schema_types
from app.stores.directory import SqlDirectoryStore, open_directory_store
from app.stores.directory_reader import OpenDirectory
from scim import service
from scim.attributes import Attribute, ResourceType, Type
from scim.filters import parse_filter
from scim.matching import matches
from scim.schema_documents import read_extension, schema_document
from scim.schemas import RESOURCE_TYPES, extended
from scim.store import Query, Stored
from tests.builders import CORE_USER, Customer, a_customer, a_patch, a_second_directory, a_user
from tests.conftest import fresh_sqlite, new_postgresql_database, settings_for
from tests.effort import examples

ACCOUNTS, EVENTS, USERS = table(Account), table(AuditEvent), table(User)
OWN = "urn:acme:crew:2.0:User"
BADGE: dict[str, Any] = {"name": "badge"}


def document(*attributes: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """A declaration of these attributes."""
    return {"id": OWN, "attributes": list(attributes)} | facts


class World:
    """An account with two directories, in a session that is rolled back."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.account = accounts.create_account(session, f"Crew {uuid4().hex[:10]}").id
        self.directories = [
            directories.create_directory(session, self.account, name, "generic").id for name in ("one", "two")
        ]

    def declare(self, *attributes: dict[str, Any], **options: bool) -> schemas.Declared:
        return schemas.declare(self.session, self.account, document(*attributes), **options)

    def store(self, number: int = 0) -> SqlDirectoryStore:
        return open_directory_store(self.session, self.account, self.directories[number])

    def add(self, directory: int = 0, **data: Any) -> str:
        """A person with these values; returns the id."""
        return service.create(self.store(directory), "User", a_user() | ({OWN: data} if data else {})).id

    def read(self, id: str, directory: int = 0) -> Stored:
        return service.get(self.store(directory), "User", id)

    def values(self, id: str, directory: int = 0) -> Any:
        return self.read(id, directory).attributes.get(OWN)

    def found(self, condition: str) -> int:
        store = self.store()
        return store.search("User", Query(filter=parse_filter(store.resource_types["User"], condition))).total


@pytest.fixture
def world(session: Session) -> World:
    """An account of its own."""
    return World(session)


def test_a_declaration_says_what_it_did(world: World) -> None:
    """Added, changed, removed, and the revision that counts from now on."""
    first = world.declare(BADGE, {"name": "level", "type": "integer"})
    assert (first.revision, first.added, first.changed, first.removed) == (1, ("badge", "level"), {}, ())
    second = world.declare({"name": "badge", "description": "On the badge."}, {"name": "nick"})
    assert (second.revision, second.added, second.removed) == (2, ("nick",), ("level",))
    assert "description" in second.changed["badge"]
    same = world.declare({"name": "badge", "description": "On the badge."}, {"name": "nick"})
    assert (same.revision, same.is_change) == (2, False)
    whole = schemas.remove(world.session, world.account, OWN.upper())
    assert (whole.revision, whole.removed) == (3, ("badge", "nick"))
    assert schemas.list_extensions(world.session, world.account) == []
    assert list(world.store().resource_types["User"].extensions) == list(RESOURCE_TYPES["User"].extensions)
    known = select(ACCOUNTS.c.schema_revision).where(ACCOUNTS.c.id == world.account)
    assert world.session.execute(known).scalar_one() == 3


def test_a_plan_changes_nothing(world: World) -> None:
    """What would happen, and what would be refused."""
    world.declare(BADGE)
    world.add(badge="B-1")
    planned = schemas.plan(world.session, world.account, document(BADGE, {"name": "nick"}))
    assert (planned.added, planned.revision) == (("nick",), 1)
    with pytest.raises(Conflict):
        schemas.plan(world.session, world.account, document({"name": "nick"}))
    dropping = schemas.plan(world.session, world.account, document({"name": "nick"}), drop_values=True)
    assert dropping.dropped == {"badge": 1}
    assert [one["name"] for one in schemas.list_extensions(world.session, world.account)[0]["attributes"]] == ["badge"]
    assert world.found(f"{OWN}:badge pr") == 1


@pytest.mark.parametrize(
    ("before", "after", "value", "name"),
    [
        (BADGE, None, "B-1", "badge"),
        (BADGE, BADGE | {"type": "integer"}, "B-1", "badge"),
        (BADGE | {"multiValued": True}, BADGE, ["B-1", "B-2"], "badge"),
        (BADGE, BADGE | {"returned": "never"}, "B-1", "badge"),
        (BADGE, BADGE | {"mutability": "writeOnly"}, "B-1", "badge"),
        (
            {"name": "car", "type": "complex", "subAttributes": [{"name": "plate"}, {"name": "seats"}]},
            {"name": "car", "type": "complex", "subAttributes": [{"name": "seats"}]},
            {"plate": "X"},
            "car.plate",
        ),
        (
            {"name": "cars", "type": "complex", "multiValued": True, "subAttributes": [BADGE, {"name": "seats"}]},
            {
                "name": "cars",
                "type": "complex",
                "multiValued": True,
                "subAttributes": [BADGE | {"type": "boolean"}, {"name": "seats"}],
            },
            [{"badge": "x"}],
            "cars.badge",
        ),
    ],
    ids=["remove", "type", "narrow", "never", "writeOnly", "part", "part of many"],
)
def test_values_are_not_taken_from_people_unasked(
    world: World, before: dict[str, Any], after: dict[str, Any] | None, value: Any, name: str
) -> None:
    """A change that no present value survives is refused, counting the people; with drop_values it is made and told."""
    keep = {"name": "nick"}
    world.declare(before, keep)
    ids = [world.add(number, **{before["name"]: value}) for number in (0, 1)]
    both = world.add(**{before["name"]: value, "nick": "Ace"})
    bystander = world.add(nick="Bear")
    versions = {id: world.read(id, number % 2).version for number, id in enumerate(ids)}
    wanted = [one for one in (after, keep) if one is not None]
    with pytest.raises(Conflict) as refused:
        world.declare(*wanted)
    assert f"{name}: 3 people have" in str(refused.value)
    assert "--drop-values" in str(refused.value)
    assert world.values(ids[0]) == {before["name"]: value}
    done = world.declare(*wanted, drop_values=True)
    assert done.dropped == {name: 3}
    for number, id in enumerate(ids):
        assert world.values(id, number) is None
        assert world.read(id, number).attributes["schemas"] == [CORE_USER]
        assert world.read(id, number).version == versions[id] + 1
    assert world.values(both) == {"nick": "Ace"}
    assert world.read(bystander).version == 1
    if after is not None and after.get("returned") != "never" and after.get("mutability") != "writeOnly":
        assert world.found(f"{OWN}:{after['name']} pr") == 0
    assert world.found(f'{OWN}:nick eq "ace"') == 1


def test_without_values_everything_may_change(world: World) -> None:
    """Nobody loses anything."""
    world.declare(BADGE, {"name": "level", "type": "integer", "multiValued": True})
    world.add()
    done = world.declare(BADGE | {"type": "boolean"}, {"name": "level"})
    assert set(done.changed) == {"badge", "level"}
    assert world.values(world.add(badge=True, level="x")) == {"badge": True, "level": "x"}


def test_what_may_change_while_people_have_values(world: World) -> None:
    """Description, canonical values, required, mutability, returned: the values stay as they are."""
    world.declare(BADGE)
    id = world.add(badge="B-1")
    for facts in (
        {"description": "x", "canonicalValues": ["a"]},
        {"required": True},
        {"mutability": "immutable"},
        {"mutability": "readOnly"},
        {"returned": "request"},
    ):
        assert world.declare(BADGE | facts).dropped == {}
        assert world.values(id) == {"badge": "B-1"}
    assert world.read(id).version == 1


def test_a_single_value_becomes_a_list_of_one(world: World) -> None:
    """Widening keeps values: in the document, in filters, and in the order of a list."""
    car = {"name": "car", "type": "complex", "subAttributes": [{"name": "plate"}]}
    world.declare(BADGE, car)
    id = world.add(badge="B-1", car={"plate": "X"})
    world.declare(BADGE | {"multiValued": True}, car | {"multiValued": True})
    assert world.values(id) == {"badge": ["B-1"], "car": [{"plate": "X"}]}
    assert world.read(id).version == 2
    assert world.found(f'{OWN}:badge eq "b-1"') == world.found(f'{OWN}:car[plate eq "x"]') == 1


def test_another_case_rule_changes_what_filters_find(world: World) -> None:
    """caseExact is how values are compared: the search form of everybody is made anew, the resources stay."""
    parts = {"name": "cars", "type": "complex", "multiValued": True, "subAttributes": [{"name": "plate"}]}
    exact = {
        "name": "cars",
        "type": "complex",
        "multiValued": True,
        "subAttributes": [{"name": "plate", "caseExact": True}],
    }
    world.declare(BADGE, parts)
    id = world.add(badge="Straße", cars=[{"plate": "Ab"}])
    conditions = [f'{OWN}:badge eq "STRASSE"', f'{OWN}:badge eq "Straße"', f'{OWN}:cars.plate eq "AB"']
    assert [world.found(one) for one in conditions] == [1, 1, 1]
    world.declare(BADGE | {"caseExact": True}, exact)
    assert [world.found(one) for one in conditions] == [0, 1, 0]
    world.declare(BADGE, parts)
    assert [world.found(one) for one in conditions] == [1, 1, 1]
    assert world.read(id).version == 1
    here = world.session.execute(select(USERS.c.search).where(USERS.c.id == id)).scalar_one()
    assert here[f"{OWN.lower()}:cars#"] == {"plate": "ab"}


def test_many_people_are_rewritten_in_portions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is left out at the edge of a portion."""
    monkeypatch.setattr(schema_values, "_PORTION", 3)
    world.declare(BADGE, {"name": "nick"})
    ids = [world.add(badge="B", nick="N") for _ in range(8)]
    world.declare({"name": "nick", "caseExact": True}, drop_values=True)
    assert [world.values(id) for id in ids] == [{"nick": "N"}] * 8
    assert world.found(f'{OWN}:nick eq "n"') == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (document(BADGE, id="urn:acme:crew"), "begin alike"),
        (document(BADGE, id=OWN.upper()), f"declared as {OWN}"),
        (document({"name": "BADGE"}), "declared as badge"),
        (document({"name": "userName"}), "every user has"),
        ("text", "must be an object"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(world: World, given: Any, words: str) -> None:
    """URNs and names have no case, so another spelling would be the same thing under two names."""
    world.declare(BADGE)
    with pytest.raises(Refused, match=words):
        schemas.declare(world.session, world.account, given)
    assert world.declare(BADGE).revision == 1


def test_an_account_has_bounds(world: World) -> None:
    """So many extensions, so many attributes, in all."""
    for number in range(schemas.MAX_EXTENSIONS):
        schemas.declare(world.session, world.account, document(BADGE, id=f"urn:acme:crew:v{number}"))
    with pytest.raises(Refused, match="at most 10 extensions"):
        schemas.declare(world.session, world.account, document(BADGE, id="urn:acme:crew:more"))
    many = [{"name": f"a{number}"} for number in range(92)]
    with pytest.raises(Refused, match="at most 100 declared attributes"):
        schemas.declare(world.session, world.account, document(*many, id="urn:acme:crew:v1"))


def test_removing_what_is_not_there_is_told(world: World) -> None:
    """The message names what there is."""
    with pytest.raises(NotFound, match="no schema extension"):
        schemas.remove(world.session, world.account, OWN)
    world.declare(BADGE, {"name": "nick"})
    with pytest.raises(NotFound, match="it has: badge, nick"):
        schemas.remove(world.session, world.account, OWN, "shoeSize")
    assert schemas.remove(world.session, world.account, OWN, "BADGE").removed == ("badge",)
    assert schemas.remove(world.session, world.account, OWN, "nick").removed == ("nick",)
    assert schemas.list_extensions(world.session, world.account) == []


@pytest.mark.parametrize(
    ("name", "owner"),
    [("Acme & Söhne GmbH", "acme-s-hne-gmbh"), ("Enterprise", "the-id"), ("東京", "the-id"), ("--", "the-id")],
)
def test_the_default_urn_is_made_of_the_accounts_name(name: str, owner: str) -> None:
    """Something to recognise it by, and never that of RFC 7643 §4.3."""
    assert schemas.default_urn(name, "the-id") == f"urn:ietf:params:scim:schemas:extension:{owner}:2.0:User"


def test_a_declaration_without_urn_gets_the_default(world: World) -> None:
    """The same file declares the same extension each time."""
    urn = schemas.declare(world.session, world.account, {"attributes": [BADGE]}).urn
    assert urn.startswith("urn:ietf:params:scim:schemas:extension:crew-")
    again = schemas.declare(world.session, world.account, {"attributes": [BADGE, {"name": "nick"}]})
    assert (again.urn, again.added) == (urn, ("nick",))


def test_the_audit_trail_tells_the_declaration_and_whose_values_went(database: Database) -> None:
    """Before and after, the number of people, and each person's own loss; the chain holds."""
    customer = a_customer(database)
    with database.writing() as session:
        schemas.declare(session, customer.account_id, document(BADGE))
        store = open_directory_store(session, customer.account_id, customer.directory_id)
        person = service.create(store, "User", a_user("ann@acme.example") | {OWN: {"badge": "B-1"}}).id
    with database.writing() as session:
        schemas.remove(session, customer.account_id, OWN, drop_values=True)
    with database.reading() as session:
        query = select(EVENTS).where(EVENTS.c.account_id == customer.account_id).order_by(EVENTS.c.sequence)
        events = [row for row in session.execute(query) if row.action.startswith(("schema.", "user."))]
        assert audit.verify(session, customer.account_id).problem is None
    declared, lost, removed = events
    assert (declared.action, declared.target_name, declared.before) == ("schema.declared", OWN, None)
    assert declared.after["attributes"][0]["name"] == "badge"
    assert (lost.action, lost.target_id, lost.before, lost.after) == (
        "user.updated",
        person,
        {OWN: {"badge": "B-1"}},
        {},
    )
    assert (removed.action, removed.before["id"], removed.after) == ("schema.removed", OWN, {"dropped": {"badge": 1}})


def test_one_object_serves_all_requests_of_a_revision(database: Database) -> None:
    """Plans are compiled per type, so the type is built once; accounts without a declaration share SCIM's own."""
    customer, plain = a_customer(database), a_customer(database)

    def types(owner: Customer, *, writes: bool) -> Any:
        session = database.write_session() if writes else database.read_session()
        with session:
            return open_directory_store(session, owner.account_id, owner.directory_id).resource_types

    assert types(plain, writes=True) is types(plain, writes=False) is RESOURCE_TYPES
    with database.writing() as session:
        schemas.declare(session, customer.account_id, document(BADGE))
    first = types(customer, writes=False)
    assert first["User"] is types(customer, writes=True)["User"] is types(customer, writes=False)["User"]
    assert first["Group"] is RESOURCE_TYPES["Group"]
    with database.writing() as session:
        schemas.declare(session, customer.account_id, document(BADGE, {"name": "nick"}))
    assert types(customer, writes=False)["User"] is not first["User"]


def test_what_was_never_committed_is_never_served(database: Database) -> None:
    """A declaration that is rolled back leaves nothing behind under its revision."""
    customer = a_customer(database)
    for name in ("first", "second"):
        with database.write_session() as session:
            schemas.declare(session, customer.account_id, document({"name": name}))
            store = open_directory_store(session, customer.account_id, customer.directory_id)
            (own,) = store.resource_types["User"].schemas[2:]
            assert [one.name for one in own.attributes] == [name]
            session.rollback()


def test_few_accounts_are_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least recently used one goes first."""
    monkeypatch.setattr(schema_types, "_KEPT", 2)
    known, types = schema_types._Known(), [{"User": RESOURCE_TYPES["User"]} for _ in range(3)]
    for number in (0, 1):
        assert known.keep(str(number), 1, types[number]) is types[number]
    assert known.keep("0", 1, types[2]) is types[0]
    assert known.get("0", 1) is types[0]
    known.keep("2", 1, types[2])
    assert (known.get("0", 1), known.get("1", 1), known.get("2", 1)) == (types[0], None, types[2])


def test_two_first_declarations_at_once_do_not_overwrite_each_other(database: Database) -> None:
    """Both begin where nothing was declared: the later one is told to try again, or comes after the first."""
    customer = a_customer(database)
    told: list[str] = []

    def second() -> None:
        try:
            with database.writing() as session:
                schemas.declare(session, customer.account_id, document(BADGE, id="urn:acme:second:User"))
            told.append("declared")
        except Conflict as error:
            told.append(str(error))

    other = threading.Thread(target=second, daemon=True)
    with database.write_session() as session:
        schemas.declare(session, customer.account_id, document(BADGE))
        other.start()
        other.join(timeout=0.5)
        assert told == [], "the second did not wait"
        session.commit()
    other.join(timeout=20)
    assert len(told) == 1
    assert ("declared" if database.is_sqlite else "try again") in told[0]
    with database.writing() as session:
        schemas.declare(session, customer.account_id, document(BADGE, id="urn:acme:second:User"))
        urns = [one["id"] for one in schemas.list_extensions(session, customer.account_id)]
    assert urns == [OWN, "urn:acme:second:User"]


def test_accounts_do_not_see_each_other(database: Database) -> None:
    """A declaration belongs to one account, in all of its directories."""
    one, other = a_customer(database), a_customer(database)
    a_second_directory(database, one)
    with database.writing() as session:
        schemas.declare(session, one.account_id, document(BADGE))
        found = directories.list_directories(session, one.account_id)
        assert len(found) == 3
        for directory in found:
            store = open_directory_store(session, one.account_id, directory.id)
            assert store.resource_types["User"].find_schema(OWN) is not None
        store = open_directory_store(session, other.account_id, other.directory_id)
        assert store.resource_types["User"].find_schema(OWN) is None


def test_a_release_that_knows_no_extensions_gets_plain_people(
    database: Database, sqlite_template: Path, tmp_path: Path
) -> None:
    """Down below this migration and up again: people are there, their declared attributes are not, PATCH works."""
    name = f"muster_{uuid4().hex}"
    url = fresh_sqlite(sqlite_template, tmp_path) if database.is_sqlite else new_postgresql_database(name)
    own = Database(settings_for(url))
    customer = a_customer(own)
    with own.writing() as session:
        schemas.declare(session, customer.account_id, document(BADGE, {"name": "tags", "multiValued": True}))
        store = open_directory_store(session, customer.account_id, customer.directory_id)
        body = a_user("Zoë@acme.example", title="CTO") | {OWN: {"badge": "B-1", "tags": ["ä"]}}
        ids = [service.create(store, "User", one).id for one in (body, a_user())]
    with own.schema_engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0001")
        command.upgrade(alembic_config(connection), "head")
    with own.writing() as session:
        store = open_directory_store(session, customer.account_id, customer.directory_id)
        assert store.resource_types is RESOURCE_TYPES
        found = service.get(store, "User", ids[0])
        plain = {"schemas": [CORE_USER], "id": ids[0], "userName": "Zoë@acme.example", "title": "CTO", "active": True}
        assert found.attributes == plain
        search = session.execute(select(USERS.c.search).where(USERS.c.id == ids[0])).scalar_one()
        assert search == {"username": "zoë@acme.example", "title": "cto", "active": True}
        patch = {"op": "replace", "path": "title", "value": "CEO"}
        assert service.patch(store, "User", ids[0], a_patch(patch)).changed
        schemas.declare(session, customer.account_id, document(BADGE))
    own.dispose()


# Random declarations

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12)
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat(timespec="milliseconds")[:23] + "Z")
SIMPLE: dict[Type, st.SearchStrategy[Any]] = {
    Type.STRING: TEXTS,
    Type.BOOLEAN: st.booleans(),
    Type.INTEGER: st.integers(-(2**63), 2**63 - 1),
    Type.DECIMAL: st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False, width=32),
    Type.DATETIME: MOMENTS,
    Type.BINARY: st.sampled_from(["YWJj", "YQ==", "YWI="]),
    Type.REFERENCE: st.sampled_from(["https://acme.example/a", "urn:acme:b", "../c"]),
}
NAMES = st.from_regex(r"[a-z][a-zA-Z0-9_-]{0,8}", fullmatch=True).map(lambda name: f"{name}X")
_numbers = count()


@st.composite
def attributes(draw: st.DrawFn) -> tuple[dict[str, Any], Any]:
    """An attribute of any type, and a value of it."""

    def simple() -> tuple[dict[str, Any], st.SearchStrategy[Any]]:
        kind = draw(st.sampled_from([*SIMPLE]))
        facts: dict[str, Any] = {"name": draw(NAMES), "type": kind.value}
        if kind is Type.STRING:
            facts["caseExact"] = draw(st.booleans())
        return facts, SIMPLE[kind]

    facts, values = simple()
    if draw(st.booleans()):
        parts = {
            facts["name"].lower(): (facts, values)
            for facts, values in (simple() for _ in range(draw(st.integers(1, 3))))
        }
        facts = {"name": draw(NAMES), "type": "complex", "subAttributes": [part for part, _ in parts.values()]}
        values = st.fixed_dictionaries({part["name"]: inner for part, inner in parts.values()})
    if draw(st.booleans()):
        return facts | {"multiValued": True}, [draw(values)]
    return facts, draw(values)


def literal(value: Any) -> str:
    """A value as filters write it."""
    return orjson.dumps(value).decode()


def terms(attribute: Attribute, value: Any) -> list[str]:
    """Filters that a resource with this value matches."""
    name, first = f"{OWN}:{attribute.name}", value[0] if isinstance(value, list) else value
    if not attribute.sub:
        return [f"{name} pr", f"{name} eq {literal(first)}"]
    inner = " and ".join(f"{part} eq {literal(content)}" for part, content in first.items())
    each = [f"{name}.{part} eq {literal(content)}" for part, content in first.items()]
    return [f"{name} pr", f"{name}[{inner}]", *each]


@pytest.fixture(scope="module")
def open_for(database: Database) -> Any:
    """Opens one directory with given types, in a session that is rolled back."""
    with database.write_session() as session:
        world = World(session)

        def act(types: dict[str, ResourceType]) -> SqlDirectoryStore:
            return SqlDirectoryStore(
                session, OpenDirectory(world.account, world.directories[0], "generic", True, types), ""
            )

        yield act
        session.rollback()


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(one=attributes())
def test_any_attribute_keeps_and_finds_any_value(open_for: Callable[..., SqlDirectoryStore], one: Any) -> None:
    """Whatever is declared: the declaration reads back, values come back as sent, both kinds of filters find them."""
    facts, value = one
    schema = read_extension(document(facts), "")
    assert schema_document(read_extension(schema_document(schema), "")) == schema_document(schema)
    types = dict(extended([schema]))
    store, user_type = open_for(types), types["User"]
    user_name = f"{next(_numbers)}@acme.example"
    stored = service.create(store, "User", a_user(user_name) | {OWN: {facts["name"]: value}}).after
    assert stored is not None
    assert service.get(store, "User", stored.id).attributes[OWN] == {facts["name"]: value}
    for term in terms(schema.attributes[0], value):
        node = parse_filter(user_type, f'userName eq "{user_name}" and {term}')
        assert matches(node, stored.attributes), term
        assert store.search("User", Query(filter=node)).total == 1, term
        assert (
            store.search(
                "User", Query(filter=parse_filter(user_type, f'userName eq "{user_name}" and not ({term})'))
            ).total
            == 0
        )
