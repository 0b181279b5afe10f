"""The table of ad sets; an ad set has the audience, budget and goal of a group of ads."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Field

from models.ads.campaign import DeliveryStatus, entity_keys
from models.ads.name_order import by_name, name_key
from models.columns import TenantRow, TextEnum, dated, tenant_key
from models.platform import Platform


class AdSet(TenantRow, table=True):
    """Budgets are in the account's currency; `created_at` and `updated_at` are the platform's instants."""

    __tablename__ = "ad_set"
    __table_args__ = (
        *entity_keys(),
        tenant_key("campaign_id", "campaign"),
        by_name("campaign_id"),
    )

    ad_account_id: UUID
    campaign_id: UUID
    platform: Platform = Field(sa_type=TextEnum(Platform))
    external_id: str
    name: str
    name_key: str = name_key()
    status: DeliveryStatus = Field(sa_type=TextEnum(DeliveryStatus))
    optimization_goal: str | None = None
    daily_budget: Decimal | None = Field(default=None, max_digits=38, decimal_places=6)
    lifetime_budget: Decimal | None = Field(default=None, max_digits=38, decimal_places=6)
    created_at: datetime = dated()
    updated_at: datetime = dated()
    last_seen_at: datetime = dated()
    deleted_upstream_at: datetime | None = None
