"""Ad sets: their list, those of an ad account or campaign, and the ad set of an ad."""

import strawberry

from models.ads.ad import Ad
from models.ads.ad_set import AdSet
from resolvers.context import Info
from resolvers.entity_pages import children, entities, filtered_children

ad_sets = entities(AdSet)
ad_sets_of_ad_account = filtered_children(
    lambda loaders: (loaders.ad_sets_by_ad_account, loaders.ad_set_counts_by_ad_account)
)
ad_sets_of_campaign = children(lambda loaders: (loaders.ad_sets_by_campaign, loaders.ad_set_counts_by_campaign))


async def ad_set_of(root: strawberry.Parent[Ad], info: Info) -> AdSet | None:
    return await info.context.loaders.ad_sets_by_id.load(root.ad_set_id)
