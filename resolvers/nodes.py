"""`node` and `nodes`: objects of any type by global id. The table of kinds has one line for each type."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import strawberry

from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.cases.case import OrderCase
from models.channel_jobs.job import ChannelJob
from models.channels.channel import Channel
from models.columns import Row
from models.connections.access_grant import AccessGrant
from models.conversations.conversation import Conversation
from models.exports.export import Export
from models.insights.custom_metric import CustomMetric
from models.listings.listing import ChannelListing
from models.listings.suggestion import Suggestion
from models.naming.override import NamingOverride
from models.naming.template import NamingTemplate
from models.orders.order import SalesOrder
from models.people.auth_session import AuthSession
from models.people.user import User
from models.products.attribute import OwnAttribute, SharedAttribute
from models.products.image import ProductImage
from models.products.product import Product
from models.products.vocabulary import Attribute
from models.refreshes.job import RefreshJob
from models.tenants.api_key import ApiKey
from models.tenants.invitation import Invitation
from models.tenants.membership import Membership
from models.tenants.tenant import Tenant
from models.thin.records import record_of
from resolvers.context import Info, signed_in
from resolvers.inputs.ids import no_id, wanted_id
from resolvers.loaders import Loaders
from resolvers.node_id import split_id

R_co = TypeVar("R_co", bound=Row, covariant=True)


@dataclass(frozen=True, slots=True)
class Kind(Generic[R_co]):
    """The rows behind one GraphQL type: how one is loaded, and the permission that is needed.

    `row` is the class of the rows. The permission is None for rows that only their owner can see.
    """

    row: type[R_co]
    type_name: str
    load: Callable[[Loaders], Callable[[UUID], Awaitable[R_co | None]]]
    permission: Permission | None = Permission.READ
    # Other classes of rows that the type shows as well.
    also: tuple[type[Row], ...] = ()


AD_ACCOUNT: Kind[AdAccount] = Kind(AdAccount, "AdAccount", lambda loaders: loaders.ad_accounts_by_id.load)
REFRESH_JOB: Kind[RefreshJob] = Kind(RefreshJob, "RefreshJob", lambda loaders: loaders.refresh_jobs_by_id.load)
ATTRIBUTE: Kind[Attribute] = Kind(
    OwnAttribute, "Attribute", lambda loaders: loaders.attributes_by_id.load, also=(SharedAttribute,)
)
KINDS: tuple[Kind[Row], ...] = (
    AD_ACCOUNT,
    Kind(Campaign, "Campaign", lambda loaders: loaders.campaigns_by_id.load),
    Kind(AdSet, "AdSet", lambda loaders: loaders.ad_sets_by_id.load),
    Kind(Ad, "Ad", lambda loaders: loaders.ads_by_id.load),
    Kind(Creative, "Creative", lambda loaders: loaders.creatives_by_id.load),
    REFRESH_JOB,
    Kind(AccessGrant, "AccessGrant", lambda loaders: loaders.access_grants_by_id.load),
    Kind(Tenant, "Tenant", lambda loaders: loaders.tenants_by_id.load),
    Kind(Membership, "Membership", lambda loaders: loaders.memberships_by_id.load),
    Kind(Invitation, "Invitation", lambda loaders: loaders.invitations_by_id.load, Permission.MANAGE_MEMBERS),
    Kind(User, "User", lambda loaders: loaders.users_by_id.load),
    Kind(ApiKey, "ApiKey", lambda loaders: loaders.api_keys_by_id.load, Permission.MANAGE_API_KEYS),
    Kind(CustomMetric, "CustomMetric", lambda loaders: loaders.custom_metrics_by_id.load),
    Kind(NamingTemplate, "NamingTemplate", lambda loaders: loaders.naming_templates_by_id.load),
    Kind(NamingOverride, "NamingOverride", lambda loaders: loaders.naming_overrides_by_id.load),
    Kind(Export, "Export", lambda loaders: loaders.exports_by_id.load, Permission.EXPORT),
    Kind(ChannelJob, "ChannelJob", lambda loaders: loaders.channel_jobs_by_id.load),
    Kind(Channel, "Channel", lambda loaders: loaders.channels_by_id.load),
    Kind(Product, "Product", lambda loaders: loaders.products_by_id.load),
    Kind(ProductImage, "ProductImage", lambda loaders: loaders.product_images_by_id.load),
    Kind(ChannelListing, "Listing", lambda loaders: loaders.listings_by_id.load),
    Kind(Suggestion, "Suggestion", lambda loaders: loaders.suggestions_by_id.load),
    Kind(SalesOrder, "Order", lambda loaders: loaders.orders_by_id.load),
    Kind(OrderCase, "OrderCase", lambda loaders: loaders.order_cases_by_id.load),
    Kind(Conversation, "Conversation", lambda loaders: loaders.conversations_by_id.load),
    ATTRIBUTE,
    Kind(AuthSession, "Session", lambda loaders: loaders.auth_sessions_by_id.load, None),
)
KIND_OF_TYPE: Mapping[str, Kind[Row]] = {kind.type_name: kind for kind in KINDS}
KIND_OF_ROW: Mapping[type, Kind[Row]] = {
    row: kind for kind in KINDS for table in (kind.row, *kind.also) for row in (table, record_of(table))
}


async def node(info: Info, node_id: Annotated[strawberry.ID, strawberry.argument(name="id")]) -> Row | None:
    return await _any_node(info, node_id, at="id")


async def nodes(info: Info, ids: list[strawberry.ID]) -> list[Row | BaseException | None]:
    """The rows in the order of `ids`; an exception among them becomes the error of its item alone.

    resolvers/charges.py has limited the number of ids.
    """
    signed_in(info)
    return await asyncio.gather(
        *(_any_node(info, each, at=f"ids.{place}") for place, each in enumerate(ids)), return_exceptions=True
    )


async def node_of(info: Info, node_id: str, kind: Kind[R_co]) -> R_co | None:
    """The row with this id; None when there is none, or it is another tenant's.

    Raises BadInput when the id is not of this type, and Forbidden without the permission.
    """
    _require(signed_in(info), kind)
    return await kind.load(info.context.loaders)(wanted_id(node_id, kind.type_name))


async def kept_row(info: Info, kind: Kind[R_co], row_id: UUID) -> R_co | None:
    """The row as the viewer sees it now; None when it is gone. Raises Forbidden without the permission."""
    _require(signed_in(info), kind)
    return await kind.load(info.context.loaders)(row_id)


async def _any_node(info: Info, node_id: str, *, at: str) -> Row | None:
    viewer, parts = signed_in(info), split_id(node_id)
    kind = KIND_OF_TYPE.get(parts[0]) if parts is not None else None
    if parts is None or kind is None:
        raise no_id(node_id, at=at)
    _require(viewer, kind)
    return await kind.load(info.context.loaders)(parts[1])


def _require(viewer: Viewer, kind: Kind[Row]) -> None:
    """Raises Forbidden when the viewer lacks the permission of the kind."""
    if kind.permission is not None:
        require(viewer, kind.permission)
