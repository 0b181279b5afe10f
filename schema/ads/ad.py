"""Ad: the grain at which the platform reports."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from models.ads.ad import Ad as AdRow
from models.ads.campaign import DeliveryStatus
from models.platform import Platform
from resolvers.ads import entities, tags
from resolvers.products import ad_links
from schema.ads.tag import Tag
from schema.field import field
from schema.insights.entity import InsightEntity
from schema.node import Node, entity
from schema.products.ad_link import AdLink

if TYPE_CHECKING:
    from schema.ads.ad_set import AdSet
    from schema.ads.campaign import Campaign
    from schema.ads.creative import Creative


@entity(AdRow, description="One ad: a creative shown to the audience of an ad set.")
class Ad(Node, InsightEntity):
    platform: Platform
    external_id: str = field(description="The platform's own id.")
    name: str
    status: DeliveryStatus
    ad_set: Annotated["AdSet", strawberry.lazy("schema.ads.ad_set")] = field(entities.ad_set_of)
    campaign: Annotated["Campaign", strawberry.lazy("schema.ads.campaign")] = field(entities.campaign_of)
    creative: Annotated["Creative", strawberry.lazy("schema.ads.creative")] | None = field(
        entities.creative_of, description="Null when the platform did not say which asset it shows."
    )
    landing_urls: list[str] | None = field(
        description="Addresses that it leads to, as the platform has them, without the parameters that it adds; empty "
        "where it tells none, as for the templates of a catalogue. Null before a refresh has read them."
    )
    product_links: list[AdLink] | None = field(
        ad_links.links_of_ad,
        description="Products that it advertises, the oldest link first; no deleted ones.",
    )
    tags: list[Tag] = field(tags.tags_of, description="With those that it inherits, in order of field.")
