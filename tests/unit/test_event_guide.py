"""The receiver of the guide to events, as it stands there, against what is really signed."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.signatures import headers, new_secret

PAGE = (Path(__file__).parent.parent.parent / "docs" / "events.md").read_text(encoding="utf-8")


@pytest.fixture
def receive() -> Any:
    """The guide's function."""
    code = re.search(r"<!-- receiver.*?```python\n(.*?)```", PAGE, re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code[1], names)
    return names["receive"]


@pytest.fixture
def event() -> dict[str, Any]:
    """The guide's event, of another type."""
    shown = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    found: dict[str, Any] = orjson.loads(shown[1])
    return found | {"type": "user.deactivated"}


def test_the_receiver_of_the_guide(receive: Any, event: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """It takes what is genuine, once, with either secret of two; and nothing that was changed or is old."""
    old, new, body, seen = new_secret(), new_secret(), orjson.dumps(event), set[str]()
    sent = headers([new, old], event["id"], int(time.time()), body)
    assert receive(new, sent, body, seen) == 204
    assert receive(old, sent, body, seen) == 204
    assert capsys.readouterr().out.count(event["data"]["subject"]["id"]) == 1
    assert seen == {event["id"]}
    assert receive(new_secret(), sent, body, seen) == 401
    assert receive(new, sent, body + b" ", seen) == 401
    assert receive(new, sent | {"webhook-id": "evt_0_1"}, body, seen) == 401
    assert receive(new, headers([new], event["id"], int(time.time()) - 3600, body), body, seen) == 401
    assert receive(new, {}, body, seen) == 401
