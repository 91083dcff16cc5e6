"""Items: owner, group and rest; levels; business units and shares; owners who are gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as sampled
from hypothesis import strategies as st

from rbac.catalogue import ItemKeys, Operation, OwnerGone
from rbac.decide import Resource, decide
from rbac.items import Access, Barrier, Item, Level, Levels, Person, Relation, access_to, level_of
from rbac.model import Code, Decision, Grant, Policy, Reach, Subject, Work
from tests.policies import PLATFORM, a_catalogue, a_kind, a_policy, ana, given, has, says

FORBIDDEN, READ, MODIFY = Level
DOC = PLATFORM.item_kinds["doc"]
ALLOWED_DOCS = {"worker": [says("docs")], "boss": [says("items.all")], "user": [says("items.common")]}


def levels(owner: Level = MODIFY, group: Level = FORBIDDEN, rest: Level = FORBIDDEN) -> Levels:
    return Levels(owner, group, rest)


def a_doc(type: str = "doc", unit: str | None = "u0", **more: Any) -> Item:
    return Item(type, "d-1", unit, **more)


def may(
    permission: str,
    item: Item | None,
    *grants: Grant,
    groups: tuple[str, ...] = (),
    unit: str | None = None,
    **who: Any,
) -> Decision:
    policy = a_policy(ALLOWED_DOCS)
    resource = Resource(item.type if item else "doc", "d-1", item)
    return decide(policy, ana(has("worker"), *grants, **who), permission, resource, unit, groups=groups)


@pytest.mark.parametrize("relation", Relation)
@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize(
    ("permission", "needed"), [("docs.read", READ), ("docs.edit", MODIFY), ("docs.delete", MODIFY)]
)
def test_the_first_class_that_fits_counts(relation: Relation, level: Level, permission: str, needed: Level) -> None:
    """Owner, else owner group, else rest; the other levels say nothing."""
    others = MODIFY if level is FORBIDDEN else FORBIDDEN
    item = a_doc(
        owner="ana-id" if relation is Relation.OWNER else "bob-id",
        owner_group="g1",
        levels=Levels(*(level if one is relation else others for one in Relation)),
    )
    groups = ("g1",) if relation is not Relation.REST else ("g2",)
    decision = may(permission, item, has("user"), groups=groups)
    assert decision.allowed is level.reaches(needed)
    assert decision.code is (Code.ALLOWED if decision.allowed else Code.ITEM_LEVEL)
    assert decision.item == Access(relation, needed, level, None if decision.allowed else Barrier.LEVEL)


def test_the_roles_come_first() -> None:
    """An item never gives what no role allows."""
    item = a_doc(owner="ana-id", levels=levels(MODIFY, MODIFY, MODIFY))
    for person in (ana(), ana(has("user")), ana(has("boss"))):
        decision = decide(a_policy(ALLOWED_DOCS), person, "docs.read", Resource("doc", "d-1", item))
        assert (decision.code, decision.item) == (Code.NO_GRANT, None)


def test_a_role_is_a_group_of_its_holders() -> None:
    """Those who have it where they work: by themselves, by a group, by their unit."""
    item = a_doc(owner_role="team", levels=levels(group=MODIFY))
    policy = a_policy(ALLOWED_DOCS | {"team": []})
    for grants, code in (
        ((), Code.ITEM_LEVEL),
        ((has("team"),), Code.ALLOWED),
        ((has("team", "u3", Reach.UNIT),), Code.ITEM_LEVEL),
    ):
        person = ana(has("worker"), has("user"), *grants)
        assert decide(policy, person, "docs.edit", Resource("doc", "d-1", item)).code is code


def test_the_rest_is_reached_only_with_the_common_permission() -> None:
    """What tells a worker with their own items from one with everybody's."""
    item = a_doc(owner="bob-id", levels=levels(rest=MODIFY))
    assert may("docs.edit", item, has("user")).allowed
    refused = may("docs.edit", item)
    assert refused.code is Code.ITEM_LEVEL
    assert refused.item == Access(Relation.REST, MODIFY, FORBIDDEN, Barrier.LEVEL)
    mine = replace(item, owner="ana-id")
    assert may("docs.edit", mine).allowed
    conditional = {"worker": [says("docs")], "user": [says("items.common", when="context.hour lt 17")]}
    resource, person = Resource("doc", "d-1", item), ana(has("worker"), has("user"))
    assert not decide(a_policy(conditional), person, "docs.edit", resource).allowed


