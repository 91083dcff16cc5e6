"""Loading profiles and registering catalogues: what is shown before, what is done, what survives, what is refused."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from sqlalchemy import select

from app import audit
from app.db import Database
from app.models import AuditEvent
from app.models.base import table
from app.services import (
    accounts,
    assignments,
    data_filters,
    default_roles,
    groups,
    individual,
    items,
    mapping_publish,
    profiles,
    roles,
    schemas,
    units,
    users,
)
from app.services.errors import Conflict, Forbidden, NotFound, Refused
from app.services.individual import Entry
from app.services.profile_plans import PlannedChange, RoleChange
from app.services.role_statements import StatementChange
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.access_tables import ACCOUNTS, PERMISSIONS, ROLES
from app.stores.holders import holders_of
from rbac.decide import decide
from tests.builders import a_giving

EVENTS = table(AuditEvent)
X = {"en": "x", "es": "y"}


def a_permission(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "title": X, "description": X, "operation": "reads"} | more


def a_document(*permissions: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    """The catalogue of a small platform, everything in one section."""
    every = [a_permission(one) if isinstance(one, str) else one for one in permissions]
    section = {"key": "shop.all", "title": X, "permissions": every}
    return {"name": "shop", "tabs": [{"key": "shop", "title": X, "sections": [section]}]} | more


def a_profile(*permissions: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    """The same with an owner role and a role for everything."""
    owner = {"name": "Owner", "title": X, "description": X, "owner": True}
    worker = {"name": "Worker", "title": X, "description": X, "allow": ["shop"]}
    return a_document(*permissions) | {"title": X, "description": X, "roles": [owner, worker]} | more


@dataclass
class World:
    """An account in a transaction that is undone."""

    session: Session
    account: str

    @property
    def here(self) -> tuple[Session, str]:
        return self.session, self.account

    def user(self, *given: str, **facts: Any) -> str:
        name = uuid4().hex[:8]
        users.create_user(*self.here, {"user_name": name, "roles": list(given)} | facts)
        return name

    def role(self, name: str, *nodes: str, deny: tuple[str, ...] = (), when: str | None = None) -> str:
        says = [StatementChange(node, "allow", when) for node in nodes]
        says += [StatementChange(node, "deny") for node in deny]
        return roles.create_role(*self.here, name, "", says).role.name

    def may(self, user: str, permission: str) -> bool:
        snapshot = SqlAccessStore(*self.here).snapshot([user])
        return decide(snapshot.policy, snapshot.subjects[user], permission).allowed

    def load(self, document: dict[str, Any] | str, **how: Any) -> PlannedChange:
        return profiles.load(*self.here, document, **how)

    def rows(self) -> list[Any]:
        """What a plan must not touch."""
        account = select(ACCOUNTS.c.profile, ACCOUNTS.c.access_revision).where(ACCOUNTS.c.id == self.account)
        said = select(PERMISSIONS).where(PERMISSIONS.c.account_id == self.account)
        kept = select(ROLES.c.id, ROLES.c.name, ROLES.c.revision).where(ROLES.c.account_id == self.account)
        order = PERMISSIONS.c.role_id, PERMISSIONS.c.permission, PERMISSIONS.c.effect
        return [
            self.session.execute(account).all(),
            self.session.execute(said.order_by(*order)).all(),
            self.session.execute(kept.order_by(ROLES.c.id)).all(),
        ]

    def revision(self) -> int:
        return int(self.rows()[0][0].access_revision)


@pytest.fixture
def world(session: Session) -> World:
    """An account with a shop's profile: see, sell and refund."""
    account = accounts.create_account(session, f"Profiles {uuid4().hex}").id
    made = World(session, account)
    made.load(a_profile("shop.see", "shop.sell", "shop.refund"))
    session.info.clear()
    return made


def change_of(plan: PlannedChange, role: str) -> RoleChange:
    return {one.name: one for one in plan.roles if one.fate != "removed"}[role]


def test_an_account_begins_with_its_profile(session: Session) -> None:
    """Default roles with words in both languages, the roles of new people, and the extensions that it needs."""
    account = accounts.create_account(session, f"T {uuid4().hex}", "teenvio").id
    listed = {role.name: role for role in roles.list_roles(session, account)}
    assert len(listed) == 14
    assert all(role.is_default for role in listed.values())
    owners = [role.name for role in listed.values() if role.is_owner]
    assert owners == ["Administrator"]
    stored = session.execute(select(ROLES.c.texts).where(ROLES.c.id == listed["Designer"].id)).scalar_one()
    assert stored["title"] == {"en": "Designer", "es": "Diseñador"}
    assert len(default_roles.get_default_roles(session, account)) == 12
    account = accounts.create_account(session, f"A {uuid4().hex}", "authzen-certification").id
    [extension] = schemas.list_extensions(session, account)
    assert extension["id"] == "urn:muster:certification:User"


