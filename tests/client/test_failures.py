"""Whatever goes wrong on the way to a decision, it never becomes a yes."""

from __future__ import annotations

import time
from typing import Any

import pytest

from muster import Decision, Denied, Entity, Misused, Muster, Unavailable
from tests.client.conftest import LAUNCH, MARKETER, SPRING
from tests.client.scripted import Answer, Received, Scripted

KEY = "mapi_some_key"


def ask(url: str, **how: Any) -> Decision:
    return Muster(url, KEY, **how).check(MARKETER, LAUNCH, SPRING)


def test_nobody_listens(gone: str) -> None:
    """A service that is down is no answer."""
    with pytest.raises(Unavailable, match="cannot be reached"):
        ask(gone)


def test_a_slow_service_is_given_up(scripted: Scripted) -> None:
    """The time-out holds, for one attempt and not for several."""
    scripted.says({"decision": True}, seconds=60)
    begun = time.monotonic()
    with pytest.raises(Unavailable, match=r"within 0\.3 seconds"):
        ask(scripted.url, timeout=0.3)
    assert 0.3 <= time.monotonic() - begun < 30
    assert len(scripted.received) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_a_service_in_trouble_is_no_answer(scripted: Scripted, status: int) -> None:
    """Neither is its answer believed, whatever it says."""
    scripted.says({"decision": True, "message": "busy"}, status)
    with pytest.raises(Unavailable, match=f"{status}: busy"):
        ask(scripted.url)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refused_request_says_why(scripted: Scripted, status: int) -> None:
    """The service's own words, and no second attempt."""
    scripted.says({"message": "the key has ended"}, status)
    with pytest.raises(Misused, match="the key has ended") as refusal:
        ask(scripted.url)
    assert (refusal.value.status, len(scripted.received)) == (status, 1)


def test_words_that_are_no_json_are_told_too(scripted: Scripted) -> None:
    """A proxy before the service may answer in its own manner."""
    scripted.says(b"no such host", 404)
    with pytest.raises(Misused, match="no such host"):
        ask(scripted.url)


def test_a_redirect_is_not_followed(scripted: Scripted) -> None:
    """The key is for the address that was given, and for no other."""
    scripted.answer = lambda _: Answer({}, 307, {"Location": f"{scripted.url}/elsewhere"})
    with pytest.raises(Misused):
        ask(scripted.url)
    assert [one.path for one in scripted.received] == ["/access/v1/evaluation"]


@pytest.mark.parametrize(
    "body",
    [b"yes", b"", [], {}, {"decision": "true"}, {"decision": 1}, {"decision": None}, {"decision": True, "context": 1}],
    ids=repr,
)
def test_what_is_no_decision_is_no_yes(scripted: Scripted, body: Any) -> None:
    """Types are strict: 1 and "true" are not true."""
    scripted.says(body)
    with pytest.raises(Unavailable):
        ask(scripted.url)


def test_a_connection_that_had_been_closed_is_replaced(scripted: Scripted) -> None:
    """A kept connection may be closed at the moment it is used; the question is put once more."""
    client = Muster(scripted.url, KEY)
    assert client.check(MARKETER, LAUNCH, SPRING)
    scripted.answer = lambda _: Answer(hangs_up=len(scripted.received) == 2)
    assert client.check(MARKETER, LAUNCH, SPRING)
    assert len(scripted.received) == 3


def test_a_service_that_always_hangs_up_is_given_up(scripted: Scripted) -> None:
    """Two attempts, not more."""
    scripted.says(None, hangs_up=True)
    with pytest.raises(Unavailable, match="cannot be reached"):
        ask(scripted.url)
    assert len(scripted.received) == 2


def test_connections_are_kept(scripted: Scripted) -> None:
    """Questions in turn use one connection."""
    client = Muster(scripted.url, KEY)
    for _ in range(5):
        client.check(MARKETER, LAUNCH, SPRING)
    assert len({one.peer for one in scripted.received}) == 1


@pytest.mark.parametrize("url", ["muster.example", "ftp://muster.example", "https://", "https://muster.example?a=b"])
def test_a_senseless_address_is_refused_at_once(url: str) -> None:
    """Before anything is asked."""
    with pytest.raises(ValueError, match="address"):
        Muster(url, KEY)


def test_a_time_out_of_nothing_is_refused() -> None:
    """Zero would mean never, or for ever."""
    with pytest.raises(ValueError, match="time-out"):
        Muster("https://muster.example", KEY, timeout=0)


def test_the_key_is_sent_and_not_shown(scripted: Scripted) -> None:
    """It goes into one header, below the path that the address has, and into no message."""
    client = Muster(f"{scripted.url}/muster/", KEY)
    client.check(MARKETER, LAUNCH, SPRING)
    (one,) = scripted.received
    assert (one.path, one.headers["authorization"]) == ("/muster/access/v1/evaluation", f"Bearer {KEY}")
    assert KEY not in repr(client)


FILTER: dict[str, Any] = {
    "id": "o-1",
    "type": "custom",
    "properties": {"kind": "data_filter", "record_type": "subscriber"},
}


def obliged(*obligations: Any) -> dict[str, Any]:
    reason = {"code": "allowed", "message": "Role Marketer allows it"}
    return {"decision": True, "context": {"reason": reason, "obligations": list(obligations), "policy_revision": 7}}


def filtered(text: str) -> dict[str, Any]:
    return FILTER | {"properties": FILTER["properties"] | {"filter": text}}


