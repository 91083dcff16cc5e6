"""Carry a configuration out, from its first unit to its last, and tell what that meant.

Order is no concern of whoever writes the file: units and roles are made before rules use them, and removed after.
What belonged to the file that was applied before and is named no more is removed; what was made by hand stays.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from app.services import (
    configuration_mapping,
    configuration_roles,
    configuration_separations,
    configuration_units,
    privileged_changes,
)
from app.services.code_drift import Drift, drift_of
from app.services.configuration_mapping import Approval, Row, Ruled
from app.services.configuration_state import read_state
from app.services.configuration_text import Source
from app.services.configuration_work import Step, Work, settle
from app.services.errors import Refused
from app.services.mapping_summary import Need, Summary
from app.services.role_comparison import Impact
from app.services.unit_moves import MovePlan
from app.session import Session
from app.stores.mapping_rules import lock
from rbac.configuration_document import ConfigurationDocument, read_configuration
from rbac.mapping_document import first_of, read_mapping


class InvalidConfiguration(Refused):
    """The document cannot be applied; ``problems`` names every place, and nothing was changed."""

    def __init__(self, source: Source, problems: list[str]) -> None:
        self.problems = tuple(source.placed(one) for one in dict.fromkeys(problems))
        super().__init__(
            "\n  ".join([f"{source.file} cannot be applied:", *self.problems]),
            *map(source.wrong, dict.fromkeys(problems)),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a document does, or would do.

    ``roles`` say whom the edit or end of a role concerns, ``moves`` the same of units, ``mapping`` what the rules do,
    and ``rows`` the first of what people gain and lose by them, privileged gains first. ``drift`` is what had changed
    behind the file's back before. ``needs`` say why a second Account Owner has to agree; ``proposal`` is the id under
    which the document waits for one. ``digest`` stands for everything that would be noticed. ``unseen``: it was planned
    anew the moment it was applied, since nobody said which plan they had seen.
    """

    file: str
    status: str
    steps: tuple[Step, ...]
    roles: tuple[Impact, ...]
    moves: tuple[MovePlan, ...]
    mapping: Summary | None
    rows: tuple[Row, ...]
    drift: tuple[Drift, ...]
    needs: tuple[Need, ...]
    digest: str
    proposal: str | None = None
    unseen: bool = False

    @property
    def is_change(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.steps)


def understood(source: Source) -> ConfigurationDocument:
    """Raises InvalidConfiguration for what is wrong whatever the account."""
    document = read_configuration(source.document)
    mapping = first_of(read_mapping(document.mapping).problems) if document.mapping is not None else ()
    problems = [*document.problems, *(f"mapping.{one}" for one in mapping)]
    if problems:
        raise InvalidConfiguration(source, problems)
    return document


def carry_out(
    session: Session, account_id: str, source: Source, *, writes: bool, approval: Approval, reason: str = ""
) -> tuple[Plan, Ruled | None]:
    """Do all of it, in a savepoint of the caller's, and with ``code_ownership.applying``.

    Not ``writes``: it will be undone, so nobody's rights need be written. Raises InvalidConfiguration with all that
    is wrong, Forbidden.
    """
    document = understood(source)
    # Nobody else changes access meanwhile; taken before all other locks, as by whoever publishes rules.
    lock(session, account_id, exclusive=True)
    before = read_state(session, account_id)
    drift = drift_of(session, account_id, before)
    work = Work(session, account_id, document)
    configuration_units.carry_out(work)
    with privileged_changes.collected(session) as privileged:
        configuration_roles.carry_out(work)
    configuration_roles.carry_out_defaults(work)
    configuration_separations.carry_out(work)
    # What rules still use could not be removed, not even to see what that means.
    needed = writes or bool(work.gone("role") or work.gone("unit"))
    ruled = configuration_mapping.carry_out(work, before.entries["rule"], approval, reason=reason, writes=needed)
    if not work.problems:
        configuration_roles.delete(work)
        configuration_units.delete(work)
        configuration_separations.delete(work)
    if work.problems:
        raise InvalidConfiguration(source, work.problems)
    settle(work)
    seen = Plan(
        file=source.file,
        status="planned",
        steps=(*work.steps,),
        roles=(*work.impacts,),
        moves=(*work.moves,),
        mapping=ruled.summary if ruled else None,
        rows=ruled.rows if ruled else (),
        drift=drift,
        needs=(*(ruled.needs if ruled else ()), *(Need("privileged", what) for what in privileged)),
        digest="",
    )
    said = asdict(replace(seen, mapping=None, rows=()))
    people = ruled.digest if ruled else None
    return replace(seen, digest=hash_of([people, *(said[part] for part in ("steps", "roles", "moves"))])), ruled


def hash_of(value: Any) -> str:
    """A value that stands for a plain one."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
