"""What is really used of what people have."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id


class RoleUse(Base):
    """On which day somebody's role in one place last allowed a platform's question, and on which day it first did.

    Unit and ``reach`` are those of the assignment, as in ``RoleAssignment``; whose it is, the person's own, a group's
    or a unit's, makes no difference.
    """

    __tablename__ = "role_uses"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["account_id", "role_id"], ["roles.account_id", "roles.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_units.account_id", "business_units.id"],
            ondelete="CASCADE",
        ),
        Index("ix_role_uses_role", "account_id", "role_id"),
        {"sqlite_with_rowid": False},
    )

    account_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    role_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    business_unit_id: Mapped[str] = mapped_column(Id(), primary_key=True)
    reach: Mapped[str] = mapped_column(String(10), primary_key=True)
    first_used: Mapped[date] = mapped_column(Date())
    last_used: Mapped[date] = mapped_column(Date())
