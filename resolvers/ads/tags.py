"""The tags of campaigns, ad sets, ads and creatives."""

import strawberry

from models.ads.ad import Ad
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.ads.entity_tag import Tag
from resolvers.context import Info


async def tags_of(root: strawberry.Parent[Campaign | AdSet | Ad], info: Info) -> list[Tag]:
    return await info.context.loaders.tags_by_entity.load(root.id)


async def tags_of_creative(root: strawberry.Parent[Creative], info: Info) -> list[Tag]:
    return await info.context.loaders.tags_by_creative.load(root.id)
