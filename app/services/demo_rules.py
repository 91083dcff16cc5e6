"""The role mapping of the demo account: what was published one after the other, and what waits for a second owner."""

from __future__ import annotations

from typing import Any

from app.services.demo_people import DOMAIN, OKTA, PARTNERS, address

OWNER, SECOND = f"owner@{DOMAIN}", f"oscar@{DOMAIN}"
APPROVER, LIBRARY = "Launch approver", "Brand reader"
"""Roles of the account's own."""
_ANALYTICS, _CAMPAIGNS = ["reporting"], ["campaigns"]


def _group(name: str, group: str, directory: str = OKTA, **rest: Any) -> dict[str, Any]:
    return {"name": name, "owner": OWNER, "group": {"directory": directory, "name": group}} | rest


def _regional(unit: str, region: str, *, home: bool) -> dict[str, Any]:
    works = {"unit": unit, "children": True} | ({"home": True} if home else {})
    return _group(
        f"Marketing {region}",
        f"MC Marketing {region}",
        grants=[{"role": "Marketer", "unit": unit, "children": True}],
        works_in=[works],
        labels=_CAMPAIGNS,
    )


def _regions(*, home: bool) -> list[dict[str, Any]]:
    return [_regional(*one, home=home) for one in (("emea", "EMEA"), ("amer", "Americas"), ("apac", "APAC"))]


_TEAMS = [
    _group("Analysts", "MC Analysts", grants=[{"role": "Analyst"}], labels=_ANALYTICS),
    _group("Agency", "MC Agency", grants=[{"role": "Viewer"}], labels=["agency"]),
    _group("Administrators", "MC Administrators", grants=[{"role": "Administrator"}], reason="keep this group small"),
]
_APPROVALS = [
    _group(
        "Campaign approvers",
        "MC Campaign approvers",
        where='title sw "Head"',
        grants=[{"role": APPROVER}],
        labels=_CAMPAIGNS,
        reason="only heads of a team approve, whoever else is in the group",
    ),
    {
        "name": "Heads of analytics",
        "owner": OWNER,
        "where": 'department eq "Analytics" and title sw "Head"',
        "grants": [{"role": "Viewer"}],
        "labels": _ANALYTICS,
        "reason": "they present the campaigns of others",
    },
]
_BY_NAME = {
    "name": "By the name of the group",
    "owner": SECOND,
    "pattern": {"text": "mail-{business_unit}-{role}", "directory": OKTA},
    "grants": [{"role": "{role}", "unit": "{business_unit}"}],
    "works_in": [{"unit": "{business_unit}"}],
    "reason": "a new group of that name needs no new rule",
}
_SEASON = _group(
    "Black Friday helpers",
    "MC Black Friday",
    grants=[{"role": "Marketer", "unit": "us"}],
    works_in=[{"unit": "us"}],
    days=30,
    labels=["season"],
    reason="thirty days from when somebody joins",
)
_PARTNERS = [
    _group(
        "Fabrikam Creative",
        "Fabrikam Creative",
        PARTNERS,
        grants=[{"role": "Viewer", "unit": "iberia"}],
        works_in=[{"unit": "iberia"}],
        labels=["agency"],
    ),
    _group("Fabrikam Reporting", "Fabrikam Reporting", PARTNERS, grants=[{"role": "Analyst", "unit": "iberia"}]),
]
_LATE = [
    {
        "name": "Brand library",
        "owner": address(1),
        "where": 'department eq "Marketing" or department eq "Agency"',
        "grants": [{"role": LIBRARY}],
        "reason": "logos and templates for everybody who writes",
    },
    _group("Agency leads", "MC Agency leads", grants=[{"role": "Viewer"}], labels=["agency"]),
    _group("Agency 2025", "MC Agency 2025", grants=[{"role": "Analyst"}], paused=True, reason="the contract ended"),
    {"name": "Interns", "group": {"directory": OKTA, "name": "MC Interns"}, "grants": [{"role": "Viewer"}], "days": 90},
]

FIRST: dict[str, Any] = {"rules": [*_regions(home=False), *_TEAMS]}
"""What the account began with."""
LATER: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "Approvals, and groups that say by their name what they are for",
        {"rules": [*_regions(home=True), *_TEAMS, *_APPROVALS, _BY_NAME, _SEASON]},
    ),
    (
        "The agency reads what we do, and everybody the brand library",
        {"rules": [*_regions(home=True), *_TEAMS, *_APPROVALS, _BY_NAME, _SEASON, *_PARTNERS, *_LATE]},
    ),
)
"""What came after that, with the titles of the drafts."""
WAITS: tuple[str, dict[str, Any]] = (
    "The migration team administers until the move is done",
    _group(
        "Migration team",
        "MC Migration team",
        grants=[{"role": "Administrator"}],
        days=60,
        owner=SECOND,
        labels=["move"],
    ),
)
"""A rule that gives a privileged role, and so waits for a second owner."""
BEGUN: tuple[str, dict[str, Any]] = (
    "Borealis gets reports",
    _group("Project Borealis", "Project Borealis", grants=[{"role": "Analyst"}], labels=_ANALYTICS),
)
"""A rule that somebody has only begun to think about."""
