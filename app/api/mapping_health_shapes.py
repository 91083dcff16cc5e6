"""What stands in bodies about the health of the mapping, and about simulations of it."""

from __future__ import annotations

from marshmallow import fields

from app.api.shapes import Shape, anything, flag, many, moment, number, one, text

_MANY = 100_000


class Finding(Shape):
    """Something that is wrong, or may be."""

    kind = text(says="What it is; [health.md](health.md) lists all kinds.")
    severity = text(says="`error`, `warning` or `notice`.")
    words = fields.String(metadata={"description": "What it is, for people."})
    remedy = fields.String(metadata={"description": "What to do."})
    rule = fields.String(allow_none=True, metadata={"description": "The name of the rule."})
    group = fields.String(allow_none=True)
    group_id = fields.String(allow_none=True)
    people = number(says="How many people it touches.")
    others = many(fields.String(), most=_MANY, says="Further rules that belong to it.")


class Health(Shape):
    """The health board."""

    healthy = flag(says="No errors and no warnings.")
    rules = number()
    people = number(says="All people who were looked at.")
    paused = flag(says="Whether the whole mapping is paused.")
    findings = many(one(Finding), most=_MANY, says="The worst first.")


class UncoveredGroup(Shape):
    """A group that no rule covers."""

    id = text()
    display_name = fields.String()
    directory = fields.String()
    external_id = fields.String(allow_none=True)
    origin = text(says="`scim` or `local`.")
    member_count = number(says="Those who are in it directly.")
    created = moment()


class Candidate(Shape):
    """A group that may be the one a rule had."""

    group_id = text()
    name = fields.String()
    external_id = fields.String(allow_none=True)
    why = text(says="`same externalId` or `same name`.")
    members = number()
    people_gaining = number(says="How many would gain something.")


class Orphan(Shape):
    """A rule whose group was deleted."""

    rule_id = text()
    rule = fields.String()
    since = fields.String(metadata={"description": "When the group was deleted."})
    group_id = fields.String(metadata={"description": "The group it had."})
    group = fields.String()
    external_id = fields.String(allow_none=True)
    directory = fields.String()
    candidates = many(one(Candidate), says="The best first.")


class Orphans(Shape):
    """All orphaned rules, by name."""

    orphans = many(one(Orphan), most=_MANY)


class Rebound(Shape):
    """An orphaned rule and the group that is to take the place of the one it had."""

    rule = text(required=True, says="By id or name.")
    group_id = text(says="Without it the one group that looks like the one it had.")
    draft = text(says="By id or title; without it a new one is made.")


class Simulation(Shape):
    """Whom to simulate, and by which rules."""

    user = text(says="Somebody who exists, by id or userName; without it somebody who does not.")
    groups = many(text(), load_default=list, says="The groups they are in, by ids or names; of a `user` besides.")
    add_groups = many(text(), load_default=list, says="Groups that a `user` would come into.")
    remove_groups = many(text(), load_default=list, says="Groups that a `user` would leave.")
    attributes = anything(
        load_default=dict,
        says="A part of a SCIM user, such as `title` or an extension by its URN; laid over what is stored of a `user`.",
    )
    directory = text(says="The directory of somebody who does not exist.")
    document = anything(says="A mapping as a document; without it the published one.")
    draft = text(says="A draft, by id or title, in place of `document`.")


class Gift(Shape):
    """What one rule would give."""

    role = fields.String(allow_none=True, metadata={"description": "null: work in the unit."})
    unit = fields.String(allow_none=True, metadata={"description": "null: the whole account."})
    reach = text(says="`account`, `unit` or `subtree`.")
    home = flag(says="The unit would be the home unit, too.")
    privileged = flag()
    rule = fields.String()
    group = fields.String(allow_none=True, metadata={"description": "The group by which the rule applies."})
    ends = moment(allow_none=True)
    words = fields.String()


class Possible(Shape):
    """What they could do while working in a unit."""

    unit = fields.String()
    allowed = many(fields.String(), says="Permissions, privileged ones first.")
    conditional = many(fields.String(), says="Allowed under the conditions of the roles, or on their own profile.")
    own_profile = many(fields.String(), says="Those that are allowed on their own profile only, as to everybody.")
    gained = many(fields.String(), says="Of a `user`: more than now.")
    lost = many(fields.String(), says="Of a `user`: less than now.")


class Simulated(Shape):
    """What they would get."""

    user = fields.String(allow_none=True)
    groups = many(fields.String(), most=_MANY, says="All groups they would be in, nested ones included.")
    gives = many(one(Gift), most=_MANY, says="By rule, privileged roles first.")
    changes = many(fields.String(), most=_MANY, says="Of a `user`: what they would gain (+) and lose (-).")
    permissions = many(one(Possible), says="By business unit.")
    contradictions = many(fields.String(), says="Denials over allows, and duties that belong apart.")
    notes = many(fields.String(), most=_MANY)


class RemovedGroup(Shape):
    """The group that would be removed."""

    group = text(required=True, says="By id or displayName.")


class Loss(Shape):
    """Something that people would lose."""

    what = fields.String()
    people = number()
    privileged = flag()


class Loser(Shape):
    """Somebody who would lose something."""

    user_id = text()
    user_name = text()
    lost = many(fields.String())


class GroupRemoval(Shape):
    """What would follow."""

    group_id = text()
    group = fields.String()
    members = number(says="All who are in it, directly or through nesting.")
    losing = number(says="How many of them would lose something.")
    losses = many(one(Loss), most=_MANY, says="What is privileged first, then by how many would lose it.")
    orphans = many(fields.String(), most=_MANY, says="Rules that would be left without their group.")
    unmatched = many(fields.String(), most=_MANY, says="Rules whose pattern fits it.")
    results = many(one(Loser), says="Those who would lose something, by id.")
    next = fields.String(allow_none=True, metadata={"description": "Send it as `after` for the next page."})


class Suggested(Shape):
    """A suggestion to be made a draft."""

    group = text(required=True, says="By id or displayName.")
    role = text(required=True, says="By id or name.")
    unit = text(allow_none=True, says="By id or key; without it the whole account.")
    children = flag(load_default=False, says="In the units below, too.")
    draft = text(says="By id or title; without it a new one is made.")
