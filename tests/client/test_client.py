"""The client against the real server: decisions, batches, refusals, and changes that count at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from muster import Denied, Entity, Misused, Muster, Question
from tests.client.conftest import LAUNCH, MARKETER, NOBODY, SPRING, VIEWER
from tests.e2e.conftest import Server

pytestmark = pytest.mark.e2e


def test_allowed_with_its_reason(client: Muster) -> None:
    """True in an ``if``; the reason names the role, and the revision of the account is told."""
    decision = client.check(MARKETER, LAUNCH, SPRING, unit="emea")
    assert decision
    assert (decision.code, "Marketer" in decision.message) == ("allowed", True)
    assert decision.revision is not None
    assert {one["role"] for one in decision.decided_by} == {"Launch approver", "Marketer"}


def test_a_permission_that_is_about_no_item(client: Muster) -> None:
    """Asked without a resource, singly and among others; one that needs an item is a no without it."""
    view = "reports.campaigns.view"
    assert client.check(MARKETER, view, unit="emea")
    assert client.require(MARKETER, view, None, unit="emea").code == "allowed"
    assert not client.check(NOBODY, view)
    assert not client.check(MARKETER, LAUNCH, unit="emea")
    answers = client.check_many([Question(MARKETER, view, unit="emea"), (NOBODY, view), (NOBODY, view, None)])
    assert [one.allowed for one in answers] == [True, False, False]


def test_denied_with_its_reason(client: Muster) -> None:
    """A deny is an answer, not an error."""
    decision = client.check(NOBODY, LAUNCH, SPRING)
    assert not decision
    assert decision.code == "no_grant"


def test_the_business_unit_counts(client: Muster) -> None:
    """A role in one unit says nothing of another; a unit may stand in the resource, too."""
    assert client.check(MARKETER, LAUNCH, SPRING, unit="iberia")
    assert client.check(MARKETER, LAUNCH, SPRING, unit="amer").code == "not_in_business_unit"
    assert client.check(MARKETER, LAUNCH, Entity("campaign", "spring", {"business_unit": "dach"}))


def test_require(client: Muster) -> None:
    """The decision, or an exception that carries it."""
    assert client.require(MARKETER, LAUNCH, SPRING, unit="emea").allowed
    with pytest.raises(Denied, match="no_grant") as denied:
        client.require(NOBODY, LAUNCH, SPRING)
    assert denied.value.decision.code == "no_grant"


def test_many_at_once(client: Muster) -> None:
    """In the order of the questions, from one moment."""
    answers = client.check_many([
        (NOBODY, LAUNCH, SPRING),
        Question(MARKETER, LAUNCH, SPRING, unit="emea"),
        (VIEWER, "campaigns.email.view", SPRING),
        ("nobody@nowhere.example", LAUNCH, SPRING),
    ])  # fmt: skip
    assert [one.code for one in answers] == ["no_grant", "allowed", "allowed", "unknown_subject"]
    assert len({one.revision for one in answers[:3]}) == 1


def test_a_question_of_many_that_cannot_be_read(client: Muster) -> None:
    """It is denied with the service's words, the others are not affected."""
    wrong = Question(MARKETER, LAUNCH, Entity("campaign", "spring", {"business_unit": 5}))
    right = Question(MARKETER, LAUNCH, SPRING, unit="emea")
    first, second = client.check_many([wrong, right])
    assert (first.allowed, first.code, "business_unit" in first.message) == (False, "bad_question", True)
    assert second.allowed


@pytest.mark.parametrize(
    ("semantic", "codes"),
    [
        ("execute_all", ["allowed", "no_grant", "allowed"]),
        ("deny_on_first_deny", ["allowed", "no_grant"]),
        ("permit_on_first_permit", ["allowed"]),
    ],
)
def test_semantics_of_a_batch(client: Muster, semantic: str, codes: list[str]) -> None:
    """AuthZEN 1.0 section 7.1.2.1: the last decision is the one that settles it."""
    view = "campaigns.email.view"
    asked = [(VIEWER, view, SPRING), (VIEWER, LAUNCH, SPRING), (VIEWER, view, SPRING)]
    assert [one.code for one in client.check_many(asked, semantic=semantic)] == codes


def test_an_unknown_semantic_is_refused(client: Muster) -> None:
    """Guessing would change what is enforced."""
    with pytest.raises(ValueError, match="all_of_them"):
        client.check_many([(VIEWER, LAUNCH, SPRING)], semantic="all_of_them")


