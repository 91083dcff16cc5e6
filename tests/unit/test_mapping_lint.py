"""Which duties come together somewhere: asked in few units, true of all of them (rbac, pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from rbac.mapping_lint import Lint, Separated
from rbac.mapping_turns import Given
from rbac.model import Reach, Statement
from rbac.reaches import reached
from rbac.roles import allowed
from rbac.units import Unit, UnitTree
from tests.policies import PLATFORM, a_policy, says

APART = Separated("s", "Edit and delete", frozenset({"docs.edit", "docs.delete"}))
TREE = UnitTree(
    [
        Unit("u0", "root", "Acme"),
        Unit("u1", "emea", "EMEA", "u0"),
        Unit("u2", "iberia", "Iberia", "u1"),
        Unit("u3", "apac", "APAC", "u0"),
        Unit("u4", "spain", "Spain", "u2"),
        Unit("u5", "nordics", "Nordics", "u1"),
    ]
)
ROLES: Mapping[str, Sequence[Statement]] = {
    "both": [says("docs.edit"), says("docs.delete")],
    "edits": [says("docs.edit")],
    "deletes": [says("docs.delete")],
    "never deletes": [says("docs.delete", "deny")],
    "never edits": [says("docs.edit", "deny")],
}


def apart(*holds: Given) -> bool:
    return Lint(a_policy(ROLES, units=TREE), [APART]).apart(frozenset(holds)) == {"s"}


def test_what_is_denied_in_one_unit_comes_together_below_it() -> None:
    """The denial is for the unit alone, so that in every unit below both duties are there."""
    given_below = ("both", "u1", Reach.SUBTREE)
    assert apart(given_below, ("never deletes", "u1", Reach.UNIT))
    assert not apart(given_below, ("never deletes", "u1", Reach.SUBTREE))
    assert not apart(("both", "u2", Reach.UNIT), ("never deletes", "u2", Reach.UNIT))


def test_a_unit_that_only_a_denial_names_is_no_other_unit() -> None:
    """Denied in every unit but one, which nothing names."""
    everywhere = ("both", "u0", Reach.ACCOUNT)
    denied = [("never edits", unit, Reach.UNIT) for unit in ("u0", "u1", "u2", "u3", "u4")]
    assert apart(everywhere, *denied)
    assert not apart(everywhere, *denied, ("never edits", "u5", Reach.UNIT))


GIVEN = st.tuples(st.sampled_from(sorted(ROLES)), st.sampled_from(sorted(TREE.units)), st.sampled_from(Reach)).map(
    lambda one: (one[0], "u0" if one[2] is Reach.ACCOUNT else one[1], one[2])
)


@given(st.frozensets(GIVEN, max_size=7))
def test_it_is_as_if_every_unit_were_asked(holds: frozenset[Given]) -> None:
    """Whatever is given and denied wherever."""
    there = (
        allowed(
            PLATFORM,
            [says for role, at, reach in holds if unit in reached(TREE, at, reach) for says in ROLES[str(role)]],
        )
        for unit in TREE.units
    )
    assert apart(*holds) == any(APART.permissions <= one for one in there)
