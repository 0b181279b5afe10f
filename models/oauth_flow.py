"""One run through a provider's dialog; found by hashes before anybody is known, so the table is global."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from models.columns import Row, TextEnum, dated, one_of
from models.ids import new_id


class OAuthPurpose(StrEnum):
    SIGN_IN = "SIGN_IN"
    LINK = "LINK"
    CONNECTION = "CONNECTION"


class OAuthFlow(Row, table=True):
    """Every one-time value is kept as its hash; the `_enc` columns are encrypted with the row's identity inside."""

    __tablename__ = "oauth_flow"
    __table_args__ = (
        UniqueConstraint("start_hash"),
        UniqueConstraint("state_hash"),
        UniqueConstraint("code_hash"),
        one_of("purpose", OAuthPurpose),
        Index(None, "expires_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    start_hash: bytes
    state_hash: bytes | None = None
    browser_hash: bytes | None = None
    code_hash: bytes | None = None
    provider: str
    purpose: OAuthPurpose = Field(sa_type=TextEnum(OAuthPurpose))
    begun_by_user_id: UUID | None = None
    begun_in_tenant_id: UUID | None = None
    code_challenge: str
    provider_verifier_enc: str | None = None
    return_url: str
    result_enc: str | None = None
    error: str | None = None
    created_at: datetime = dated()
    expires_at: datetime
    code_expires_at: datetime | None = None
    consumed_at: datetime | None = None
