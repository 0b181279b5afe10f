"""The table of campaigns, and the statuses and constraints that campaigns, ad sets and ads share."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field

from models.ads.name_order import by_name, name_key
from models.columns import TenantRow, TextEnum, dated, one_of, tenant_key
from models.platform import Platform


class DeliveryStatus(StrEnum):
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    ARCHIVED = "ARCHIVED"
    DELETED = "DELETED"
    IN_PROCESS = "IN_PROCESS"
    WITH_ISSUES = "WITH_ISSUES"
    PENDING_REVIEW = "PENDING_REVIEW"
    DISAPPROVED = "DISAPPROVED"
    PREAPPROVED = "PREAPPROVED"
    PENDING_BILLING_INFO = "PENDING_BILLING_INFO"
    CAMPAIGN_PAUSED = "CAMPAIGN_PAUSED"
    AD_SET_PAUSED = "AD_SET_PAUSED"
    UNKNOWN = "UNKNOWN"


def entity_keys() -> tuple[SchemaItem, ...]:
    """The constraints and the indexes of list orders that campaigns, ad sets and ads share."""
    return (
        UniqueConstraint("tenant_id", "platform", "external_id"),
        one_of("platform", Platform),
        one_of("status", DeliveryStatus),
        tenant_key("ad_account_id", "ad_account"),
        by_name("ad_account_id"),
        by_name(),
        Index(None, "tenant_id", "created_at", "id"),
    )


class Campaign(TenantRow, table=True):
    """Budgets are in the account's currency; `created_at` and `updated_at` are the platform's instants."""

    __tablename__ = "campaign"
    __table_args__ = entity_keys()

    ad_account_id: UUID
    platform: Platform = Field(sa_type=TextEnum(Platform))
    external_id: str
    name: str
    name_key: str = name_key()
    status: DeliveryStatus = Field(sa_type=TextEnum(DeliveryStatus))
    objective: str | None = None
    daily_budget: Decimal | None = Field(default=None, max_digits=38, decimal_places=6)
    lifetime_budget: Decimal | None = Field(default=None, max_digits=38, decimal_places=6)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    created_at: datetime = dated()
    updated_at: datetime = dated()
    last_seen_at: datetime = dated()
    deleted_upstream_at: datetime | None = None