def test_loading_the_same_again_changes_nothing(world: World) -> None:
    """Not a row, and no event."""
    ana = world.user("Worker")
    before = world.rows()[1:]
    done = world.load(a_profile("shop.see", "shop.sell", "shop.refund"))
    assert not done.is_change
    assert world.rows()[1:] == before
    assert world.may(ana, "shop.sell")


def test_a_plan_shows_the_difference_and_changes_nothing(world: World) -> None:
    """Permissions, roles, people; and loading does exactly what was shown."""
    ana, bea, all_else = world.user("Worker"), world.user(), world.user()
    individual.put(*world.here, all_else, [Entry("shop", "allow")])
    own = world.role("Cashier", "shop.sell")
    assignments.assign(*world.here, a_giving(own, bea))
    after = a_profile("shop.see", a_permission("shop.sell", requires=["shop.see"]), "shop.pack", version="2")
    before = world.rows()
    plan = profiles.plan(*world.here, after)
    assert world.rows() == before
    assert (plan.permissions.added, plan.permissions.removed) == (("shop.pack",), ("shop.refund",))
    assert plan.permissions.changed == {"shop.sell": ("requires",)}
    worker = change_of(plan, "Worker")
    assert (worker.fate, worker.is_default, worker.holders) == ("changed", True, 1)
    assert (worker.gained, worker.lost) == (("shop.pack",), ("shop.refund",))
    cashier = change_of(plan, "Cashier")
    assert (cashier.fate, cashier.is_default, cashier.holders) == ("kept", False, 1)
    assert cashier.lacking == {"shop.sell": ("shop.see",)}
    assert plan.people == 2
    assert (plan.version, plan.former_version) == ("2", None)
    assert not plan.drops
    world.session.info.clear()  # one transaction makes one revision
    revision = world.revision()
    assert world.load(after) == plan
    assert world.revision() > revision
    assert world.may(ana, "shop.pack")
    assert not world.may(ana, "shop.refund")
    assert world.may(bea, "shop.sell")


def test_what_changed_is_on_record(database: Database) -> None:
    """With the difference and whoever did it; what was taken from roles and people has events of its own."""
    olga = audit.Actor("token", "t-1", "release pipeline")
    with database.writing() as session:
        account = accounts.create_account(session, f"Record {uuid4().hex}").id
        made = World(session, account)
        made.load(a_profile("shop.see", "shop.sell"))
        ana = made.user()
        made.role("Seller", "shop.sell")
        individual.put(session, account, ana, [Entry("shop.sell", "allow")])
    with database.writing() as session:
        audit.begin(session, olga)
        profiles.register(session, account, a_document("shop.see", version="2"), drop=True)
    with database.reading() as session:
        rows = session.execute(select(EVENTS).where(EVENTS.c.account_id == account, EVENTS.c.actor_id == "t-1")).all()
        assert audit.verify(session, account).problem is None
    events = {row.action: row for row in rows}
    assert set(events) == {"catalogue.registered", "role.changed", "individual_permission.removed"}
    done = events["catalogue.registered"]
    assert done.before == {"profile": "shop", "version": None}
    assert done.after["version"] == "2"
    assert done.after["permissions"]["removed"] == ["shop.sell"]
    assert events["role.changed"].before == {"names": ["shop.sell"]}
    assert (events["individual_permission.removed"].target_name, done.reason) == (ana, None)


def test_only_account_owners_say_what_can_be_permitted(world: World) -> None:
    """Programs may, and owners; whoever has another role may not even look at what it would do."""
    after = a_profile("shop.see", "shop.sell", "shop.refund", "shop.pack")
    for role, may in (("Worker", False), ("Owner", True)):
        name = world.user(role)
        audit.begin(world.session, audit.Actor("person", users.get_user(*world.here, name).id, name))
        for act in (profiles.plan, profiles.load):
            if may:
                act(*world.here, after)
            else:
                with pytest.raises(Forbidden):
                    act(*world.here, after)
        audit.begin(world.session, audit.SYSTEM)


