"""A signed-in browser or app; belongs to a person, not to a tenant."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field

from models.columns import Row, dated
from models.ids import new_id


class AuthSession(Row, table=True):
    """One family of refresh tokens; only its own person's sessions are visible. `expires_at` is absolute."""

    __tablename__ = "auth_session"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        Index(None, "user_id", "created_at"),
        Index(None, "last_used_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID
    tenant_id: UUID | None = None
    created_at: datetime = dated()
    last_used_at: datetime = dated()
    expires_at: datetime
    revoked_at: datetime | None = None
    revoke_reason: str | None = None
    ip: str | None = None
    user_agent: str | None = None
