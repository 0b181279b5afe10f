"""A secret that works once and was sent to somebody: an invitation, a verification, a reset; holds its hash only.

It is found before a tenant is known, so the table is global; `for_tenant_id` says what it opens, not who may see it.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from models.columns import Row, TextEnum, one_of


class TokenPurpose(StrEnum):
    INVITATION = "INVITATION"
    EMAIL_VERIFICATION = "EMAIL_VERIFICATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - a purpose, no secret


class OneTimeToken(Row, table=True):
    """`user_id` is whose account it is about, `email` the address it is bound to; one of them is always there."""

    __tablename__ = "one_time_token"
    __table_args__ = (
        one_of("purpose", TokenPurpose),
        Index(None, "user_id"),
        Index(None, "for_tenant_id"),
        Index(None, "expires_at"),
    )

    token_hash: bytes = Field(primary_key=True)
    purpose: TokenPurpose = Field(sa_type=TextEnum(TokenPurpose))
    user_id: UUID | None = None
    for_tenant_id: UUID | None = None
    invitation_id: UUID | None = None
    email: str | None = None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
