"""Answers that a platform keeps: never older than it said, never after it forgot them, never too many."""

from __future__ import annotations

import threading
import time

import pytest

from muster import Action, Decision, Entity, Muster, Unavailable
from muster.cache import Cache
from tests.client.conftest import LAUNCH, MARKETER, SPRING
from tests.client.scripted import Answer, Scripted

YES, NO = Decision(True, "allowed", "yes"), Decision(False, "no_grant", "no")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_age_counts_from_before_the_question() -> None:
    """An answer that took two seconds may be two seconds old when it comes."""
    clock = Clock()
    cache = Cache(5, 10, clock)
    asking = cache.asking()
    clock.now += 2
    cache.keep(b"q", YES, asking)
    clock.now += 2.9
    assert cache.find(b"q") is YES
    clock.now += 0.1
    assert cache.find(b"q") is None


def test_yes_and_no_are_kept_alike() -> None:
    """A no that is kept for longer than a yes would be stale, too."""
    clock = Clock()
    cache = Cache(5, 10, clock)
    cache.keep(b"yes", YES, cache.asking())
    cache.keep(b"no", NO, cache.asking())
    assert (cache.find(b"yes"), cache.find(b"no")) == (YES, NO)
    clock.now += 5
    assert (cache.find(b"yes"), cache.find(b"no")) == (None, None)


def test_the_oldest_gives_way() -> None:
    """However many questions there are, the size is kept to."""
    cache = Cache(5, 3, Clock())
    for number in range(10):
        cache.keep(b"%d" % number, YES, cache.asking())
    assert [number for number in range(10) if cache.find(b"%d" % number)] == [7, 8, 9]
    cache.keep(b"7", NO, cache.asking())
    cache.keep(b"new", YES, cache.asking())
    assert (cache.find(b"7"), cache.find(b"8")) == (NO, None)


def test_what_was_asked_before_forgetting_is_not_kept() -> None:
    """The answer may be from before the change because of which the platform forgets."""
    cache = Cache(5, 10, Clock())
    asking = cache.asking()
    cache.empty()
    cache.keep(b"q", YES, asking)
    assert cache.find(b"q") is None


def test_a_newer_revision_ends_older_answers() -> None:
    """The service says by each answer which revision it is of; an older answer that comes late is not kept."""
    cache = Cache(5, 10, Clock())
    cache.keep(b"old", Decision(True, "allowed", "yes", revision=7), cache.asking())
    cache.keep(b"unknown", Decision(False, "unknown_subject", "no"), cache.asking())
    cache.keep(b"new", Decision(True, "allowed", "yes", revision=8), cache.asking())
    cache.keep(b"late", Decision(True, "allowed", "yes", revision=7), cache.asking())
    assert [name for name in (b"old", b"unknown", b"new", b"late") if cache.find(name)] == [b"new"]


def test_by_default_nothing_is_kept(scripted: Scripted) -> None:
    """Each question is asked."""
    client = Muster(scripted.url, "key")
    for _ in range(3):
        client.check(MARKETER, LAUNCH, SPRING)
    assert len(scripted.received) == 3


def test_the_whole_question_is_the_name(scripted: Scripted) -> None:
    """Whatever differs is another question; the order in which a platform says it is none."""
    client = Muster(scripted.url, "key", cache_seconds=60)

    def ask() -> None:
        client.check(MARKETER, LAUNCH, SPRING)
        client.check("somebody", LAUNCH, SPRING)
        client.check(Entity("device", MARKETER), LAUNCH, SPRING)
        client.check(MARKETER, "campaigns.email.edit", SPRING)
        client.check(MARKETER, Action(LAUNCH, {"soft": True}), SPRING)
        client.check(MARKETER, Action(LAUNCH, {"soft": 1}), SPRING)
        client.check(MARKETER, LAUNCH, Entity("campaign", "spring", {"status": "archived"}))
        client.check(MARKETER, LAUNCH, SPRING, unit="emea")
        client.check(MARKETER, LAUNCH, SPRING, context={"a": 1, "b": 2})

    ask()
    ask()
    client.check(MARKETER, LAUNCH, SPRING, context={"b": 2, "a": 1})
    assert len(scripted.received) == 9


def test_obligations_are_kept_with_their_decision(scripted: Scripted) -> None:
    """A permit without its data filter would be another permit."""
    filter = {"kind": "data_filter", "record_type": "subscriber", "filter": "consent eq true"}
    obligation = {"id": "o-1", "type": "custom", "properties": filter}
    scripted.says({"decision": True, "context": {"obligations": [obligation]}})
    client = Muster(scripted.url, "key", cache_seconds=60)
    answers = [client.check(MARKETER, LAUNCH, SPRING).filter_for("subscriber") for _ in range(2)]
    assert (answers, len(scripted.received)) == (["consent eq true"] * 2, 1)


def test_failures_are_not_kept_and_not_covered_up(scripted: Scripted) -> None:
    """An answer that is too old is not given even if there is no other."""
    client = Muster(scripted.url, "key", cache_seconds=0.2)
    assert client.check(MARKETER, LAUNCH, SPRING)
    scripted.says({}, 503)
    time.sleep(0.2)
    for _ in range(2):
        with pytest.raises(Unavailable):
            client.check(MARKETER, LAUNCH, SPRING)
    scripted.says({"decision": False})
    assert not client.check(MARKETER, LAUNCH, SPRING)


def test_threads_share_it_and_forgetting_reaches_all(scripted: Scripted) -> None:
    """After ``forget`` no thread is given what was asked before, whatever is under way."""
    state = {"allowed": True}
    scripted.answer = lambda _: Answer({"decision": state["allowed"]}, seconds=0.002)
    client = Muster(scripted.url, "key", cache_seconds=60)
    wrong: list[str] = []
    done = threading.Event()

    def ask(name: str) -> None:
        while not done.is_set():
            turned = changed.is_set()
            if client.check(name, LAUNCH, SPRING).allowed and turned:
                wrong.append(name)

    changed = threading.Event()
    threads = [threading.Thread(target=ask, args=(f"user{number % 3}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    state["allowed"] = False
    client.forget()
    changed.set()
    time.sleep(0.2)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(scripted.received) < 100
