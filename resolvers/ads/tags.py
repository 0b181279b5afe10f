"""The tags of campaigns, ad sets, ads and creatives."""

from models.ads.entity_tag import Tag
from resolvers.batching import loaded

tags_of = loaded(lambda loaders, entity: loaders.tags_by_entity.load(entity.id), shows=list[Tag])
tags_of_creative = loaded(lambda loaders, creative: loaders.tags_by_creative.load(creative.id), shows=list[Tag])
