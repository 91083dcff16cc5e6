"""A role against the whole catalogue: what it says at each node, what comes from above, what is missing."""

from __future__ import annotations

from collections.abc import Mapping

from app.conditions import parse_condition
from app.services.role_sheet import Inherited, NodeSays, NodeSheet, Sheet, says_by_node, sheet_of
from app.services.role_statements import StatementChange, changed_statements
from app.web.console.role_form import Wish, base_of, nodes_of, wish_of
from rbac.model import Effect, Statement
from rbac.profiles import load_profile

CATALOGUE = load_profile("emarsys").catalogue


def sheet(*says: tuple[str, str, str | None]) -> Sheet:
    """A role that says this: node, effect, condition."""
    return sheet_of(CATALOGUE, statements(*says))


def statements(*says: tuple[str, str, str | None]) -> list[Statement]:
    return [
        Statement(node, Effect(effect), parse_condition(condition, CATALOGUE) if condition else None)
        for node, effect, condition in says
    ]


def by_key(found: Sheet) -> Mapping[str, NodeSheet]:
    return {one.key: one for one in nodes_of(found)}


TAB = CATALOGUE.tabs[2]
SECTION = TAB.sections[0]
ONE = SECTION.permissions[0]


def test_a_denial_above_counts_before_an_allow_that_is_nearer() -> None:
    """As in a decision, where a denial wins however wide it is."""
    found = by_key(sheet((TAB.key, "deny", None), (SECTION.key, "allow", None)))
    assert found[ONE.key].above == Inherited("deny", False, (f"{TAB.key}.*",))
    assert found[SECTION.key].above == Inherited("deny", False, (f"{TAB.key}.*",))
    assert found["*"].above is None
    assert found[ONE.key].says == NodeSays()


def test_everything_reaches_every_node() -> None:
    """And nothing reaches the tree as a whole from above."""
    found = by_key(sheet(("*", "allow", None)))
    assert found.pop("*").above is None
    assert {one.above for one in found.values()} == {Inherited("allow", False, ("*",))}


def test_what_is_required_and_not_given_is_lacking() -> None:
    """Only of permissions that the role gives."""
    needing = next(one for one in CATALOGUE if one.requires)
    given = {one.key: one for one in sheet((needing.key, "allow", None)).permissions}
    assert [need.key for need in given[needing.key].lacks] == list(needing.requires)
    assert not any(one.lacks for key, one in given.items() if key != needing.key)
    assert not any(one.lacks for one in sheet((needing.key, "deny", None)).permissions)


def test_an_outright_denial_beside_an_allow_is_a_denial() -> None:
    """Nothing is left of the allow."""
    said = says_by_node(statements((ONE.key, "allow", None), (ONE.key, "deny", None)))
    assert said == {ONE.key: NodeSays("deny")}


def test_a_form_that_was_not_touched_asks_for_nothing() -> None:
    """Whatever the role says: what a form shows is what it carries as its base."""
    found = sheet(("*", "deny", None), (TAB.key, "allow", None), (ONE.key, "allow", None))
    fields = [(f"node:{one.key}", one.says.effect) for one in nodes_of(found)]
    assert wish_of([*fields, ("base", base_of(found))]).says == {}
    touched = [(name, "unset" if name == f"node:{TAB.key}" else value) for name, value in fields]
    assert wish_of([*touched, ("base", base_of(found))]).says == {TAB.key: NodeSays()}


def test_a_wish_is_the_same_through_hidden_fields() -> None:
    """With its conditions, and what is required."""
    wish = Wish({ONE.key: NodeSays("allow", "a", "b"), TAB.key: NodeSays("deny", "c"), "*": NodeSays()}, None, True)
    assert wish_of(wish.fields) == wish
    assert wish.changes == (
        StatementChange(ONE.key, "allow", "a"),
        StatementChange(ONE.key, "deny", "b"),
        StatementChange(TAB.key, "deny", "c"),
        StatementChange("*", "unset", None),
    )


def test_an_allow_with_an_exception_comes_back_as_it_was_said() -> None:
    """Two statements of one node are one line of the form."""
    profile = load_profile("authzen-certification")
    catalogue = profile.catalogue
    text = next(one.when for role in profile.roles for one in role.entries if one.when)
    key = next(iter(catalogue.permissions))
    wish = Wish({key: NodeSays("allow", None, text)})
    made = changed_statements(catalogue, (), wish.changes, replaces=True)
    assert says_by_node(made) == {key: NodeSays("allow", None, text)}
    one = by_key(sheet_of(catalogue, made))[key]
    assert one.says.unless == text
