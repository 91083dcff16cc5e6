"""An account's access as a file: to be kept under version control, changed there, and applied again."""

from __future__ import annotations

from typing import Any

from app.services.configuration_state import Entry, read_state
from app.services.configuration_text import Noted, write
from app.session import Session
from rbac.configuration_document import FORMAT

_HEADING = (
    "What may be done in this account, and by whom. See what a change would mean before it is made:",
    "muster plan ACCOUNT FILE; make it: muster apply ACCOUNT FILE.",
)


def export(session: Session, account_id: str) -> dict[str, Any]:
    """Everything that a configuration can say of an account; ids have comments with what they stand for."""
    state = read_state(session, account_id)
    return {
        "format": FORMAT,
        "business_units": [*state.entries["unit"].values()],
        "roles": [*state.entries["role"].values()],
        "default_roles": [*state.default_roles],
        "separations": [*state.entries["separation"].values()],
        "mapping": {"rules": [_noted(rule) for rule in state.entries["rule"].values()]},
    }


def export_text(session: Session, account_id: str) -> str:
    """The same as YAML. Applying it changes nothing, and exporting it once more gives the same text."""
    return text_of(export(session, account_id))


def text_of(exported: dict[str, Any]) -> str:
    """What ``export`` gave, as YAML."""
    return write(exported, _HEADING)


def _noted(rule: Entry) -> Entry:
    """A rule whose group is named by id alone, with what it is called as a comment behind it."""
    group = rule.get("group")
    if group is None or "id" not in group:
        return rule
    words = [group[name] for name in ("name", "directory") if name in group]
    gone = ["deleted"] if group.get("deleted") else []
    return rule | {"group": {"id": Noted(group["id"], ", ".join([*words, *gone]))}}
