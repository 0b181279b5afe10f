"""Loaders: every loader of the API, one line each, named `<rows>_by_<key>`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from auth.viewer import Viewer
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.ads.entity_filter import Entity
from models.ads.entity_list import ChildCount, Children, counts_by_parent, pages_by_parent, rows_by_ids
from models.ads.entity_tag import tags_by_creative, tags_by_entity
from models.cases.reading import cases_by_order, order_cases_by_ids, orders_at_channels
from models.channel_jobs.job_queries import (
    channel_job_counts_by_channel,
    channel_jobs_by_channel,
    channel_jobs_by_ids,
)
from models.channels.channel import channels_by_ids
from models.channels.policy import policies_by_channel
from models.connections.access_grant import access_grants_by_ids
from models.conversations.message import message_counts_by_conversation, messages_by_conversation
from models.conversations.reading import conversations_by_ids, listings_at_channels
from models.database import Database, ReadSession
from models.datasets.dataset import Dataset, DatasetPeriod, datasets_by_account
from models.exports.export import exports_by_ids
from models.insights.custom_metric import custom_measures_by_key, custom_metrics_by_ids
from models.insights.entities.points import points_by_entity
from models.insights.entities.texts import ChildTexts, child_texts_by
from models.keyset import KeysetPage, TextPage
from models.listings.lists import (
    listing_counts_by_channel,
    listing_counts_by_product,
    listings_by_channel,
    listings_by_product,
)
from models.listings.reading import listings_by_ids
from models.listings.suggestion import suggestions_by_ids
from models.naming.override import naming_overrides_by_ids
from models.naming.template import naming_templates_by_ids
from models.orders.line import lines_by_order
from models.orders.listing import order_counts_by_channel, orders_by_channel, orders_by_ids
from models.orders.refund import refunds_by_order
from models.orders.shipment import shipments_by_order
from models.people.auth_session import auth_sessions_by_ids
from models.people.user import users_by_ids
from models.products.ad_link import ad_link_counts_by_product, ad_links_by_ad, ad_links_by_product
from models.products.image import images_by_ids, images_by_product
from models.products.product import products_by_ids
from models.products.vocabulary import attributes_by_ids, attributes_by_product
from models.refreshes.job_queries import refresh_job_counts_by_account, refresh_jobs_by_account, refresh_jobs_by_ids
from models.relay.agent import agents_of_channels
from models.tenants.api_key import api_keys_by_ids
from models.tenants.invitation import invitations_by_ids
from models.tenants.membership import memberships_by_ids
from models.tenants.tenant import tenant_summaries_by_ids, tenants_by_ids
from models.thin.records import record_of
from resolvers.batching import BatchLoader, LoaderLine, nobody_waits, one_row
from services.revenue.product_performance import performance_by_product


async def _datasets(session: ReadSession, keys: Sequence[tuple[UUID, DatasetPeriod]]) -> list[Dataset | None]:
    found = await datasets_by_account(session, list(dict.fromkeys(account_id for account_id, _ in keys)))
    return [found.get(key) for key in keys]


ChildLoaders = tuple[
    BatchLoader[Children, KeysetPage[Entity]], BatchLoader[ChildTexts, TextPage | None], BatchLoader[ChildCount, int]
]


@dataclass
class Loaders:
    """The loaders of one operation, mutation field or subscription event: what was loaded is not used beyond it."""

    db: Database
    viewer: Viewer | None
    behind_all: Callable[[], Awaitable[None]] = nobody_waits
    made: dict[str, Any] = field(default_factory=dict)
    # What was worked out once for all objects of one place of the query, by the nodes of the field and what it is.
    of_place: dict[Any, Any] = field(default_factory=dict)

    users_by_id = one_row(users_by_ids)
    tenants_by_id = one_row(tenants_by_ids)
    tenant_summaries_by_id = one_row(tenant_summaries_by_ids)
    memberships_by_id = one_row(memberships_by_ids)
    invitations_by_id = one_row(invitations_by_ids)
    api_keys_by_id = one_row(api_keys_by_ids)
    auth_sessions_by_id = one_row(auth_sessions_by_ids)

    access_grants_by_id = one_row(access_grants_by_ids)
    ad_accounts_by_id = one_row(rows_by_ids(AdAccount))
    campaigns_by_id = one_row(rows_by_ids(Campaign))
    ad_sets_by_id = one_row(rows_by_ids(AdSet))
    ads_by_id = one_row(rows_by_ids(Ad))
    creatives_by_id = one_row(rows_by_ids(Creative))
    campaigns_by_ad_account = LoaderLine(pages_by_parent(Campaign, Campaign.ad_account_id))
    campaign_texts_by_ad_account = LoaderLine(child_texts_by("ad_account_id"), is_snapshot=True)
    campaign_counts_by_ad_account = LoaderLine(counts_by_parent(Campaign, Campaign.ad_account_id))
    ad_sets_by_ad_account = LoaderLine(pages_by_parent(AdSet, AdSet.ad_account_id))
    ad_set_texts_by_ad_account = LoaderLine(child_texts_by("ad_account_id"), is_snapshot=True)
    ad_set_counts_by_ad_account = LoaderLine(counts_by_parent(AdSet, AdSet.ad_account_id))
    ad_sets_by_campaign = LoaderLine(pages_by_parent(AdSet, AdSet.campaign_id))
    ad_set_texts_by_campaign = LoaderLine(child_texts_by("campaign_id"), is_snapshot=True)
    ad_set_counts_by_campaign = LoaderLine(counts_by_parent(AdSet, AdSet.campaign_id))
    ads_by_ad_account = LoaderLine(pages_by_parent(Ad, Ad.ad_account_id))
    ad_texts_by_ad_account = LoaderLine(child_texts_by("ad_account_id"), is_snapshot=True)
    ad_counts_by_ad_account = LoaderLine(counts_by_parent(Ad, Ad.ad_account_id))
    ads_by_ad_set = LoaderLine(pages_by_parent(Ad, Ad.ad_set_id))
    ad_texts_by_ad_set = LoaderLine(child_texts_by("ad_set_id"), is_snapshot=True)
    ad_counts_by_ad_set = LoaderLine(counts_by_parent(Ad, Ad.ad_set_id))
    ads_by_creative = LoaderLine(pages_by_parent(Ad, Ad.creative_id))
    ad_texts_by_creative = LoaderLine(child_texts_by("creative_id"), is_snapshot=True)
    ad_counts_by_creative = LoaderLine(counts_by_parent(Ad, Ad.creative_id))
    tags_by_entity = LoaderLine(tags_by_entity)
    tags_by_creative = LoaderLine(tags_by_creative)

    refresh_jobs_by_id = one_row(refresh_jobs_by_ids)
    refresh_jobs_by_ad_account = LoaderLine(refresh_jobs_by_account)
    refresh_job_counts_by_ad_account = LoaderLine(refresh_job_counts_by_account)

    exports_by_id = one_row(exports_by_ids)
    datasets_by_account_and_period = LoaderLine(_datasets)
    channel_jobs_by_id = one_row(channel_jobs_by_ids)
    channel_jobs_by_channel = LoaderLine(channel_jobs_by_channel)
    channel_job_counts_by_channel = LoaderLine(channel_job_counts_by_channel)
    channels_by_id = one_row(channels_by_ids)
    agents_by_channel = one_row(agents_of_channels)
    policies_by_channel = LoaderLine(policies_by_channel)
    orders_by_id = one_row(orders_by_ids)
    orders_by_channel = LoaderLine(orders_by_channel)
    order_counts_by_channel = LoaderLine(order_counts_by_channel)
    lines_by_order = LoaderLine(lines_by_order)
    listings_by_id = one_row(listings_by_ids)
    suggestions_by_id = one_row(suggestions_by_ids)
    listings_by_channel = LoaderLine(listings_by_channel)
    listing_counts_by_channel = LoaderLine(listing_counts_by_channel)
    listings_by_product = LoaderLine(listings_by_product)
    listing_counts_by_product = LoaderLine(listing_counts_by_product)
    refunds_by_order = LoaderLine(refunds_by_order)
    shipments_by_order = LoaderLine(shipments_by_order)
    order_cases_by_id = one_row(order_cases_by_ids)
    cases_by_order = LoaderLine(cases_by_order)
    orders_at_channels = LoaderLine(orders_at_channels)
    conversations_by_id = one_row(conversations_by_ids)
    messages_by_conversation = LoaderLine(messages_by_conversation)
    message_counts_by_conversation = LoaderLine(message_counts_by_conversation)
    listings_at_channels = LoaderLine(listings_at_channels)

    products_by_id = one_row(products_by_ids)
    attributes_by_id = one_row(attributes_by_ids)
    images_by_product = LoaderLine(images_by_product)
    product_images_by_id = one_row(images_by_ids)
    attributes_by_product = LoaderLine(attributes_by_product)
    performance_by_product = LoaderLine(performance_by_product, is_snapshot=True)
    ad_links_by_ad = LoaderLine(ad_links_by_ad)
    ad_links_by_product = LoaderLine(ad_links_by_product)
    ad_link_counts_by_product = LoaderLine(ad_link_counts_by_product)

    custom_metrics_by_id = one_row(custom_metrics_by_ids)
    custom_measures_by_key = LoaderLine(custom_measures_by_key)
    naming_templates_by_id = one_row(naming_templates_by_ids)
    naming_overrides_by_id = one_row(naming_overrides_by_ids)
    points_by_entity = LoaderLine(points_by_entity, is_snapshot=True)

    def below(self, kind: type[Entity], by: str) -> ChildLoaders[Entity]:
        """The loaders of lists of one kind below a parent: of their pages, of these as JSON, and of their lengths."""
        name = str(kind.__tablename__)
        pages, texts, counts = (f"{name}s_by_{by}", f"{name}_texts_by_{by}", f"{name}_counts_by_{by}")
        return getattr(self, pages), getattr(self, texts), getattr(self, counts)


# Of an account's own class, and of that of its records.
_ACCOUNTS = (AdAccount, record_of(AdAccount))


def account_of(entity: Any, loaders: Loaders) -> Any:
    """The account of an entity, or what loads it."""
    return entity if isinstance(entity, _ACCOUNTS) else loaders.ad_accounts_by_id.load(entity.ad_account_id)
