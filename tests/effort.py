"""How hard tests of properties try: ``MUSTER_TEST_EFFORT=10`` tries ten times as much as every run does.

How long an example takes says nothing about a property, but much about what else the machine has to do.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_EFFORT = float(os.environ.get("MUSTER_TEST_EFFORT", "1"))


def examples(usual: int) -> int:
    """So many examples, by the effort that is asked for."""
    return max(round(usual * _EFFORT), 1)


def be_patient() -> None:
    """Let no property fail for the time that it takes, unless its test says so itself."""
    settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("patient")