def test_a_wrong_key_is_refused(server: Server) -> None:
    """In the service's words, with its status."""
    for key in ("mapi_wrong", server.demo["scim_token"]):
        with pytest.raises(Misused) as refusal:
            Muster(server.url, key).check(MARKETER, LAUNCH, SPRING)
        assert refusal.value.status == 401


def test_a_senseless_question_is_refused(client: Muster) -> None:
    """Not answered with no: the platform has a mistake to find."""
    with pytest.raises(Misused, match="business_unit") as refusal:
        client.check(MARKETER, LAUNCH, SPRING, context={"business_unit": 5})
    assert refusal.value.status == 400


def test_another_address_is_no_decision_point(server: Server) -> None:
    """A wrong path is told as such."""
    with pytest.raises(Misused) as refusal:
        Muster(server.url + "/elsewhere", server.demo["api_key"]).check(MARKETER, LAUNCH, SPRING)
    assert refusal.value.status == 404


@contextmanager
def somebody(server: Server, number: int) -> Iterator[tuple[str, str]]:
    """A demo user's id and name; active again at the end."""
    name = f"user{number:03d}@northwind.example"
    found = server.scim("GET", f'/Users?filter=userName eq "{name}"').json()["Resources"][0]["id"]
    yield found, name
    set_active(server, found, True)


def set_active(server: Server, id: str, active: bool) -> None:
    operation = {"op": "replace", "path": "active", "value": active}
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    answer = server.scim("PATCH", f"/Users/{id}", body)
    assert answer.ok, answer.text


def test_a_change_counts_at_once(both_servers: Server) -> None:
    """From the answer to the change on, every worker process decides by it; nothing is kept in between."""
    ways = [Muster(both_servers.url, both_servers.demo["api_key"], timeout=20) for _ in range(6)]
    with somebody(both_servers, 2) as (id, name), ThreadPoolExecutor(len(ways)) as threads:
        for turn in range(20):
            active = turn % 2 == 1
            set_active(both_servers, id, active)
            answers = list(threads.map(lambda way: way.check(name, LAUNCH, SPRING, unit="emea").allowed, ways))
            assert answers == [active] * len(ways), f"stale in turn {turn}"


def test_a_kept_answer_is_never_older_than_stated(server: Server) -> None:
    """Within the time the old answer may come; after it only the new one does."""
    client, clock = Muster(server.url, server.demo["api_key"], timeout=20, cache_seconds=30), [100.0]
    kept = client._cache.here()
    assert kept is not None
    kept._clock = lambda: clock[0]
    with somebody(server, 3) as (id, name):
        assert client.check(name, LAUNCH, SPRING, unit="emea")
        set_active(server, id, False)
        clock[0] += 29.9
        assert client.check(name, LAUNCH, SPRING, unit="emea"), "nothing was kept"
        clock[0] += 0.1
        assert not client.check(name, LAUNCH, SPRING, unit="emea")
        clock[0] += 29.9
        assert not client.check(name, LAUNCH, SPRING, unit="emea")


def test_forgetting(server: Server) -> None:
    """A platform that hears of a change need not wait."""
    client = Muster(server.url, server.demo["api_key"], timeout=20, cache_seconds=60)
    with somebody(server, 4) as (id, name):
        assert client.check(name, LAUNCH, SPRING, unit="emea")
        set_active(server, id, False)
        client.forget()
        assert client.check(name, LAUNCH, SPRING, unit="emea").code == "inactive_user"


def test_threads_share_a_client(client: Muster) -> None:
    """Each gets the answer to its own question."""
    asked = [MARKETER, VIEWER, NOBODY, "nobody@nowhere.example"] * 40
    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(lambda name: client.check(name, LAUNCH, SPRING, unit="emea").code, asked))
    assert codes == [client.check(name, LAUNCH, SPRING, unit="emea").code for name in asked]
    assert len(set(codes)) == 3


def test_a_forked_process_asks_on_its_own(client: Muster) -> None:
    """A server that forks after the client was used: two processes on one connection would swap their answers."""
    assert client.check(MARKETER, LAUNCH, SPRING, unit="emea")
    child = os.fork()
    names = [NOBODY, VIEWER] if child else [MARKETER, MARKETER]
    right = True
    try:
        for _ in range(30):
            for name in names:
                right = right and client.check(name, LAUNCH, SPRING, unit="emea").allowed == (not child)
    finally:
        if not child:
            os._exit(0 if right else 1)
    assert right
    assert os.waitpid(child, 0)[1] == 0
