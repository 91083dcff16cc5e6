"""From a question to a decision: whatever a caller sends is answered, and nothing of it gives what was not given."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from hypothesis import given as sampled
from hypothesis import strategies as st

from muster.filters import matches
from rbac.authzen import Entity, Evaluation
from rbac.decide import KEPT, Resource, decide
from rbac.evaluate import evaluate
from rbac.filters import DataFilter, combine
from rbac.items import Item, ItemKey, Level, Levels
from rbac.model import Policy, Snapshot, Subject
from rbac.standing import standing_of
from tests.policies import PLATFORM, a_policy, ana, has, says

ITEM = ItemKey("doc", "d-1")
MANAGED = Item("doc", "d-1", "u1", "bob-id", levels=Levels(Level.MODIFY, Level.READ, Level.FORBIDDEN))


@dataclass
class Memory:
    """An account in memory: the port that decisions read, for people asked for by their names."""

    policy: Policy
    people: dict[str, Subject]
    scopes: frozenset[str] = frozenset()
    account_id: str = "a1"

    def snapshot(
        self, references: Sequence[str], items: Collection[ItemKey] = (), groups: Collection[str] = ()
    ) -> Snapshot:
        found = {reference: self.people.get(reference) for reference in references}
        return Snapshot(self.policy, found, {key: MANAGED for key in items if key == ITEM})


ROLES = {
    "reader": [says("docs.read"), says("rows")],
    "editor": [says("docs.edit", when='resource.status eq "draft" and subject.grade gt 3')],
    "brake": [says("docs.read", "deny", "context.hour gt 20")],
}
STORE = Memory(a_policy(ROLES), {"ana": ana(has("reader"), has("editor"), has("brake")), "nobody": ana()})

json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(
    ["owner", "owner_group", "owner_level", "rest_level", "status", "size", "role", "grade", "hour", "soft", "roles"]
)
properties = st.dictionaries(
    names | st.text(max_size=5), json | st.sampled_from(["ana", "modify", "reader"]), max_size=5
)
units = st.sampled_from([None, "emea", "root", "u1", "", "mars"])


@sampled(
    who=st.sampled_from(["ana", "nobody", "zoe"]),
    permission=st.sampled_from([*PLATFORM.permissions, "", "docs"]),
    type=st.sampled_from(["doc", "note", "memo", "row", "profile", "", "gadget"]),
    sent=st.tuples(*[properties] * 4),
    unit=units,
    there=units,
)
def test_whatever_is_sent_is_answered(
    who: str, permission: str, type: str, sent: tuple[Any, ...], unit: str | None, there: str | None
) -> None:
    """With an answer that can be written down; and without any role nothing that is sent makes it a yes."""
    subject, resource, action, context = sent
    resource = resource | ({"business_unit": there} if there is not None else {})
    question = Evaluation(
        Entity("user", who, subject), permission, Entity(type, "d-1", resource), unit, action, context
    )
    found = evaluate(STORE, question, explained=True)
    assert orjson.loads(orjson.dumps(found)) == found
    assert isinstance(found["decision"], bool)
    assert found["decision"] is (found["context"]["reason"]["code"] == "allowed")
    if who != "ana":
        assert found["decision"] is False


@pytest.mark.parametrize("name", ["roles", "role", "groups", "business_unit", "permissions", "works_in"])
def test_nothing_sent_of_a_subject_gives_a_role(name: str) -> None:
    """Its properties are attributes for conditions, and no more than that."""
    for value in ("reader", ["reader"], "*"):
        question = Evaluation(Entity("user", "nobody", {name: value}), "docs.read", Entity("memo", "1"))
        assert evaluate(STORE, question)["decision"] is False


def test_what_is_kept_is_bounded() -> None:
    """A caller may make up as many types of resource as they like."""
    policy, person = a_policy({"all": [says("*")]}), ana(has("all"))
    for number in range(KEPT + 500):
        assert decide(policy, person, "plain", Resource(f"made-up-{number}", "1")).allowed
    standing = standing_of(policy, person, None)
    assert standing is not None
    assert len(standing.plain) <= KEPT


FILTERS = ['region eq "ES"', 'region eq "FR" or region eq "ES"', "consent eq true", "not (consent pr)", "region pr"]
TYPES = {"region": "string", "consent": "boolean"}
filters = st.sampled_from(FILTERS).map(lambda text: DataFilter("row", text))


@sampled(
    of_units=st.lists(filters, max_size=3),
    of_grants=st.lists(st.none() | filters, max_size=3),
    record=st.fixed_dictionaries({}, optional={"region": st.sampled_from(["ES", "FR", ""]), "consent": st.booleans()}),
)
def test_a_combined_filter_says_what_its_parts_say(
    of_units: list[DataFilter], of_grants: list[DataFilter | None], record: dict[str, Any]
) -> None:
    """All of the units, and one of the grants unless one of them is not narrowed."""
    combined = combine(of_units, of_grants)
    by_units = all(matches(one.text, record, TYPES) for one in of_units)
    by_grants = not of_grants or any(one is None or matches(one.text, record, TYPES) for one in of_grants)
    assert (combined is None or matches(combined.text, record, TYPES)) is (by_units and by_grants)
