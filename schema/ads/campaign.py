"""Campaign: an objective and a budget over ad sets."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.ads.campaign import Campaign as CampaignRow
from models.ads.campaign import DeliveryStatus
from models.platform import Platform
from resolvers.ads import ad_accounts, entities, tags
from schema.ads.ad_set import AdSet
from schema.ads.tag import Tag
from schema.field import field
from schema.insights.entity import InsightEntity
from schema.node import Node, entity
from schema.page_info import Connection

if TYPE_CHECKING:
    from schema.ads.ad_account import AdAccount


@entity(CampaignRow, description="An objective and a budget over ad sets.")
class Campaign(Node, InsightEntity):
    platform: Platform
    external_id: str = field(description="The platform's own id.")
    name: str
    status: DeliveryStatus
    objective: str | None = field(description="As the platform names it, e.g. OUTCOME_SALES.")
    daily_budget: Decimal | None = field(description="In the account's currency; null when ad sets hold the budget.")
    lifetime_budget: Decimal | None = field(description="In the account's currency.")
    starts_at: datetime | None
    ends_at: datetime | None
    ad_account: Annotated["AdAccount", strawberry.lazy("schema.ads.ad_account")] = field(ad_accounts.ad_account_of)
    ad_sets: Connection[AdSet] | None = field(entities.ad_sets_of_campaign, description="In order of name.")
    tags: list[Tag] = field(tags.tags_of, description="In order of field.")
