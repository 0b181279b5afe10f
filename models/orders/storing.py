"""Stores orders with their lines and refunds, and quantities of products: one statement for each table.

What is stored was checked, and the caller holds the tenant, so that nobody else stores orders or makes products.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, or_, text
from sqlalchemy import delete as delete_from
from sqlmodel import col, select

from models.columns import is_any, is_any_text
from models.database import ReadSession, WriteSession
from models.orders.line import OrderLine
from models.orders.order import OrderStatus
from models.orders.refund import OrderRefund
from models.products.product import Product, ProductStatus

_ORDER = {
    "id": "uuid",
    "external_id": "varchar",
    "url": "varchar",
    "status": "varchar",
    "currency": "varchar",
    "placed_at": "timestamptz",
    "updated_at": "timestamptz",
    "buyer_handle": "varchar",
    "buyer_country": "varchar",
    "subtotal": "numeric",
    "discount": "numeric",
    "shipping": "numeric",
    "tax": "numeric",
    "total": "numeric",
    "fees": "numeric",
}
_LINE = {
    "id": "uuid",
    "order_id": "uuid",
    "position": "int",
    "external_id": "varchar",
    "sku": "varchar",
    "title": "varchar",
    "quantity": "int",
    "unit_price": "numeric",
    "discount": "numeric",
    "product_id": "uuid",
    "unit_cost": "numeric",
    "stock_taken": "int",
}
_REFUND = {
    "id": "uuid",
    "order_id": "uuid",
    "external_id": "varchar",
    "amount": "numeric",
    "refunded_at": "timestamptz",
    "is_settled": "bool",
    "reason": "varchar",
}
_STOCK = {"id": "uuid", "quantity": "int", "status": "varchar"}
# A buyer that was erased stays so, whatever the channel tells again.
_KEPT = {"id", "external_id"}
_OF_BUYER = {"buyer_handle", "buyer_country"}
Values = Mapping[str, Any]


def _given(columns: Mapping[str, str]) -> str:
    arrays = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in columns.items())
    return f"unnest({arrays}) as given ({', '.join(columns)})"


def _renewed(name: str) -> str:
    if name in _OF_BUYER:
        return f"{name} = case when sales_order.buyer_erased_at is null then excluded.{name} end"
    return f"{name} = excluded.{name}"


# RETURNING: on shards, rows that come from parameters are stored by COPY otherwise, which policies refuse.
_STORE_ORDERS = text(f"""
    insert into sales_order (tenant_id, channel_id, {", ".join(_ORDER)}, stored_at)
    select :tenant_id, cast(:channel_id as uuid), given.*, cast(:stored_at as timestamptz) from {_given(_ORDER)}
    on conflict (tenant_id, channel_id, external_id) do update
    set {", ".join(_renewed(name) for name in _ORDER if name not in _KEPT)}
    where sales_order.updated_at <= excluded.updated_at
    returning 1
""")  # noqa: S608 - names of our own columns


# Joined, since Postgres compares each of a list with each row where it does not know how few rows a channel has.
_KNOWN = text("""
    select stored.id, stored.external_id, stored.updated_at, stored.status, stored.currency
    from (select distinct unnest(cast(:external_ids as varchar[])) as external_id) as given
    join sales_order as stored on stored.tenant_id = :tenant_id and stored.channel_id = cast(:channel_id as uuid)
        and stored.external_id = given.external_id
""")


def _inserted(table: str, columns: Mapping[str, str]) -> TextClause:
    return text(f"""
        insert into {table} (tenant_id, {", ".join(columns)})
        select :tenant_id, given.* from {_given(columns)}
        returning 1
    """)  # noqa: S608 - names of our own tables and columns


_STORE_LINES, _STORE_REFUNDS = _inserted("order_line", _LINE), _inserted("order_refund", _REFUND)
_STORE_STOCK = text(f"""
    update product set quantity = given.quantity, status = given.status, version = product.version + 1,
        updated_at = :now
    from {_given(_STOCK)} where product.tenant_id = :tenant_id and product.id = given.id
""")  # noqa: S608 - names of our own columns


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """What is known of an order before it is stored again."""

    id: UUID
    external_id: str
    updated_at: datetime
    status: OrderStatus
    currency: str


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """What the sale of a product needs to know of it. One that is deleted is sold by lines no more."""

    id: UUID
    sku: str
    currency: str
    cost: Decimal | None
    quantity: int
    status: ProductStatus
    is_deleted: bool


async def stored_orders(
    session: ReadSession | WriteSession, channel_id: UUID, external_ids: Sequence[str]
) -> dict[str, StoredOrder]:
    """What is stored of these orders of the channel, by the channel's own ids."""
    values = {"tenant_id": session.tenant_id, "channel_id": channel_id, "external_ids": list(external_ids)}
    found: Sequence[Any] = (await (await session.connection()).execute(_KNOWN, values)).all()
    return {
        external_id: StoredOrder(order_id, external_id, updated_at, OrderStatus(status), currency)
        for order_id, external_id, updated_at, status, currency in found
    }


async def lock_products(session: WriteSession, skus: Sequence[str], ids: Sequence[UUID]) -> list[SoldProduct]:
    """The products with these SKUs or ids, locked in the order of their ids until the session ends."""
    is_meant = or_(is_any_text(Product.sku, skus) & col(Product.deleted_at).is_(None), is_any(Product.id, ids))
    query = (
        select(Product)
        .where(Product.tenant_id == session.tenant_id, is_meant)
        .order_by(col(Product.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return [
        SoldProduct(
            each.id, each.sku, each.currency, each.cost, each.quantity, each.status, each.deleted_at is not None
        )
        for each in await session.exec(query)
    ]


async def store_orders(
    session: WriteSession, channel_id: UUID, orders: Sequence[Values], *, stored_at: datetime
) -> None:
    """Stores orders, or replaces those that are not newer; their lines and refunds are not touched."""
    values = {"channel_id": channel_id, "stored_at": stored_at}
    await _execute(session, _STORE_ORDERS, _ORDER, orders, values)


async def replace_parts(
    session: WriteSession, known: Sequence[UUID], lines: Sequence[Values], refunds: Sequence[Values]
) -> None:
    """Stores the lines and refunds of orders, in place of all that the `known` ones had."""
    if known:
        connection = await session.connection()
        for table in (OrderLine, OrderRefund):
            of_known = (col(table.tenant_id) == session.tenant_id, is_any(table.order_id, known))
            await connection.execute(delete_from(table).where(*of_known))
    await _execute(session, _STORE_LINES, _LINE, lines)
    await _execute(session, _STORE_REFUNDS, _REFUND, refunds)


async def store_stock(session: WriteSession, changed: Sequence[Values], *, now: datetime) -> None:
    """Stores quantities and statuses of products."""
    await _execute(session, _STORE_STOCK, _STOCK, changed, {"now": now})


async def _execute(
    session: WriteSession,
    statement: TextClause,
    columns: Mapping[str, str],
    records: Sequence[Values],
    values: Values | None = None,
) -> None:
    if records:
        arrays = {name: [each[name] for each in records] for name in columns}
        given = {"tenant_id": session.tenant_id, **(values or {}), **arrays}
        await (await session.connection()).execute(statement, given)
