"""Platform profiles of accounts: shown before they are loaded, and loaded in one transaction.

A *profile* is a catalogue with default roles: one that comes with the product, or a file of one's own. A *manifest*
is a platform's own catalogue without roles, with a name and a version. Both go the same way: what would change is
worked out, what would take something from somebody has to be said, and what would leave something meaningless is
refused. Roles of the account's own stay as they are.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.exc import IntegrityError

from app import audit
from app.services import patterns, privileged_changes, schemas
from app.services.declarations import broken_conditions, broken_paths
from app.services.errors import Conflict, Forbidden, NotFound, Refused, wrong_in
from app.services.guards import Acting, acting_in
from app.services.own_catalogue import leaving_own_access
from app.services.profile_plans import PlannedChange, Target, Work, make_plan, texts_of
from app.session import Session
from app.stores import catalogues
from app.stores import roles as role_store
from app.stores.access_revision import bump
from rbac import profiles
from rbac.catalogue import Catalogue, shown
from rbac.catalogue_changes import statements_in
from rbac.errors import InvalidDocument
from rbac.profiles import Profile, parse_catalogue
from rbac.role_document import RoleTemplate

FILES = (".toml", ".json", ".yaml", ".yml")


def read_profile(reference: str | Mapping[str, Any]) -> Profile:
    """A profile that comes with the product by its name, one from a file by its path, or a document.

    Raises NotFound, and Refused naming every place that is wrong.
    """
    if isinstance(reference, str) and not reference.lower().endswith(FILES):
        try:
            return profiles.load_profile(reference)
        except LookupError as error:
            raise NotFound(str(error.args[0]), "profile", reference) from error
    document = read_document(reference) if isinstance(reference, str) else reference
    try:
        profile = profiles.parse_profile(document)
    except InvalidDocument as error:
        raise _refused(error) from error
    problems = [
        f"{place}[{number}]: {problem}"
        for place, roles in (("roles", profile.roles), ("sample.roles", profile.sample.roles))
        for number, role in enumerate(roles)
        for problem in broken_conditions(profile.catalogue, role.entries)
    ]
    if problems:
        raise Refused("\n  ".join(["the platform profile is not valid:", *problems]))
    return profile


def read_document(path: str) -> dict[str, Any]:
    """A document from a TOML, JSON or YAML file. Raises NotFound, Refused for what is none of these."""
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"{path} cannot be read: {error}") from error
    kind = file.suffix.lower().removeprefix(".")
    try:
        if kind == "toml":
            return tomllib.loads(text)
        document = json.loads(text) if kind == "json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise Refused(f"{path} is not {kind.upper()}: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise Refused(f"{path} holds no document with names in it")
    return document


def plan(session: Session, account_id: str, reference: str | Mapping[str, Any]) -> PlannedChange:
    """What ``load`` would do. Raises as it does, save that conflicts and drops are in the plan."""
    _check(session, account_id)
    return make_plan(session, account_id, _target(read_profile(reference)))[0]


def load(session: Session, account_id: str, reference: str | Mapping[str, Any], *, drop: bool = False) -> PlannedChange:
    """Give an account a profile: its catalogue and its default roles.

    A default role keeps its holders if the profile has one of its name; the owner role keeps them whatever it is
    called. Raises Conflict for what the plan says is in the way, and for what it would take away unless ``drop``;
    Forbidden for a person who is no Account Owner, or whose own access it would change.
    """
    return _change(session, account_id, _target(read_profile(reference)), "profile.loaded", drop)


def plan_registration(session: Session, account_id: str, document: Mapping[str, Any]) -> PlannedChange:
    """What ``register`` would do. Raises as it does, save that conflicts and drops are in the plan."""
    _check(session, account_id)
    return make_plan(session, account_id, _manifest(document))[0]


def register(session: Session, account_id: str, document: Mapping[str, Any], *, drop: bool = False) -> PlannedChange:
    """Give an account the catalogue of its own platform; its roles stay.

    To register the same again changes nothing, so that each release of a platform may do it. Raises Conflict as
    ``load`` does, and for other content under a version that is registered already.
    """
    target = _manifest(document)
    bump(session, account_id)
    present = catalogues.read_platform(session, account_id)
    before = parse_catalogue(present.catalogue)
    is_same_version = (present.profile, before.version) == (target.name, target.catalogue.version)
    if is_same_version and before != target.catalogue:
        raise Conflict(
            f"version {before.version} of {target.name} is registered with other content; give this one another version"
        )
    return _change(session, account_id, target, "catalogue.registered", drop)


def install(session: Session, account_id: str, profile: Profile) -> None:
    """Give a new account the roles of its profile and the extensions that it needs."""
    problems = list(broken_paths(session, account_id, profile.catalogue, profile.extensions))
    if problems:
        raise Refused("\n  ".join(["the platform profile is not valid:", *problems]))
    for document in profile.extensions:
        schemas.declare(session, account_id, document)
    ids = {role.name: _insert(session, account_id, role) for role in profile.roles}
    role_store.set_default_roles(session, account_id, [ids[name] for name in profile.default_roles])


def show(session: Session, account_id: str) -> tuple[str, Catalogue]:
    """The name and the catalogue of an account's platform."""
    present = catalogues.read_platform(session, account_id)
    return present.profile, parse_catalogue(present.catalogue)


