"""Bulks drawn from the schemas, held to what the same requests do one by one (RFC 7644 §3.7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_patch
from tests.protocol.conftest import Scim, refusal
from tests.protocol.fuzz.bodies import HOSTILE, Body, operation, right, spoilt
from tests.protocol.fuzz.conftest import SCIM_TYPES, Budget, judge
from tests.protocol.fuzz.described import Kind

REQUEST_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def test_a_bulk_does_what_its_outcomes_say(
    newcomer: Callable[[], Scim], kinds: dict[str, Kind], budget: Budget
) -> None:
    """RFC 7644 §3.7.3: an outcome for each operation; what failed left nothing, what succeeded is there."""

    @budget(30)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        scim = newcomer()
        asked, by_id = [], {}
        for number in range(data.draw(st.integers(1, 8))):
            step = data.draw(_step(kinds, number))
            by_id[str(number)] = step
            asked.append(step | {"bulkId": str(number)})
        body = {"schemas": [REQUEST_URN], "Operations": asked}
        answer = scim.post("/Bulk", body)
        assert answer.status_code == 200, answer.text
        outcomes = {outcome["bulkId"]: outcome for outcome in answer.json["Operations"]}
        assert outcomes.keys() == by_id.keys()
        expected = set()
        for name, outcome in outcomes.items():
            if int(outcome["status"]) < 300:
                expected.add(outcome["location"])
                continue
            error = outcome["response"]
            assert error["status"] == outcome["status"]
            assert error["detail"]
            assert 400 <= int(outcome["status"]) < 500, outcome
            assert error.get("scimType") in SCIM_TYPES.get(int(outcome["status"]), {None}), outcome
            assert by_id[name]["method"] == "POST"
        found = {one["meta"]["location"]: one for one in scim.read("/", count=1000)["Resources"]}
        assert found.keys() == expected
        for one in found.values():
            assert kinds[one["meta"]["resourceType"]].faults(one) == []

    holds()


def _step(kinds: dict[str, Kind], number: int) -> st.SearchStrategy[Body]:
    """A creation, right or spoilt; groups may have any other operation's resource as member."""

    def create(kind: Kind) -> st.SearchStrategy[Body]:
        bodies: st.SearchStrategy[Any] = right(kind)
        if kind.name == "Group":
            members = st.lists(st.integers(0, 8).map(lambda other: {"value": f"bulkId:{other}"}), max_size=2)
            bodies = st.builds(lambda body, given: body | {"members": given}, right(kind), members)
        return (bodies | spoilt(bodies)).map(lambda data: {"method": "POST", "path": kind.endpoint, "data": data})

    return st.one_of([create(kind) for kind in kinds.values()])


def test_operations_do_the_same_alone_together_and_in_bulk(
    newcomer: Callable[[], Scim], kinds: dict[str, Kind], budget: Budget
) -> None:
    """RFC 7644 §3.5.2, §3.7: three twins, patched at once, step by step, and in a bulk, stay twins."""

    @budget(30)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        kind = kinds["User"]
        body = data.draw(right(kind))
        steps = data.draw(st.lists(operation(kind), min_size=1, max_size=4))
        steps = [step for step in steps if "value" not in step or "path" in step]
        if not steps:
            return
        bodies, statuses = [], []
        for way in (_at_once, _step_by_step, _in_bulk):
            scim = newcomer()
            user = scim.create("/Users", body)
            statuses.append(way(scim, f"/Users/{user['id']}", steps))
            bodies.append(_plain(scim.read(f"/Users/{user['id']}"), user["id"]))
        at_once, one_by_one, in_bulk = statuses
        assert (at_once == 200) is (one_by_one == 200), statuses
        assert at_once == in_bulk
        assert bodies[0] == bodies[2]
        if at_once == 200:
            assert bodies[0] == bodies[1]

    holds()


def _at_once(scim: Scim, at: str, steps: list[Body]) -> int:
    answer = scim.patch(at, a_patch(*steps))
    judge(answer, 200)
    return answer.status_code


def _step_by_step(scim: Scim, at: str, steps: list[Body]) -> int:
    for step in steps:
        answer = scim.patch(at, a_patch(step))
        if not judge(answer, 200):
            return answer.status_code
    return 200


def _in_bulk(scim: Scim, at: str, steps: list[Body]) -> int:
    step = {"method": "PATCH", "path": at, "data": a_patch(*steps)}
    answer = scim.post("/Bulk", {"schemas": [REQUEST_URN], "Operations": [step]})
    assert answer.status_code == 200, answer.text
    return int(answer.json["Operations"][0]["status"])


def _plain(user: Body, id: str) -> str:
    rest = {name: part for name, part in sorted(user.items()) if name not in ("id", "meta")}
    return str(rest).replace(id, "*")


def test_no_bulk_makes_a_fault(shared: Scim, kinds: dict[str, Kind], budget: Budget) -> None:
    """RFC 7644 §3.7: a broken bulk is refused, or each of its operations is."""

    @budget(40)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        steps = st.lists(
            _step(kinds, 0)
            | st.fixed_dictionaries(
                {
                    "method": st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "delete", "GET", ""]),
                    "path": st.sampled_from(["/Users/x", "Users", "/Groups/bulkId:1", "//", "/Bulk", "/Users/%00"]),
                },
                optional={"data": HOSTILE, "bulkId": st.text(max_size=2), "version": st.text(max_size=4)},
            ),
            max_size=4,
        )
        bulks = st.fixed_dictionaries(
            {"schemas": st.just([REQUEST_URN]), "Operations": steps}, optional={"failOnErrors": HOSTILE}
        )
        answer = shared.post("/Bulk", data.draw(spoilt(bulks) | bulks))
        if answer.status_code != 200:
            assert refusal(answer)[0] in (400, 413)
            return
        assert all(int(outcome["status"]) < 500 for outcome in answer.json["Operations"]), answer.text

    holds()
