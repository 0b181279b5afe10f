"""Opens the shop of the demo and keeps its orders up to date, through the use cases that everybody has."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Protocol
from uuid import UUID

import structlog

from analytics.periods import DateRange
from auth.viewer import Viewer
from errors import Refused
from models.channels.channel import Channel, ChannelKind, ChannelStatus, count_all_channels, list_channels
from models.installation.claimed_purchases import awaits_first_refresh, claimed_purchases
from models.keyset import Window
from models.products.product import Product, ProductFilter, ProductStatus, id_of_sku, products_by_ids
from models.products.vocabulary import Attribute
from services.channels.connecting import connect_channel
from services.channels.dialog import ChannelDialogTools
from services.channels.settings import update_channel
from services.channels.wishes import ChannelWish, SettingsWish
from services.installation.demo_shop.catalogue import CURRENCY, PRODUCTS, SHOP_NAME, DemoProduct
from services.installation.demo_shop.pictures import draw
from services.installation.demo_shop.sales import ZONE, orders_of, pieces_sold
from services.installation.demo_shop.vocabulary import ValueKey, ids_of, load_values
from services.orders.saving import OrderTools, save_orders
from services.orders.wishes import OrderWish
from services.products.images.adding import ImageTools, add_product_image
from services.products.lists import number_of_products
from services.products.saving import CatalogueTools, create_product, update_product
from services.products.statuses import set_product_status
from services.products.wishes import ProductWish

_log = structlog.get_logger(__name__)

_DAYS = 90
# Each call holds the tenant for a part of a second.
_ORDERS_AT_ONCE = 250
_LEFT_IN_STOCK = 140
_PAGE = Window(500)


class DemoShopTools(ChannelDialogTools, CatalogueTools, ImageTools, OrderTools, Protocol):
    """What opens a shop and fills it."""


async def keep_demo_shop(tools: DemoShopTools, owner: Viewer) -> bool:
    """Makes what is missing of the demo's shop; False while there are ads that were never read, whose sales it lacks.

    Nothing is made before they are read: a server that has just started answers and refreshes first, and draws later.
    A shop that somebody has changed since (renamed, disconnected, frozen by the price plan) is left alone, and none is
    opened for a tenant that sells already. Products and their pictures are made until the first orders are there.
    """
    async with tools.db.read(owner) as session:
        if await awaits_first_refresh(session):
            return False
    try:
        channel = await _channel(tools, owner)
        if channel is None:
            return True
        is_new = channel.orders_synced_at is None
        product_ids = await _products(tools, owner) if is_new else []
        orders = await _orders(tools, owner)
        if is_new:
            await _put_on_sale(tools, owner, product_ids, orders)
        for first in range(0, len(orders), _ORDERS_AT_ONCE):
            saved = await save_orders(tools, owner, channel.id, orders[first : first + _ORDERS_AT_ONCE])
            for refusal in saved.refusals:
                _log.warning("demo_order_refused", reason=str(refusal))
    except Refused as refusal:
        # By what somebody has changed meanwhile, or by the price plan.
        _log.info("demo_shop_left_alone", reason=str(refusal))
    return True


async def _channel(tools: DemoShopTools, owner: Viewer) -> Channel | None:
    """The shop's channel, opened if the tenant sells nothing yet; None for one that is to be left alone."""
    async with tools.db.read(owner) as session:
        has_channels = await count_all_channels(session) > 0
        known = (await list_channels(session, _PAGE)).rows if has_channels else []
    for channel in known:
        if (channel.kind, channel.name) == (ChannelKind.SHOP, SHOP_NAME):
            is_open = channel.status is ChannelStatus.CONNECTED and channel.frozen_at is None
            return await _with_tax(tools, owner, channel) if is_open else None
    if has_channels or await number_of_products(tools.db, owner, ProductFilter()):
        return None
    opened = (await connect_channel(tools, owner, ChannelWish(ChannelKind.SHOP, SHOP_NAME))).channel
    assert opened is not None, "a shop of one's own has no dialog"
    return await _with_tax(tools, owner, opened)


async def _with_tax(tools: DemoShopTools, owner: Viewer, channel: Channel) -> Channel:
    """The channel that says that its prices contain no tax, as in its country, unless it says otherwise."""
    if channel.orders_synced_at is not None or channel.included_tax_rate is not None:
        return channel
    untaxed = SettingsWish(included_tax_rate=Decimal(0), says_tax_rate=True)
    return await update_channel(tools, owner, channel.id, untaxed)


async def _products(tools: DemoShopTools, owner: Viewer) -> list[UUID]:
    """The products with their pictures, made where they are missing, in the order of the catalogue."""
    values = await load_values(tools, owner)
    return [await _product(tools, owner, each, values) for each in PRODUCTS]


async def _product(
    tools: DemoShopTools, owner: Viewer, wanted: DemoProduct, values: Mapping[ValueKey, Attribute]
) -> UUID:
    """The product, described by those values that the installation still has."""
    async with tools.db.read(owner) as session:
        product_id = await id_of_sku(session, wanted.sku)
    if product_id is None:
        wish = ProductWish(
            sku=wanted.sku,
            title=wanted.title,
            description=f"{wanted.title} by {SHOP_NAME}. Invented for the demo.",
            currency=CURRENCY,
            price=wanted.price,
            cost=wanted.cost,
            page_urls=[wanted.page],
            attribute_ids=ids_of(wanted, values),
        )
        product_id = (await create_product(tools, owner, wish)).id
    picture = await asyncio.to_thread(draw, wanted)
    await add_product_image(tools, owner, product_id, picture, alt=wanted.title)
    return product_id


async def _orders(tools: DemoShopTools, owner: Viewer) -> list[OrderWish]:
    """The orders of the last days that are over in the shop's time zone."""
    now = tools.clock()
    yesterday = now.astimezone(ZONE).date() - timedelta(days=1)
    days = DateRange(yesterday - timedelta(days=_DAYS - 1), yesterday)
    async with tools.db.read(owner) as session:
        claims = await claimed_purchases(session, [each.page for each in PRODUCTS], days)
    return await asyncio.to_thread(orders_of, claims, days, now=now)


async def _put_on_sale(
    tools: DemoShopTools, owner: Viewer, product_ids: Sequence[UUID], orders: Sequence[OrderWish]
) -> None:
    """Gives each product what the orders take and some more, and publishes those that are no drafts."""
    sold, by_id = pieces_sold(orders), dict(zip(product_ids, PRODUCTS, strict=True))
    async with tools.db.read(owner) as session:
        stored = await products_by_ids(session, product_ids)
    for product in stored:
        wish = ProductWish(quantity=_stock(by_id[product.id], sold[product.sku]))
        await update_product(tools, owner, product.id, wish, expected_version=product.version)
    ready = [each.id for each in stored if _is_to_be_published(each, by_id[each.id])]
    await set_product_status(tools.db, tools.clock, owner, ready, ProductStatus.PUBLISHED)


def _stock(product: DemoProduct, sold: int) -> int:
    return sold + _LEFT_IN_STOCK + 13 * product.weight


def _is_to_be_published(product: Product, wanted: DemoProduct) -> bool:
    return product.status is ProductStatus.DRAFT and not wanted.is_draft
