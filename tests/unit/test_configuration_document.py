"""The structure of configurations: what is read, and everything that is wrong, with its place."""

from __future__ import annotations

from typing import Any

import pytest

from rbac.configuration_document import MOST_ROLES, read_configuration
from rbac.role_document import RoleEntry


def test_a_section_that_is_left_out_is_none_and_an_empty_one_is_empty() -> None:
    """Which makes all the difference to what belonged to the file."""
    read = read_configuration({"roles": []})
    assert (read.roles, read.units, read.default_roles, read.separations, read.mapping) == ((), None, None, None, None)
    assert read.problems == ()


def test_statements_are_nodes_or_nodes_with_a_condition() -> None:
    """Allows first, then denies, each in their order."""
    role = {"name": "R", "deny": ["a.b.*"], "allow": ["*", {"node": "a", "when": "x pr"}]}
    [lines] = read_configuration({"format": 1, "roles": [role]}).roles or ()
    assert lines.entries == (RoleEntry("*", "allow"), RoleEntry("a", "allow", "x pr"), RoleEntry("a.b", "deny"))
    assert (lines.description, lines.privileged, lines.copied_from, lines.formerly) == ("", False, None, None)


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        ({"format": 2}, ["format: must be 1, the only format there is"]),
        ({"rolls": []}, ["rolls: Unknown field."]),
        ({"roles": {}}, ["roles: Not a valid list."]),
        ({"roles": None}, ["roles: Field may not be null."]),
        ({"roles": [{"name": "x"}] * (MOST_ROLES + 1)}, [f"roles: must have at most {MOST_ROLES} entries"]),
        (
            {"roles": [1, {"name": ""}]},
            ["roles[0]: Invalid input type.", "roles[1].name: must have 1 to 200 characters"],
        ),
        ({"roles": [{"name": "A b"}, {"name": "a  B"}]}, ["roles[1].name: is that of roles[0] already"]),
        ({"roles": [{"name": "A", "privileged": "yes"}]}, ["roles[0].privileged: Not a valid boolean."]),
        (
            {"roles": [{"name": "A", "allow": [{"when": "x"}]}]},
            ["roles[0].allow[0].node: Missing data for required field."],
        ),
        ({"business_units": [{"key": "a"}]}, ["business_units[0].name: Missing data for required field."]),
        (
            {"business_units": [{"key": "a", "name": "A", "parent": "b"}, {"key": "b", "name": "B", "parent": "a"}]},
            [
                "business_units[0].parent: a would hang below itself",
                "business_units[1].parent: b would hang below itself",
            ],
        ),
        (
            {"business_units": [{"key": "a", "name": "A", "parent": "a"}]},
            ["business_units[0].parent: a would hang below itself"],
        ),
        ({"separations": [{"name": "S"}]}, ["separations[0].permissions: Missing data for required field."]),
        ({"default_roles": ["A", ""]}, ["default_roles[1]: must have 1 to 200 characters"]),
        ({"mapping": []}, ["mapping: Not a valid mapping type."]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(document: dict[str, Any], problems: list[str]) -> None:
    """All of it at once."""
    assert list(read_configuration(document).problems) == problems