def test_a_data_filter_is_handed_over(scripted: Scripted) -> None:
    """By the type of record; several hold together; none means all records."""
    scripted.says(obliged(filtered('region eq "EMEA"')))
    decision = ask(scripted.url)
    assert decision.allowed
    assert decision.filter_for("subscriber") == 'region eq "EMEA"'
    assert decision.filter_for("order") is None
    scripted.says(obliged(filtered('region eq "EMEA"'), filtered("consent eq true")))
    assert ask(scripted.url).filter_for("subscriber") == '(region eq "EMEA") and (consent eq true)'


def test_a_denied_decision_has_no_filter(scripted: Scripted) -> None:
    """Else "no filter" would read as "all records"."""
    scripted.says({"decision": False, "context": {"reason": {"code": "no_grant", "message": "nothing allows it"}}})
    with pytest.raises(Denied, match="no_grant"):
        ask(scripted.url).filter_for("subscriber")


@pytest.mark.parametrize(
    "obligation",
    [
        {"id": "o-2", "type": "step-up", "properties": {"acr_value": "mfa"}},
        {"id": "o-2", "type": "custom", "properties": {"kind": "watermark"}},
        {"id": "o-2", "type": "custom"},
        FILTER,
        {"id": "o-2"},
        "watermark",
    ],
    ids=repr,
)
def test_a_permit_whose_obligation_nobody_keeps_is_a_deny(scripted: Scripted, obligation: Any) -> None:
    """An obligation is binding; a filter without its text cannot be applied."""
    scripted.says(obliged(filtered("consent eq true"), obligation))
    decision = ask(scripted.url)
    assert not decision
    assert decision.code == "unsupported_obligation"


def test_obligations_that_are_no_list_make_a_deny(scripted: Scripted) -> None:
    """What cannot be read cannot be kept."""
    scripted.says({"decision": True, "context": {"obligations": {"type": "step-up"}}})
    assert not ask(scripted.url)


def test_a_platform_says_what_it_keeps(scripted: Scripted) -> None:
    """Then the permit stands, and the obligation with its properties is there to be kept."""
    scripted.says(obliged({"id": "o-2", "type": "step-up", "properties": {"acr_value": "mfa"}}))
    decision = ask(scripted.url, handles={"step-up"})
    assert decision
    (kept,) = decision.obligations
    assert (kept.kind, kept.properties["acr_value"], decision.revision) == ("step-up", "mfa", 7)


def test_a_batch_without_all_its_answers_is_no_answer(scripted: Scripted) -> None:
    """One decision too few would be read as somebody else's."""
    client = Muster(scripted.url, KEY)
    asked = [(MARKETER, LAUNCH, SPRING)] * 3
    scripted.says({"evaluations": [{"decision": True}] * 2})
    with pytest.raises(Unavailable, match="2 of 3"):
        client.check_many(asked)
    with pytest.raises(Unavailable, match="2 of 3"):
        client.check_many(asked, semantic="deny_on_first_deny")
    assert len(client.check_many(asked, semantic="permit_on_first_permit")) == 2
    scripted.says({"decision": True})
    with pytest.raises(Unavailable, match="not with decisions"):
        client.check_many(asked)


def test_an_empty_batch_asks_nothing(scripted: Scripted) -> None:
    """The protocol would read it as a single question."""
    assert Muster(scripted.url, KEY).check_many([]) == []
    assert scripted.received == []


def pages(received: Received) -> Answer:
    token = received.body.get("page", {}).get("token", "")
    found = {"": ["a", "b"], "2": [], "3": ["c"]}[token]
    following = {"": "2", "2": "3", "3": ""}[token]
    return Answer({"page": {"next_token": following}, "results": [{"type": "record", "id": id} for id in found]})


def test_pages_are_followed_to_the_end(scripted: Scripted) -> None:
    """An empty page is not the end; each request repeats the entities and the limit."""
    scripted.answer = pages
    found = Muster(scripted.url, KEY).resources(MARKETER, "read", "record", limit=2)
    assert list(found) == [Entity("record", id) for id in "abc"]
    asked = [one.body for one in scripted.received]
    assert [body.pop("page") for body in asked] == [
        {"limit": 2},
        {"limit": 2, "token": "2"},
        {"limit": 2, "token": "3"},
    ]
    assert asked[0] == asked[1] == asked[2]


def test_pages_are_asked_for_as_they_are_needed(scripted: Scripted) -> None:
    """Whoever wants the first result asks for one page."""
    scripted.answer = pages
    found = Muster(scripted.url, KEY).resources(MARKETER, "read", "record")
    assert next(found).id == "a"
    assert len(scripted.received) == 1


def test_a_search_that_does_not_end_is_given_up(scripted: Scripted) -> None:
    """The same token again would go on for ever."""
    scripted.says({"page": {"next_token": "2"}, "results": []})
    with pytest.raises(Unavailable, match="again"):
        list(Muster(scripted.url, KEY).actions(MARKETER, SPRING))


@pytest.mark.parametrize(
    "body", [{}, {"results": None}, {"results": [{"type": "user"}]}, {"results": ["ana"]}], ids=repr
)
def test_what_is_no_result_is_not_taken_for_one(scripted: Scripted, body: Any) -> None:
    """An answer that cannot be read is not an empty one."""
    scripted.says(body)
    with pytest.raises(Unavailable):
        list(Muster(scripted.url, KEY).subjects(LAUNCH, SPRING))


def test_a_business_unit_is_said_once() -> None:
    """Two would be a contradiction, and nobody should guess."""
    with pytest.raises(ValueError, match="once"):
        Muster("https://muster.example", KEY).check(
            MARKETER, LAUNCH, SPRING, unit="emea", context={"business_unit": "amer"}
        )
