"""The ad account a tenant connected: its state, its schedule and what of its history is stored."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.columns import TenantRow, TextEnum, dated, one_of, owned_by_tenant, tenant_key
from models.name_order import by_name, name_key


class Platform(StrEnum):
    META = "META"


class AdAccountStatus(StrEnum):
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"
    UNSETTLED = "UNSETTLED"
    PENDING_RISK_REVIEW = "PENDING_RISK_REVIEW"
    PENDING_SETTLEMENT = "PENDING_SETTLEMENT"
    IN_GRACE_PERIOD = "IN_GRACE_PERIOD"
    PENDING_CLOSURE = "PENDING_CLOSURE"
    CLOSED = "CLOSED"
    UNKNOWN = "UNKNOWN"


class AdAccount(TenantRow, table=True):
    """`data_version` rises with every stored change; `data_from` and `data_through` are days in `time_zone`.

    `frozen_at` is set while the plan has no room for the account.
    """

    __tablename__ = "ad_account"
    __table_args__ = (
        UniqueConstraint("tenant_id", "platform", "external_id"),
        one_of("platform", Platform),
        one_of("status", AdAccountStatus),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("refresh_every_hours between 1 and 168", name="refresh_every_hours"),
        CheckConstraint("lookback_days between 1 and 90", name="lookback_days"),
        owned_by_tenant(),
        tenant_key("grant_id", "access_grant", cascade=False),
        Index(None, "tenant_id", "grant_id"),
        by_name(),
        # The schedule's tick looks over all tenants at once.
        Index(None, "next_refresh_at", postgresql_where="next_refresh_at is not null"),
    )

    platform: Platform = Field(sa_type=TextEnum(Platform))
    external_id: str
    name: str
    name_key: str = name_key()
    currency: str
    time_zone: str
    status: AdAccountStatus = Field(default=AdAccountStatus.ACTIVE, sa_type=TextEnum(AdAccountStatus))
    grant_id: UUID | None = None
    disconnected_at: datetime | None = None
    frozen_at: datetime | None = None
    last_refreshed_at: datetime | None = None
    data_from: date | None = None
    data_through: date | None = None
    data_version: int = Field(default=0, sa_type=BigInteger)
    refresh_every_hours: int | None = None
    next_refresh_at: datetime | None = None
    lookback_days: int = 28
    created_at: datetime = dated()
