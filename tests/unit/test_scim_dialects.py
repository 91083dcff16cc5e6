"""What identity providers send beside the standard, and what must come of it (the table in ``scim.dialects``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from scim.dialects import DEVIATIONS, PRESETS, REPAIRS, deviations, unpack_text, unrepaired, unwrap_list
from scim.patch import PATCH_URN
from tests.builders import CORE_USER, ENTERPRISE
from tests.fakes import MemoryDirectoryStore, a_scim_client

DATA = Path(__file__).parent.parent / "data" / "scim"
EXAMPLES = sorted(deviation.example for deviation in DEVIATIONS)


def filled(value: Any, facts: dict[str, str]) -> Any:
    """The value with ``@name@`` replaced by the facts of this run."""
    text = json.dumps(value)
    for name, fact in facts.items():
        text = text.replace(f"@{name}@", fact)
    return json.loads(text)


class Played:
    """A recorded example, played to a directory; ``choices`` are what that says about repairs."""

    def __init__(self, example: str, choices: str, preset: str = "generic") -> None:
        self.case = json.loads((DATA / f"{example}.json").read_text())
        self.client = a_scim_client(MemoryDirectoryStore(preset, choices=choices))
        self.facts = {name: self.client.create("Users", userName=name) for name in ("one", "two")}
        given = self.case["given"]
        if given:
            members = [{"value": self.facts[name]} for name in given.get("members", [])]
            more = {"members": members} if members else {}
            self.facts["id"] = self.client.create(given["kind"] + "s", **given["body"], **more)
        made = filled(self.case["request"], self.facts)
        self.answer = self.client.open(made["method"], made["path"], made.get("body"))

    def shown(self) -> Any:
        """What is there afterwards."""
        shown = self.answer.json
        return self.client.get(f"/{shown['meta']['resourceType']}s/{shown['id']}").json if "id" in shown else shown


@pytest.mark.parametrize("example", EXAMPLES)
def test_recorded_deviation_is_repaired(example: str) -> None:
    """The file says what is there, what the provider sends, and what must be there afterwards."""
    played = Played(example, "")
    assert played.answer.status_code == played.case["status"], played.answer.text
    shown = played.shown()
    for name, value in filled(played.case["shows"], played.facts).items():
        present = [member["value"] for member in shown[name]] if name == "members" else shown[name]
        assert present == value, name
    assert not set(played.case["lacks"]) & shown.keys()


@pytest.mark.parametrize("name", sorted(REPAIRS))
def test_a_repair_that_is_switched_off_is_a_refusal(name: str) -> None:
    """Nothing is done by halves, and no other repair is needed for what that one repairs."""
    refused = Played(REPAIRS[name].example, f"-{name}")
    assert refused.answer.status_code == 400, refused.answer.text
    if name != "creating-paths":  # then it is as the standard says: the condition chooses nothing
        assert f'"{name}" is not repaired in this directory' in refused.answer.json["detail"]


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_preset_repairs_what_its_provider_sends(preset: str) -> None:
    """Each recorded habit of a provider is understood by a directory of its preset, also if it wants only these."""
    for deviation in deviations(preset):
        played = Played(deviation.example, "only", preset)
        assert played.answer.status_code == played.case["status"], (deviation.example, played.answer.text)
    for name in unrepaired(preset, "only"):
        assert preset not in REPAIRS[name].providers
        assert Played(REPAIRS[name].example, "only", preset).answer.status_code == 400, name


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_directory_that_says_nothing_understands_everybody(preset: str) -> None:
    """Whatever its preset is: providers change, and refusing what is understood helps nobody."""
    assert unrepaired(preset) == frozenset()
    for deviation in DEVIATIONS:
        played = Played(deviation.example, "", preset)
        assert played.answer.status_code == played.case["status"], (deviation.example, played.answer.text)


def test_what_the_standard_says_needs_no_repair() -> None:
    """With every repair switched off, requests by the letter of RFC 7644 are answered as ever."""
    store = MemoryDirectoryStore(choices=" ".join(f"-{name}" for name in REPAIRS))
    client = a_scim_client(store)
    boss, work = client.create("Users", userName="boss"), {"type": "work", "value": "a@x.example", "primary": True}
    of_work = {"department": "Sales", "manager": {"value": boss}}
    schemas = {"schemas": [CORE_USER, ENTERPRISE]}
    body = {**schemas, "userName": "a", "active": True, "emails": [work], "meta": {"x": 1}, "title": None}
    made = client.open("POST", "/Users", {**body, ENTERPRISE: of_work})
    assert made.status_code == 201, made.text
    at = f"/Users/{made.json['id']}"
    assert client.open("PUT", at, made.json).status_code == 200
    group = client.create("Groups", displayName="G", members=[{"value": boss}])
    operations: list[dict[str, Any]] = [
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "path": 'emails[type eq "work" and primary eq true].value', "value": "b@x.example"},
        {"op": "add", "path": "emails", "value": [{"type": "home", "value": "c@x.example"}]},
        {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": {"value": boss}},
        {"op": "replace", "path": f"{ENTERPRISE}:manager.value", "value": boss},
        {"op": "replace", "value": {"title": "T", "name": {"givenName": "G"}, ENTERPRISE: {"department": "D"}}},
        {"op": "replace", "path": ENTERPRISE, "value": {"costCenter": "7"}},
        {"op": "remove", "path": 'emails[type eq "home"]'},
    ]
    patched = client.open("PATCH", at, {"schemas": [PATCH_URN], "Operations": operations})
    assert patched.status_code == 200, patched.text
    assert patched.json["emails"][0]["value"] == "b@x.example"
    removal = {"op": "remove", "path": f'members[value eq "{boss}"]'}
    assert (
        client.open("PATCH", f"/Groups/{group}", {"schemas": [PATCH_URN], "Operations": [removal]}).status_code == 200
    )
    for text in ("active eq false", f'{ENTERPRISE}:manager eq "{boss}"', 'emails[type eq "work" and primary eq true]'):
        assert client.get(f"/Users?filter={quote(text)}").json["totalResults"] == 1, text


def test_each_deviation_has_an_example_and_each_example_is_used() -> None:
    """A repair nobody has seen needed is no repair."""
    files = {path.stem for path in DATA.glob("*.json")}
    assert set(EXAMPLES) == files
    assert len(EXAMPLES) == len(set(EXAMPLES))


def test_every_provider_named_is_a_preset() -> None:
    assert {name for deviation in DEVIATIONS for name in deviation.providers} <= set(PRESETS)


def test_an_unknown_preset_is_treated_as_generic() -> None:
    assert deviations("nobody-knows") == deviations("generic") != ()


def test_entra_legacy_removes_members_by_list() -> None:
    """Without its flag Entra means only the listed members."""
    assert "entra_remove_member_list" in {deviation.example for deviation in deviations("entra-legacy")}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", {"value": "plain"}),
        ('{"value":"25","id":"1"}', {"value": "25", "id": "1"}),
        ("{not json", {"value": "{not json"}),
        ('{"id":"1"}', {"value": '{"id":"1"}'}),
        ('{"value":5}', {"value": '{"value":5}'}),
    ],
)
def test_a_bare_text_is_the_value_or_the_object_it_packs(text: str, value: dict[str, Any]) -> None:
    """Entra, complex app roles."""
    assert unpack_text(text) == value


def test_only_a_list_of_one_value_object_is_unwrapped() -> None:
    """Entra, manager as a list; a list of plain texts stays a type error."""
    assert unwrap_list([{"value": "m"}]) == {"value": "m"}
    assert unwrap_list(["m"]) == ["m"]
    assert unwrap_list([{"value": 1}, {"value": 2}]) == [{"value": 1}, {"value": 2}]
