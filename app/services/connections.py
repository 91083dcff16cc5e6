"""Connections: the identity providers by which people of an account sign in, as their administrators see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app import audit
from app.models.base import new_id, now
from app.outbound import Outbound
from app.sealing import Keys
from app.services import claims_directories, connection_presets, identity_links, mapped_roles
from app.services.connection_facts import ConnectionFacts, Health, health_of, missing, shown
from app.services.connection_keys import Pair, keep
from app.services.connection_rights import begin, change, check_right, found
from app.services.connection_values import SETTINGS, beginning, check, merged
from app.services.directories import CLAIMS, LOCAL, find_directory
from app.services.errors import Conflict, NotFound, Refused, Wrong
from app.services.trusted import belonging
from app.session import Session
from app.stores import connection_parts as parts
from app.stores import connections as store
from app.stores import identity_links as links
from app.stores.access import SqlAccessStore
from app.stores.mapping_rules import lock

MOST = 200
"""So many connections an account may have."""
_LIMITS = {"mapped_roles", "directory_id", "groups_from"}
_TRAIL = ("name", "enabled", "directory_id", "claims")


def create(
    session: Session,
    account_id: str,
    keys: Keys,
    outbound: Outbound,
    base_url: str,
    pair: Pair,
    protocol: str,
    given: Mapping[str, Any],
) -> ConnectionFacts:
    """A new connection with a key pair of its own; it is off until it is set up.

    Raises Refused, Conflict, Forbidden.
    """
    check_right(session, account_id)
    preset = connection_presets.preset(given.get("preset") or connection_presets.GENERIC, protocol)
    if store.count(session, account_id) >= MOST:
        raise Refused(f"an account has at most {MOST} connections")
    id, moment = new_id(), now()
    row = {"account_id": account_id, "id": id, "protocol": protocol, "enabled": False, **beginning(preset)}
    values = merged(row, _resolved(session, account_id, given))
    check(outbound, protocol, values, [], has_domain=False)
    row |= {**values, **_secret(keys, row, given), "version": 1, "created": moment, "modified": moment}
    if not store.add(session, row):
        raise Conflict(f"there is already a connection named {values['name']!r}")
    keep(session, keys, account_id, id, pair, "current")
    claims_directories.see_to(session, row)
    if row["mapped_roles"] is not None:
        lock(session, account_id, exclusive=True)
        mapped_roles.check_published(session, account_id)
    audit.record(session, account_id, "connection.created", "connection", id, row["name"], None, _noted(row))
    return get(session, account_id, base_url, id)


def get(session: Session, account_id: str, base_url: str, reference: str) -> ConnectionFacts:
    """A connection by id or name. Raises NotFound, Forbidden."""
    check_right(session, account_id)
    return _facts(session, account_id, base_url, [found(session, account_id, reference)])[0]


def list_connections(session: Session, account_id: str, base_url: str) -> list[ConnectionFacts]:
    """All connections of an account, by name. Raises Forbidden."""
    check_right(session, account_id)
    return _facts(session, account_id, base_url, store.every(session, account_id))


def health(session: Session, account_id: str, reference: str) -> Health:
    """How a connection is doing. Raises NotFound, Forbidden."""
    check_right(session, account_id)
    row = found(session, account_id, reference)
    return health_of(row, parts.certificates(session, account_id, [row["id"]]), now())


def change_connection(
    session: Session,
    account_id: str,
    keys: Keys,
    outbound: Outbound,
    base_url: str,
    reference: str,
    given: Mapping[str, Any],
) -> ConnectionFacts:
    """Change what is given, on and off, too.

    Raises Conflict for another provider while links to people are there, unless ``forget_links`` is given; Refused,
    NotFound, Forbidden.
    """
    row = begin(session, account_id, reference)
    values = merged(row, _resolved(session, account_id, given))
    certificates = [one["pem"] for one in parts.certificates(session, account_id, [row["id"]]) if one["confirmed"]]
    has_domain = store.has_domain(session, account_id, row["id"])
    check(outbound, row["protocol"], values, certificates, has_domain=has_domain)
    values |= _secret(keys, row, _for_whom(row, values["trust"], given))
    values["enabled"] = given.get("enabled", row["enabled"])
    after = {**row, **values}
    lacking = missing(after, certificates)
    if after["enabled"] and lacking:
        raise Refused(
            f"{row['name']} cannot be on, as it lacks: {', '.join(lacking)}",
            Wrong(("enabled",), f"is not possible without {', '.join(lacking)}"),
        )
    changed = {name: value for name, value in values.items() if value != row[name]}
    if not changed:
        return get(session, account_id, base_url, row["id"])
    forgotten = identity_links.make_way(session, row, after["trust"], forgets=bool(given.get("forget_links")))
    if {"join_external_id", "directory_id"} & changed.keys():
        links.forget_external_ids(session, account_id, row["id"])
    change(session, row, changed)
    claims_directories.see_to(session, after)
    if _LIMITS & changed.keys() and after["mapped_roles"] is not None:
        lock(session, account_id, exclusive=True)
        mapped_roles.check_published(session, account_id)
    _record_changes(session, row, after, forgotten)
    return get(session, account_id, base_url, row["id"])


def delete(session: Session, account_id: str, base_url: str, reference: str) -> ConnectionFacts:
    """Forget a connection that is off, with whom it knows as whom; returns what it was.

    The groups that its claims have named go with it, and what they gave. Raises Conflict while it is on, a domain leads
    to it, or rules are for its groups; NotFound, Forbidden.
    """
    row = begin(session, account_id, reference)
    gone = get(session, account_id, base_url, row["id"])
    if row["enabled"]:
        raise Conflict(f"{row['name']} is on; switch it off first, which signs out whoever came in by it")
    domains = store.domains(session, account_id, row["id"])
    if domains:
        raise Conflict(f"{', '.join(domains[:10])} leads to {row['name']}; let it lead elsewhere, or remove it, first")
    claims_directories.empty(session, row)
    store.remove(session, account_id, row["id"])
    claims_directories.remove(session, row)
    audit.record(session, account_id, "connection.deleted", "connection", row["id"], row["name"], _noted(row))
    return gone


def _facts(session: Session, account_id: str, base_url: str, rows: Sequence[store.Row]) -> list[ConnectionFacts]:
    ids = [row["id"] for row in rows]
    certificates, pairs = parts.certificates(session, account_id, ids), parts.keys(session, account_id, ids)
    names = store.directories(session, account_id)
    limits = any(row["mapped_roles"] is not None for row in rows)
    policy = SqlAccessStore(session, account_id).snapshot([]).policy if limits else None
    moment = now()
    return [
        shown(
            row,
            [one for one in certificates if one["connection_id"] == row["id"]],
            [one for one in pairs if one["connection_id"] == row["id"]],
            names,
            mapped_roles.names_of(policy, row["mapped_roles"]) if policy is not None else None,
            base_url,
            moment,
        )
        for row in rows
    ]


def _resolved(session: Session, account_id: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, with the ids of the directory and the roles that were named."""
    known = dict(given)
    if known.get("mapped_roles") is not None:
        known["mapped_roles"] = mapped_roles.resolved(session, account_id, known["mapped_roles"])
    if "directory" not in known:
        return known
    name = known.pop("directory")
    known["directory_id"] = None
    if name is not None:
        try:
            directory = find_directory(session, account_id, name)
        except NotFound as error:
            raise Refused(str(error), Wrong(("directory",), str(error))) from error
        if directory.preset in (LOCAL, CLAIMS):
            what = f"nothing pushes into {directory.name}, so its people cannot be joined"
            raise Refused(what, Wrong(("directory",), "must be one that an identity provider pushes into"))
        known["directory_id"] = directory.id
    return known


