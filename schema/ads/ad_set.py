"""AdSet: audience, budget and goal of a group of ads."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.ads.ad_set import AdSet as AdSetRow
from models.ads.campaign import DeliveryStatus
from models.platform import Platform
from resolvers.ads import entities, tags
from schema.ads.ad import Ad
from schema.ads.tag import Tag
from schema.field import field
from schema.insights.entity import InsightEntity
from schema.node import Node, entity
from schema.page_info import Connection

if TYPE_CHECKING:
    from schema.ads.campaign import Campaign


@entity(AdSetRow, description="Audience, budget and goal of a group of ads.")
class AdSet(Node, InsightEntity):
    platform: Platform
    external_id: str = field(description="The platform's own id.")
    name: str
    status: DeliveryStatus
    optimization_goal: str | None = field(description="As the platform names it, e.g. OFFSITE_CONVERSIONS.")
    daily_budget: Decimal | None = field(description="In the account's currency; null when the campaign holds it.")
    lifetime_budget: Decimal | None = field(description="In the account's currency.")
    campaign: Annotated["Campaign", strawberry.lazy("schema.ads.campaign")] = field(entities.campaign_of)
    ads: Connection[Ad] | None = field(entities.ads_of_ad_set, description="In order of name.")
    tags: list[Tag] = field(tags.tags_of, description="With those that it inherits, in order of field.")
