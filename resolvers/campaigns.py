"""Campaigns: their list, those of an ad account, and the campaign of an ad set or ad."""

from typing import Any

import strawberry

from models.ads.campaign import Campaign
from resolvers.context import Info
from resolvers.entity_pages import entities, filtered_children

campaigns = entities(Campaign)
campaigns_of_ad_account = filtered_children(
    lambda loaders: (loaders.campaigns_by_ad_account, loaders.campaign_counts_by_ad_account)
)


async def campaign_of(root: strawberry.Parent[Any], info: Info) -> Campaign | None:
    """The campaign of anything that has a `campaign_id`."""
    return await info.context.loaders.campaigns_by_id.load(root.campaign_id)
