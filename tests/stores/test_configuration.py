"""An account's access as a file: exported, planned, applied, owned by it, and what drifts."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.services import (
    code_drift,
    code_ownership,
    configuration,
    configuration_export,
    configuration_text,
    data_filters,
    default_roles,
    mapping_documents,
    mapping_drafts,
    mapping_plans,
    mapping_publish,
    roles,
    separations,
    unit_moves,
    units,
)
from app.services.code_ownership import ManagedByCode
from app.services.configuration_pass import InvalidConfiguration, Plan
from app.services.configuration_text import Source
from app.services.errors import Forbidden, NotFound, Outdated
from app.services.role_statements import StatementChange
from app.services.roles import RoleEdit
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.access_tables import CONFIGURATIONS, REVISIONS
from rbac.model import Policy
from scim import service
from tests.builders import a_patch
from tests.stores.worlds import LAUNCH, QUERY, VIEW, World, a_world

FILE = "access.yaml"


@pytest.fixture
def world(session: Session) -> World:
    return a_world(session)


def source(text: str) -> Source:
    """A file with this text."""
    return configuration_text.read(text, FILE)


def exported(world: World) -> str:
    """The account as a file."""
    return configuration_export.export_text(*world.at)


def apply(world: World, text: str, **how: Any) -> Plan:
    """Apply a file."""
    return configuration.apply(*world.at, source(text), **how)


def steps(plan: Plan) -> list[tuple[str, str, str]]:
    """What a plan does to what."""
    return [(step.action, step.kind, step.name) for step in plan.steps]


BASE = f"""
business_units:
  - key: emea
    name: Europe
  - key: iberia
    name: Iberia
    parent: emea
roles:
  - name: Intern
    description: May look
    allow: [{VIEW}]
default_roles: [Intern]
"""


def test_an_export_applied_changes_nothing_and_is_the_same_text_again(world: World) -> None:
    """All that the file can say: units, filters, roles with conditions, defaults, rules with their groups."""
    world.role("Intern", VIEW, QUERY, deny=("contacts",))
    roles.copy_role(*world.at, "Intern", "Trainee", "A copy: with a colon")
    default_roles.set_default_roles(*world.at, ["Viewer", "Intern"])
    group = world.group(world.user(), name="Marketing, EMEA")
    rule = {"name": "M", "group": {"id": group}, "grants": [{"role": "Intern", "unit": "emea", "children": True}]}
    mapping_publish.publish(*world.at, {"rules": [rule]}, author="test")
    before = exported(world)
    assert f"id: {group}  # Marketing, EMEA, Okta" in before
    revision = world.revision()
    planned = configuration.plan(*world.at, source(before))
    assert {step.action for step in planned.steps} == {"adopt"}
    done = apply(world, before)
    assert done.steps == planned.steps
    assert exported(world) == before
    assert configuration.plan(*world.at, source(before)).is_change is False
    again = apply(world, before)
    assert (again.is_change, world.count(CONFIGURATIONS)) == (False, 1)
    assert mapping_documents.published(*world.at)["rules"][0]["name"] == "M"
    assert world.revision() >= revision


def test_a_file_makes_and_changes_units_and_roles(world: World) -> None:
    """Parents before children, whatever their order in the file; names, places, statements, line by line."""
    planned = configuration.plan(*world.at, source(BASE))
    assert steps(planned) == [
        ("adopt", "unit", "emea"),
        ("change", "unit", "emea"),
        ("adopt", "unit", "iberia"),
        ("change", "unit", "iberia"),
        ("create", "role", "Intern"),
        ("change", "default_roles", "default roles"),
    ]
    assert "Intern" not in {role.name for role in roles.list_roles(*world.at)}
    assert apply(world, BASE, expected=planned.digest).steps == planned.steps
    ana = world.user()
    world.give("Intern", user=ana)
    changed = BASE.replace(f"[{VIEW}]", f"[{VIEW}, {QUERY}]\n    privileged: true").replace(
        "parent: emea", "parent: apac"
    )
    plan = configuration.plan(*world.at, source(changed))
    assert steps(plan) == [("move", "unit", "iberia"), ("change", "role", "Intern")]
    assert plan.steps[1].details == (f"+ allow {QUERY}", "marked as privileged")
    assert [(one.role, one.holders, one.gaining) for one in plan.roles] == [("Intern", 1, 1)]
    assert not world.may(ana, QUERY)
    apply(world, changed, expected=plan.digest)
    assert world.may(ana, QUERY)
    assert units.get_unit(*world.at, "iberia").parent == "apac"


def test_what_a_file_no_longer_names_goes_and_what_was_made_by_hand_stays(world: World) -> None:
    """Only what belonged to the file; a section that is left out gives back what it had."""
    apply(world, BASE)
    world.role("By hand", VIEW)
    less = BASE.replace("default_roles: [Intern]", "default_roles: []")
    less = less[: less.index("roles:")] + "roles: []\ndefault_roles: []\n"
    less = less.replace("  - key: iberia\n    name: Iberia\n    parent: emea\n", "")
    plan = configuration.plan(*world.at, source(less))
    assert steps(plan) == [
        ("change", "default_roles", "default roles"),
        ("delete", "role", "Intern"),
        ("delete", "unit", "iberia"),
    ]
    apply(world, less)
    assert {one.name for one in roles.list_roles(*world.at) if not one.is_default} == {"By hand"}
    assert [one.key for one in units.list_units(*world.at)] == ["root", "apac", "emea", "dach"]
    nothing = apply(world, "roles: []\n")
    assert steps(nothing) == [("release", "unit", "emea")]
    assert units.edit_unit(*world.at, "emea", name="By hand again").name == "By hand again"


def test_order_is_no_concern_of_the_file(world: World) -> None:
    """A rule uses a role and a unit of the same file; both go with it later, in one document."""
    ana = world.user()
    group = world.group(ana)
    text = f"""
