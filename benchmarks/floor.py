"""The floor: what the web tier and the store cost when nobody checks anything.

The same Flask on the same server answers the same bytes by one hand-written statement. There is no token
check, no validation, no filter grammar, no access, no audit, no log: a product cannot be this.
"""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime

import orjson
import uuid_utils
from flask import Flask, Response, request

from benchmarks.bodies import RARE_DOMAIN
from benchmarks.floor_rows import rows_of
from benchmarks.floor_store import FloorStore

_MEDIA = "application/scim+json"
_LIST = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":'
_URL, _BASE = "BENCHMARK_FLOOR_URL", "BENCHMARK_FLOOR_BASE"
_BULK = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],"Operations":['
_COLUMNS = "id, document, groups, version, created, modified"


def create_app() -> Flask:
    """The floor for the database that the environment names."""
    app = Flask(__name__, static_folder=None)
    store, base = FloorStore(os.environ[_URL]), os.environ[_BASE]
    rows = store.rows
    total = rows("SELECT count(*) FROM users")[0][0]
    # Small groups are answered with their members, as the product does; which ones is known beforehand.
    small = {row[0] for row in rows("SELECT id FROM groups WHERE member_count <= 200")}
    # Members as they are sent; the database puts the text together, which is the quickest.
    joined = "group_concat(one, ',')" if store.is_sqlite else "string_agg(one, ',')"
    with_members = (
        f'SELECT document, created, (SELECT {joined} FROM (SELECT \'{{"value":"\' || user_id'
        f' || \'","$ref":"{base}/Users/\' || user_id || \'","type":"User"}}\' AS one'
        " FROM memberships WHERE group_id = groups.id ORDER BY user_id) AS listed) FROM groups WHERE id = ?"
    )

    @app.get("/readyz")
    def ready() -> Response:
        return Response("ready")

    @app.get("/scim/v2/Users")
    def search() -> Response:
        text = request.args.get("filter")
        if text is None:
            start = int(request.args["startIndex"])
            found = rows(f"SELECT {_COLUMNS} FROM users WHERE position >= ? ORDER BY position LIMIT 100", start)
            return _page([_user(base, row) for row in found], total, start)
        value = text.split('"')[1]
        if text.startswith("userName"):
            found = rows(f"SELECT {_COLUMNS} FROM users WHERE user_name = ?", value)
        else:
            first = f"@{RARE_DOMAIN}"[::-1]
            found = rows(
                f"SELECT {_COLUMNS} FROM users WHERE mail_reversed >= ? AND mail_reversed < ? AND active LIMIT 100",
                first,
                first[:-1] + chr(ord(first[-1]) + 1),
            )
        return _page([_user(base, row) for row in found], len(found), 1)

    @app.get("/scim/v2/Users/<id>")
    def get(id: str) -> Response:
        return _send(_user(base, rows(f"SELECT {_COLUMNS} FROM users WHERE id = ?", id)[0]))

    @app.post("/scim/v2/Users")
    def create() -> Response:
        body = orjson.loads(request.get_data(cache=False))
        id, moment = str(uuid_utils.uuid7()), _now()
        document = _document(id, body)
        rows(
            "INSERT INTO users (id, user_name, mail_reversed, document, created, modified) VALUES (?, ?, ?, ?, ?, ?)",
            id, body["userName"], body["emails"][0]["value"][::-1], document, moment, moment,
        )  # fmt: skip
        return _send(_user(base, (id, document, "", 1, moment, moment)), 201)

    @app.post("/scim/v2/Bulk")
    def create_all() -> Response:
        body, moment = orjson.loads(request.get_data(cache=False)), _now()
        made, answers = [], []
        for operation in body["Operations"]:
            id = str(uuid_utils.uuid7())
            made.append((id, operation["data"], f"{_document(id, operation['data'])}}}"))
            answers.append(
                f'{{"method":"POST","status":"201","bulkId":"{operation["bulkId"]}",'
                f'"location":"{base}/Users/{id}","version":"W/\\"1\\""}}'
            )
        store.add_rows(rows_of(made, moment, is_sqlite=store.is_sqlite))
        return _send(f"{_BULK}{','.join(answers)}]}}")

    @app.put("/scim/v2/Users/<id>")
    def replace(id: str) -> Response:
        document = _document(id, orjson.loads(request.get_data(cache=False)))
        statement = (
            f"UPDATE users SET document = ?, version = version + 1, modified = ? WHERE id = ? RETURNING {_COLUMNS}"
        )
        return _send(_user(base, rows(statement, document, _now(), id)[0]))

    @app.patch("/scim/v2/Users/<id>")
    def deactivate(id: str) -> Response:
        active = orjson.loads(request.get_data(cache=False))["Operations"][0]["value"]["active"]
        old, new = ('"active":false', '"active":true') if active else ('"active":true', '"active":false')
        statement = (
            "UPDATE users SET document = replace(document, ?, ?), active = ?, version = version + 1, modified = ?"
            f" WHERE id = ? RETURNING {_COLUMNS}"
        )
        return _send(_user(base, rows(statement, old, new, active, _now(), id)[0]))

    @app.get("/scim/v2/Groups/<id>")
    def get_group(id: str) -> Response:
        if "excludedAttributes" in request.args:
            [(document, created)] = rows("SELECT document, created FROM groups WHERE id = ?", id)
            return _send(f"{document}{_meta(base, 'Group', id, 1, created, created)}")
        [(document, created, listed)] = rows(with_members, id)
        return _send(f'{document},"members":[{listed}]{_meta(base, "Group", id, 1, created, created)}')

    @app.patch("/scim/v2/Groups/<id>")
    def move_member(id: str) -> Response:
        operation = orjson.loads(request.get_data(cache=False))["Operations"][0]
        if operation["op"] == "add":
            rows("INSERT INTO memberships VALUES (?, ?) ON CONFLICT DO NOTHING", id, operation["value"][0]["value"])
        else:
            rows("DELETE FROM memberships WHERE group_id = ? AND user_id = ?", id, operation["path"].split('"')[1])
        return get_group(id) if id in small else Response(status=204)

    return app


def _document(id: str, body: dict[str, object]) -> str:
    kept = {"schemas": body["schemas"], "id": id} | body
    for name in ("password", "groups", "meta", "roles"):
        kept.pop(name, None)
    return orjson.dumps(kept)[:-1].decode()


def _user(base: str, row: tuple[object, ...]) -> str:
    id, document, groups, version, created, modified = row
    return f"{document}{groups}{_meta(base, 'User', id, version, created, modified)}"


def _meta(base: str, kind: str, id: object, version: object, created: object, modified: object) -> str:
    return (
        f',"meta":{{"resourceType":"{kind}","created":"{created}","lastModified":"{modified}",'
        f'"location":"{base}/{kind}s/{id}","version":"W/\\"{version}\\""}}}}'
    )


def _page(resources: list[str], total: int, start: int) -> Response:
    head = f'{_LIST}{total},"startIndex":{start},"itemsPerPage":{len(resources)}'
    return _send(f'{head},"Resources":[{",".join(resources)}]}}')


def _send(body: str, status: int = 200) -> Response:
    return Response(body, status, content_type=_MEDIA)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def environment(url: str, base: str) -> dict[str, str]:
    """What the floor's process needs to be told."""
    return {_URL: url, _BASE: base}


def _serve() -> None:
    from granian.constants import Interfaces
    from granian.server import Server

    parser = argparse.ArgumentParser(description="Serve the floor.")
    for name in ("port", "workers", "threads"):
        parser.add_argument(f"--{name}", type=int, required=True)
    given = parser.parse_args()
    # As `muster serve` does it (app/cli/server.py).
    Server(
        "benchmarks.floor:create_app",
        factory=True,
        address="127.0.0.1",
        port=given.port,
        interface=Interfaces.WSGI,
        workers=given.workers,
        blocking_threads=given.threads,
        backlog=2048,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
        log_access=False,
    ).serve()


if __name__ == "__main__":
    _serve()
