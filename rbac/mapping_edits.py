"""What a publish writes for one person: the sources that it makes, ends and moves, and the home unit.

Nobody sees an edit. What people notice of all edits together are the changes of ``rbac.mapping_turns``.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from rbac.model import Reach


class Doing(StrEnum):
    """What is done: a source is made, or removed, or ends at another time; or the home unit is another one."""

    GIVE = "give"
    TAKE = "take"
    END = "end"
    HOME = "home"


class Edit(NamedTuple):
    """One thing that is written for a person, and what it is written about.

    ``home``: by the source the unit is the home unit. ``expires`` is when the source ends from now on. Of the home unit
    only ``unit`` is said, None for nowhere.
    """

    doing: Doing
    role: str | None
    unit: str | None
    reach: Reach | None = None
    rule: str | None = None
    group: str | None = None
    home: bool = False
    expires: datetime | None = None