roles:
  - name: Launcher
    allow: [{LAUNCH}]
business_units:
  - {{key: madrid, name: Madrid, parent: spain}}
  - {{key: spain, name: Spain, parent: emea}}
mapping:
  rules:
    - name: Launchers
      group: {{id: {group}}}
      grants: [{{role: Launcher, unit: madrid}}]
      works_in: [{{unit: madrid}}]
"""
    plan = configuration.plan(*world.at, source(text))
    assert plan.mapping is not None
    assert (plan.mapping.people_gaining, plan.mapping.rules_added) == (1, ("Launchers",))
    assert not world.may(ana, unit="madrid")
    apply(world, text, expected=plan.digest)
    assert world.may(ana, unit="madrid")
    empty = "roles: []\nbusiness_units: []\nmapping: {rules: []}\n"
    plan = configuration.plan(*world.at, source(empty))
    assert steps(plan) == [
        ("delete", "rule", "Launchers"),
        ("delete", "role", "Launcher"),
        ("delete", "unit", "madrid"),
        ("delete", "unit", "spain"),
    ]
    assert plan.mapping is not None
    assert plan.mapping.people_losing == 1
    assert world.may(ana, unit="madrid")
    apply(world, empty, expected=plan.digest)
    assert "madrid" not in {one.key for one in units.list_units(*world.at)}
    assert mapping_documents.published(*world.at) == {"rules": []}


def test_everything_wrong_is_told_at_once_with_its_line(world: World) -> None:
    """Nothing is changed, and what follows from another mistake is not told."""
    text = f"""business_units:
  - {{key: spain, name: Spain, parent: nowhere}}
  - {{key: madrid, name: Madrid, parent: spain}}
  - {{key: Not A Key, name: X}}
roles:
  - name: Viewer
  - name: Odd
    allow: [{VIEW}, campaigns.nowhere]
default_roles: [Nobody, Odd]
mapping:
  rules:
    - name: R
      group: {{name: No such group}}
      grants: [{{role: Odd, unit: madrid}}]
