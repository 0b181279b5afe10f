"""Creatives: their list, and the creative of an ad."""

import strawberry

from models.ads.ad import Ad
from models.ads.creative import Creative
from resolvers.context import Info
from resolvers.entity_pages import entities

creatives = entities(Creative)


async def creative_of(root: strawberry.Parent[Ad], info: Info) -> Creative | None:
    return await info.context.loaders.creatives_by_id.load(root.creative_id) if root.creative_id else None
