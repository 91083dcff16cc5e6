"""Whose account is it: from the subject of an identity provider to a person of the account (L-1 to L-10).

A subject that was seen before is the same person for ever, even if they are gone; names and addresses are no keys.
For one that is new the ways are tried that the connection was told to take, and any doubt is a refusal. Nothing is
changed here: a test run decides as a sign-in does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from app.crypto import subject_hash
from app.services import domains, guards
from app.services.belonging import privileged_of, will_own
from app.services.references import person_of
from app.services.trusted import Trusted
from app.session import Session
from app.stores import identity_links as store
from app.stores.departed import has_departed, plain
from scim.keys import fold
from sso.claims import NAME_ID, Profile, problem_of
from sso.errors import LoginRefused, Reason
from sso.model import Assertion

How = Literal["known", "external_id", "user_name", "email", "created", "adopted"]
JIT, SCIM = "sso", "scim"
"""Origins of people: created when they signed in, and pushed by a directory."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who signs in, and why it is they; ``person`` None: somebody who is to be created.

    ``link_id`` is the link that is there; ``instead_of`` is who was created here, and becomes the directory's person.
    """

    how: How
    words: str
    person: Any = None
    link_id: str | None = None
    instead_of: Any = None


def decide(session: Session, trusted: Trusted, assertion: Assertion, profile: Profile) -> Decision:
    """Who somebody is whom the connection's provider has vouched for. Raises LoginRefused."""
    link = _link(session, trusted, assertion)
    if link is not None:
        return _known(session, trusted, assertion, link)
    found = _joined(session, trusted, assertion)
    if found is not None:
        _check_may_sign_in(found.person)
        return found
    if trusted.creates_people:
        return _to_create(session, trusted, assertion, profile)
    raise LoginRefused(
        Reason.NOT_PROVISIONED, f"no person here is this subject{_tried(trusted)}; the connection creates nobody"
    )


def vouched_email(session: Session, trusted: Trusted, assertion: Assertion, profile: Profile) -> str | None:
    """The address for which the provider vouches, of a domain for which it may (L-4); None if there is none."""
    address: object
    if assertion.protocol == "saml":
        address = profile.emails[0] if trusted.vouches_for_email and profile.emails else None
    else:
        address = assertion.claims.get("email") if _says_verified(assertion) else None
    if not isinstance(address, str) or problem_of(address) is not None:
        return None
    return address if domains.is_vouched(session, trusted.account_id, trusted.id, address) else None


def is_linked(session: Session, trusted: Trusted, assertion: Assertion) -> bool:
    """Whether the subject is known at this very moment."""
    return _link(session, trusted, assertion) is not None


def external_id_of(trusted: Trusted, assertion: Assertion) -> str | None:
    """What the provider says is somebody's externalId in the connection's directory; None if not one usable thing."""
    try:
        return _value(assertion, trusted.join_external_id) if trusted.directory_id is not None else None
    except LoginRefused:
        return None


def composed(text: str) -> str:
    """An identifier as it is compared (L-9)."""
    return unicodedata.normalize("NFC", text)


def _link(session: Session, trusted: Trusted, assertion: Assertion) -> Any:
    hashed = subject_hash(trusted.id, composed(assertion.subject))
    return store.link_of(session, trusted.account_id, trusted.id, hashed)


def _known(session: Session, trusted: Trusted, assertion: Assertion, link: Any) -> Decision:
    person = store.person(session, trusted.account_id, link.user_id)
    if person is None:
        # Whoever comes next under this subject must not become somebody else: the link stays (L-7).
        raise LoginRefused(Reason.INACTIVE, "the person who had this subject was deleted")
    if person.origin == JIT and trusted.adopts and trusted.directory_id is not None:
        pushed = _by_external_id(session, trusted, assertion)
        if pushed is not None and pushed.id == person.id:
            person = pushed  # the directory has adopted them since they were read
        elif pushed is not None:
            _check_may_sign_in(pushed)
            if store.is_linked(session, trusted.account_id, trusted.id, pushed.id):
                raise LoginRefused(Reason.AMBIGUOUS, "the person whom the directory has pushed has another subject")
            return Decision("adopted", "the directory has pushed who was created here", pushed, link.id, person)
    _check_may_sign_in(person)
    return Decision("known", f"the subject was linked before ({link.how})", person, link.id)


