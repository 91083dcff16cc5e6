"""Plans of role mapping as text: what would change, row by row, and what is worth a second look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.cli.output import lines
from app.services.mapping_outdated import Outdated
from app.services.mapping_plans import Plan
from app.session import Session
from app.stores.listings import Wanted
from app.stores.mapping_plans import rows_of


def described(session: Session, account_id: str, plan: Plan, most: int, wanted: str | None = None) -> str:
    """A plan with its first rows."""
    rows = rows_of(session, account_id, plan.id, Wanted(most, wanted)).rows
    shown = [
        (
            row.user_name,
            row.change,
            row.role_name or "works in",
            row.unit_key if row.reach != "account" else "",
            "and below" if row.reach == "subtree" else "",
            " ".join([*(["home"] if row.is_home else []), *(["privileged"] if row.privileged else [])]),
            row.rule_name,
        )
        for row in rows
    ]
    headings = ("PERSON", "CHANGE", "WHAT", "WHERE", "", "", "RULE")
    summary = plan.summary
    text = [
        f"plan {plan.id}: {plan.state}, as revision {summary['revision']}, {summary['rows']} rows",
        *_written(summary.get("written", ())),
        *_came(summary),
        lines(headings, shown, "nobody gains or loses anything"),
        *(["…"] if summary["rows"] > len(rows) else []),
        *_numbers(summary),
        *(f"a second Account Owner is needed: {need['detail']}" for need in plan.needs),
    ]
    return "\n".join(text)


def _written(rules: Iterable[Mapping[str, Any]]) -> list[str]:
    """Each rule that is added, changed or removed: for whom it is, and what it gives."""
    text = []
    for one in rules:
        within = f", {one['directory']}" if one["directory"] else ""
        if one["group_id"] is not None:
            whom = f'group "{one["group"]}" ({one["group_id"]}{within})'
        else:
            whom = f'pattern "{one["pattern"]}"{within}' if one["pattern"] is not None else f"everybody{within}"
        where = f", where {one['where']}" if one["where"] is not None else ""
        paused = " (paused)" if one["paused"] else ""
        text.append(f"rule {one['change']}: {one['rule']}{paused}: {whom}{where} -> {', '.join(one['gives'])}")
    return text


def _came(summary: Mapping[str, Any]) -> list[str]:
    """Each group that came to a pattern by its name since a publish has shown them."""
    listed, number = summary.get("came", ()), summary.get("came_in_all", 0)
    text = [
        f'group that came: "{one["group"]}" ({one["group_id"]}, {one["directory"]}) by {one["rule"]} -> '
        f"{', '.join(one['gives'])}; {one['people']} people have something by it"
        + (", nobody else gets any before this is published" if one["held"] else "")
        for one in listed
    ]
    return [*text, *([f"… and {number - len(listed)} more, which the next plan lists"] if number > len(listed) else [])]


def _numbers(summary: dict[str, Any]) -> list[str]:
    """What is worth a second look before it is approved."""
    gain, lose = summary["people_gaining"], summary["people_losing"]
    new, nothing = summary["people_new"], summary["people_left_with_nothing"]
    text = [f"{gain} people gain, {lose} lose, {new} have no role before, {nothing} none after"]
    for kind in ("rules_without_people", "unmapped_groups", "overlaps", "contradictions", "separations"):
        if summary[kind]:
            text.append(f"{kind.replace('_', ' ')}: {len(summary[kind])} (see --json)")
    return text


def outdated(account: str, found: Outdated) -> str:
    """Why nothing was published, and what is different."""
    text = [f"nothing was published: {found.why} ({found.rows})"]
    for sign, rows in (("+", found.more), ("-", found.fewer)):
        text += [
            f"  {sign} {row['user_name']} {row['change']} {row['role_name'] or 'works in'} {row['unit_key']} "
            f"({row['rule_name']})"
            for row in rows
        ]
    return "\n".join([*text, f"next: muster mapping show-plan {account!r} {found.plan.id}"])
