"""Decisions in plain words."""

from __future__ import annotations

from rbac.model import Code, Decision, Effect, GrantKind, Reason

GENERAL = {
    Code.ALLOWED: "a role of this user allows it",
    Code.DENIED_BY_ROLE: "a role of this user denies it",
    Code.NO_GRANT: "no role of this user allows it here",
    Code.NOT_IN_BUSINESS_UNIT: "this user may not work in that business unit, or there is no such unit",
    Code.INACTIVE_USER: "this user is deactivated",
    Code.UNKNOWN_SUBJECT: "no such user in this account, or the name is not unique; use the user's id",
    Code.UNKNOWN_ACTION: "the catalogue has no such permission for this type of resource",
    Code.UNKNOWN_RESOURCE: "the catalogue has no such type of resource",
}
"""What a caller without the right to details is told."""


def sentence(decision: Decision, permission: str) -> str:
    """One sentence that says what decided."""
    match decision.code:
        case Code.ALLOWED:
            return f"{_whose(decision, Effect.ALLOW)} allows {permission}"
        case Code.DENIED_BY_ROLE:
            return f"{_whose(decision, Effect.DENY)} denies {permission}, and a denial wins"
        case Code.NO_GRANT:
            return f"no role of this user says anything about {permission} here"
        case Code.UNKNOWN_ACTION | Code.UNKNOWN_RESOURCE:
            return f"{permission}: {GENERAL[decision.code]}"
        case _:
            return GENERAL[decision.code]


def _whose(decision: Decision, effect: Effect) -> str:
    said = [reason for reason in decision.reasons if reason.effect is effect]
    names = list(dict.fromkeys(_name(reason) for reason in said))
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _name(reason: Reason) -> str:
    if reason.kind is GrantKind.SELF:
        return "one's own profile"
    return f"role {reason.role}"
