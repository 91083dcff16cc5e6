"""Drafts of role mapping: whole documents that are edited in peace until somebody plans them.

A draft may be wrong for as long as it likes; its ``problems`` say what a plan would refuse. Whoever was overtaken by a
publish puts the two together by ``rebase``, rule by rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from app import audit
from app.models.base import new_id, now
from app.services import code_ownership, mapping_names
from app.services.errors import Conflict, NotFound, Refused, Stale, Wrong
from app.services.mapping_documents import published
from app.services.mapping_resolution import InvalidMapping, prepare
from app.services.mapping_rights import acting_on_mapping, author_in
from app.services.second_owner import door
from app.session import Session
from app.stores import mapping_drafts as store
from app.stores import mapping_plans, mapping_revisions, mapping_rules
from app.stores.filter_sql import is_id
from rbac.mapping_difference import Difference, compare, merge
from rbac.patterns import folded

MOST_TITLE = 200
_EDITS = "prepares role mapping"


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft; ``problems`` is what keeps it from being planned, ``latest_revision`` what is published now.

    ``warnings`` are what its author may not have meant: names of groups that nearly are those of others, or that the
    group of this id has not, patterns that cannot tell what a name means, owners who are nobody.

    ``author`` changed it last; ``authors`` are the ids of the persons who wrote rules into it, since it began.
    """

    id: str
    title: str
    document: dict[str, Any]
    base_revision: int
    latest_revision: int
    restored_from: int | None
    author: str
    author_id: str | None
    authors: list[str]
    version: int
    created: datetime
    modified: datetime
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    changes: Difference


def create_draft(
    session: Session,
    account_id: str,
    title: str,
    document: Mapping[str, Any] | None = None,
    *,
    restored_from: int | None = None,
) -> Draft:
    """Begin a draft with a document, or with what is published. Raises Forbidden, Refused."""
    acting_on_mapping(session, account_id, _EDITS)
    author, author_id = author_in(session)
    moment, id = now(), new_id()
    latest = mapping_rules.latest_revision(session, account_id)
    values: dict[str, Any] = {
        "id": id,
        "title": _title(title),
        "document": _plain(document) if document is not None else published(session, account_id),
        "base_revision": latest,
        "restored_from": restored_from,
        "author": author,
        "author_id": author_id,
        "authors": [author_id] if document is not None and author_id is not None else [],
        "version": 1,
        "created": moment,
        "modified": moment,
    }
    store.insert_draft(session, account_id, values)
    after = {"title": values["title"], "base_revision": latest, "restored_from": restored_from}
    after |= door(session, account_id)
    audit.record(session, account_id, "mapping.draft_created", "draft", id, values["title"], None, after)
    return get_draft(session, account_id, id)


def get_draft(session: Session, account_id: str, reference: str) -> Draft:
    """A draft by its id, or by a title that only one has. Raises NotFound."""
    row = find_row(session, account_id, reference)
    problems, warnings = looked_at(session, account_id, row.document)
    return Draft(
        row.id,
        row.title,
        row.document,
        row.base_revision,
        mapping_rules.latest_revision(session, account_id),
        row.restored_from,
        row.author,
        row.author_id,
        row.authors,
        row.version,
        row.created,
        row.modified,
        problems,
        warnings,
        compare(published(session, account_id), row.document),
    )


def find_row(session: Session, account_id: str, reference: str) -> Any:
    """The row of a draft. Raises NotFound."""
    key = reference.strip()
    ids = [key.lower()] if is_id(key.lower()) else store.drafts_called(session, account_id, key)
    row = store.find_draft(session, account_id, ids[0]) if len(ids) == 1 else None
    if row is None:
        why = "several drafts have this title; name its id" if len(ids) > 1 else "list them to see those there are"
        raise NotFound(f"there is no draft {reference!r}: {why}", "draft", reference)
    return row


