"""Whatever happens to an organisation, kept up step by step it is as if it was derived from nothing."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.models.base import now
from app.services import roles, units
from app.services.errors import Conflict
from app.services.mapping_filters import Conditions
from app.services.patterns import Matcher
from app.services.roles import RoleEdit
from app.session import Session
from app.stores import holdings, mapping_bindings, mapping_rules, nesting
from app.stores.access import SqlAccessStore
from app.stores.access_tables import USERS
from rbac.mapping import Derived, derive
from scim import service
from scim.schemas import RESOURCE_TYPES
from tests.builders import ENTERPRISE, a_patch, a_user
from tests.effort import examples
from tests.stores.test_mapping_store import World, a_world

UNITS = ("emea", "iberia")
ROLES = ("Marketer", "Analyst", "Viewer", "Administrator")
NAMES = ("mc-emea-viewer", "mc-iberia-marketer", "mc-apac-viewer", "mc-emea-lead", "mc-emea-administrator", "Team")
DEPARTMENTS = ("Marketing", "Sales", "IT")
FILTERS = (f'{ENTERPRISE}:department eq "marketing"', "active eq true", f'not ({ENTERPRISE}:department sw "S")')
STEPS = (
    *("join", "leave", "nest", "unnest", "drop", "rename", "new_group", "new_user", "change", "publish", "publish"),
    *("role_comes", "role_goes", "role_renamed", "unit_comes", "unit_renamed", "home"),
)
histories = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 10**6)), max_size=16)


@dataclass
class Organisation:
    """People and groups that things happen to. ``kept`` is what each paused rule gives everybody, since it paused."""

    world: World
    people: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    kept: dict[str, set[tuple[str, Any]]] = field(default_factory=dict)
    by_hand: dict[str, str] = field(default_factory=dict)

    @property
    def here(self) -> tuple[Session, str]:
        return self.world.session, self.world.account

    def step(self, what: str, chance: random.Random) -> None:
        world, group, other = self.world, chance.choice(self.groups), chance.choice(self.groups)
        match what:
            case "join":
                world.move(group, add=tuple(chance.sample(self.people, 2)))
            case "leave":
                world.move(group, remove=(chance.choice(self.people),))
            case "nest":
                world.move(group, add=(other,))
            case "unnest":
                world.move(group, remove=(other,))
            case "drop":
                self.groups.remove(group)
                world.delete("Group", group)
                self.groups.append(world.group(chance.choice(self.people)))
            case "rename":
                self.patch("Group", group, "displayName", self.name(chance))
            case "new_group":
                members = chance.sample(self.people, 2)
                self.groups.append(world.group(*members, name=self.name(chance)))
            case "new_user":
                self.people.append(self.new_user(chance))
            case "change":
                who = chance.choice(self.people)
                if chance.random() < 0.3:
                    self.patch("User", who, "active", chance.random() < 0.5)
                else:
                    self.patch("User", who, f"{ENTERPRISE}:department", chance.choice(DEPARTMENTS))
            case "publish":
                world.publish(*(self.rule(number, chance) for number in range(chance.randint(0, 5))))
            case "home":
                who, unit = chance.choice(self.people), chance.choice([None, *UNITS])
                units.set_home(*self.here, who, unit)
                self.by_hand.pop(who, None)
                if unit is not None:
                    self.by_hand[who] = unit
            case _:
                self.roles_and_units(what, chance)

    def roles_and_units(self, what: str, chance: random.Random) -> None:
        try:
            match what:
                case "role_comes":
                    roles.create_role(*self.here, "Lead", privileged=chance.random() < 0.3)
                case "role_goes":
                    if self.has_role("Lead"):
                        roles.delete_role(*self.here, "Lead")
                case "role_renamed":
                    if self.has_role("Lead"):
                        edit = chance.choice([RoleEdit(privileged=True), RoleEdit(privileged=False), RoleEdit("lead")])
                        roles.edit_role(*self.here, "Lead", edit)
                case "unit_comes":
                    units.create_unit(*self.here, "apac", "Asia", chance.choice(UNITS))
                case "unit_renamed":
                    found = chance.choice([one for one in units.list_units(*self.here) if one.parent is not None])
                    units.edit_unit(*self.here, found.key, name=chance.choice(["APAC", "Lead", "EMEA"]))
        except Conflict:
            pass  # it is there already, or in use

    def has_role(self, name: str) -> bool:
        policy = SqlAccessStore(*self.here).snapshot([]).policy
        return policy.find_role(name) is not None

    def patch(self, kind: str, id: str, path: str, value: Any) -> None:
        operation = {"op": "replace", "path": path, "value": value}
        self.world.done(service.patch(self.world.directory, kind, id, a_patch(operation)))

    def new_user(self, chance: random.Random) -> str:
        body = a_user(**{ENTERPRISE: {"department": chance.choice(DEPARTMENTS)}})
        return self.world.done(service.create(self.world.directory, "User", body))

    def name(self, chance: random.Random) -> str:
        """One that is free: the names of groups are unique in a directory."""
        taken = {group.name.lower() for group in mapping_bindings.groups_to_match(*self.here, None)}
        free = [name for name in NAMES if name.lower() not in taken]
        return chance.choice(free) if free else f"Group {len(taken)}"

    def rule(self, number: int, chance: random.Random) -> dict[str, Any]:
        unit, home = chance.choice(UNITS), chance.random() < 0.5
        rule: dict[str, Any] = {"name": f"rule {number}", "paused": chance.random() < 0.2}
        rule["grants"] = [{"role": chance.choice(ROLES)}]
        rule["works_in"] = [{"unit": unit, "children": chance.random() < 0.5, "home": home}]
        kind = chance.choice(["group", "pattern", "name", "filter", "both"])
        if kind in ("group", "both"):
            rule["group"] = {"id": chance.choice(self.groups)}
        if kind == "pattern":
            rule["pattern"] = {"text": "mc-{business_unit}-{role}"}
            rule["grants"] = [{"role": "{role}", "unit": "{business_unit}", "children": True}]
            rule["works_in"] = [{"unit": "{business_unit}", "home": home}]
            rule["allow_privileged"] = chance.random() < 0.3
        if kind == "name":
            rule["pattern"] = {"text": chance.choice(["Team", "mc-{x}"])}
        if kind in ("filter", "both") or chance.random() < 0.2:
            rule["where"] = chance.choice(FILTERS)
        if chance.random() < 0.3:
            rule |= chance.choice([{"days": 30}, {"until": (now() + timedelta(days=9)).isoformat()}])
        return rule

    def check(self) -> None:
        """Everything is read anew and derived from nothing, but for what paused rules gave before."""
        session, account = self.here
        loaded = mapping_rules.all_rules(session, account)
        policy = SqlAccessStore(session, account).snapshot([]).policy
        groups = mapping_bindings.groups_to_match(session, account, None)
        bound = {(one.rule_id, one.group.id): one.means for one in Matcher(policy).bindings(loaded.rules.rules, groups)}
        patterns = {rule.id for rule in loaded.rules.rules if rule.pattern is not None}
        assert bound == {(one.rule_id, one.group.id): one.means for one in loaded.bindings if one.rule_id in patterns}
        conditions = Conditions(loaded.rules.rules, RESOURCE_TYPES["User"])
        held = holdings.held_by(session, account, self.people, now(), loaded.rules.group_ids)
        conditions.ask(session, account, held)
        paused: defaultdict[str, set[tuple[str, Any]]] = defaultdict(set)
        given: defaultdict[str, set[tuple[str, Any]]] = defaultdict(set)
        for user, mine in held.items():
            live = {one: source for one, source in mine.derived().items() if one.rule_id in loaded.rules.live}
            everywhere = nesting.groups_holding(session, account, user)
            assert live.keys() == derive(loaded.rules, everywhere, mine.satisfied)
            for one, source in live.items():
                assert source.expires == loaded.rules.live[one.rule_id].term.ends(source.created)
            for one in mine.derived():
                rows = given if one in live else paused
                rows[one.rule_id].add((user, one.effect))
            self.check_home(user, mine.home, mine.home_is_mapped, [*mine.works], loaded)
        self.check_kept(paused, loaded, set(policy.roles))
        self.kept = {**given, **paused}

    def check_kept(self, paused: Any, loaded: mapping_rules.Loaded, role_ids: set[str]) -> None:
        for rule in loaded.rules.rules:
            if rule.paused:
                before = self.kept.get(rule.id, set())
                # With a role goes what it was.
                before = {one for one in before if one[1].role_id is None or one[1].role_id in role_ids}
                assert paused[rule.id] == before

    def check_home(
        self, user: str, home: str | None, mapped: bool, works: list[Derived], loaded: mapping_rules.Loaded
    ) -> None:
        keys = {unit.id: unit.key for unit in units.list_units(*self.here)}
        if user in self.by_hand:
            assert (keys.get(home or ""), mapped) == (self.by_hand[user], False)
            return
        places = {rule.id: rule.position for rule in loaded.rules.rules}
        wanted = [(places[one.rule_id], one.rule_id, one.effect.unit_id) for one in works if one.effect.home]
        assert (home, mapped) == ((min(wanted)[2], True) if wanted else (None, False))


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories, seed=st.integers(0, 10**6))
def test_step_by_step_is_the_same_as_from_nothing(session: Session, history: list[tuple[str, int]], seed: int) -> None:
    """Groups that nest and are renamed, attributes, roles and units that come and go, rules of every kind."""
    organisation, chance = Organisation(a_world(session)), random.Random(seed)
    organisation.people = [organisation.new_user(chance) for _ in range(4)]
    for name in chance.sample(NAMES, 3):
        organisation.groups.append(organisation.world.group(chance.choice(organisation.people), name=name))
    organisation.step("publish", chance)
    organisation.check()
    for what, number in history:
        organisation.step(what, random.Random(number))
        organisation.check()
    everybody = session.execute(select(USERS.c.id).where(USERS.c.account_id == organisation.world.account)).scalars()
    assert set(everybody) == set(organisation.people)
