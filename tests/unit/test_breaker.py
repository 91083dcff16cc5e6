"""What does not answer is left alone, and takes nobody's time but that of a few (O-33)."""

from __future__ import annotations

import threading

import pytest

from app.breaker import Breaker, Busy, Habits
from tests.webhooks import wait_until


class Clock:
    """A clock that stands still until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Broken(Exception):
    """What counts as a failure here."""


def _call(breaker: Breaker, error: Exception | None = None) -> None:
    with breaker.call(Broken):
        if error is not None:
            raise error


def _fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Broken):
            _call(breaker, Broken())


def test_failures_in_a_row() -> None:
    """A success between them begins a new count; another error is no failure."""
    breaker = Breaker(clock=Clock())
    _fail(breaker, 4)
    _call(breaker)
    _fail(breaker, 4)
    with pytest.raises(ValueError, match="mine"):
        _call(breaker, ValueError("mine"))
    _fail(breaker, 5)
    with pytest.raises(Busy, match="failed 5 times in a row; it is called again in 30 seconds"):
        _call(breaker)


def test_one_call_finds_out_whether_it_is_back() -> None:
    """While it does, the others are refused; after it they all go on, or nobody does."""
    clock = Clock()
    breaker = Breaker(clock=clock)
    _fail(breaker, 5)
    clock.now += 30
    with breaker.call(Broken), pytest.raises(Busy):
        _call(breaker)
    _call(breaker)
    _fail(breaker, 5)
    clock.now += 30
    _fail(breaker, 1)
    with pytest.raises(Busy, match="failed 6 times"):
        _call(breaker)
    clock.now += 30
    _call(breaker)


def test_few_at_once_and_few_who_wait() -> None:
    """While one waits, the next one is told at once; whoever waited has its turn afterwards."""
    breaker, said = Breaker(Habits(at_once=1, waiting=1, wait=60)), list[str]()

    def wait() -> None:
        _call(breaker)
        said.append("it was my turn")

    waiter = threading.Thread(target=wait)
    with breaker.call(Broken):
        waiter.start()
        wait_until(lambda: breaker._waiting == 1)
        with pytest.raises(Busy, match="too many wait"):
            _call(breaker)
        assert (breaker._waiting, said) == (1, [])
    waiter.join()
    assert said == ["it was my turn"]


def test_who_waits_is_told_soon() -> None:
    breaker = Breaker(Habits(at_once=1, waiting=1, wait=0.1))
    with breaker.call(Broken), pytest.raises(Busy, match=r"it has not answered others within 0\.1 seconds"):
        _call(breaker)
    _call(breaker)


def test_who_waits_gets_its_turn() -> None:
    """As soon as another one is done."""
    breaker = Breaker(Habits(at_once=2, waiting=10, wait=60))
    most, now, lock, both = 0, 0, threading.Lock(), threading.Barrier(2, timeout=60)

    def call() -> None:
        nonlocal most, now
        with breaker.call(Broken):
            with lock:
                now += 1
                most = max(most, now)
            both.wait()
            with lock:
                now -= 1

    threads = [threading.Thread(target=call) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, now) == (2, 0)
