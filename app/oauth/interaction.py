"""What has to happen before a client gets its code: nothing, a sign-in, a new proof, or another account.

What a request says of that is taken at its word (OpenID Connect Core §3.1.2.1). ``since`` is the moment at which the
person was sent to prove anew who they are; it comes back, sealed, in the address to which they return, so that whoever
was not asked anew is noticed, and nobody is sent round in circles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from urllib.parse import urlencode

import orjson
from authlib.oauth2.rfc6749 import InvalidRequestError

from app.sealed import seal, unseal
from app.services.person_sessions import SignedIn
from scim.keys import fold

SINCE = "muster_since"
_PURPOSE = b"oauth since"
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_ANEW = frozenset({"login", "select_account"})
_SKEW = timedelta(seconds=60)
"""The clock of an identity provider may be behind ours."""
_GOOD_FOR = timedelta(hours=1)
_MOST_SECONDS = 10


class Need(Enum):
    """What has to happen first."""

    NOTHING = auto()
    SIGN_IN = auto()
    PROOF = auto()
    OTHER_PERSON = auto()
    UNPROVEN = auto()


def prompts_of(given: Mapping[str, str]) -> frozenset[str]:
    """What a request wants to be shown, or ``none``. Raises InvalidRequestError."""
    prompts = frozenset(given.get("prompt", "").split())
    if prompts - _PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise InvalidRequestError("prompt must be none, or any of login, consent and select_account.")
    return prompts


def need_of(
    given: Mapping[str, str],
    found: SignedIn | None,
    account_name: str,
    only_account: str | None,
    subject: str | None,
    since: datetime | None,
    moment: datetime,
) -> Need:
    """What has to happen for whoever is signed in. Raises InvalidRequestError.

    ``only_account`` is that of the client, if it has one; ``subject`` whom an ID token names that came as a hint.
    """
    prompts, age = prompts_of(given), _age(given)
    if found is None:
        return Need.SIGN_IN
    asked = given.get("account")
    if only_account not in (None, found.account_id) or subject not in (None, found.user_id):
        return Need.OTHER_PERSON
    if asked is not None and asked.lower() != found.account_id and fold(asked) != fold(account_name):
        return Need.OTHER_PERSON
    is_old = age is not None and not found.is_fresh(moment, age)
    if not prompts & _ANEW and not is_old:
        return Need.NOTHING
    if since is None:
        return Need.PROOF
    is_proven = found.authenticated is not None and found.authenticated >= since - _SKEW
    return Need.NOTHING if is_proven else Need.UNPROVEN


def address_of(path: str, given: Mapping[str, str], key: bytes, moment: datetime) -> str:
    """The request once more, as the address to which somebody returns who was sent away at this moment."""
    kept = _kept(given)
    sent = seal(key, _PURPOSE, [int(moment.timestamp()), _digest(kept)])
    return f"{path}?{urlencode({**kept, SINCE: sent})}"


def since_of(given: Mapping[str, str], key: bytes, moment: datetime) -> datetime | None:
    """When somebody was sent away with this very request, if lately."""
    if SINCE not in given:
        return None
    try:
        seconds, digest = unseal(key, _PURPOSE, given[SINCE])
    except ValueError:
        return None
    since = datetime.fromtimestamp(seconds, UTC)
    is_this = digest == _digest(_kept(given))
    return since if is_this and moment - since <= _GOOD_FOR else None


def _kept(given: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if name != SINCE}


def _digest(given: Mapping[str, str]) -> str:
    return hashlib.sha256(orjson.dumps(given, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _age(given: Mapping[str, str]) -> timedelta | None:
    text = given.get("max_age")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < _MOST_SECONDS):
        raise InvalidRequestError("max_age must be a number of seconds.")
    return timedelta(seconds=int(text))