"""
    with pytest.raises(InvalidConfiguration) as refused:
        configuration.plan(*world.at, source(text))
    told = refused.value.problems
    for number, words in enumerate(
        (
            "business_units[0] (line 2): no business unit 'nowhere'",
            "business_units[2] (line 4): a unit's key is made of",
            "roles[0].name (line 6): Viewer is a role of the platform",
            'roles[1].allow[1] (line 8): there is nothing at "campaigns.nowhere',
            "default_roles (line 9): no role 'Nobody'",
            'mapping.rules[0].group (line 13): no group has the name "No such group"',
        )
    ):
        assert told[number].startswith(words), told
    assert len(told) == 6
    assert "spain" not in {one.key for one in units.list_units(*world.at)}


def test_what_belongs_to_a_file_is_locked_at_every_door(world: World) -> None:
    """The refusal names the file and the way; other things stay free, and reading, giving and copying go on."""
    group = world.group()
    apply(world, BASE + f"mapping:\n  rules:\n    - {{name: R, group: {{id: {group}}}, grants: [{{role: Intern}}]}}\n")
    locked = (
        lambda: roles.edit_role(*world.at, "Intern", RoleEdit(name="Mine")),
        lambda: roles.edit_role(*world.at, "Intern", RoleEdit(statements=(StatementChange(VIEW, "unset"),))),
        lambda: roles.delete_role(*world.at, "Intern"),
        lambda: units.edit_unit(*world.at, "emea", name="Mine"),
        lambda: unit_moves.move_unit(*world.at, "iberia", "root"),
        lambda: units.delete_unit(*world.at, "iberia"),
        lambda: default_roles.set_default_roles(*world.at, []),
    )
    for refused in locked:
        with pytest.raises(
            ManagedByCode, match=r"managed by code \(access.yaml, applied on .* by test\)|managed by code"
        ):
            refused()
    draft = mapping_drafts.create_draft(*world.at, "Without the rule", {"rules": []})
    with pytest.raises(ManagedByCode, match="mapping rule"):
        mapping_plans.make_plan(*world.at, draft.id)
    world.give("Intern", user=world.user())
    roles.copy_role(*world.at, "Intern", "Free")
    roles.edit_role(*world.at, "Free", RoleEdit(name="Freer"))
    units.edit_unit(*world.at, "apac", name="Free")


def test_what_is_released_is_free_until_a_file_names_it_again(world: World) -> None:
    """A decision of its own, in the audit trail; then it is no drift, either."""
    apply(world, BASE)
    assert code_ownership.release(*world.at, "role", "intern", reason="hotfix") == "Intern"
    roles.edit_role(*world.at, "Intern", RoleEdit(statements=(StatementChange(QUERY, "allow"),)))
    assert code_drift.drift_of(*world.at) == ()
    for kind, name in (("role", "Intern"), ("role", "Nobody"), ("rule", "R")):
        with pytest.raises(NotFound):
            code_ownership.release(*world.at, kind, name)
    code_ownership.release(*world.at, "default_roles")
    default_roles.set_default_roles(*world.at, [])
    plan = apply(world, BASE)
    assert steps(plan) == [
        ("adopt", "role", "Intern"),
        ("change", "role", "Intern"),
        ("change", "default_roles", "default roles"),
    ]
    with pytest.raises(ManagedByCode):
        roles.delete_role(*world.at, "Intern")


def test_a_rename_is_said_and_nobody_loses_anything(world: World) -> None:
    """``formerly``: the unit and the role stay the same ones; to say so again does nothing."""
    apply(world, BASE)
    ana = world.user(home="iberia")
    world.give("Intern", user=ana)
    renamed = (
        BASE.replace("key: iberia", "key: peninsula\n    formerly: iberia")
        .replace("name: Intern", "name: Trainee\n    formerly: Intern")
        .replace("[Intern]", "[Trainee]")
    )
    plan = apply(world, renamed)
    assert steps(plan) == [("rename", "unit", "peninsula"), ("rename", "role", "Trainee")]
    assert world.may(ana, VIEW)
    assert not apply(world, renamed).is_change


def test_only_what_was_planned_is_applied(world: World) -> None:
    """What has changed meanwhile is planned again."""
    apply(world, BASE)
    more = BASE.replace(f"[{VIEW}]", f"[{VIEW}, {QUERY}]")
    plan = configuration.plan(*world.at, source(more))
    world.give("Intern", user=world.user())
    with pytest.raises(Outdated):
        apply(world, more, expected=plan.digest)
    assert configuration.plan(*world.at, source(more)).roles[0].holders == 1


def test_data_filters_come_with_their_unit(world: World, session: Session) -> None:
    """Whatever the file does not say is no filter; that people see more records is told."""
    other = a_world(session, "crm")
    kind = next(one.name for one in _policy(other).catalogue.item_kinds.values() if one.records)
    attribute = next(iter(data_filters.types_of(_policy(other), kind)))
    text = f"business_units:\n  - key: emea\n    name: EMEA\n    filters:\n      {kind}: {attribute} pr\n"
    plan = apply(other, text)
    assert ("create", "filter", f"emea: {kind}") in steps(plan)
    with pytest.raises(ManagedByCode):
        data_filters.clear_filter(*other.at, kind, unit="emea")
    with pytest.raises(ManagedByCode):
        data_filters.set_filter(*other.at, kind, f"not ({attribute} pr)", unit="emea")
    plan = apply(other, "business_units:\n  - key: emea\n    name: EMEA\n")
    assert [step.details for step in plan.steps] == [(f"{attribute} pr → all records",)]


def _policy(world: World) -> Policy:
    return SqlAccessStore(*world.at).snapshot([]).policy


def _ruled(group: str) -> str:
    return BASE + f"mapping:\n  rules:\n    - {{name: R, group: {{id: {group}}}, grants: [{{role: Intern}}]}}\n"


def test_rules_of_a_file_are_published_by_files_alone(world: World) -> None:
    """Others come after them, and go on as they are when the file is applied again."""
    ana = world.user()
    group, other = world.group(ana), world.group(world.user())
    apply(world, _ruled(group))
    by_hand = {"name": "By hand", "group": {"id": other}, "grants": [{"role": "Viewer"}]}
    [own] = mapping_documents.published(*world.at)["rules"]
    for rules in ([by_hand], [own | {"grants": [{"role": "Viewer"}]}, by_hand], [own | {"group": {"id": other}}]):
        with pytest.raises(ManagedByCode, match="mapping rule R is managed by code"):
            mapping_publish.publish(*world.at, {"rules": rules}, author="test")
        [problem], _ = mapping_drafts.looked_at(*world.at, {"rules": rules})
        assert problem.startswith("the mapping rule R is managed by code")
    assert mapping_drafts.looked_at(*world.at, {"rules": [by_hand, own]})[0] == ()
    mapping_publish.publish(*world.at, {"rules": [by_hand, own]}, author="test")
    plan = apply(world, _ruled(group).replace("role: Intern}", "role: Viewer}"))
    assert steps(plan) == [("change", "rule", "R")]
    assert plan.steps[0].details == ("- grants: role Intern", "+ grants: role Viewer")
    assert [(row.change, row.role, row.rule) for row in plan.rows] == [
        ("gained", "Viewer", "R"),
        ("lost", "Intern", "R"),
    ]
    assert [one["name"] for one in mapping_documents.published(*world.at)["rules"]] == ["R", "By hand"]
    with pytest.raises(ManagedByCode):
        mapping_publish.publish(*world.at, {"rules": [by_hand]}, author="test")
    code_ownership.release(*world.at, "rule", "r")
    mapping_publish.publish(*world.at, {"rules": [by_hand]}, author="test")


def test_a_revision_names_who_applied_the_file_and_why(world: World) -> None:
    """One for the whole file; none where its rules say what is published."""
    group = world.group(world.user())
    apply(world, _ruled(group), reason="Ticket 4711")
    apply(world, _ruled(group).replace("May look", "May look at it"))
    query = select(REVISIONS.c.number, REVISIONS.c.reason).where(REVISIONS.c.account_id == world.account)
    assert world.session.execute(query).all() == [(1, "Ticket 4711")]


def test_drift_is_what_no_door_did(world: World) -> None:
    """A group that is called otherwise or gone; a plan says so, too, and an export goes on naming the group."""
    group = world.group(world.user(), name="Sales")
    apply(world, _ruled(group))
    assert code_drift.drift_of(*world.at) == ()
    rename = a_patch({"op": "replace", "path": "displayName", "value": "Sales EMEA"})
    world._done(service.patch(world.directory, "Group", group, rename))
    [drift] = code_drift.drift_of(*world.at)
    assert (drift.kind, drift.name, drift.fate) == ("rule", "R", "changed")
    assert "name Sales EMEA" in drift.details[0]
    planned = configuration.plan(*world.at, source(_ruled(group)))
    assert (planned.is_change, planned.drift) == (False, (drift,))
    assert f"id: {group}  # Sales EMEA, Okta" in exported(world)
    world._done(service.delete(world.directory, "Group", group))
    [drift] = code_drift.drift_of(*world.at)
    assert "deleted true" in drift.details[0]
    assert f"id: {group}  # Sales EMEA, Okta, deleted" in exported(world)
    apply(world, _ruled(group))
    assert code_drift.drift_of(*world.at) == ()
    assert {action for action, _, _ in steps(configuration.plan(*world.at, source(exported(world))))} == {"adopt"}


def test_separations_belong_to_a_file_too(world: World) -> None:
    """Made, changed and forgotten with it; before the rules, so that a plan already names who would not keep them."""
    group = world.group(world.user())
    text = f"separations:\n  - name: Four eyes\n    reason: Audit\n    permissions: [{VIEW}, {QUERY}]\n"
    rules = f"mapping: {{rules: [{{name: R, group: {{id: {group}}}, grants: [{{role: All}}]}}]}}\n"
    rules = "roles: [{name: All, allow: ['*']}]\n" + rules
    plan = configuration.plan(*world.at, source(text + rules))
    assert plan.steps[1].kind == "separation"
    assert plan.mapping is not None
    assert [(one.separation, one.people) for one in plan.mapping.separations] == [("Four eyes", 1)]
    apply(world, text)
    with pytest.raises(ManagedByCode):
        separations.edit_separation(*world.at, "Four eyes", reason="Mine")
    with pytest.raises(ManagedByCode):
        separations.delete_separation(*world.at, "Four eyes")
    plan = apply(world, text.replace("Audit", "Ticket"))
    assert [step.details for step in plan.steps] == [("reason: Audit → Ticket",)]
    assert "name: Four eyes\n    reason: Ticket\n    permissions:\n" in exported(world)
    with pytest.raises(InvalidConfiguration, match=r"separations\[0\].permissions\[1\] \(line 4\)"):
        apply(world, text.replace(QUERY, "campaigns.nowhere"))
    apply(world, "separations: []\n")
    assert separations.list_separations(*world.at) == ()


def test_nobody_changes_their_own_access_by_a_file(world: World) -> None:
    """An Account Owner applies what concerns others; a delegate nothing at all."""
    olivia, ana = world.owner(), world.user()
    apply(world, BASE)
    world.give("Intern", user=olivia)
    world.act_as(olivia)
    with pytest.raises(Forbidden, match="nobody changes their own access"):
        apply(world, BASE.replace(f"[{VIEW}]", f"[{QUERY}]"))
    assert not apply(world, BASE.replace("May look", "Looks")).roles
    world.act_as(ana)
    for refused in (
        lambda: apply(world, BASE),
        lambda: configuration.plan(*world.at, source(BASE)),
        lambda: code_ownership.release(*world.at, "role", "Intern"),
    ):
        with pytest.raises(Forbidden, match="only an Account Owner"):
            refused()


def test_all_that_a_rule_can_say_survives_the_way_out_and_in(world: World) -> None:
    """Patterns with captures, user filters, ends, home units, labels, pauses; groups of a pattern need no ids."""
    world.group(world.user(), name="mc-emea-intern")
    group = world.group(world.user())
    text = f"""roles: [{{name: Intern, allow: [{VIEW}]}}]
