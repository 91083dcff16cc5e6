"""What may be said of a connection: what it begins with, and what is refused when it is saved.

``trust`` in the database has the names that are used here, all of them, always.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.outbound import Outbound
from app.outbound import Refused as NotCalled
from app.services.connection_presets import Preset
from app.services.errors import Refused, Wrong
from app.services.trusted import oidc_trust, saml_trust
from scim.keys import fold
from sso.claims import DEFAULTS, NAME_ID, check_mapping
from sso.errors import BadTrust
from sso.model import MOST_SKEW, Signed
from sso.oidc_discovery import check_trust as check_oidc
from sso.oidc_discovery import url_problem
from sso.oidc_tokens import MOST_SKEW as MOST_OIDC_SKEW
from sso.saml_trust import check_trust as check_saml

_NO_KEYS = {
    "transient": "a transient NameID is another one at each sign-in",
    "emailAddress": "an e-mail address passes from one person to another",
}
CLIENT_AUTHENTICATIONS = ("client_secret", "private_key_jwt")
FROM_DISCOVERY = (
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
    "names_itself",
)
"""What a provider says of itself (O-30)."""
_BEGINNING: Mapping[str, Mapping[str, Any]] = {
    "saml": {
        "entity_id": None,
        "sso_url": None,
        "logout_url": None,
        "metadata_url": None,
        "signed": Signed.ASSERTION.value,
        "wants_encryption": False,
        "skew_seconds": int(MOST_SKEW.total_seconds()),
        "oldest_sign_in_minutes": None,
        "contexts": [],
        "name_id_format": "persistent",
        "subject_attribute": None,
        "sends_login_hint": False,
    },
    "oidc": {
        "issuer": None,
        "client_id": None,
        "client_authentication": "client_secret",
        "algorithms": ["RS256", "PS256", "ES256"],
        "scopes": ["openid", "email", "profile"],
        "max_age_minutes": None,
        "subject_claims": ["sub"],
        "contexts": [],
        "methods": [],
        "skew_seconds": int(MOST_OIDC_SKEW.total_seconds()),
        "uses_userinfo": False,
        "typed_logout": True,
        **dict.fromkeys(FROM_DISCOVERY),
        "names_itself": False,
    },
}
SETTINGS = (
    "vouches_for_email",
    "creates_people",
    "adopts",
    "groups_from",
    "groups_claim",
    "mapped_roles",
    "join_external_id",
    "join_user_name",
    "join_email",
    "unsolicited",
    "session_hours",
)
"""Columns of a connection that are set as they are given."""
CHANGEABLE = frozenset({*DEFAULTS["saml"]["emails"], *DEFAULTS["saml"]["userName"]} - {NAME_ID})
"""Attributes of SAML that pass from one person to another (L-2)."""
NOBODY = (
    "nobody new is recognised: name a directory and what leads to its people (join_external_id, join_user_name or "
    "join_email), or let the connection create people"
)
UNSOLICITED = (
    "responses that nobody asked for are accepted: somebody can be led into signing in as somebody else, and it cannot "
    "be told; leave it off unless people start at their provider's portal"
)


def beginning(preset: Preset) -> dict[str, Any]:
    """What a new connection is before anything is said of it."""
    return {
        "trust": {"preset": preset.name, **_BEGINNING[preset.protocol], **preset.trust},
        "claims": dict(preset.claims),
        "vouches_for_email": False,
        "creates_people": False,
        "adopts": False,
        "groups_from": "directory",
        "unsolicited": False,
        **dict.fromkeys(
            ("groups_claim", "mapped_roles", "join_external_id", "join_user_name", "join_email", "session_hours")
        ),
        "directory_id": None,
    }


def merged(row: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a connection after a change, all of them that can be changed. Raises Refused."""
    protocol = row["protocol"]
    other = "oidc" if protocol == "saml" else "saml"
    if given.get(other) is not None:
        raise Refused(f"this connection speaks {protocol}", Wrong((other,), f"is for a connection by {other}"))
    values = {name: given.get(name, row[name]) for name in (*SETTINGS, "directory_id", "claims")}
    trust = {**row["trust"], **(given.get(protocol) or {})}
    if protocol == "oidc" and trust["issuer"] != row["trust"]["issuer"]:
        # Another provider, which has not said anything yet.
        trust |= {name: _BEGINNING["oidc"][name] for name in FROM_DISCOVERY}
    if "name" in given:
        values["name"] = given["name"].strip()
        if not values["name"]:
            raise Refused("a connection needs a name", Wrong(("name",), "must not be empty"))
        values["name_key"] = fold(values["name"])
    return values | {"trust": trust}


