"""What a change would mean for people: shown before anything is done."""

from __future__ import annotations

from app.api.shapes import Shape, flag, many, one, text


class ChangedPermission(Shape):
    """A permission that somebody would gain or lose."""

    permission = text()
    privileged = flag()


class PersonImpact(Shape):
    """What a change would mean for one person."""

    user_id = text()
    user_name = text()
    gained = many(one(ChangedPermission))
    lost = many(one(ChangedPermission))
    altered = many(one(ChangedPermission), says="What would hold under other conditions.")