def test_own_roles_survive_what_a_profile_brings(world: World) -> None:
    """What they say, who has them, what they were made of."""
    ana = world.user()
    own = world.role("Cashier", "shop.sell", deny=("shop.refund",))
    assignments.assign(*world.here, a_giving(own, ana))
    world.load(a_profile("shop.see", "shop.sell", "shop.refund", "shop.pack"))
    statements = {(one.permission, one.effect) for one in roles.get_role(*world.here, own).statements}
    assert statements == {("shop.sell", "allow"), ("shop.refund", "deny")}
    assert world.may(ana, "shop.sell")


def test_what_would_be_taken_from_somebody_has_to_be_asked_for(world: World) -> None:
    """Nodes that vanish from own roles and from people themselves: shown, refused, and done only when said."""
    ana = world.user()
    world.role("Refunder", "shop.refund", "shop.see")
    individual.put(*world.here, ana, [Entry("shop.refund", "allow"), Entry("shop.sell", "allow")])
    after = a_profile("shop.see", "shop.sell")
    plan = profiles.plan(*world.here, after)
    assert len(plan.drops) == 2
    assert "'Refunder' names shop.refund" in plan.drops[0]
    assert ana in plan.drops[1]
    assert change_of(plan, "Refunder").vanishing == ("shop.refund",)
    assert plan.people == 1
    with pytest.raises(Conflict, match=r"(?s)asked for.*'Refunder' names shop.refund"):
        world.load(after)
    assert world.may(ana, "shop.refund")
    world.load(after, drop=True)
    assert [one.permission for one in roles.get_role(*world.here, "Refunder").statements] == ["shop.see"]
    assert [one.permission for one in individual.of_user(*world.here, ana)] == ["shop.sell"]
    assert world.may(ana, "shop.sell")


def test_a_deny_that_vanishes_is_shown_as_well(world: World) -> None:
    """A permission under a new key would otherwise slip through: the plan says that the role gives it now."""
    world.role("No refunds", "shop", deny=("shop.refund",))
    plan = profiles.plan(*world.here, a_profile("shop.see", "shop.sell", "shop.repay"))
    found = change_of(plan, "No refunds")
    assert found.vanishing == ("shop.refund",)
    assert found.gained == ("shop.repay",)


def test_conditions_that_would_mean_nothing_are_refused(world: World) -> None:
    """Nothing can be said to drop them: somebody has to decide what they shall mean."""
    with_mood = a_profile("shop.see", "shop.sell", "shop.refund", action_attributes=[{"name": "mood"}])
    world.load(with_mood)
    world.role("In a good mood", "shop.refund", when='action.mood eq "good"')
    without = a_profile("shop.see", "shop.sell", "shop.refund")
    assert "In a good mood" in profiles.plan(*world.here, without).conflicts[0]
    with pytest.raises(Conflict, match=r"action\.mood"):
        world.load(without, drop=True)
    with pytest.raises(Conflict, match="mean nothing"):
        world.load(with_mood | {"action_attributes": [{"name": "mood", "type": "number"}]}, drop=True)


def test_data_filters_that_would_mean_nothing_are_refused(world: World) -> None:
    """The type of records must stay, with the attributes that filters name."""
    kind = {"name": "customer", "title": X, "records": True, "attributes": [{"name": "region"}]}
    world.load(a_profile("shop.see", "shop.sell", "shop.refund", item_types=[kind]))
    units.create_unit(*world.here, "emea", "EMEA")
    data_filters.set_filter(*world.here, "customer", 'region eq "EMEA"', unit="emea")
    for types in ([], [kind | {"attributes": [{"name": "country"}]}], [kind | {"records": False}]):
        with pytest.raises(Conflict, match="data filter"):
            world.load(a_profile("shop.see", "shop.sell", "shop.refund", item_types=types), drop=True)


def test_items_of_a_type_that_goes_have_to_be_asked_for(world: World) -> None:
    """They stay, unknown to decisions, and are back when the type is."""
    kind = {"name": "till", "title": X, "inventory": "held"}
    with_type = a_profile(a_permission("shop.see", item_types=["till"]), "shop.sell", item_types=[kind])
    world.load(with_type)
    items.register(*world.here, {"type": "till", "id": "t-1"})
    without = a_profile("shop.see", "shop.sell")
    plan = profiles.plan(*world.here, without)
    assert plan.item_types.removed == ("till",)
    assert plan.drops == ("1 items of the type till are known, which is gone",)
    with pytest.raises(Conflict, match="till"):
        world.load(without)
    world.load(without, drop=True)
    world.load(with_type)
    assert items.get(*world.here, "till", "t-1").id == "t-1"


