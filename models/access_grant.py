"""The encrypted token of one platform user behind ad accounts; nothing here decrypts it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from models.ad_account import Platform
from models.columns import TEXT_LIST, TenantRow, TextEnum, dated, one_of, owned_by_tenant


class AccessGrantStatus(StrEnum):
    ACTIVE = "ACTIVE"
    EXPIRING = "EXPIRING"
    NEEDS_REAUTH = "NEEDS_REAUTH"
    REVOKED = "REVOKED"


class AccessGrant(TenantRow, table=True):
    """Unless `shared`, only `connected_by` may list and connect its accounts; `reason` says what to do, in words."""

    __tablename__ = "access_grant"
    __table_args__ = (
        UniqueConstraint("tenant_id", "platform", "external_user_id"),
        one_of("platform", Platform),
        one_of("status", AccessGrantStatus),
        owned_by_tenant(),
        # A platform tells of one person's changes without knowing our tenants.
        Index(None, "platform", "external_user_id"),
    )

    platform: Platform = Field(sa_type=TextEnum(Platform))
    external_user_id: str
    external_user_name: str | None = None
    token_enc: str
    status: AccessGrantStatus = Field(default=AccessGrantStatus.ACTIVE, sa_type=TextEnum(AccessGrantStatus))
    reason: str | None = None
    scopes: list[str] = Field(default_factory=list, sa_type=TEXT_LIST)
    missing_scopes: list[str] = Field(default_factory=list, sa_type=TEXT_LIST)
    expires_at: datetime | None = None
    data_access_expires_at: datetime | None = None
    connected_by: UUID
    shared: bool = False
    created_at: datetime = dated()
    # When a person last connected: what the platform reports of an earlier time is over.
    token_stored_at: datetime | None = None
    checked_at: datetime | None = None
    revoked_at: datetime | None = None