def test_where_a_catalogue_names_no_common_permission_everybody_reaches_the_rest() -> None:
    """And nobody passes all levels where it names no permission for that."""
    catalogue = a_catalogue([*PLATFORM], [*PLATFORM.item_kinds.values()], ItemKeys())
    policy = a_policy(ALLOWED_DOCS, catalogue)
    for level, allowed in ((MODIFY, True), (READ, False)):
        item = a_doc(owner="bob-id", levels=levels(rest=level))
        person = ana(has("worker"), has("boss"))
        assert decide(policy, person, "docs.edit", Resource("doc", "d-1", item)).allowed is allowed


def test_who_manages_all_items_passes_every_level() -> None:
    """By a role or by an individual permission; a denial of it counts like any other."""
    item = a_doc(owner="bob-id", levels=levels(FORBIDDEN))
    for grant in (has("boss"), given(says("items.all"))):
        decision = may("docs.delete", item, grant)
        assert decision.item == Access(Relation.REST, MODIFY, FORBIDDEN, None, "items.all")
        assert decision.allowed
    assert may("docs.delete", item, has("boss"), given(says("items.all", "deny"))).code is Code.ITEM_LEVEL
    own = a_doc(owner="ana-id", levels=levels(FORBIDDEN))
    assert not may("docs.read", own).allowed
    assert may("docs.read", own, has("boss")).allowed


def test_kinds_without_levels_leave_it_to_the_roles() -> None:
    """Business units count all the same."""
    memo = a_doc("memo", owner="bob-id")
    assert may("docs.delete", memo).allowed
    assert may("docs.delete", memo, unit="emea").code is Code.NOT_IN_BUSINESS_UNIT


OPEN = levels(MODIFY, MODIFY, MODIFY)


@pytest.mark.parametrize(
    ("shares", "unit", "reads", "edits"),
    [
        ({}, "emea", Code.ALLOWED, Code.ALLOWED),
        ({}, "root", Code.NOT_IN_BUSINESS_UNIT, Code.NOT_IN_BUSINESS_UNIT),
        ({}, "iberia", Code.NOT_IN_BUSINESS_UNIT, Code.NOT_IN_BUSINESS_UNIT),
        ({"u3": READ}, "apac", Code.ALLOWED, Code.ITEM_LEVEL),
        ({"u3": MODIFY}, "apac", Code.ALLOWED, Code.ALLOWED),
        ({"u3": MODIFY}, "root", Code.NOT_IN_BUSINESS_UNIT, Code.NOT_IN_BUSINESS_UNIT),
    ],
)
def test_an_item_is_open_where_it_belongs_and_where_it_is_shared(
    shares: dict[str, Level], unit: str, reads: Code, edits: Code
) -> None:
    """To those who work there; not above, not below."""
    item = a_doc(unit="u1", levels=OPEN, shares=shares)
    for grants in ((has("user"),), (has("user"), has("boss"))):
        assert may("docs.read", item, *grants, unit=unit).code is reads
        assert may("docs.edit", item, *grants, unit=unit).code is edits


def test_a_share_gives_no_more_than_the_levels() -> None:
    """It opens a door; what one may do behind it the levels say."""
    item = a_doc(unit="u1", levels=levels(rest=READ), shares={"u3": MODIFY})
    assert may("docs.read", item, has("user"), unit="apac").allowed
    assert may("docs.edit", item, has("user"), unit="apac").item == Access(Relation.REST, MODIFY, READ, Barrier.LEVEL)