mapping:
  rules:
    - name: By name
      owner: olivia@acme.example
      reason: "Ticket 4711: it"
      labels: [campaigns]
      pattern: {{text: "mc-{{business_unit}}-{{role}}", directory: Okta}}
      grants: [{{role: "{{role}}", unit: "{{business_unit}}"}}]
      works_in: [{{unit: "{{business_unit}}", home: true}}]
      until: 2090-03-01T00:00:00Z
    - name: By attribute
      where: 'userName co "@"'
      directory: Okta
      grants: [{{role: Intern, unit: emea, children: true}}]
      days: 90
    - name: Stopped
      paused: true
      group: {{id: {group}}}
      grants: [{{role: Viewer}}]
"""
    plan = configuration.plan(*world.at, source(text))
    assert plan.mapping is not None
    assert plan.mapping.people_gaining == 2
    apply(world, text, expected=plan.digest)
    assert not configuration.plan(*world.at, source(text)).is_change
    once = exported(world)
    for words in ('text: "mc-{business_unit}-{role}"', "paused: true", "days: 90", 'until: "2090-03-01T00:00:00Z"'):
        assert words in once
    apply(world, once)
    assert exported(world) == once
    assert not configuration.plan(*world.at, source(once)).is_change


def test_the_kill_switch_works_for_rules_of_a_file(world: World) -> None:
    """At once and by hand, since nobody's access changes by it; it is drift, which applying the file sets right."""
    group = world.group(world.user())
    apply(world, _ruled(group))
    mapping_publish.pause(*world.at, "R", "something is wrong")
    [drift] = code_drift.drift_of(*world.at)
    assert (drift.name, drift.details) == ("R", ("paused: none → true",))
    plan = apply(world, _ruled(group))
    assert [(step.name, step.details) for step in plan.steps] == [("R", ("paused: true → none",))]
    assert code_drift.drift_of(*world.at) == ()


def test_names_have_no_case(world: World) -> None:
    """A parent, a role and a unit of a rule are found however they are written; that alone is no change."""
    text = _ruled(world.group(world.user()))
    apply(world, text)
    shouted = (
        text.replace("parent: emea", "parent: EMEA")
        .replace("[Intern]", "[INTERN]")
        .replace("role: Intern", "role: INTERN")
    )
    assert not configuration.plan(*world.at, source(shouted)).is_change
