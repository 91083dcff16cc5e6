"""What the log must not show: the secrets of addresses (A-4)."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from app import observe

SECRET = "SEEDED-SECRET-OF-A-LINK"


@pytest.mark.parametrize("path", ["/setup/{}", "//setup/{}", "/Setup/{}/x", "/x/../setup/{}", "/SETUP//{}", "setup/{}"])
def test_a04_no_address_of_a_set_up_link_is_logged(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it was mistyped or bent; other addresses are logged as they are."""
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(observe._LINES, "write", lines.append)
    observe.configure_logs("info")
    monkeypatch.setattr(observe, "LOG", structlog.get_logger())
    try:
        for one in (path.format(SECRET), f"/other/{SECRET}"):
            observe.remember({"PATH_INFO": one, "REQUEST_METHOD": "GET", observe.REQUEST_ID: "r-1"}, 404, 0.1)
    finally:
        observe.configure_logs("error")
    assert [one["path"] for one in lines] == ["/setup/…", f"/other/{SECRET}"]
