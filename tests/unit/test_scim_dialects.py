"""What identity providers send beside the standard, and what must come of it (the table in ``scim.dialects``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scim.dialects import DEVIATIONS, PRESETS, deviations, unpack_text, unwrap_list
from tests.fakes import MemoryDirectoryStore, a_scim_client

DATA = Path(__file__).parent.parent / "data" / "scim"
EXAMPLES = sorted(deviation.example for deviation in DEVIATIONS)


def filled(value: Any, facts: dict[str, str]) -> Any:
    """The value with ``@name@`` replaced by the facts of this run."""
    text = json.dumps(value)
    for name, fact in facts.items():
        text = text.replace(f"@{name}@", fact)
    return json.loads(text)


@pytest.mark.parametrize("example", EXAMPLES)
def test_recorded_deviation_is_repaired(example: str) -> None:
    """The file says what is there, what the provider sends, and what must be there afterwards."""
    case = json.loads((DATA / f"{example}.json").read_text())
    client = a_scim_client(MemoryDirectoryStore())
    facts = {name: client.create("Users", userName=name) for name in ("one", "two")}
    given = case["given"]
    if given:
        members = [{"value": facts[name]} for name in given.get("members", [])]
        facts["id"] = client.create(given["kind"] + "s", **given["body"], **({"members": members} if members else {}))
    made = filled(case["request"], facts)
    answer = client.open(made["method"], made["path"], made.get("body"))
    assert answer.status_code == case["status"], answer.text
    shown = answer.json
    if "id" in shown:
        shown = client.get(f"/{shown['meta']['resourceType']}s/{shown['id']}").json
    for name, value in filled(case["shows"], facts).items():
        present = [member["value"] for member in shown[name]] if name == "members" else shown[name]
        assert present == value, name
    assert not set(case["lacks"]) & shown.keys()


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