def looked_at(
    session: Session, account_id: str, document: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is wrong with a document at present, and what may be: only rules that are new or changed are asked about."""
    try:
        prepared = prepare(session, account_id, document)
    except InvalidMapping as error:
        return error.problems, ()
    written = {rule.id: rule.name for rule in prepared.written}
    before, after = ({rule.id for rule in rules} for rules in (prepared.before.rules.rules, prepared.after))
    ended = (rule.name for rule in prepared.ended if rule.id not in after)
    try:
        code_ownership.check_rules(session, account_id, {*ended, *(written[id] for id in written.keys() & before)})
    except code_ownership.ManagedByCode as error:
        return (str(error),), ()
    if not written:
        return (), ()
    rules = replace(prepared.before.rules, rules=prepared.after)
    loaded = replace(prepared.before, rules=rules, bindings=prepared.bindings)
    names = set(written.values())
    nearly = mapping_names.questionable(session, account_id, prepared.policy, loaded, names)
    warnings = [f"{one.words}; {one.remedy}" for one in nearly]
    ownerless = mapping_names.without_owner(session, account_id, prepared.written)
    warnings += [f"{written[id]}: {why}" for id, why in ownerless.items()]
    warnings += [f"{name}: {prepared.misnamed[id]}" for id, name in written.items() if id in prepared.misnamed]
    return (), tuple(warnings)


def edit_draft(
    session: Session,
    account_id: str,
    reference: str,
    *,
    title: str | None = None,
    document: Mapping[str, Any] | None = None,
    version: int | None = None,
) -> Draft:
    """Change a draft; what was planned of it before is out of date.

    ``version`` is the one that was read. Raises Stale if somebody has changed it since, NotFound, Forbidden, Refused.
    """
    acting_on_mapping(session, account_id, _EDITS)
    row = find_row(session, account_id, reference)
    if version is not None and version != row.version:
        raise Stale(f"{row.title} was changed by {row.author} since (version {row.version}); read it again")
    written: dict[str, Any] = {
        "title": row.title if title is None else _title(title),
        "document": row.document if document is None else _plain(document),
    }
    if written == {"title": row.title, "document": row.document}:
        return get_draft(session, account_id, row.id)
    if written["document"] != row.document:
        _, author_id = author_in(session)
        written["authors"] = list(dict.fromkeys([*row.authors, *([author_id] if author_id is not None else [])]))
    _write(session, account_id, row, written)
    return get_draft(session, account_id, row.id)


def add_rule(session: Session, account_id: str, reference: str, rule: Mapping[str, Any]) -> Draft:
    """Add one rule at the end of a draft, or put it in the place of the one of its name."""
    row = find_row(session, account_id, reference)
    name = folded(str(rule.get("name", "")))
    rules = list(row.document.get("rules", ()))
    places = [number for number, one in enumerate(rules) if folded(str(one.get("name", ""))) == name]
    place = places[0] if places else len(rules)
    rules[place : place + 1] = [dict(rule)]
    return edit_draft(session, account_id, row.id, document={**row.document, "rules": rules}, version=row.version)


def rebase_draft(session: Session, account_id: str, reference: str) -> tuple[Draft, tuple[str, ...]]:
    """Put a draft onto what is published now, rule by rule; with it the rules that both have changed, which stay.

    Raises NotFound, Forbidden, Conflict if somebody changes it meanwhile.
    """
    acting_on_mapping(session, account_id, _EDITS)
    row = find_row(session, account_id, reference)
    latest = mapping_rules.latest_revision(session, account_id)
    if latest == row.base_revision:
        return get_draft(session, account_id, row.id), ()
    base = mapping_revisions.find_revision(session, account_id, row.base_revision)
    merged = merge(base.document if base else {"rules": []}, row.document, published(session, account_id))
    document = {**row.document, "rules": [dict(rule) for rule in merged.rules]}
    _write(session, account_id, row, {"title": row.title, "document": document, "base_revision": latest})
    return get_draft(session, account_id, row.id), merged.conflicts


def check_base(row: Any, latest: int) -> None:
    """Raises Conflict for a draft that began before the latest revision: it would silently take back what that says."""
    if row.base_revision < latest:
        raise Conflict(
            f"{row.title} began from revision {row.base_revision}, and revision {latest} was published since, which it "
            "would take back; rebase it and plan it then (`muster mapping draft rebase`, "
            f"POST /mapping/drafts/{row.id}/rebase)"
        )


def delete_draft(session: Session, account_id: str, reference: str) -> str:
    """Forget a draft and what was planned of it; its title. Raises NotFound, Forbidden."""
    acting_on_mapping(session, account_id, _EDITS)
    row = find_row(session, account_id, reference)
    store.delete_draft(session, account_id, row.id)
    audit.record(session, account_id, "mapping.draft_deleted", "draft", row.id, row.title)
    title: str = row.title
    return title


def _write(session: Session, account_id: str, row: Any, written: Mapping[str, Any]) -> None:
    author, author_id = author_in(session)
    values = {**written, "author": author, "author_id": author_id, "modified": now()}
    if not store.update_draft(session, account_id, row.id, row.version, values):
        raise Conflict(f"{row.title} was changed meanwhile; read it again")
    mapping_plans.end_plans_of(session, account_id, row.id)
    difference = compare(row.document, written["document"])
    before = {"title": row.title, "version": row.version}
    after = {
        "title": written["title"],
        "version": row.version + 1,
        "rules_added": difference.added,
        "rules_changed": [rule.name for rule in difference.changed],
        "rules_removed": difference.removed,
        **door(session, account_id),
    }
    audit.record(session, account_id, "mapping.draft_changed", "draft", row.id, written["title"], before, after)


def _title(title: str) -> str:
    stripped = title.strip()
    if not 1 <= len(stripped) <= MOST_TITLE:
        why = f"must have 1 to {MOST_TITLE} characters"
        raise Refused(f"title: {why}", Wrong(("title",), why))
    return stripped


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document as JSON has it; YAML reads moments as such."""
    why = "must be an object with a list of rules, each an object"
    try:
        plain: dict[str, Any] = orjson.loads(orjson.dumps(dict(document)))
    except (TypeError, ValueError) as error:
        raise Refused(f"document: {why}", Wrong(("document",), why)) from error
    rules = plain.get("rules")
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise Refused(f"document: {why}", Wrong(("document",), why))
    return plain