def test_a_default_role_in_use_is_not_lost(world: World) -> None:
    """Neither one that people have, nor one that the role mapping gives; once nobody uses it, it goes."""
    ana = world.user("Worker")
    without = a_profile("shop.see", "shop.sell", "shop.refund")
    without["roles"] = without["roles"][:1]
    plan = profiles.plan(*world.here, without)
    assert plan.conflicts == ("the profile has no role 'Worker', and 1 assignments still use it; remove them first",)
    with pytest.raises(Conflict, match="'Worker'"):
        world.load(without)
    assignments.unassign(*world.here, a_giving("Worker", ana))
    groups.create_group(*world.here, {"display_name": "Shop"})
    rule = {"name": "Shop", "group": {"name": "Shop"}, "grants": [{"role": "Worker"}]}
    mapping_publish.publish(*world.here, {"rules": [rule]}, author="test", reason="test")
    with pytest.raises(Conflict, match=r"role mapping uses it \(Shop\)"):
        world.load(without)
    mapping_publish.publish(*world.here, {"rules": []}, author="test", reason="test")
    done = world.load(without)
    assert [(one.name, one.lost) for one in done.roles if one.fate == "removed"] == [
        ("Worker", ("shop.see", "shop.sell", "shop.refund"))
    ]
    assert [role.name for role in roles.list_roles(*world.here)] == ["Owner"]


def test_the_owner_role_keeps_its_holders_under_another_name(session: Session) -> None:
    """Else nobody could manage the account once it has another platform."""
    account = accounts.create_account(session, f"Owners {uuid4().hex}").id
    world = World(session, account)
    accounts.create_owner(session, account, "olga")
    assert not world.may("olga", "campaigns.email.view")
    done = world.load("teenvio")
    found = change_of(done, "Administrator")
    assert (found.fate, found.formerly, found.holders) == ("changed", "Account Owner", 1)
    assert world.may("olga", "users.people.manage")
    world.load("email-marketing")
    assert world.may("olga", "account.roles.assign")
    assert not world.may("olga", "campaigns.email.view")
    owners = [role.name for role in roles.list_roles(*world.here) if role.is_owner]
    assert owners == ["Account Owner"]


def test_a_role_of_ones_own_is_not_taken_over(world: World) -> None:
    """A profile that brings a default role of that name waits until it is renamed."""
    world.role("Packer", "shop.sell")
    after = a_profile("shop.see", "shop.sell", "shop.refund")
    after["roles"].append({"name": "packer", "title": X, "description": X})
    with pytest.raises(Conflict, match="'Packer'"):
        world.load(after)


def test_the_roles_of_new_people_are_set_once(world: World) -> None:
    """A profile's are taken where the account has none; what somebody decided there stays."""
    document = a_profile("shop.see", "shop.sell", "shop.refund", default_roles=["Worker"])
    assert profiles.plan(*world.here, document).default_roles == ("Worker",)
    world.load(document)
    assert [role.name for role in default_roles.get_default_roles(*world.here)] == ["Worker"]
    other = copy.deepcopy(document) | {"default_roles": ["Helper"]}
    other["roles"].append({"name": "Helper", "title": X, "description": X})
    assert world.load(other).default_roles is None
    assert [role.name for role in default_roles.get_default_roles(*world.here)] == ["Worker"]


def test_attributes_of_people_must_be_theirs(world: World, tmp_path: Path) -> None:
    """A path that leads nowhere, to several values, or to another type."""
    for path, why in (
        ("shoeSize", "users have no attribute shoeSize"),
        ("emails.value", "several values"),
        ("active", "of the type boolean, not string"),
    ):
        attribute = {"name": "a", "path": path}
        document = a_profile("shop.see", "shop.sell", "shop.refund", subject_attributes=[attribute])
        with pytest.raises(Conflict, match=why):
            world.load(document)
        with pytest.raises(Refused, match=why):
            accounts.create_account(world.session, f"New {uuid4().hex}", written(document, tmp_path))
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
    fine = {"name": "department", "path": enterprise}
    done = world.load(a_profile("shop.see", "shop.sell", "shop.refund", subject_attributes=[fine]))
    assert done.attributes.added == ("subject.department",)


