"""The table of ads; insights are read and stored by ad and day."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from models.ads.campaign import DeliveryStatus, entity_keys
from models.ads.name_order import by_name, name_key
from models.columns import TEXT_LIST, TenantRow, TextEnum, dated, tenant_key
from models.platform import Platform


class Ad(TenantRow, table=True):
    """`created_at` and `updated_at` are the platform's instants; an ad can move to another campaign.

    `landing_urls` and `url_tags` are those of the ad's creative on the platform. They are not of our `creative`, an
    asset, which several ads may show and lead from it to several pages. Null: no refresh has read them.
    """

    __tablename__ = "ad"
    __table_args__ = (
        *entity_keys(),
        tenant_key("campaign_id", "campaign"),
        tenant_key("ad_set_id", "ad_set"),
        tenant_key("creative_id", "creative", cascade=False),
        Index(None, "tenant_id", "campaign_id"),
        by_name("ad_set_id"),
        by_name("creative_id"),
    )

    ad_account_id: UUID
    campaign_id: UUID
    ad_set_id: UUID
    creative_id: UUID | None = None
    platform: Platform = Field(sa_type=TextEnum(Platform))
    external_id: str
    name: str
    name_key: str = name_key()
    status: DeliveryStatus = Field(sa_type=TextEnum(DeliveryStatus))
    landing_urls: list[str] | None = Field(default=None, sa_type=TEXT_LIST)
    url_tags: str | None = None
    created_at: datetime = dated()
    updated_at: datetime = dated()
    last_seen_at: datetime = dated()
    deleted_upstream_at: datetime | None = None
