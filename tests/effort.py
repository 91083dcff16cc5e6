"""How hard tests of properties try: ``MUSTER_TEST_EFFORT=10`` tries ten times as much as every run does."""

from __future__ import annotations

import os

_EFFORT = float(os.environ.get("MUSTER_TEST_EFFORT", "1"))


def examples(usual: int) -> int:
    """So many examples, by the effort that is asked for."""
    return max(round(usual * _EFFORT), 1)