def written(document: Any, folder: Path, kind: str = "json") -> str:
    """A document in a file; TOML is written by hand where it is needed."""
    file = folder / f"{uuid4().hex}.{kind}"
    file.write_text(json.dumps(document) if kind == "json" else yaml.safe_dump(document), encoding="utf-8")
    return str(file)


# A platform's own catalogue


@pytest.mark.parametrize("kind", ["json", "yaml", "yml"])
def test_a_platform_registers_its_own_catalogue(world: World, tmp_path: Path, kind: str) -> None:
    """From a file of each kind; its name and version are those of the account, its permissions are decided on."""
    ana = world.user("Worker")
    manifest = a_document("shop.see", "shop.sell", "shop.refund", "shop.pack", name="own-shop", version="7")
    done = profiles.register(*world.here, profiles.read_document(written(manifest, tmp_path, kind)))
    assert (done.profile, done.formerly, done.version) == ("own-shop", "shop", "7")
    assert world.may(ana, "shop.pack")
    name, catalogue = profiles.show(*world.here)
    assert (name, catalogue.version, len(catalogue)) == ("own-shop", "7", 4)
    assert profiles.document_of(*world.here) == manifest


def test_a_manifest_in_toml(world: World, tmp_path: Path) -> None:
    """The third way to write it."""
    file = tmp_path / "manifest.toml"
    file.write_text(
        """
        name = "shop"
        version = "1"
        [[tabs]]
        key = "shop"
        title = { en = "Shop", es = "Tienda" }
        [[tabs.sections]]
        key = "shop.all"
        title = { en = "Shop", es = "Tienda" }
        permissions = [
          { key = "see", operation = "reads", title = { en = "S", es = "V" }, description = { en = "S", es = "V" } },
        ]
        """
    )
    assert profiles.register(*world.here, profiles.read_document(str(file))).permissions.added == ("see",)


def test_registering_the_same_again_changes_nothing(world: World) -> None:
    """So every release of a platform may do it; other content needs another version."""
    manifest = a_document("shop.see", "shop.sell", "shop.refund", version="1")
    assert profiles.register(*world.here, manifest).is_change
    before = world.rows()[1:]
    assert not profiles.register(*world.here, manifest).is_change
    assert world.rows()[1:] == before
    other = a_document("shop.see", "shop.sell", "shop.refund", "shop.pack", version="1")
    with pytest.raises(Conflict, match=r"version 1 of shop is registered with other content"):
        profiles.register(*world.here, other)
    assert profiles.register(*world.here, other | {"version": "2"}).permissions.added == ("shop.pack",)


def test_all_roles_stay_where_a_manifest_has_none(world: World) -> None:
    """Default roles too; what they name and will be gone has to be asked for, and the plan says so."""
    roles_before = [role.name for role in roles.list_roles(*world.here)]
    manifest = a_document("goods.see", version="1")
    manifest["tabs"][0] |= {"key": "goods"}
    manifest["tabs"][0]["sections"][0]["key"] = "goods.all"
    plan = profiles.plan_registration(*world.here, manifest)
    assert plan.drops == ("the role 'Worker' names shop.*, where nothing is left",)
    with pytest.raises(Conflict, match="Worker"):
        profiles.register(*world.here, manifest)
    profiles.register(*world.here, manifest, drop=True)
    assert [role.name for role in roles.list_roles(*world.here)] == roles_before
    assert roles.get_role(*world.here, "Worker").statements == ()


def test_everything_wrong_with_a_manifest_is_named(world: World) -> None:
    """Each place at once, and nothing is changed."""
    manifest = a_document(
        "shop.see",
        "shop.see",
        a_permission("shop.sell", requires=["shop.nothing"], item_types=["tile"], operation="writes"),
        version="1",
        roles=[],
        surprise=True,
    )
    with pytest.raises(Refused) as first:
        profiles.register(*world.here, manifest)
    for place in ("permissions[2].operation", "roles: Unknown field", "surprise: Unknown field"):
        assert place in str(first.value)
    manifest["tabs"][0]["sections"][0]["permissions"][2]["operation"] = "modifies"
    del manifest["roles"], manifest["surprise"]
    manifest |= {
        "item_types": [{"name": "till", "title": X, "attributes": [{"name": "owner"}]}],
        "administration": {"assign_roles": "shop.assign"},
        "items": {"common": "shop.common"},
    }
    with pytest.raises(Refused) as second:
        profiles.register(*world.here, manifest)
    for place in (
        'permissions[1].key: "shop.see" is used already',
        'permissions[2].requires: there is no permission "shop.nothing"',
        'permissions[2].item_types: there is no item type "tile"',
        'item_types[0].attributes[0].name: "owner" has a meaning of its own',
        'administration.assign_roles: there is no permission "shop.assign"',
        'items.common: there is no permission "shop.common"',
    ):
        assert place in str(second.value)
    with pytest.raises(Refused, match="version"):
        profiles.register(*world.here, a_document("shop.see"))


