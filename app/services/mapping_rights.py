"""Who may prepare, approve and publish role mapping, and when a second Account Owner is needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from app import audit
from app.models.base import now
from app.services import guards
from app.services.counting import counted
from app.services.errors import Conflict, Forbidden
from app.services.guards import Acting
from app.services.mapping_holds import BLAST_RADIUS
from app.services.mapping_resolution import Prepared
from app.services.mapping_scan import Scan
from app.services.mapping_summary import Need
from app.session import Session
from app.stores.account_rows import find_account_row
from app.stores.owners import owners_of
from rbac.mapping import Rule
from rbac.model import Policy
from rbac.reaches import reached

OPERATOR = "system"
"""The kind of whoever acts on the server itself."""


class ApprovalNeeded(Conflict):
    """A second Account Owner has to approve it first; ``needs`` says why."""

    def __init__(self, message: str, needs: Collection[Need]) -> None:
        super().__init__(message)
        self.needs = tuple(needs)


def acting_on_mapping(session: Session, account_id: str, what: str) -> Acting:
    """Who acts. Raises Forbidden for a person who is no Account Owner; ``what`` is what they tried."""
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden(f"only an Account Owner {what}")
    return acting


def author_in(session: Session) -> tuple[str, str | None]:
    """The name of whoever acts, and their id if that is a person."""
    actor = audit.acting(session)
    return actor.name, actor.id if actor.kind == "person" else None


def is_operator(session: Session) -> bool:
    """Whether the operator of the installation acts, at the server's own command line."""
    return audit.acting(session).kind == OPERATOR


def needs_of(session: Session, account_id: str, found: Scan, authors: Collection[str | None]) -> tuple[Need, ...]:
    """Why a second Account Owner has to approve; nothing where nobody has to.

    ``authors`` are the ids of those who wrote it, of whom none may decide about their own access.
    """
    row = find_account_row(session, account_id)
    tally, needs = found.tally, []
    if row.blast_radius is not None and tally.changed > row.blast_radius:
        people = counted(tally.changed, "person is", "people are")
        needs.append(Need("blast_radius", f"{people} concerned, more than {row.blast_radius}"))
    elif row.blast_radius is not None and (waiting := _too_many(found.prepared)):
        groups = counted(len(waiting), "group is", "groups are")
        needs.append(Need("blast_radius", f"{groups} let that would give too many people something: {waiting[0]}"))
    policy, changed = found.prepared.policy, [*found.prepared.written, *found.prepared.ended]
    touched = {role for count in (tally.gained, tally.lost, tally.sooner, tally.later) for role in count}
    touched |= {id for rule in changed for id in _may_give(found, policy, rule)}
    touched |= _let(found.prepared)
    touched |= _by_units(found.prepared, {rule.id for rule in found.prepared.written} | found.concerned)
    owners = [policy.roles[id].name for id in touched if policy.roles[id].is_owner]
    privileged = [policy.roles[id].name for id in touched if policy.roles[id].is_privileged]
    if owners:
        needs.append(Need("owner", f"it is about {', '.join(sorted(owners))}, who manages the account"))
    elif privileged and row.approves_privileged:
        needs.append(Need("privileged", f"privileged roles are concerned: {', '.join(sorted(privileged))}"))
    own = [one.user_name for one in found.turns if one.user_id in authors]
    if own:
        needs.append(Need("own_access", f"the access of {own[0]}, who wrote it, changes"))
    return tuple(needs)


def _may_give(found: Scan, policy: Policy, rule: Rule) -> Iterable[str]:
    """The roles that a rule may give, now or when groups come that its pattern fits."""
    named = {effect.role_id for effect in rule.effects if effect.role_id in policy.roles}
    for one in (*found.prepared.bound, *found.prepared.before.rules.bound):
        if one.rule_id == rule.id:
            named |= {effect.role_id for effect in one.effects if effect.role_id in policy.roles}
    if rule.allow_privileged and any(effect.takes_role for effect in rule.effects):
        named |= {id for id, role in policy.roles.items() if role.is_privileged and not role.is_owner}
    return [id for id in named if id is not None]


def _too_many(prepared: Prepared) -> list[str]:
    """The groups (names) that wait for this because of so many people in them, be there fewer or none by now.

    Else whoever fills groups would empty one for as long as it takes to let it.
    """
    waited = {one.group.id for one in prepared.before.bindings if one.held == BLAST_RADIUS}
    live = {rule.id for rule in prepared.after if not rule.paused}
    return sorted({one.group.name for one in prepared.bindings if one.rule_id in live and one.group.id in waited})


def _let(prepared: Prepared) -> set[str]:
    """The roles of groups that wait for this: nobody may be in them yet, and many may be as soon as it is published."""
    rules = {rule.id: rule for rule in prepared.after}
    given = (effect.captured(one.role_id, one.unit_id) for one in prepared.let for effect in rules[one.rule_id].effects)
    return {id for effect in given if (id := effect.role_id) is not None and id in prepared.policy.roles}


def _by_units(prepared: Prepared, rule_ids: Collection[str]) -> set[str]:
    """The roles that units give those whom these rules let work there."""
    policy = prepared.policy
    rules = [rule for rule in prepared.after if rule.id in rule_ids and not rule.paused]
    effects = {effect for rule in rules for effect in rule.effects}
    effects |= {effect for one in prepared.bound if one.rule_id in rule_ids for effect in one.effects}
    works = [one for one in effects if one.role_id is None and one.unit_id in policy.units.units]
    units = {unit for one in works for unit in reached(policy.units, one.unit_id, one.reach)}
    return {
        grant.role_id
        for grants in policy.unit_grants.values()
        for grant in grants
        if grant.role_id is not None and units & reached(policy.units, grant.scope.unit, grant.scope.reach)
    }


def check_approved(
    session: Session, account_id: str, needs: Collection[Need], plan_id: str | None, approver: str | None = None
) -> None:
    """Raises ApprovalNeeded, which says what to do, where a second Account Owner is needed.

    ``approver`` is whose approval of the plan counts no more.
    """
    if not needs or is_operator(session):
        return
    why = "; ".join(need.detail for need in needs)
    owners = [one for one in owners_of(session, account_id, now()) if one.active]
    if len(owners) < 2:
        what = (
            "this account has no second active Account Owner: make one, who then approves the plan, "
            "or let the operator publish at the server's command line (`muster mapping publish`)"
        )
    elif plan_id is None:
        what = "make a draft, plan it, and let another Account Owner approve the plan"
    else:
        what = "another Account Owner than its authors approves the plan first"
    if approver is not None:
        what = f"{approver}, who approved it, is no active Account Owner any more; {what}"
    raise ApprovalNeeded(f"a second Account Owner is needed, since {why}; {what}", needs)


def check_not_own(acting: Acting, found: Scan) -> None:
    """Raises Forbidden if the access of the person who acts changes."""
    person = acting.person
    if person is not None and any(one.user_id == person.id for one in found.turns):
        raise Forbidden(guards.OWN)
