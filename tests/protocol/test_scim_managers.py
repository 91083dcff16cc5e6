"""A manager's displayName and address are not stored with a user, and can be searched and sorted by all the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import ENTERPRISE, a_patch, a_user
from tests.protocol.conftest import Scim

NAME, ADDRESS = f"{ENTERPRISE}:manager.displayName", f"{ENTERPRISE}:manager.$ref"


@pytest.fixture
def team(scim: Scim) -> dict[str, dict[str, Any]]:
    """Two with managers who are users here, one with a manager nobody knows, and one with none."""
    zoe, ann = (scim.create("/Users", a_user(displayName=name)) for name in ("Zoe Zander", "Ann Álvarez"))
    managers = {"by_zoe": zoe["id"], "by_ann": ann["id"].upper(), "by_nobody": "e-0815"}
    made = {
        name: scim.create("/Users", a_user(userName=f"{name}@acme.example", **{ENTERPRISE: {"manager": {"value": id}}}))
        for name, id in managers.items()
    }
    return made | {"zoe": zoe, "ann": ann}


def found(scim: Scim, **query: Any) -> list[str]:
    return [one["userName"].partition("@")[0] for one in scim.read("/Users", **query)["Resources"]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f'{NAME} eq "ZOE zander"', {"by_zoe"}),
        (f'{NAME} sw "ann"', {"by_ann"}),
        (f'{NAME} ew "ÁLVAREZ"', {"by_ann"}),
        (f'{NAME} co "an"', {"by_zoe", "by_ann"}),
        (f"{NAME} pr", {"by_zoe", "by_ann"}),
        ('manager.displayName gt "b"', {"by_zoe"}),
        (f'{NAME} eq "Somebody"', set()),
    ],
)
def test_a_filter_finds_what_is_shown(scim: Scim, team: dict[str, Any], text: str, names: set[str]) -> None:
    assert set(found(scim, filter=text)) == names
    assert scim.read("/Users", filter=text, count=0)["totalResults"] == len(names)


def test_the_address_is_one_of_its_parts(scim: Scim, team: dict[str, Any]) -> None:
    shown = scim.read(f"/Users/{team['by_ann']['id']}")[ENTERPRISE]["manager"]
    assert shown["displayName"] == "Ann Álvarez"
    assert shown["$ref"].endswith(f"/scim/v2/Users/{team['ann']['id']}")
    assert found(scim, filter=f'{ADDRESS} eq "{shown["$ref"]}"') == ["by_ann"]


def test_it_is_what_the_manager_is_called_now(scim: Scim, team: dict[str, Any]) -> None:
    """Renamed, it is another name; gone, there is none, and the manager's id stays."""
    at = f"/Users/{team['zoe']['id']}"
    scim.patch(at, a_patch({"op": "replace", "path": "displayName", "value": "Yara"}))
    assert found(scim, filter=f'{NAME} eq "yara"') == ["by_zoe"]
    scim.delete(at)
    assert found(scim, filter=f"{NAME} pr") == ["by_ann"]
    assert found(scim, filter=f'{ENTERPRISE}:manager.value eq "{team["zoe"]["id"]}"') == ["by_zoe"]


@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_sorting_goes_by_it(scim: Scim, team: dict[str, Any], order: str) -> None:
    """Whoever has no value comes last ascending and first descending; a walk by cursor goes the same way."""
    query = {"filter": f"{ENTERPRISE}:manager pr", "sortBy": NAME, "sortOrder": order}
    expected = ["by_ann", "by_zoe", "by_nobody"]
    expected = expected if order == "ascending" else expected[::-1]
    assert found(scim, **query) == expected
    page = scim.read("/Users", **query, count=1, cursor="")
    walked = [page]
    while "nextCursor" in page:
        page = scim.read("/Users", **query, cursor=page["nextCursor"], count=1)
        walked.append(page)
    assert [one["userName"].partition("@")[0] for page in walked for one in page["Resources"]] == expected


def test_another_directory_has_no_part_in_it(scim: Scim, stranger: Scim, team: dict[str, Any]) -> None:
    """A manager's id that is somebody's elsewhere is nobody's here."""
    other = stranger.create("/Users", a_user(**{ENTERPRISE: {"manager": {"value": team["zoe"]["id"]}}}))
    assert "displayName" not in other[ENTERPRISE]["manager"]
    assert stranger.read("/Users", filter=f"{NAME} pr")["totalResults"] == 0