def test_an_owner_keeps_the_item_wherever_they_work() -> None:
    """Even after taking it away from their own unit."""
    item = a_doc(unit="u3", owner="ana-id", levels=levels())
    for unit in ("root", "emea", "iberia", "apac"):
        assert may("docs.edit", item, unit=unit).allowed
    assert may("docs.edit", item, home="u1").allowed
    assert may("docs.edit", replace(item, owner="bob-id"), has("user"), home="u1").code is Code.NOT_IN_BUSINESS_UNIT


def test_where_one_works_when_nothing_says_so() -> None:
    """Where the item is; for who does not work there, the own unit, if the item is shared with it."""
    grants = (has("worker", "u1", Reach.UNIT), has("user"))
    policy = a_policy(ALLOWED_DOCS)

    def code(item: Item, person: Subject) -> Code:
        return decide(policy, person, "docs.edit", Resource("doc", "d-1", item)).code

    everywhere = ana(*grants)
    assert code(a_doc(unit="u1", levels=OPEN), everywhere) is Code.ALLOWED
    assert code(a_doc(unit="u2", levels=OPEN), everywhere) is Code.NO_GRANT
    at_home = ana(*grants, home="u1", works_in=(Work("u1"),))
    assert code(a_doc(unit="u3", levels=OPEN), at_home) is Code.NOT_IN_BUSINESS_UNIT
    assert code(a_doc(unit="u3", levels=OPEN, shares={"u1": MODIFY}), at_home) is Code.ALLOWED
    assert code(a_doc(unit="u3", levels=OPEN, shares={"u1": READ}), at_home) is Code.ITEM_LEVEL
    assert code(a_doc(unit="", levels=OPEN), at_home) is Code.NOT_IN_BUSINESS_UNIT


@pytest.mark.parametrize(
    ("policy", "reads", "edits", "deletes"),
    [(OwnerGone.ALL, True, True, True), (OwnerGone.MODIFY, True, True, False), (OwnerGone.NONE, True, False, False)],
)
@pytest.mark.parametrize("with_levels", [True, False])
def test_what_others_may_do_when_the_owner_is_gone(
    policy: OwnerGone, reads: bool, edits: bool, deletes: bool, with_levels: bool
) -> None:
    """By item type: everything, all but deleting, or only what changes nothing; managing all items is no exception."""
    kind = a_kind("doc", held=True, levels=with_levels, owner_gone=policy)
    catalogue = a_catalogue([*PLATFORM], [kind], PLATFORM.items)
    item = a_doc(owner="gone-id", owner_gone=True, owner_group="g1", levels=OPEN)
    for grants, groups in (((), ("g1",)), ((has("user"),), ()), ((has("boss"),), ())):
        for verb, allowed in (("read", reads), ("edit", edits), ("delete", deletes)):
            person = ana(has("worker"), *grants)
            if not with_levels or grants or groups:
                decision = decide(
                    a_policy(ALLOWED_DOCS, catalogue),
                    person,
                    f"docs.{verb}",
                    Resource("doc", "d-1", item),
                    groups=groups,
                )
                assert decision.code is (Code.ALLOWED if allowed else Code.OWNER_GONE)
    here = replace(item, owner_gone=False)
    assert decide(
        a_policy(ALLOWED_DOCS, catalogue), ana(has("worker"), has("user")), "docs.delete", Resource("doc", "d-1", here)
    ).allowed


def test_an_unknown_item_of_a_held_kind_is_unknown() -> None:
    """Whatever one may do; only to create one needs none."""
    for grants in ((), (has("boss"),)):
        for verb in ("read", "edit", "delete"):
            assert may(f"docs.{verb}", None, *grants).code is Code.UNKNOWN_RESOURCE
    assert may("docs.create", None).allowed
    assert may("docs.create", None, unit="atlantis").code is Code.NOT_IN_BUSINESS_UNIT


def test_creating_is_about_a_unit_and_no_item() -> None:
    """No level counts, and the unit is where the item is to be."""
    policy = a_policy({"worker": [says("docs")]})
    person = ana(has("worker", "u1", Reach.UNIT))
    for unit, code in (("u1", Code.ALLOWED), ("u3", Code.NO_GRANT), ("", Code.NOT_IN_BUSINESS_UNIT)):
        item = Item("note", "new", unit)
        assert decide(policy, person, "docs.create", Resource("note", "new", item)).code is code
    assert decide(policy, person, "docs.create", Resource("note", "new", Item("note", "new", "u3")), "emea").allowed