def test_files_that_are_not_documents(world: World, tmp_path: Path) -> None:
    """Each says what it is not."""
    for name, content, why in (
        ("a.json", "{", "JSON"),
        ("a.toml", "= 1", "TOML"),
        ("a.yaml", "a: [", "YAML"),
        ("b.yaml", "- 1", "no document"),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(Refused, match=why):
            profiles.read_profile(str(tmp_path / name))
    with pytest.raises(NotFound, match="cannot be read"):
        profiles.read_document(str(tmp_path / "nowhere.yaml"))
    with pytest.raises(NotFound, match="emarsys"):
        profiles.read_profile("nonsense")


def test_a_condition_of_a_profile_must_mean_something() -> None:
    """Its grammar and what it may speak of are checked with the place."""
    document = a_profile("shop.see", "shop.sell", action_attributes=[{"name": "mood"}])
    for when, why in (('action.mod eq "x"', "action.mod"), ("action.mood eq 3", "action.mood"), ("and", "")):
        document["roles"][1]["allow"] = [{"node": "shop.see", "when": when}]
        with pytest.raises(Refused, match=rf"(?s)roles\[1\].*{why}"):
            profiles.read_profile(document)
    document["roles"][1]["allow"] = [{"node": "shop.see", "when": 'action.mood eq "x"'}]
    assert profiles.read_profile(document).roles[1].entries[0].when == 'action.mood eq "x"'


# Who has a role


def test_holders_of_a_role(world: World) -> None:
    """Their own, a group's at any depth, a unit's for whoever works there; nobody who is switched off."""
    units.create_unit(*world.here, "emea", "EMEA")
    units.create_unit(*world.here, "spain", "Spain", "emea")
    own, gone = world.user("Worker"), world.user("Worker", active=False)
    member, inner = world.user(), world.user()
    here, below, everywhere = world.user(), world.user(), world.user()
    for name, members, below_it in (("Inner", [inner], []), ("Outer", [member], ["Inner"])):
        made = groups.create_group(*world.here, {"display_name": name})
        groups.add_members(*world.here, made.id, members, below_it)
    units.add_worker(*world.here, here, "emea")
    units.add_worker(*world.here, below, "spain")
    assignments.assign(*world.here, a_giving("Worker", group="Outer"))
    for name in ("Here", "Below"):
        world.role(name, "shop.see")
    assignments.assign(*world.here, a_giving("Here", principal_unit="emea"))
    assignments.assign(*world.here, a_giving("Below", principal_unit="emea", children=True))
    ids = {role.name: role.id for role in roles.list_roles(*world.here)}
    names = {users.get_user(*world.here, name).id: name for name in (own, gone, member, inner, here, below, everywhere)}
    found = holders_of(*world.here, list(ids.values()))
    held = {name: {names[user] for user in found[id]} for name, id in ids.items()}
    # Whoever has no unit of their own works everywhere.
    anywhere = {own, member, inner, everywhere}
    assert held == {
        "Owner": set(),
        "Worker": {own, member, inner},
        "Here": anywhere | {here},
        "Below": anywhere | {here, below},
    }
    assert gone not in held["Worker"]


def test_a_plan_is_made_by_whoever_only_reads(database: Database) -> None:
    """Also where roles come through groups, on a connection that never writes."""
    with database.writing() as session:
        made = World(session, accounts.create_account(session, f"Reading {uuid4().hex}").id)
        made.load(a_profile("shop.see", "shop.sell"))
        ana = made.user()
        group = groups.create_group(*made.here, {"display_name": "Shop"}).id
        groups.add_members(*made.here, group, [ana], ())
        assignments.assign(*made.here, a_giving("Worker", group=group))
    with database.reading() as session:
        plan = profiles.plan(session, made.account, a_profile("shop.see", "shop.sell", "shop.pack"))
    assert change_of(plan, "Worker").holders == plan.people == 1
