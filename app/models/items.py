"""Items: objects of the platform that Muster knows by type and id, and who may do what with each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, KEY, Base, Id, now

_LEVELS = ("owner_level", "group_level", "rest_level")


def _levels() -> tuple[CheckConstraint, ...]:
    return tuple(CheckConstraint(f"{level} IN ('forbidden', 'read', 'modify')", name=level) for level in _LEVELS)


class Item(Base):
    """An object of the platform. ``id`` is the platform's own, unique within its type.

    The owner is a user; the owner group is a group, or a role whose holders are one. All three stay when who they
    name is gone: that somebody owned it still decides who may act.
    """

    __tablename__ = "items"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "business_unit_id"], ["business_units.account_id", "business_units.id"]),
        Index("ix_items_owner", "account_id", "owner_id"),
        Index("ix_items_unit", "account_id", "business_unit_id"),
        Index(
            "ix_items_owner_group",
            "account_id",
            "owner_group_id",
            sqlite_where=text("owner_group_id IS NOT NULL"),
            postgresql_where=text("owner_group_id IS NOT NULL"),
        ),
        CheckConstraint("owner_group_id IS NULL OR owner_role_id IS NULL", name="one_owner_group"),
        *_levels(),
    )

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    type: Mapped[str] = mapped_column(KEY, primary_key=True)
    id: Mapped[str] = mapped_column(KEY, primary_key=True)
    name: Mapped[str | None]
    owner_id: Mapped[str | None] = mapped_column(Id())
    owner_name: Mapped[str | None]
    owner_group_id: Mapped[str | None] = mapped_column(Id())
    owner_role_id: Mapped[str | None] = mapped_column(Id())
    business_unit_id: Mapped[str] = mapped_column(Id())
    owner_level: Mapped[str] = mapped_column(String(10))
    group_level: Mapped[str] = mapped_column(String(10))
    rest_level: Mapped[str] = mapped_column(String(10))
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    revision: Mapped[int] = mapped_column(default=1)
    created: Mapped[datetime] = mapped_column(default=now)
    modified: Mapped[datetime] = mapped_column(default=now)


class ItemShare(Base):
    """Another business unit in which an item may be used, to read or to modify."""

    __tablename__ = "item_shares"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "type", "item_id"], ["items.account_id", "items.type", "items.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_units.account_id", "business_units.id"],
            ondelete="CASCADE",
        ),
        Index("ix_item_shares_unit", "account_id", "business_unit_id"),
        CheckConstraint("level IN ('read', 'modify')", name="level"),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    type: Mapped[str] = mapped_column(KEY, primary_key=True)
    item_id: Mapped[str] = mapped_column(KEY, primary_key=True)
    business_unit_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    level: Mapped[str] = mapped_column(String(10))


class ItemDefault(Base):
    """What a user's new items of one type begin with: their owner group and the three levels."""

    __tablename__ = "item_defaults"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
        CheckConstraint("owner_group_id IS NULL OR owner_role_id IS NULL", name="one_owner_group"),
        *_levels(),
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    type: Mapped[str] = mapped_column(KEY, primary_key=True)
    owner_group_id: Mapped[str | None] = mapped_column(Id())
    owner_role_id: Mapped[str | None] = mapped_column(Id())
    owner_level: Mapped[str] = mapped_column(String(10))
    group_level: Mapped[str] = mapped_column(String(10))
    rest_level: Mapped[str] = mapped_column(String(10))
