"""One conversation with one endpoint: events are signed and posted, and what comes of each is an ``Attempt``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from app import outbound, signatures
from app.event_types import rendered
from app.models.base import now
from app.outbound import Answer, Line, Outbound
from app.sealing import Keys, Unsealable
from app.services.webhook_delivery import Attempt
from app.services.webhooks import belonging
from app.stores.webhooks import Row

_FIXED = {"Content-Type": "application/json", "User-Agent": "Muster-Webhooks/1"}


class Conversation:
    """Sends events to the endpoint of a row, over one connection where it stays open."""

    def __init__(self, calls: Outbound, keys: Keys, row: Row) -> None:
        self._calls = calls
        self._keys = keys
        self._row = row
        self._line: Line | None = None

    def send(self, row: Mapping[str, Any]) -> Attempt:
        """Send one event, an entry of the trail."""
        event, at, begun = rendered(row), now(), time.monotonic()
        status, error, wait = None, None, None
        try:
            answer = self._post(event)
            status, error, wait = answer.status, _error(answer), _wait(answer, at)
        except Unsealable:
            error = "its secret does not open with the present keys; rotate the secret"
        except (outbound.Refused, outbound.Failed) as refusal:
            error = str(refusal)
        spent = round((time.monotonic() - begun) * 1000)
        return Attempt(row["sequence"], event["type"], at, spent, status, error, wait)

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()

    def _post(self, event: Mapping[str, Any]) -> Answer:
        body = orjson.dumps(event)
        headers = signatures.headers(self._secrets(), event["id"], int(time.time()), body)
        self._line = self._line or self._calls.open(self._row["url"])
        return self._line.post(body, _FIXED | headers)

    def _secrets(self) -> list[str]:
        row, sealed = self._row, [self._row["secret"]]
        if row["previous_secret"] is not None and row["previous_until"] > now():
            sealed.append(row["previous_secret"])
        return [self._keys.unseal(one, *belonging(row["account_id"], row["id"])) for one in sealed]


def _error(answer: Answer) -> str | None:
    """Why an answer is none: only 2xx is a receipt. What stands in it is not kept."""
    if 200 <= answer.status < 300:
        return None
    return f"it answered {answer.status}" + (", a redirect, which is not followed" if answer.status < 400 else "")


def _wait(answer: Answer, at: datetime) -> timedelta | None:
    """What Retry-After asks for: seconds, or a moment (RFC 9110 §10.2.3)."""
    text = next((value for name, value in answer.headers.items() if name.lower() == "retry-after"), "").strip()
    if text.isdecimal():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(moment - at, timedelta(0))
