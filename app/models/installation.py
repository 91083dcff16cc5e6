"""What this installation must remember about itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Installation(Base):
    """One row: ``key_check`` recognises the secret key that hashes tokens and seals secrets in this database.

    ``key_changed`` is when that key took the place of another.
    """

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key_check: Mapped[str] = mapped_column(String(16))
    key_changed: Mapped[datetime | None]
