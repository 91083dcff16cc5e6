"""Individual permissions, roles of business units, data filters: what else there is besides a person's roles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from muster.filters import matches
from rbac.decide import Resource, decide
from rbac.filters import DataFilter, combine
from rbac.items import Access, Barrier, Level, Relation
from rbac.model import Code, Decision, Grant, GrantKind, Reach, Source, SourceKind, Work
from rbac.scopes import may_work_in
from rbac.words import GENERAL, sentence
from tests.policies import MANUAL, UNITS, a_policy, ana, given, has, of_unit, says

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
MEMO, ROW = Resource("memo", "m-1"), Resource("row", "r-1")


def decided(
    *grants: Grant, permission: str = "docs.edit", unit: str | None = None, at: datetime | None = None
) -> Decision:
    policy = a_policy(
        {"allow": [says("docs")], "deny": [says("docs.edit", "deny")], "other": [says("plain")]},
        unit_grants={"u1": (of_unit("allow", "u1"),)},
    )
    return decide(policy, ana(*grants), permission, MEMO, unit, at)


@pytest.mark.parametrize(
    ("grants", "code"),
    [
        ((given(says("docs.edit")),), Code.ALLOWED),
        ((given(says("docs")),), Code.ALLOWED),
        ((given(says("*")),), Code.ALLOWED),
        ((given(says("plain")),), Code.NO_GRANT),
        ((has("allow"), given(says("docs.edit", "deny"))), Code.DENIED_BY_INDIVIDUAL),
        ((has("allow"), given(says("*", "deny"))), Code.DENIED_BY_INDIVIDUAL),
        ((given(says("docs.edit")), has("deny")), Code.DENIED_BY_ROLE),
        ((given(says("docs.edit", "deny")), has("deny")), Code.DENIED_BY_INDIVIDUAL),
        ((given(says("docs.edit")), given(says("docs", "deny"))), Code.DENIED_BY_INDIVIDUAL),
        ((has("allow"), given(says("docs.read", "deny"))), Code.ALLOWED),
    ],
)
def test_individual_permissions_are_grants_like_others(grants: tuple[Grant, ...], code: Code) -> None:
    """In the same truth table, at any node."""
    decision = decided(*grants)
    assert (decision.code, decision.allowed) == (code, code is Code.ALLOWED)


def test_an_individual_permission_says_where_it_comes_from() -> None:
    """The node, the place and by whom."""
    [reason] = decided(given(says("docs"), "u1", Reach.SUBTREE), unit="iberia").reasons
    assert (reason.kind, reason.role, reason.node, reason.unit) == (GrantKind.INDIVIDUAL, None, "docs.*", "emea")
    assert reason.sources == (MANUAL,)


@pytest.mark.parametrize(
    ("reach", "allowed_in"),
    [(Reach.ACCOUNT, "root emea iberia apac"), (Reach.UNIT, "emea"), (Reach.SUBTREE, "emea iberia")],
)
def test_how_far_an_individual_permission_goes(reach: Reach, allowed_in: str) -> None:
    """As far as a role of the same reach."""
    grant = given(says("docs.read"), "u0" if reach is Reach.ACCOUNT else "u1", reach)
    policy = a_policy({})
    found = [
        unit.key for unit in UNITS.units.values() if decide(policy, ana(grant), "docs.read", unit=unit.key).allowed
    ]
    assert " ".join(found) == allowed_in


def test_an_allow_lets_somebody_work_where_it_is_given_and_a_denial_does_not() -> None:
    """Who is denied something in a unit has not been let into it."""
    for effect, lets_in in (("allow", True), ("deny", False)):
        person = ana(given(says("docs", effect), "u3", Reach.UNIT), works_in=(Work("u2"),))
        assert may_work_in(UNITS, person, "u3", NOW) is lets_in
        assert may_work_in(UNITS, person, "u2", NOW)


def test_individual_permissions_for_a_while() -> None:
    """From their start until just before their end."""
    source = Source(SourceKind.MANUAL, granted_by="olivia", starts=NOW, expires=NOW + HOUR)
    for at, allowed in ((NOW - HOUR, False), (NOW, True), (NOW + HOUR, False)):
        assert decided(given(says("docs"), "u0", Reach.ACCOUNT, source), at=at).allowed is allowed
        denied = decided(has("allow"), given(says("docs", "deny"), "u0", Reach.ACCOUNT, source), at=at)
        assert denied.allowed is not allowed


@pytest.mark.parametrize(("reach", "allowed_in"), [(Reach.UNIT, ["emea"]), (Reach.SUBTREE, ["emea", "iberia"])])
def test_the_role_of_a_unit_and_force_inheritance(reach: Reach, allowed_in: list[str]) -> None:
    """For whoever works there; forced, for whoever works in a unit below, too."""
    policy = a_policy({"local": [says("docs")]}, unit_grants={"u1": (of_unit("local", "u1", reach),)})
    person = ana()
    found = [unit.key for unit in UNITS.units.values() if decide(policy, person, "docs.read", unit=unit.key).allowed]
    assert found == allowed_in
    elsewhere = ana(works_in=(Work("u3"),))
    assert decide(policy, elsewhere, "docs.read", unit="emea").code is Code.NOT_IN_BUSINESS_UNIT
    only_below = ana(works_in=(Work("u2"),))
    assert decide(policy, only_below, "docs.read").allowed is (reach is Reach.SUBTREE)


def test_a_denial_forced_from_above_holds_below() -> None:
    """And names the unit whose role it is."""
    policy = a_policy(
        {"brake": [says("docs.edit", "deny")], "allow": [says("docs")]},
        unit_grants={"u0": (of_unit("brake", "u0", Reach.SUBTREE),)},
    )
    decision = decide(policy, ana(has("allow")), "docs.edit", unit="iberia")
    assert decision.code is Code.DENIED_BY_ROLE
    assert (decision.reasons[0].kind, decision.reasons[0].unit) == (GrantKind.UNIT, "root")


def test_within_one_role_a_denial_wins_and_the_nearest_node_is_named() -> None:
    """With conditions, too: what needs none makes those that have one needless."""
    when = "action.soft eq true"
    policy = a_policy(
        {
            "one": [says("*"), says("docs"), says("docs.edit", when=when)],
            "two": [says("docs.edit", "deny", when), says("docs", "deny"), says("docs.edit")],
        }
    )
    assert [(one.node, one.condition) for one in decide(policy, ana(has("one")), "docs.edit").reasons] == [
        ("docs.*", None)
    ]
    assert [(one.node, one.condition) for one in decide(policy, ana(has("two")), "docs.edit").reasons] == [
        ("docs.*", None)
    ]


def rows(text: str) -> DataFilter:
    return DataFilter("row", text)


@pytest.mark.parametrize(
    ("of_units", "of_grants", "expected"),
    [
        ([], [None], None),
        ([], [], None),
        (["a"], [None], "a"),
        (["a", "b"], [None], "(a) and (b)"),
        ([], ["a"], "a"),
        ([], ["a", "b"], "(a) or (b)"),
        ([], ["a", None], None),
        (["a"], ["b"], "(a) and (b)"),
        (["a", "b"], ["c", "d"], "(a) and (b) and ((c) or (d))"),
        (["a", "a"], ["a"], "a"),
        ([], ["a", "a"], "a"),
        (["a"], ["b", None], "a"),
    ],
)
def test_how_filters_combine(of_units: list[str], of_grants: list[str | None], expected: str | None) -> None:
    """Units by and; of the grants that allow, any one will do, and one without a filter leaves nothing out."""
    combined = combine(map(rows, of_units), [rows(one) if one else None for one in of_grants])
    assert combined == (rows(expected) if expected else None)


EMEA, SPAIN, CONSENT = 'region eq "EMEA" or region eq "ES"', 'region eq "ES"', "consent eq true"


def obligation(*grants: Grant, unit: str | None = None, **filters: Mapping[str, DataFilter]) -> str | None:
    policy = a_policy({"reader": [says("rows.read")], "exporter": [says("rows.export")]}, unit_filters=filters)
    decision = decide(policy, ana(*grants), "rows.read", ROW, unit)
    assert decision.allowed is bool(grants)
    return decision.obligations[0].text if decision.obligations else None


def test_a_decision_about_records_carries_their_filter() -> None:
    """The filters of the unit and of all units above it, and that of the assignment."""
    filters = {"u1": {"row": rows(EMEA)}, "u2": {"row": rows(SPAIN), "other": DataFilter("other", "x")}}
    assert obligation(has("reader"), unit="root", **filters) is None
    assert obligation(has("reader"), unit="apac", **filters) is None
    assert obligation(has("reader"), unit="emea", **filters) == EMEA
    assert obligation(has("reader"), unit="iberia", **filters) == f"({EMEA}) and ({SPAIN})"
    narrow = has("reader", filters={"row": rows(CONSENT)})
    assert obligation(narrow, unit="iberia", **filters) == f"({EMEA}) and ({SPAIN}) and ({CONSENT})"
    assert obligation(narrow, has("exporter"), unit="root", **filters) == CONSENT
    assert obligation(narrow, has("reader", "u0", Reach.SUBTREE), **filters) is None
    assert obligation(narrow, given(says("rows.read")), **filters) is None
    assert obligation(unit="iberia", **filters) is None


def test_the_combined_filter_says_of_each_record_what_its_parts_say() -> None:
    """Whatever stands in them: parts keep together."""
    filters = {"u1": {"row": rows(EMEA)}, "u2": {"row": rows(CONSENT)}}
    text = obligation(has("reader"), unit="iberia", **filters)
    assert text is not None
    types = {"region": "string", "consent": "boolean"}
    found = [
        (region, consent)
        for region in ("EMEA", "ES", "US")
        for consent in (True, False)
        if matches(text, {"region": region, "consent": consent}, types)
    ]
    assert found == [("EMEA", True), ("ES", True)]


def test_only_an_allowing_grant_whose_condition_holds_widens_the_filter() -> None:
    """And what is not a type of records has no filter."""
    policy = a_policy(
        {"reader": [says("rows.read")], "all": [says("rows.read", when="context.hour lt 9")], "plain": [says("docs")]}
    )
    person = ana(has("reader", filters={"row": rows(SPAIN), "memo": DataFilter("memo", "x")}), has("all"), has("plain"))
    assert decide(policy, person, "rows.read", ROW).obligations == (rows(SPAIN),)
    assert decide(policy, person, "docs.read", MEMO).obligations == ()
    assert decide(policy, person, "rows.read").obligations == ()


def test_every_code_has_its_words_in_both_languages() -> None:
    """And no code speaks another one's."""
    assert set(GENERAL) == set(Code)
    for language in ("en", "es"):
        words = [getattr(text, language) for text in GENERAL.values()]
        assert all(words)
        assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("decision", "en", "es"),
    [
        (decided(has("allow")), "role allow allows X", "el rol allow permite X"),
        (
            decided(has("allow"), given(says("docs.edit", "deny"))),
            "an individual permission denies X, and a denial wins",
            "un permiso individual deniega X, y una denegación prevalece",
        ),
        (
            decide(a_policy({"r": [says("plain", when="context.hour lt 9")]}), ana(has("r")), "plain"),
            "role r allows X only when context.hour lt 9",
            "el rol r permite X solo si context.hour lt 9",
        ),
        (
            Decision(False, Code.ITEM_LEVEL, item=Access(Relation.GROUP, Level.MODIFY, Level.READ, Barrier.LEVEL)),
            "X: the item allows only reading to members of its owner group",
            "X: el elemento solo permite leer a los miembros de su grupo propietario",
        ),
        (
            Decision(False, Code.ITEM_LEVEL, item=Access(Relation.REST, Level.READ, Level.FORBIDDEN, Barrier.LEVEL)),
            "X: the item allows nothing to everybody else",
            "X: el elemento no permite nada a todos los demás",
        ),
        (
            decided(has("allow"), given(says("docs.edit"))),
            "an individual permission and role allow allow X",
            "un permiso individual y el rol allow permiten X",
        ),
        (
            Decision(False, Code.ITEM_LEVEL, item=Access(Relation.REST, Level.MODIFY, Level.READ, Barrier.SHARE)),
            "X: the item is shared with this business unit for reading only",
            "X: el elemento se comparte con esta unidad de negocio solo para leer",
        ),
        (
            Decision(False, Code.NOT_IN_BUSINESS_UNIT, item=Access(Relation.REST, Level.READ, barrier=Barrier.UNIT)),
            "X: the item is neither of this business unit nor shared with it",
            "X: el elemento no es de esta unidad de negocio ni se comparte con ella",
        ),
        (Decision(False, Code.INACTIVE_USER), "this user is deactivated", "este usuario está desactivado"),
    ],
)
def test_sentences(decision: Decision, en: str, es: str) -> None:
    """What decided, in plain words."""
    told = sentence(decision, "X")
    assert (told.en, told.es) == (en, es)
