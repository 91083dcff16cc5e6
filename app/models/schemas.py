"""What accounts declare beyond the attributes that SCIM gives to users."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import JSON_DOCUMENT, Base, Id, now


class AccountSchemas(Base):
    """The schema extensions of an account, all in one document, in their present revision.

    INVARIANT: who changes the declaration locks this row, and who writes resources under a declaration holds it
    until the end of the transaction. So nothing is ever written in the terms of a declaration that is gone.
    """

    __tablename__ = "account_schemas"
    __table_args__ = (CheckConstraint("revision > 0", name="revision"),)

    account_id: Mapped[str] = mapped_column(Id(), ForeignKey("accounts.id"), primary_key=True)
    revision: Mapped[int]
    document: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    changed: Mapped[datetime] = mapped_column(default=now)
