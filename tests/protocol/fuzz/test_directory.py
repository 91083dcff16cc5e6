"""A directory under random requests, right and wrong, against what a client remembers of it.

RFC 7644 §3: a success is what a later read shows, a refusal changes nothing, and never is there a fault.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from werkzeug.test import TestResponse

from tests.builders import a_patch
from tests.protocol.conftest import Scim
from tests.protocol.fuzz.bodies import HOSTILE, MOSTLY, Body, kept, patches, right, shows, spoilt, value
from tests.protocol.fuzz.conftest import Budget, judge
from tests.protocol.fuzz.described import Kind

COMPUTED = {"id", "meta", "groups", "schemas"}
ELSEWHERE = {"meta", "members", "groups"}
"""What a change of one resource may change of another."""


class Directory(RuleBasedStateMachine):
    """Sends requests and remembers, for each kind, every resource as it was last read."""

    def __init__(self, scim: Scim, kinds: dict[str, Kind]) -> None:
        super().__init__()
        self.scim, self.kinds = scim, kinds
        self.known: dict[str, dict[str, Body]] = {}
        self.made = 0

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """There is something of each kind."""
        self.known = {name: {} for name in self.kinds}
        for kind in [*self.kinds.values()] * 2:
            body = self._right(data, kind)
            self._written(kind, self.scim.post(kind.endpoint, body), 201, body)

    @rule(data=st.data())
    def create(self, data: st.DataObject) -> None:
        kind = self._kind(data)
        body = self._right(data, kind)
        self._written(kind, self.scim.post(kind.endpoint, body), 201, body)

    @rule(data=st.data())
    def create_spoilt(self, data: st.DataObject) -> None:
        kind = self._kind(data)
        self._written(kind, self.scim.post(kind.endpoint, data.draw(spoilt(right(kind)))), 201)

    @rule(data=st.data())
    def replace(self, data: st.DataObject) -> None:
        kind, at, _ = self._target(data)
        body = self._right(data, kind)
        self._written(kind, self.scim.put(at, body), 200, body)

    @rule(data=st.data())
    def replace_spoilt(self, data: st.DataObject) -> None:
        kind, at, current = self._target(data)
        self._written(kind, self.scim.put(at, data.draw(spoilt(right(kind) | st.just(current)))), 200)

    @rule(data=st.data())
    def replace_by_itself(self, data: st.DataObject) -> None:
        """RFC 7644 §3.5.1: what was read may be sent back, and is the same version."""
        _, at, current = self._target(data)
        if current:
            answer = self.scim.put(at, current)
            assert answer.status_code == 200, answer.text
            assert answer.json == current

    @rule(data=st.data())
    def patch(self, data: st.DataObject) -> None:
        kind, at, _ = self._target(data)
        self._written(kind, self.scim.patch(at, data.draw(patches(kind))), 200)

    @rule(data=st.data())
    def patch_spoilt(self, data: st.DataObject) -> None:
        kind, at, _ = self._target(data)
        self._written(kind, self.scim.patch(at, data.draw(spoilt(patches(kind)) | HOSTILE)), 200)

    @rule(data=st.data())
    def set_one(self, data: st.DataObject) -> None:
        """RFC 7644 §3.5.2.3, §3.5.2.2: replace and remove do just that to one attribute, and nothing else."""
        kind, at, current = self._target(data)
        urn, attribute = data.draw(st.sampled_from(kind.writable()))
        name = attribute["name"]
        path = name if urn is None else f"{urn}:{name}"
        if not current or (attribute["type"] == "complex" and not attribute.get("multiValued")):
            return
        given = data.draw(value(attribute))
        steps = [({"op": "replace", "path": path, "value": given}, given)]
        if not attribute.get("required"):
            steps.append(({"op": "remove", "path": path}, None))
        for step, expected in steps:
            answer = self.scim.patch(at, a_patch(step))
            if answer.status_code == 409:
                return
            assert answer.status_code == 200, answer.text
            after = answer.json
            holder = after if urn is None else after.get(urn, {})
            if attribute["returned"] == "never":
                expected = None
            assert shows({name: holder.get(name)}, {name: expected}), (step, after)
            assert _others(after, urn, name) == _others(current, urn, name)
            self._remember(kind, after)

    @rule(data=st.data())
    def move_members(self, data: st.DataObject) -> None:
        """RFC 7643 §4.2, §4.1.2: members added and removed are those that both sides then show."""
        groups, users = self.known["Group"], self.known["User"]
        if not groups or not users:
            return
        group = data.draw(st.sampled_from([*groups]))
        chosen = data.draw(st.lists(st.sampled_from([*users]), min_size=1, unique=True))
        verb = data.draw(st.sampled_from(["add", "remove", "replace"]))
        answer = self.scim.patch(
            f"/Groups/{group}", a_patch({"op": verb, "path": "members", "value": [{"value": id} for id in chosen]})
        )
        assert answer.status_code == 200, answer.text
        before, after = _members(groups[group]), _members(answer.json)
        wanted = {"add": before | {*chosen}, "remove": before - {*chosen}, "replace": {*chosen}}[verb]
        assert after == wanted
        self._remember(self.kinds["Group"], answer.json)
        for id in chosen:
            direct = {one["value"] for one in self.known["User"][id].get("groups", []) if one["type"] == "direct"}
            assert (group in direct) is (id in after)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        kind, at, current = self._target(data)
        if judge(self.scim.delete(at), 204):
            assert current
            assert self.scim.get(at).status_code == 404
            del self.known[kind.name][current["id"]]
            self._refresh(changed=current["id"])

    def _kind(self, data: st.DataObject) -> Kind:
        return self.kinds[data.draw(st.sampled_from(sorted(self.kinds)))]

    def _right(self, data: st.DataObject, kind: Kind) -> Body:
        """A right body; its names are made new, except now and then."""
        body = data.draw(right(kind))
        for _, attribute in kind.writable():
            if attribute.get("required") and data.draw(MOSTLY):
                self.made += 1
                name = next(name for name in body if name.lower() == attribute["name"].lower())
                body[name] = f"{body[name]} {self.made}"
        return body

    def _target(self, data: st.DataObject) -> tuple[Kind, str, Body]:
        """A resource, or sometimes an address where none is."""
        kind = self._kind(data)
        known = [*self.known[kind.name]]
        id = data.draw(st.sampled_from(known)) if known and data.draw(MOSTLY) else "unknown"
        return kind, f"{kind.endpoint}/{id}", self.known[kind.name].get(id, {})

    def _written(self, kind: Kind, answer: TestResponse, success: int, body: Body | None = None) -> None:
        """The answer to a write: remembered if it is a success, without a trace if it is a refusal."""
        if not judge(answer, success):
            assert body is None or answer.status_code in (404, 409), (body, answer.text)
            self._refresh()
            return
        after = answer.json
        assert kind.faults(after) == []
        assert answer.headers["ETag"] == after["meta"]["version"]
        assert answer.headers["Location"] == after["meta"]["location"]
        if body is not None:
            assert shows(after, kept(kind, body)), (body, after)
        self._remember(kind, after)

    def _remember(self, kind: Kind, after: Body) -> None:
        assert self.scim.read(f"{kind.endpoint}/{after['id']}") == after
        self.known[kind.name][after["id"]] = after
        self._refresh(changed=after["id"])

    def _refresh(self, changed: str | None = None) -> None:
        """Read everything: it is what is remembered, but for what one change may change elsewhere."""
        listed = self.scim.read("/", count=1000)
        found: dict[str, dict[str, Body]] = {name: {} for name in self.kinds}
        for resource in listed["Resources"]:
            found[resource["meta"]["resourceType"]][resource["id"]] = resource
        assert listed["totalResults"] == len(listed["Resources"])
        for name, known in self.known.items():
            assert found[name].keys() == known.keys()
            for id, resource in known.items():
                if changed is None or id == changed:
                    assert found[name][id] == resource
                else:
                    assert _elsewhere(found[name][id]) == _elsewhere(resource)
        self.known = found


def _others(resource: Body, urn: str | None, name: str) -> Body:
    """All but one attribute, and but what the server computes."""
    rest: Body = json.loads(json.dumps({key: part for key, part in resource.items() if key not in COMPUTED}))
    holder = rest if urn is None else rest.get(urn, {})
    holder.pop(name, None)
    return {key: part for key, part in rest.items() if part != {}}


def _members(group: Body) -> set[str]:
    return {member["value"] for member in group.get("members", [])}


def _elsewhere(resource: Body) -> Any:
    rest = {key: part for key, part in resource.items() if key not in ELSEWHERE}
    return {key: part for key, part in rest.items() if not isinstance(part, dict)}


def test_a_directory_is_what_its_answers_said(
    newcomer: Callable[[], Scim], kinds: dict[str, Kind], budget: Budget
) -> None:
    """Whatever is sent, in whatever order."""
    run_state_machine_as_test(lambda: Directory(newcomer(), kinds), settings=budget(24, stateful_step_count=15))
