"""``Idempotency-Key``: a creating call that is sent again is not done again, but answered as the first time.

Only what was done is remembered: a refusal changed nothing, so the same call may be tried again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import orjson
from flask import Response, request

from app.api.parsing import idempotency_key
from app.auth import Caller
from app.problems import Problem
from app.stores import idempotent_answers
from app.stores.idempotent_answers import Kept

REPLAYED = "Idempotent-Replayed"
MOST_KEPT = 256 * 1024
"""An answer of more characters is given again without its body: that it was done is what matters."""
_HEADERS = ("ETag", "Location", "Content-Type")


def once(caller: Caller, work: Callable[[], Response]) -> Response:
    """The answer to the present call, done now or before. Raises Problem for a key that belongs to another call."""
    key = idempotency_key()
    if key is None:
        return work()
    asked = _request_hash(caller)
    before = idempotent_answers.claim(caller.session, caller.key_id, key, asked)
    if before is None:
        answer = work()
        headers = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
        content = answer.get_data(as_text=True)
        if len(content) > MOST_KEPT:
            headers.pop("Content-Type", None)
            content = ""
        kept = Kept(asked, answer.status_code, headers, content)
        idempotent_answers.keep(caller.session, caller.key_id, key, kept)
        return answer
    if before.request_hash != asked:
        raise Problem(
            "idempotency-key-reused",
            "Idempotency-Key: was sent with another operation, body or actor before; take a new key for a new call",
        )
    return Response(before.body, before.status, before.headers | {REPLAYED: "true"})


def _request_hash(caller: Caller) -> str:
    """What makes two calls the same: operation, body, and in whose name."""
    said = orjson.dumps([request.method, request.full_path, caller.actor.kind, caller.actor.id])
    return hashlib.sha256(said + b"\n" + request.get_data()).hexdigest()
