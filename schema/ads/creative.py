"""Creative: one asset of one ad account over all the ads that use it."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from models.ads.creative import Creative as CreativeRow
from models.ads.creative import CreativeKind
from models.platform import Platform
from resolvers.ads import ad_accounts, entities, tags
from schema.ads.ad import Ad
from schema.ads.tag import Tag
from schema.field import field
from schema.insights.entity import InsightEntity
from schema.node import Node, entity
from schema.page_info import Connection

if TYPE_CHECKING:
    from schema.ads.ad_account import AdAccount


@entity(
    CreativeRow,
    description="One asset (video, image, else story) of one ad account, over all the ads that use it.",
)
class Creative(Node, InsightEntity):
    platform: Platform
    ad_account: Annotated["AdAccount", strawberry.lazy("schema.ads.ad_account")] = field(ad_accounts.ad_account_of)
    external_id: str = field(description="The asset's key, e.g. video:ID or image:HASH.")
    name: str
    kind: CreativeKind
    title: str | None
    body: str | None
    thumbnail_url: str | None
    video_id: str | None
    image_hash: str | None
    ads: Connection[Ad] | None = field(entities.ads_of_creative, description="In order of name.")
    tags: list[Tag] = field(tags.tags_of_creative, description="Those in which all its ads agree, in order of field.")