def test_of_an_open_kind_with_levels_what_is_not_said_is_closed() -> None:
    """Nobody's item, forbidden to all; who manages all items still may."""
    assert may("docs.read", None, has("user")).code is Code.UNKNOWN_RESOURCE
    policy = a_policy(ALLOWED_DOCS)
    for grants, code in (((), Code.ITEM_LEVEL), ((has("user"),), Code.ITEM_LEVEL), ((has("boss"),), Code.ALLOWED)):
        assert decide(policy, ana(has("worker"), *grants), "docs.read", Resource("note", "n-1")).code is code
    assert [level_of(value) for value in ("read", "modify", "forbidden", "READ", None, 1, [], {})] == [
        READ,
        MODIFY,
        *[FORBIDDEN] * 6,
    ]


@sampled(
    operation=st.sampled_from([Operation.READS, Operation.MODIFIES, Operation.DELETES]),
    own=st.tuples(*[st.sampled_from(Level)] * 3),
    owner=st.sampled_from([None, "ana-id", "bob-id"]),
    group=st.sampled_from([None, "g1", "g2"]),
    role=st.sampled_from([None, "r1", "r2"]),
    unit=st.sampled_from([None, "u0", "u1"]),
    shares=st.dictionaries(st.sampled_from(["u0", "u1"]), st.sampled_from([READ, MODIFY])),
    gone=st.booleans(),
    policy=st.sampled_from(OwnerGone),
    with_levels=st.booleans(),
    holds=st.sets(st.sampled_from(["all", "common"])),
    named=st.sets(st.sampled_from(["all", "common"])),
)
def test_the_rules_read_one_by_one(
    operation: Operation,
    own: tuple[Level, Level, Level],
    owner: str | None,
    group: str | None,
    role: str | None,
    unit: str | None,
    shares: dict[str, Level],
    gone: bool,
    policy: OwnerGone,
    with_levels: bool,
    holds: set[str],
    named: set[str],
) -> None:
    """Access is what every rule by itself leaves, for all combinations."""
    item = Item("doc", "d", unit, owner, group, role, gone, Levels(*own), shares=shares)
    kind = a_kind("doc", held=True, levels=with_levels, owner_gone=policy)
    keys = ItemKeys("all" if "all" in named else None, "common" if "common" in named else None)
    person = Person("ana-id", "u0", ["g1"], ["r1"], holds.__contains__)
    access = access_to(item, kind, keys, operation, person)

    needs_modify = operation is not Operation.READS
    is_owner = owner == "ana-id"
    in_group = not is_owner and (group == "g1" or role == "r1")
    where = is_owner or unit in (None, "u0") or "u0" in shares
    shared_enough = is_owner or unit in (None, "u0") or not needs_modify or shares.get("u0") is MODIFY
    level = own[0] if is_owner else own[1] if in_group else own[2]
    reachable = is_owner or in_group or "common" not in named or "common" in holds
    enough = level is MODIFY or (level is READ and not needs_modify)
    passes = "all" in named and "all" in holds
    by_level = not with_levels or passes or (reachable and enough)
    outlived = (
        not gone
        or operation is Operation.READS
        or policy is OwnerGone.ALL
        or (policy is OwnerGone.MODIFY and operation is Operation.MODIFIES)
    )
    assert (access.barrier is None) == (where and shared_enough and by_level and outlived)


def test_a_policy_without_declared_kinds_knows_units_all_the_same() -> None:
    """The item is then only where it is."""
    policy: Policy = a_policy({"worker": [says("plain")]})
    person = ana(has("worker"))
    there = Resource("whatever", "1", Item("whatever", "1", "u1"))
    assert decide(policy, person, "plain", there).allowed
    assert decide(policy, person, "plain", there, "apac").code is Code.NOT_IN_BUSINESS_UNIT
    assert decide(policy, person, "plain", Resource("whatever", "1")).allowed
