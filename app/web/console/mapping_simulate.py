"""/console/mapping/simulate: what somebody would get, and what would follow if a group were gone. It writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from flask import Response, request

from app.services import group_removal, mapping_drafts, mapping_simulation
from app.services.errors import ServiceError
from app.services.simulated_people import Asked
from app.stores.listings import Wanted
from app.stores.naming import directories_of
from app.web.console import mapping_parts, shell
from app.web.console.forms import Form
from app.web.console.mapping_draft import DRAFTS

mapping_simulate_face = shell.console_face("console_mapping_simulate")
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_OF_ENTERPRISE = ("employeeNumber", "costCenter", "organization", "division", "department", "manager")
"""The attributes of RFC 7643 §4.3, which people write without their URN."""
_FIELDS = ("user", "groups", "add", "remove", "attributes", "directory", "draft")
_MOST = 50
_PEOPLE = 50


@mapping_simulate_face.page("GET", "/console/mapping/simulate", needs="owner")
def simulate() -> Response:
    """What a person with these groups and attributes would get, by the rules in force or by those of a draft."""
    values = {name: request.args.get(name, "").strip()[:4000] for name in _FIELDS}
    result, form = None, Form(values)
    if any(value for name, value in values.items() if name != "draft"):
        try:
            result = mapping_simulation.simulate(*shell.here(), _asked(values))
        except ServiceError as error:
            form = Form(values, {}, shell.words_of(error), shell.status_of(error))
        except ValueError:
            form = Form(values, {"attributes": "mapping.simulate.attributes.wrong"}, None, 422)
    session, account_id = shell.here()
    drafts, _ = DRAFTS.rows.read(session, account_id, Wanted(_MOST, None, "modified", True))
    return mapping_parts.show(
        "simulate.html",
        status=form.status,
        form=form,
        result=result,
        drafts=drafts,
        directories=sorted(directories_of(session, account_id)),
    )


@mapping_simulate_face.page("GET", "/console/mapping/simulate/removal", needs="owner")
def simulate_removal() -> Response:
    """Who would lose what if a group were removed, and which rules would be left without it."""
    group, after = request.args.get("group", "").strip()[:400], request.args.get("after", "")[:50]
    found, form = None, Form({"group": group})
    if group:
        try:
            found = group_removal.simulate_removal(*shell.here(), group, after=after or None, limit=_PEOPLE)
        except ServiceError as error:
            form = Form({"group": group}, {}, shell.words_of(error), shell.status_of(error))
    return mapping_parts.show("removal.html", status=form.status, form=form, found=found, is_first=not after)


def _asked(values: Mapping[str, str]) -> Asked:
    document = None
    if values["draft"]:
        document = mapping_drafts.get_draft(*shell.here(), values["draft"]).document
    return Asked(
        values["user"] or None,
        _lines(values["groups"]),
        _lines(values["add"]),
        _lines(values["remove"]),
        _attributes(values["attributes"]),
        values["directory"] or None,
        document,
    )


def _lines(text: str) -> Sequence[str]:
    return [line for one in text.splitlines() if (line := one.strip())]


def _attributes(text: str) -> dict[str, Any]:
    """Lines such as ``title: Analyst``, or a part of a SCIM user as JSON. Raises ValueError."""
    if text.startswith("{"):
        found = orjson.loads(text)
        if not isinstance(found, dict):
            raise ValueError(text)
        return found
    plain: dict[str, Any] = {}
    enterprise: dict[str, Any] = {}
    for line in _lines(text):
        name, sign, value = line.partition(":")
        if not sign:
            raise ValueError(line)
        known = {one.lower(): one for one in _OF_ENTERPRISE}.get(name.strip().lower())
        into = plain if known is None else enterprise
        into[known or name.strip()] = {"true": True, "false": False}.get(value.strip().lower(), value.strip())
    return plain | ({_ENTERPRISE: enterprise} if enterprise else {})
