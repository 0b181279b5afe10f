"""Reads orders: lists with their filter, of the tenant and of each channel, and look-ups by id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, exists, func, or_, type_coerce
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import is_any, is_any_text
from models.database import ReadSession
from models.keyset import (
    KeysetPage,
    Listing,
    Ordering,
    PageBelow,
    Window,
    count_rows,
    count_rows_by_parent,
    counts_query,
    load_page,
    load_pages_below,
)
from models.orders.line import OrderLine
from models.orders.order import OrderStatus, SalesOrder
from models.text_match import TextMatch, matches
from models.thin.compiled import TENANT
from models.thin.records import by_ids, rows

_NEWEST_FIRST = Ordering("orders", key=col(SalesOrder.placed_at), row_id=col(SalesOrder.id), descending=True)
_by_ids = by_ids(SalesOrder, col(SalesOrder.tenant_id) == TENANT)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Every given part must hold; an empty tuple matches nothing.

    Orders are placed at `placed_from` or later, and before `placed_before`. `text` is looked for in the channel's own
    id of the order, and in titles and SKUs of its lines.
    """

    channel_ids: tuple[UUID, ...] | None = None
    product_ids: tuple[UUID, ...] | None = None
    status: tuple[OrderStatus, ...] | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    text: TextMatch | None = None


EVERY_ORDER = OrderFilter()


@dataclass(frozen=True, slots=True)
class OrdersOfChannel:
    """The orders of one channel that match."""

    channel_id: UUID
    wanted: OrderFilter


@dataclass(frozen=True, slots=True)
class PageOfOrders:
    """A page of the orders of one channel that match."""

    page: PageBelow
    wanted: OrderFilter


def _rows(session: ReadSession, wanted: OrderFilter) -> SelectOfScalar[SalesOrder]:
    found = select(SalesOrder).where(SalesOrder.tenant_id == session.tenant_id)
    of_order = (col(OrderLine.tenant_id) == session.tenant_id, col(OrderLine.order_id) == SalesOrder.id)
    if wanted.channel_ids is not None:
        found = found.where(is_any(SalesOrder.channel_id, wanted.channel_ids))
    if wanted.product_ids is not None:
        found = found.where(exists().where(*of_order, is_any(OrderLine.product_id, wanted.product_ids)))
    if wanted.status is not None:
        found = found.where(is_any_text(SalesOrder.status, wanted.status))
    if wanted.placed_from is not None:
        found = found.where(col(SalesOrder.placed_at) >= wanted.placed_from)
    if wanted.placed_before is not None:
        found = found.where(col(SalesOrder.placed_at) < wanted.placed_before)
    if wanted.text is not None:
        sku = func.coalesce(col(OrderLine.sku), "")
        is_sold = or_(matches(type_coerce(OrderLine.title, String()), wanted.text), matches(sku, wanted.text))
        found = found.where(
            or_(matches(type_coerce(SalesOrder.external_id, String()), wanted.text), exists().where(*of_order, is_sold))
        )
    return found


async def list_orders(session: ReadSession, wanted: OrderFilter, window: Window) -> KeysetPage[SalesOrder]:
    """One page, the newest first; raises BadInput for a cursor of another list."""
    return await load_page(session, Listing(_rows(session, wanted), _NEWEST_FIRST), window)


async def count_orders(session: ReadSession, wanted: OrderFilter) -> int:
    return await count_rows(session, _rows(session, wanted))


async def orders_by_channel(session: ReadSession, keys: Sequence[PageOfOrders]) -> list[KeysetPage[SalesOrder]]:
    """A page for each, by one statement for all that ask for the same filter and window."""
    found: dict[PageOfOrders, KeysetPage[SalesOrder]] = {}
    for wanted in {key.wanted for key in keys}:
        alike = [key for key in keys if key.wanted == wanted]
        listing, pages = Listing(_rows(session, wanted), _NEWEST_FIRST), [key.page for key in alike]
        found |= zip(alike, await load_pages_below(session, listing, col(SalesOrder.channel_id), pages), strict=True)
    return [found[key] for key in keys]


async def order_counts_by_channel(session: ReadSession, keys: Sequence[OrdersOfChannel]) -> list[int]:
    """How many orders each has, by one statement for all that ask for the same filter."""
    found: dict[OrdersOfChannel, int] = {}
    for wanted in {key.wanted for key in keys}:
        ids = [key.channel_id for key in keys if key.wanted == wanted]
        query = counts_query(_rows(session, wanted), col(SalesOrder.channel_id))
        counts = await count_rows_by_parent(session, query, ids)
        found |= {OrdersOfChannel(channel_id, wanted): count for channel_id, count in counts.items()}
    return [found[key] for key in keys]


async def orders_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[SalesOrder]:
    return await rows(session, SalesOrder, _by_ids(), {"ids": ids})
