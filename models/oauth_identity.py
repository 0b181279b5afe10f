"""A person's account at an identity provider."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field

from models.columns import Row, dated


class IdentityProvider(StrEnum):
    FACEBOOK = "FACEBOOK"
    GOOGLE = "GOOGLE"


class OAuthIdentity(Row, table=True):
    """`subject` is the provider's own id; the email is what the provider said when it was linked. One per provider."""

    __tablename__ = "oauth_identity"
    __table_args__ = (ForeignKeyConstraint(["user_id"], ["user_account.id"]), UniqueConstraint("user_id", "provider"))

    provider: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    user_id: UUID
    email: str | None = None
    linked_at: datetime = dated()