def _for_whom(row: Mapping[str, Any], trust: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is given, without the secret that was set if it would go to another provider: nobody learns it so (R-10)."""
    if row["protocol"] == "oidc" and row["trust"]["issuer"] not in (None, trust["issuer"]):
        return {"client_secret": None, **given}
    return given


def _secret(keys: Keys, row: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    if "client_secret" not in given:
        return {}
    if row["protocol"] != "oidc":
        raise Refused("SAML has no client secret", Wrong(("client_secret",), "is for OpenID Connect"))
    secret = given["client_secret"]
    if secret is None:
        return {"secret": None, "secret_set": None}
    return {"secret": keys.seal(secret, *belonging(row["account_id"], row["id"])), "secret_set": now()}


def _record_changes(session: Session, row: Mapping[str, Any], after: Mapping[str, Any], forgotten: int) -> None:
    """What is different, in the trail: that it is on or off apart from all else, since much depends on it."""
    before = _noted(row) | {"identity_links": forgotten}
    later = _noted(after) | {"identity_links": 0}
    differing = [name for name in later if before[name] != later[name]]
    actions = {"connection.changed": [name for name in differing if name != "enabled"]}
    if "enabled" in differing:
        actions["connection.enabled" if after["enabled"] else "connection.disabled"] = ["enabled"]
    for action, names in actions.items():
        if names:
            was, becomes = ({name: side[name] for name in names} for side in (before, later))
            audit.record(session, row["account_id"], action, "connection", row["id"], after["name"], was, becomes)


def _noted(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the trail keeps: everything but the secret, of which it says when it was set."""
    kept: dict[str, Any] = {name: row[name] for name in (*_TRAIL, *SETTINGS)}
    kept |= {"protocol": row["protocol"], **row["trust"]}
    secret_set = row.get("secret_set")
    return kept | {"secret_set": secret_set.isoformat() if secret_set else None}
