"""How often a visitor may try."""

from __future__ import annotations

import pytest

from app.config import Settings, SettingsError
from app.web import pace
from app.web.pace import Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that pass only when somebody says so."""
    seconds = [1000.0]
    monkeypatch.setattr(pace, "monotonic", lambda: seconds[0])
    return seconds


def test_so_many_at_once_and_then_by_and_by(clock: list[float]) -> None:
    """Whoever waits as long as they were told is let in, and no earlier."""
    limit = Pace(burst=3, per_minute=6)
    assert [limit.wait("a") for _ in range(4)] == [0, 0, 0, 11]
    assert limit.wait("b") == 0
    clock[0] += 9
    assert limit.wait("a") > 0
    clock[0] += 2
    assert [limit.wait("a"), limit.wait("a") > 0] == [0, True]
    clock[0] += 3600
    assert [limit.wait("a") for _ in range(4)] == [0, 0, 0, 11]


def test_its_memory_is_bounded(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """The one who was not seen for longest is forgotten, and nobody who still knocks."""
    monkeypatch.setattr(pace, "MOST", 10)
    limit = Pace(burst=1, per_minute=1)
    for number in range(50):
        limit.wait(f"visitor {number}")
        limit.wait("flood")
        assert len(limit._seen) <= 10
    assert limit.wait("flood") > 0
    assert limit.wait("visitor 0") == 0


@pytest.mark.parametrize("what", ["sso", "signin", "door", "setup"])
def test_how_often_is_a_setting(what: str, clock: list[float]) -> None:
    """So many at once and in a minute; at least one."""
    name = f"MUSTER_{what.upper()}_REQUESTS_PER_MINUTE"
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: "0"})
    asked = Settings.from_environment({name: "3"})
    limit = Pace.of(getattr(asked, f"{what}_requests_per_minute"))
    assert clock
    assert [limit.wait("a") for _ in range(4)] == [0, 0, 0, 21]
