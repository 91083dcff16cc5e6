"""Bytes and headers around the bodies: what is not even JSON, and headers that nobody should send."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_group, a_patch, a_user
from tests.protocol.conftest import Scim
from tests.protocol.fuzz.bodies import patches, right
from tests.protocol.fuzz.conftest import Budget, judge
from tests.protocol.fuzz.described import Kind

PIECES = [
    *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\", b"\\u0000", b"\\ud800", b"\x00", b"\xff", b"\xef\xbb\xbf"),
    *(b"NaN", b"-", b"1e999", b"1" * 400, b"null", b"//", b'"schemas":1,', b"\xed\xa0\x80", b"[" * 50),
]
HEADER_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20)
HEADERS = {
    "If-Match": st.sampled_from(["*", 'W/"1"', '"1"', 'W/"0", W/"1"', "W/", '"']),
    "If-None-Match": st.sampled_from(["*", 'W/"1"', '"1"', 'W/"0", W/"1"', "W/", '"']),
    "Accept": st.sampled_from(["application/scim+json", "text/html", "*/*;q=0", "application/json;q=x", ",;"]),
    "Accept-Encoding": st.sampled_from(["gzip", "identity;q=0", "br;q=x"]),
    "Content-Type": st.sampled_from(["application/json;charset=x", "application/scim+json;", ";", "text/plain"]),
    "Content-Encoding": st.sampled_from(["gzip", "identity", "x"]),
    "Prefer": st.sampled_from(["return=minimal", "x"]),
    "Range": st.sampled_from(["bytes=0-1", "x"]),
    "X-Request-ID": st.just("a"),
    "X-Forwarded-For": st.just("127.0.0.1"),
    "X-Forwarded-Host": st.just("evil.example"),
    "Expect": st.just("x"),
}


def test_mangled_bytes_make_no_fault_and_no_change(shared: Scim, kinds: dict[str, Kind], budget: Budget) -> None:
    """RFC 7644 §3.12: whatever the bytes, a refusal leaves the resource as it was."""
    current = {name: shared.create(kinds[name].endpoint, body) for name, body in _first().items()}

    @budget(70)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        kind = kinds[data.draw(st.sampled_from(sorted(kinds)))]
        at = f"{kind.endpoint}/{current[kind.name]['id']}"
        verb, bodies = data.draw(st.sampled_from([("PUT", right(kind)), ("PATCH", patches(kind))]))
        raw = json.dumps(data.draw(bodies), ensure_ascii=data.draw(st.booleans())).encode()
        for _ in range(data.draw(st.integers(1, 3))):
            start = data.draw(st.integers(0, len(raw)))
            cut = data.draw(st.sampled_from([0, 0, 1, 1, 5, len(raw)]))
            raw = raw[:start] + data.draw(st.sampled_from([b"", *PIECES])) + raw[start + cut :]
        answer = shared.raw(verb, at, raw)
        if judge(answer, 200):
            assert kind.faults(answer.json) == []
            current[kind.name] = answer.json
        assert shared.read(at) == current[kind.name]

    holds()


def _first() -> dict[str, Any]:
    return {"User": a_user(), "Group": a_group()}


def test_no_header_makes_a_fault(shared: Scim, kinds: dict[str, Kind], budget: Budget) -> None:
    """RFC 9110: conditions, negotiation, ranges and forwarding, right and wrong, on reads and writes."""
    current = {name: shared.create(kinds[name].endpoint, body) for name, body in _first().items()}

    @budget(70)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        kind = kinds[data.draw(st.sampled_from(sorted(kinds)))]
        at = f"{kind.endpoint}/{current[kind.name]['id']}"
        headers = data.draw(
            st.fixed_dictionaries({}, optional={name: texts | HEADER_TEXT for name, texts in HEADERS.items()})
        )
        got = shared.request("GET", at, headers=headers)
        if judge(got, 200, 304) and got.status_code == 200:
            assert got.json == current[kind.name]
        body = a_patch({"op": "replace", "path": "displayName", "value": data.draw(st.sampled_from("abc"))})
        answer = shared.patch(at, body, headers=headers)
        if judge(answer, 200):
            current[kind.name] = answer.json
        assert shared.read(at) == current[kind.name]

    holds()


def test_no_credentials_make_a_fault(shared: Scim, budget: Budget) -> None:
    """RFC 7644 §2, RFC 6750: any other Authorization than the token is refused."""
    token = shared.headers["Authorization"]

    @budget(60)
    @given(
        st.builds("{}{}".format, st.sampled_from(["", "Bearer ", "bearer  ", "Basic ", token, token[:-1]]), HEADER_TEXT)
    )
    def holds(sent: str) -> None:
        answer = shared.request("GET", "/Users?count=0", headers={"Authorization": sent})
        assert judge(answer, 200) is (sent.strip() == token), (sent, answer.text)
        assert answer.status_code in (200, 401)

    holds()
