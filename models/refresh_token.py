"""Refresh tokens by their hash: found before anybody is known, so the table is global and holds hashes and ids only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field

from models.columns import Row


class RefreshToken(Row, table=True):
    """`salt` derives the successor, so that a retried rotation gives the same one."""

    __tablename__ = "refresh_token"
    __table_args__ = (
        ForeignKeyConstraint(["session_id"], ["auth_session.id"], ondelete="CASCADE"),
        Index(None, "session_id"),
        Index(None, "expires_at"),
    )

    token_hash: bytes = Field(primary_key=True)
    session_id: UUID
    user_id: UUID
    salt: bytes
    issued_at: datetime
    expires_at: datetime
    consumed_at: datetime | None = None
    revoked_at: datetime | None = None
