"""Lists: pages by sealed cursors, filters in the SCIM grammar, orders (RFC 7644 §3.4.2.2)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from app.sealed import seal
from tests.builders import a_group, a_user
from tests.conftest import KEY
from tests.protocol.api_client import Api, places, problem
from tests.protocol.conftest import Scim

NAMES = ["ana", "Bob", "cid", "dora", "Eva"]


@pytest.fixture
def people(api: Api) -> Api:
    """An account with five people, two of whom have one display name."""
    for name in NAMES:
        api.create(
            "/users", {"user_name": f"{name}@acme.example", "display_name": "Twin" if name in "BobEva" else name}
        )
    return api


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 50])
@pytest.mark.parametrize("sort", ["id", "-id", "user_name", "-user_name", "created", "-modified"])
def test_pages_make_up_the_list(people: Api, limit: int, sort: str) -> None:
    """Each person once, in order, whatever the size of the page."""
    found = [person["user_name"] for person in people.every("/users", limit=limit, sort=sort)]
    expected = sorted((f"{name}@acme.example" for name in NAMES), key=str.lower, reverse=sort.startswith("-"))
    assert found == expected


def test_a_page_says_whether_there_is_another(people: Api) -> None:
    """``next`` is null on the last page, also where it is full."""
    assert people.read("/users", limit=5)["next"] is None
    page = people.read("/users", limit=4)
    assert len(page["results"]) == 4
    rest = people.read("/users", limit=4, after=page["next"])
    assert (len(rest["results"]), rest["next"]) == (1, None)


def test_who_comes_and_goes_does_not_shift_pages(people: Api) -> None:
    """The place is a key, not a number."""
    page = people.read("/users", limit=2, sort="user_name")
    people.delete("/users/ana@acme.example")
    people.create("/users", {"user_name": "abe@acme.example"})
    rest = people.read("/users", limit=50, sort="user_name", after=page["next"])
    assert [person["user_name"][:3].lower() for person in rest["results"]] == ["cid", "dor", "eva"]


def test_a_cursor_is_good_for_its_list_only(people: Api, other_api: Api) -> None:
    """Another account, list, filter or order: as good as forged."""
    after = people.read("/users", limit=2, sort="user_name")["next"]
    for answer in (
        other_api.get("/users", sort="user_name", after=after),
        people.get("/groups", after=after),
        people.get("/users", after=after),
        people.get("/users", sort="-user_name", after=after),
        people.get("/users", sort="user_name", filter="active eq true", after=after),
        people.get("/users", sort="user_name", after=after[:-2] + "AA"),
        people.get("/users", sort="user_name", after=seal(KEY.encode(), b"something else", ["a", "b"])),
    ):
        assert problem(answer) == (400, "invalid")
        assert places(answer) == {"after"}


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ('user_name eq "ANA@acme.example"', "ana"),
        ('user_name sw "d" or user_name co "ob@"', "Bob dora"),
        ('display_name eq "twin"', "Bob Eva"),
        ('not (display_name eq "Twin") and active eq true', "ana cid dora"),
        ('user_name gt "cid"', "cid dora Eva"),
        ("external_id pr", ""),
        ('origin eq "manual" and directory eq "LOCAL"', "ana Bob cid dora Eva"),
        ('created ge "2020-01-01T00:00:00Z"', "ana Bob cid dora Eva"),
        ('created lt "2020-01-01T00:00:00Z"', ""),
        ('id eq "nobody"', ""),
        ('home_unit eq "root"', ""),
    ],
)
def test_filters_of_users(people: Api, filter: str, expected: str) -> None:
    """Text without case, times, truth values; what is not there matches no comparison."""
    found = {person["user_name"].split("@")[0] for person in people.every("/users", filter=filter)}
    assert found == set(expected.split())


def test_filters_of_everything_else(api: Api, scim: Scim) -> None:
    """Each list has attributes of its own; what was pushed is there, too."""
    scim.create("/Users", a_user("pushed@acme.example", externalId="X1"))
    scim.create("/Groups", a_group("Pushed"))
    api.create("/groups", {"display_name": "Own", "external_id": "G1"})
    api.create("/business-units", {"key": "emea", "name": "EMEA"})
    api.create("/roles", {"name": "Mine"})
    for path, filter, field, expected in (
        ("/users", 'external_id eq "X1" and origin eq "scim"', "user_name", "pushed@acme.example"),
        ("/groups", 'origin eq "local"', "display_name", "Own"),
        ("/groups", 'directory eq "idp" and member_count eq 0', "display_name", "Pushed"),
        ("/business-units", 'parent eq "root" and depth gt 0', "key", "emea"),
        ("/roles", "is_default eq false", "name", "Mine"),
        ("/directories", 'preset eq "generic"', "name", "IdP"),
        ("/profiles", 'name eq "crm"', "name", "crm"),
    ):
        assert [one[field] for one in api.every(path, filter=filter)] == [expected], (path, filter)
    for path in (
        "/users",
        "/groups",
        "/business-units",
        "/roles",
        "/directories",
        "/assignments",
        "/items",
        "/profiles",
    ):
        answer = api.get(path, filter='shoe_size eq "7"')
        assert problem(answer) == (400, "invalid"), path
        assert "shoe_size" in answer.json["detail"]


def test_lists_that_are_had_at_once_have_pages_too(api: Api) -> None:
    """The tree of units in its order; when the last one of a page has gone, one begins again."""
    for number in range(4):
        api.create("/business-units", {"key": f"u{number}", "name": "U"})
    assert [unit["key"] for unit in api.every("/business-units", limit=2)] == ["root", "u0", "u1", "u2", "u3"]
    page = api.read("/business-units", limit=2)
    api.delete("/business-units/u0")
    answer = api.get("/business-units", limit=2, after=page["next"])
    assert problem(answer) == (400, "invalid")


def test_a_long_filter_is_refused(api: Api) -> None:
    """As too costly, not as a fault."""
    answers: list[Any] = [api.get("/users", filter=" or ".join(["active eq true"] * count)) for count in (100, 1000)]
    answers.append(api.get("/users", filter="(" * 2000))
    assert {answer.status_code for answer in answers} <= {200, 400}
    assert answers[1].status_code == 400


def test_times_are_in_order(people: Api) -> None:
    """What was made later comes later, and is written in UTC with milliseconds."""
    times = [person["created"] for person in people.every("/users", sort="created")]
    assert all(before <= after for before, after in pairwise(times))
    assert all(len(time) == 24 and time.endswith("Z") for time in times)
