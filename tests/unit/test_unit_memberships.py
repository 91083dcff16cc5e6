"""A unit membership that ends lets somebody in until then, and its end opens nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rbac.model import Policy, Subject, Work
from rbac.scopes import working_unit
from rbac.standing import standing_in
from rbac.units import Unit, UnitTree
from tests.unit.test_rbac_decide import a_policy

TREE = UnitTree([Unit("root", "root", "Root", None), Unit("emea", "emea", "EMEA", "root")])
NOW = datetime.now(UTC)
END = NOW + timedelta(days=1)


def test_a_membership_counts_until_it_ends() -> None:
    """Who stands there stands there no longer than that; afterwards not even the home unit is open by default."""
    there = Policy("a", 1, a_policy().catalogue, TREE, {})
    ana = Subject("ana-id", "ana", works_in=(Work("emea", expires=END),))
    standing = standing_in(there, ana, "emea")
    assert standing is not None
    assert standing.until == END
    assert working_unit(TREE, ana, NOW) == "emea"
    assert standing_in(there, ana, "emea", END) is None
    assert standing_in(there, ana, "root", END) is None