def document_of(session: Session, account_id: str) -> dict[str, Any]:
    """An account's catalogue as a manifest: to be changed, given another version, and registered again."""
    present = catalogues.read_platform(session, account_id)
    stored: dict[str, Any] = json.loads(present.catalogue)
    return {"name": present.profile} | stored


def _target(profile: Profile) -> Target:
    return Target(
        profile.name, profile.catalogue, profile.document, profile.roles, profile.extensions, profile.default_roles
    )


def _manifest(document: Mapping[str, Any]) -> Target:
    try:
        manifest = profiles.parse_manifest(document)
    except InvalidDocument as error:
        raise _refused(error) from error
    return Target(manifest.name, manifest.catalogue, manifest.document)


def _refused(error: InvalidDocument) -> Refused:
    return Refused("\n  ".join([f"{error.what}:", *error.problems]), *wrong_in(error.problems))


def _change(session: Session, account_id: str, target: Target, action: str, drop: bool) -> PlannedChange:
    acting = _check(session, account_id)
    with leaving_own_access(session, account_id, acting), privileged_changes.watched(session, account_id):
        return _make(session, account_id, target, action, drop)


def _make(session: Session, account_id: str, target: Target, action: str, drop: bool) -> PlannedChange:
    # People are locked before the account, as everywhere.
    extensions = tuple(
        schemas.declare(session, account_id, document, drop_values=drop) for document in target.extensions
    )
    bump(session, account_id)
    changes, work = make_plan(session, account_id, target)
    if changes.conflicts:
        raise Conflict("\n  ".join(["the account cannot have this yet:", *changes.conflicts]))
    if changes.drops and not drop:
        raise Conflict("\n  ".join(["this takes something away, which has to be asked for:", *changes.drops]))
    changes = replace(changes, extensions=extensions)
    if changes.is_change or changes.drops:
        _carry_out(session, account_id, target, changes, work)
        before = {"profile": changes.formerly, "version": changes.former_version}
        audit.record(session, account_id, action, "account", account_id, None, before, asdict(changes))
    return changes


def _check(session: Session, account_id: str) -> Acting:
    acting, _ = acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("only an Account Owner changes what can be permitted in the account's platform")
    return acting


def _carry_out(session: Session, account_id: str, target: Target, changes: PlannedChange, work: Work) -> None:
    _drop(session, account_id, work)
    record = partial(audit.record, session, account_id)
    patterns.rematch(session, account_id, record, without=[role.id for role in work.moves.removed])
    for role in work.moves.removed:
        try:
            role_store.delete_role(session, account_id, role.id)
        except IntegrityError as error:
            raise Conflict(f"the role {role.name!r} is still used; look, then try again") from error
    ids = {template.name: role_id for role_id, template in work.moves.becomes.items()}
    for role_id, template in work.moves.becomes.items():
        role_store.update_role(session, account_id, role_id, name=template.name, **_described(template))
        role_store.write_statements(session, account_id, role_id, statements_in(template.entries))
    ids |= {template.name: _insert(session, account_id, template) for template in work.moves.added}
    if changes.default_roles is not None:
        role_store.set_default_roles(session, account_id, [ids[name] for name in changes.default_roles])
    catalogues.write_catalogue(session, account_id, target.name, target.document)
    patterns.rematch(session, account_id, record)


def _insert(session: Session, account_id: str, role: RoleTemplate) -> str:
    id = role_store.insert_role(session, account_id, role.name, is_default=True, **_described(role))
    role_store.write_statements(session, account_id, id, statements_in(role.entries))
    return id


def _described(role: RoleTemplate) -> dict[str, Any]:
    return {
        "description": role.description.en,
        "is_owner": role.is_owner,
        "is_privileged": role.is_privileged,
        "texts": texts_of(role),
    }


def _drop(session: Session, account_id: str, work: Work) -> None:
    """Take out of roles, and from people, what names nothing any more."""
    for role in work.present.roles:
        gone = work.vanished.get(role.id)
        if gone:
            kept = [entry for entry in role.entries if entry.node not in gone]
            role_store.write_statements(session, account_id, role.id, statements_in(kept))
            role_store.update_role(session, account_id, role.id)
            nodes = [shown(work.before, node) for node in gone]
            audit.record(
                session,
                account_id,
                "role.changed",
                "role",
                role.id,
                role.name,
                before={"names": nodes},
                after={"names": []},
                reason="the platform has this no more",
            )
    catalogues.delete_nodes_of_users(session, account_id, {one.node for one in work.individuals})
    for one in work.individuals:
        node = shown(work.before, one.node)
        audit.record(
            session,
            account_id,
            "individual_permission.removed",
            "user",
            one.user_id,
            one.user_name,
            before={"permission": node},
            reason="the platform has this no more",
        )
