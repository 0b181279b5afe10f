"""What the mutations answer that change ads on the platform."""

import strawberry

from schema.ads.ad import Ad
from schema.ads.ad_set import AdSet
from schema.ads.campaign import Campaign
from schema.field import field
from schema.insights.entity import InsightEntity
from schema.user_error import UserError


@strawberry.type
class CampaignPayload:
    campaign: Campaign | None
    user_errors: list[UserError]


@strawberry.type
class AdSetPayload:
    ad_set: AdSet | None
    user_errors: list[UserError]


@strawberry.type
class AdPayload:
    ad: Ad | None
    user_errors: list[UserError]


@strawberry.type
class BudgetPayload:
    entity: InsightEntity | None = field(description="The campaign or the ad set.")
    user_errors: list[UserError]
