"""What stands in bodies about roles."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.impact_shapes import ChangedPermission, PersonImpact
from app.api.shapes import Localized, Shape, flag, many, moment, number, one, text, word
from app.services.roles import MOST_DESCRIPTION, RoleDetail, RoleFacts

_STATEMENTS = 2_000


class Statement(Shape):
    """What a role says at one node of the catalogue."""

    permission = text(required=True, says="A permission or a node above some: `campaigns.email`, `*`.")
    effect = word("allow", "deny", required=True)
    when = fields.String(
        allow_none=True, metadata={"description": "A condition under which alone it counts; null: always."}
    )


class StatementChange(Shape):
    """What a role shall say at one node."""

    permission = text(required=True, says="A permission or a node above some: `campaigns.email`, `*`.")
    effect = word("allow", "deny", "unset", required=True, says="`unset` clears the node.")
    when = text(most=4000, allow_none=True, says="A condition under which alone it counts.")


class RoleText(Shape):
    """What a default role is called and for, in each language."""

    title = one(Localized)
    description = one(Localized)


class Role(Shape):
    """A named set of allows and denies. What it does not name is unset."""

    id = text()
    name = text(says="Unique in the account, whatever its case.")
    description = fields.String()
    is_default = flag(says="It belongs to the platform profile and is locked: copy it to change it.")
    is_owner = flag(says="Whether it is that of the Account Owner.")
    is_privileged = flag(says="It was marked so, or gives a permission that is.")
    texts = one(RoleText, allow_none=True)
    copied_from = fields.String(allow_none=True, metadata={"description": "The name of the role it was copied from."})
    revision = number(says="Grows with each edit.")
    created = moment()
    modified = moment(allow_none=True)
    from_code = flag(says="It belongs to a configuration that was applied, and only another one changes it.")


class MissingRequirement(Shape):
    """A permission that the role gives without what it requires."""

    permission = text()
    requires = many(fields.String())


class Shadowed(Shape):
    """An allow that a deny of the same role takes away."""

    allow = text()
    deny = text()
    permissions = many(fields.String())
    when = fields.String(allow_none=True)
    whole = flag(says="Whether nothing is left of the allow.")


class RoleWithStatements(Role):
    """A role with what it says, and what is questionable about that."""

    statements = many(one(Statement), most=_STATEMENTS)
    missing = many(one(MissingRequirement))
    shadowed = many(one(Shadowed))
    unknown_nodes = many(
        fields.String(),
        data_key="unknown",
        attribute="unknown",
        says="Nodes that the catalogue does not have (any more).",
    )


class NewRole(Shape):
    """A role to be made: empty, with statements, or as a copy."""

    name = text(required=True)
    description = text(most=MOST_DESCRIPTION, least=0)
    copy_of = text(says="A role to copy, by id or name; then nothing else is said but name and description.")
    statements = many(one(StatementChange), most=_STATEMENTS)
    privileged = flag()
    add_required = flag(says="Allow what the allowed permissions require, too.")


class RoleChange(Shape):
    """What is to be changed; what is left out stays."""

    name = text()
    description = text(most=MOST_DESCRIPTION, least=0)
    statements = many(one(StatementChange), most=_STATEMENTS, says="What it shall say at these nodes.")
    replaces = flag(says="`statements` are all that the role says.")
    privileged = flag()
    add_required = flag(says="Allow what the allowed permissions require, too.")


class RolePermission(Shape):
    """What a role means for one permission."""

    key = text()
    title = one(Localized)
    operation = text(says="`reads`, `modifies` or `deletes`.")
    privileged = flag()
    effect = text(says="`allow` or `deny`.")
    when = many(fields.String(), says="Under any of these conditions; none: always.")
    unless = many(fields.String(), says="Not under any of these conditions.")
    nodes = many(fields.String(), says="Where the role says so.")


class RolePermissions(Shape):
    """What a role means, in the catalogue's order."""

    permissions = many(one(RolePermission), most=_STATEMENTS)


class DifferingPermission(Shape):
    """A permission that both roles give, each in its own way."""

    key = text()
    left = one(RolePermission)
    right = one(RolePermission)


class Comparison(Shape):
    """What two roles have in common and what not."""

    left = text()
    right = text()
    only_left = many(one(RolePermission))
    only_right = many(one(RolePermission))
    differing = many(one(DifferingPermission))
    shared = many(fields.String())
    overlap = fields.Float(metadata={"description": "How much they share, from 0 to 1."})


class Impact(Shape):
    """What a change of a role would mean."""

    role = text()
    gained = many(one(ChangedPermission), says="By the role itself, privileged ones first.")
    lost = many(one(ChangedPermission))
    altered = many(one(ChangedPermission))
    holders = number(says="How many people have the role.")
    examined = number(says="How many of them were looked at.")
    gaining = number()
    losing = number()
    assignments = number(says="How often it is given.")
    mappings = many(fields.String(), says="The rules of the role mapping that give it.")
    default_for_new_people = flag()
    people = many(one(PersonImpact))
    next = fields.String(allow_none=True, metadata={"description": "Send it as `after` for more people."})


def role_shown(role: RoleFacts) -> dict[str, Any]:
    """A role as it is listed."""
    return {
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "is_default": role.is_default,
        "is_owner": role.is_owner,
        "is_privileged": role.is_privileged,
        "texts": role.texts,
        "copied_from": role.origin_name,
        "revision": role.revision,
        "created": role.created,
        "modified": role.modified,
        "from_code": role.from_code,
    }


def detail_shown(detail: RoleDetail) -> dict[str, Any]:
    """A role with what it says."""
    statements = [
        {"permission": one.permission, "effect": one.effect, "when": one.condition} for one in detail.statements
    ]
    warnings = detail.warnings
    return role_shown(detail.role) | {
        "statements": statements,
        "missing": warnings.missing,
        "shadowed": warnings.shadowed,
        "unknown": warnings.unknown,
    }