def _joined(session: Session, trusted: Trusted, assertion: Assertion) -> Decision | None:
    """The one person whom the connection's ways lead to, or None. Raises LoginRefused for two (L-5)."""
    by_id = _by_external_id(session, trusted, assertion)
    by_name = _by_user_name(session, trusted, assertion)
    if by_id is not None and by_name is not None and by_id.id != by_name.id:
        raise LoginRefused(Reason.AMBIGUOUS, "externalId leads to one person, userName to another")
    if by_id is not None:
        return Decision("external_id", f"externalId is what {trusted.join_external_id} says", by_id)
    if by_name is not None:
        if by_name.external_id is not None and _value(assertion, trusted.join_external_id) is not None:
            raise LoginRefused(Reason.AMBIGUOUS, "userName leads to somebody who has another externalId")
        _check_not_linked(session, trusted, by_name, "userName")
        return Decision("user_name", f"userName is what {trusted.join_user_name} says", by_name)
    by_email = _by_email(session, trusted, assertion)
    if by_email is None:
        return None
    if by_email.external_id is not None and _value(assertion, trusted.join_external_id) is not None:
        raise LoginRefused(Reason.AMBIGUOUS, "the e-mail address leads to somebody who has another externalId")
    _check_not_linked(session, trusted, by_email, "e-mail")
    _check_no_administrator(session, trusted, by_email)
    return Decision("email", f"the e-mail address is what {trusted.join_email} says", by_email)


def _by_external_id(session: Session, trusted: Trusted, assertion: Assertion) -> Any:
    value = _value(assertion, trusted.join_external_id)
    if trusted.directory_id is None or value is None:
        return None
    forms = {value, *(unicodedata.normalize(form, value) for form in ("NFC", "NFD"))}
    rows = store.by_external_id(session, trusted.account_id, trusted.directory_id, sorted(forms))
    return _only(rows, "externalId")


def _by_user_name(session: Session, trusted: Trusted, assertion: Assertion) -> Any:
    value = _value(assertion, trusted.join_user_name)
    if trusted.directory_id is None or value is None:
        return None
    rows = store.by_name(session, trusted.account_id, trusted.directory_id, fold(value))
    # Folding takes some letters for others that look alike; what is not ASCII is compared as it is (L-9).
    return _only([one for one in rows if plain(one.user_name) == plain(value)], "userName")


def _by_email(session: Session, trusted: Trusted, assertion: Assertion) -> Any:
    """Whom a verified address of a domain of this account leads to (L-4)."""
    value = _value(assertion, trusted.join_email)
    if value is None or trusted.directory_id is None or not value.isascii() or not _is_verified(trusted, assertion):
        return None
    if not domains.is_vouched(session, trusted.account_id, trusted.id, value):
        return None
    rows = [
        one
        for one in store.by_email(session, trusted.account_id, trusted.directory_id, fold(value))
        # Nobody becomes one of those who were made by hand, and may be who keeps the account's last key.
        if plain(value) in map(plain, addresses(one)) and one.origin == SCIM
    ]
    return _only(rows, "the e-mail address")


def _is_verified(trusted: Trusted, assertion: Assertion) -> bool:
    if assertion.protocol == "saml":
        return trusted.vouches_for_email
    return trusted.join_email == "email" and _says_verified(assertion)


def _says_verified(assertion: Assertion) -> bool:
    """Whether an OpenID provider vouches for the address; else whoever likes may have entered it (L-4)."""
    return assertion.claims.get("email_verified") is True


