"""The first rule with a filter, published while a request is under way: whoever that changes is not missed."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from app.db import Database
from app.services import mapping_publish
from tests.builders import Customer, a_patch, a_user
from tests.protocol.conftest import Scim
from tests.protocol.test_mapping_races import roles_of

BECOMES_CHIEF = a_patch({"op": "replace", "path": "title", "value": "Chief"})


class SlowBody(BytesIO):
    """A body during whose arrival something happens once."""

    def __init__(self, body: Any, meanwhile: Callable[[], None]) -> None:
        super().__init__(json.dumps(body).encode())
        self.size = len(self.getvalue())
        self._meanwhile: Callable[[], None] | None = meanwhile

    def read(self, size: int | None = -1) -> bytes:
        """What comes, after what happens first."""
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return super().read(size)

    def readinto(self, buffer: Any) -> int:
        """As ``read``."""
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


@pytest.mark.parametrize("way", ["patch", "put", "create", "bulk"])
def test_who_changes_while_the_first_filter_is_published(
    scim: Scim, customer: Customer, database: Database, way: str
) -> None:
    """The token was looked up before the publish, and the body came after it."""
    user = scim.create("/Users", a_user("slow@acme.example", title="Clerk"))["id"]
    document = {"rules": [{"name": "Chiefs", "where": 'title eq "Chief"', "grants": [{"role": "Marketer"}]}]}
    published: list[int] = []

    def publish() -> None:
        with database.writing() as session:
            mapping_publish.publish(session, customer.account_id, document, author="test")
        published.append(1)

    operations = [
        {"method": "PATCH", "path": f"/Users/{user}", "data": BECOMES_CHIEF},
        {"method": "POST", "path": "/Users", "bulkId": "1", "data": a_user(title="Clerk")},
    ]
    bulk = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    method, path, body = {
        "patch": ("PATCH", f"/Users/{user}", BECOMES_CHIEF),
        "put": ("PUT", f"/Users/{user}", a_user("slow@acme.example", title="Chief")),
        "create": ("POST", "/Users", a_user("new@acme.example", title="Chief")),
        "bulk": ("POST", "/Bulk", bulk),
    }[way]
    slow = SlowBody(body, publish)
    headers = {"Content-Type": "application/scim+json"}
    answer = scim.request(method, path, input_stream=slow, content_length=slow.size, headers=headers)
    assert answer.status_code in (200, 201), answer.text
    assert published == [1]
    found = scim.read("/Users", filter='title eq "Chief"')["Resources"]
    chiefs = [one["id"] for one in found]
    assert len(chiefs) == 1
    assert roles_of(database, customer.account_id, chiefs) == {chiefs[0]: {"Marketer"}}