def check(
    outbound: Outbound,
    protocol: str,
    values: Mapping[str, Any],
    certificates: Sequence[str],
    *,
    has_domain: bool,
) -> None:
    """Whether a connection may be so. Raises Refused. ``has_domain``: a verified domain belongs to it (L-4)."""
    problems = [Wrong(("claims",), said) for said in check_mapping(values["claims"])]
    plain = outbound.is_plain
    problems += _saml(outbound, values, certificates, plain) if protocol == "saml" else _oidc(values["trust"], plain)
    problems += _linking(protocol, values, has_domain)
    if problems:
        raise Refused("; ".join(f"{'.'.join(map(str, one.at))}: {one.detail}" for one in problems), *problems)


def recognises_nobody(directory: str | None, row: Mapping[str, Any]) -> bool:
    """Whether it leads to no person but those who are linked to it already."""
    joins = [row[name] for name in ("join_external_id", "join_user_name", "join_email") if row[name] is not None]
    return not row["creates_people"] and (directory is None or not joins)


def warnings(row: Mapping[str, Any]) -> list[str]:
    """What an administrator should know of settings that are allowed."""
    trust, said = row["trust"], []
    if row["unsolicited"]:
        said.append(UNSOLICITED)
    if row["protocol"] == "saml" and trust["subject_attribute"] is None and trust["name_id_format"] == "unspecified":
        said.append(
            "the provider decides what its NameID is; make sure that it never passes from one person to another, or "
            "name a subject_attribute"
        )
    if row["join_user_name"] is not None:
        said.append("whoever the provider gives a user name of the directory is taken for that person at first sign-in")
    if row["enabled"] and recognises_nobody(row["directory_id"], row):
        said.append(NOBODY)
    if row["adopts"] and not row["creates_people"]:
        said.append("nobody is created here, so there is nobody to adopt but those of before")
    return said


def _saml(outbound: Outbound, values: Mapping[str, Any], certificates: Sequence[str], plain: bool) -> list[Wrong]:
    trust, problems = values["trust"], []
    for name in ("sso_url", "logout_url"):
        if trust[name] is not None and (problem := url_problem(trust[name], plain=plain)):
            problems.append(Wrong(("saml", name), problem))
    if trust["metadata_url"] is not None:
        try:
            outbound.check(trust["metadata_url"])
        except NotCalled as error:
            problems.append(Wrong(("saml", "metadata_url"), str(error)))
    if trust["subject_attribute"] is None and trust["name_id_format"] in _NO_KEYS:
        why = _NO_KEYS[trust["name_id_format"]]
        problems.append(Wrong(("saml", "subject_attribute"), f"is needed: {why}, so another attribute identifies them"))
    if trust["subject_attribute"] in CHANGEABLE:
        problems.append(Wrong(("saml", "subject_attribute"), "passes from one person to another, and is never a key"))
    found = saml_trust(trust, certificates, unsolicited=values["unsolicited"])
    if not problems and found is not None:
        try:
            check_saml(found, plain=plain)
        except BadTrust as error:
            problems.append(Wrong(("saml",), str(error)))
    return problems


def _oidc(trust: Mapping[str, Any], plain: bool) -> list[Wrong]:
    # What discovery will say is left out as long as it is not there.
    issuer = trust["issuer"] or "https://issuer.invalid"
    unknown = {name: trust[name] or issuer for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    if trust["authorization_endpoint"] is None:
        unknown["userinfo_endpoint"] = issuer
    found = oidc_trust({**trust, **unknown, "issuer": issuer, "client_id": trust["client_id"] or "unknown"})
    problems = []
    if "openid" not in trust["scopes"]:
        problems.append(Wrong(("oidc", "scopes"), "must contain openid"))
    try:
        if found is not None:
            check_oidc(found, plain=plain)
    except BadTrust as error:
        name, _, rest = str(error).partition(" ")
        at, said = (("oidc", name), rest) if name in trust else (("oidc",), str(error))
        problems.append(Wrong(at, said))
    return problems


def _linking(protocol: str, values: Mapping[str, Any], has_domain: bool) -> list[Wrong]:
    """L-3 to L-6."""
    problems = []
    for name in ("join_external_id", "join_user_name", "join_email", "adopts"):
        if values[name] and values["directory_id"] is None:
            problems.append(Wrong((name,), "is about people of a directory; say of which one"))
    if values["join_email"] is not None:
        if not has_domain:
            problems.append(Wrong(("join_email",), "needs a verified domain that belongs to this connection"))
        if protocol == "saml" and not values["vouches_for_email"]:
            said = "SAML does not say whether an address is verified; vouches_for_email says that you answer for it"
            problems.append(Wrong(("join_email",), said))
    if values["adopts"] and values["join_external_id"] is None:
        problems.append(Wrong(("adopts",), "needs join_external_id: people are adopted by that alone"))
    if values["groups_from"] == "claims" and values["groups_claim"] is None:
        problems.append(Wrong(("groups_claim",), "must say in which claim the groups are"))
    if values["unsolicited"] and protocol == "oidc":
        problems.append(Wrong(("unsolicited",), "there is nothing unsolicited in OpenID Connect"))
    return problems