def _to_create(session: Session, trusted: Trusted, assertion: Assertion, profile: Profile) -> Decision:
    """Refuses what would bring back, or double, somebody whom the connection's directory knows (L-7).

    Without one, what would bring back somebody of any directory.
    """
    own, account_id = trusted.directory_id, trusted.account_id
    values = [plain(one) for one in (_value(assertion, trusted.join_external_id), *_called(profile)) if one]
    for directory_id in [own] if own is not None else store.directories(session, account_id):
        for one in _namesakes(session, trusted, directory_id, profile):
            if not one.active:
                raise LoginRefused(
                    Reason.INACTIVE, "a directory has a person of this name or address, who is switched off"
                )
            if own is not None:
                said = "the directory has a person of this name or address, who is somebody else by all that is known"
                raise LoginRefused(Reason.NOT_PROVISIONED, said)
        if has_departed(session, account_id, directory_id, values):
            raise LoginRefused(
                Reason.INACTIVE, "a person who had this externalId, name or address is gone from a directory, or off"
            )
    return Decision("created", "nobody here is this subject, and the connection creates people")


def _called(profile: Profile) -> Sequence[str]:
    return [*([profile.user_name] if profile.user_name else []), *profile.emails]


def _namesakes(session: Session, trusted: Trusted, directory: str, profile: Profile) -> Sequence[Any]:
    names = [profile.user_name] if profile.user_name else []
    found = [*(one for name in names for one in store.by_name(session, trusted.account_id, directory, fold(name)))]
    for address in profile.emails:
        found += store.by_email(session, trusted.account_id, directory, fold(address))
    return found


def _check_may_sign_in(person: Any) -> None:
    if not person.active:
        raise LoginRefused(Reason.INACTIVE, "the person is switched off")


def _check_not_linked(session: Session, trusted: Trusted, person: Any, what: str) -> None:
    if store.is_linked(session, trusted.account_id, trusted.id, person.id):
        raise LoginRefused(Reason.AMBIGUOUS, f"{what} leads to a person who has another subject at this provider")


def _check_no_administrator(session: Session, trusted: Trusted, person: Any) -> None:
    """An address is too little to become somebody who may manage others (L-4)."""
    _, snapshot = guards.acting_in(session, trusted.account_id, [person.id])
    subject = person_of(snapshot, person.id)
    if will_own(snapshot.policy, subject) or next(privileged_of(snapshot.policy, subject), None) is not None:
        raise LoginRefused(Reason.NOT_PROVISIONED, "an e-mail address leads to nobody with a privileged role")


def _only(rows: Sequence[Any], what: str) -> Any:
    if len(rows) > 1:
        raise LoginRefused(Reason.AMBIGUOUS, f"{what} leads to several people")
    return rows[0] if rows else None


def _value(assertion: Assertion, name: str | None) -> str | None:
    """The one value of an attribute that people are found by; None if it is not there. Raises LoginRefused (S-28)."""
    if name is None or (name == "email" and assertion.protocol == "oidc" and not _says_verified(assertion)):
        return None
    given = assertion.attributes.get(name, ())
    if name == NAME_ID and assertion.name_id is not None:
        given = (assertion.name_id.value,)
    values = [composed(one).strip() for one in given]
    if not any(values):
        return None
    if len(values) > 1 or problem_of(values[0]) is not None:
        raise LoginRefused(Reason.ATTRIBUTES, f"{name}, by which people are found, has no single usable value")
    if values[0].isascii() and not given[0].isascii():
        return None  # composing makes some signs into plain letters, and nobody is plainly called so
    return values[0]


def addresses(person: Any) -> list[str]:
    """The e-mail addresses of a person."""
    listed = orjson.loads(person.document).get("emails") or ()
    return [one["value"] for one in listed if isinstance(one.get("value"), str)]


def _tried(trusted: Trusted) -> str:
    ways = {"externalId": trusted.join_external_id, "userName": trusted.join_user_name, "e-mail": trusted.join_email}
    asked = [f"{what} by {name}" for what, name in ways.items() if name is not None]
    return f" (looked for: {', '.join(asked)})" if asked else ""
