"""Stores orders with their lines and refunds, and quantities of products: one statement for each table.

What is stored was checked, and the caller holds the tenant, so that nobody else stores orders or makes products.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, or_, select, text
from sqlalchemy import delete as delete_from
from sqlmodel import col

from models.columns import is_any, is_any_text
from models.database import ReadSession, WriteSession
from models.orders.line import OrderLine
from models.orders.order import OrderStatus
from models.orders.refund import OrderRefund
from models.orders.sums import LINE_SHARE, OF_ORDER, order_sums
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
    "listing_id": "uuid",
    "product_id": "uuid",
    "unit_cost": "numeric",
    "stock_taken": "int",
    "placed_at": "timestamptz",
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


def _given(columns: Mapping[str, str], name: str = "given", of: str = "") -> str:
    arrays = ", ".join(_array(f"{of}{column}", kind) for column, kind in columns.items())
    return f"unnest({arrays}) as {name} ({', '.join(columns)})"


def _array(parameter: str, kind: str) -> str:
    # asyncpg looks at each element of an array in Python, which costs as much as checking the order. So all but ids,
    # which are slow to write, come as texts that Postgres reads.
    return f"cast(:{parameter} as uuid[])" if kind == "uuid" else f"cast(cast(:{parameter} as text) as {kind}[])"


def _values(records: Sequence[Values], columns: Mapping[str, str], of: str = "") -> Values:
    """The parameters of `_given`."""
    return {f"{of}{name}": _column([each[name] for each in records], kind) for name, kind in columns.items()}


def _column(values: list[Any], kind: str) -> list[Any] | str:
    if kind == "uuid":
        return values
    written = _quoted if kind == "varchar" else str
    return "{" + ",".join(["null" if each is None else written(each) for each in values]) + "}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _renewed(name: str) -> str:
    if name in _OF_BUYER:
        return f"{name} = case when sales_order.buyer_erased_at is null then excluded.{name} end"
    if name == "fees":
        # A copy that does not tell them, as a marketplace's may, does not take back what another one told.
        return "fees = coalesce(excluded.fees, sales_order.fees)"
    return f"{name} = excluded.{name}"


# Of the lines what their order keeps of them.
_SUMMED = {
    "order_id": "uuid",
    "quantity": "int",
    "unit_price": "numeric",
    "discount": "numeric",
    "unit_cost": "numeric",
    "is_linked": "bool",
}
_SUMS = order_sums("line.is_linked")


# RETURNING: on shards, rows that come from parameters are stored by COPY otherwise, which policies refuse.
_STORE_ORDERS = text(f"""
    insert into sales_order (tenant_id, channel_id, {", ".join(_ORDER)}, stored_at, {", ".join(_SUMS)})
    select :tenant_id, cast(:channel_id as uuid), given.*, cast(:stored_at as timestamptz),
        {", ".join(f"sums.{name}" for name in _SUMS)}
    from {_given(_ORDER)} join (
        select order_id, {", ".join(f"{sql} as {name}" for name, sql in _SUMS.items())}
        from {_given(_SUMMED, "line", "line_")} group by order_id
    ) as sums on sums.order_id = given.id
    on conflict (tenant_id, channel_id, external_id) do update
    set {", ".join(_renewed(name) for name in (*_ORDER, *_SUMS) if name not in _KEPT)}
    where sales_order.updated_at <= excluded.updated_at
    returning 1
""")  # noqa: S608 - names of our own columns


# Joined, since Postgres compares each of a list with each row where it does not know how few rows a channel has.
_KNOWN = text("""
    select stored.id, stored.external_id, stored.updated_at, stored.status, stored.currency, stored.placed_at
    from (select distinct unnest(cast(:external_ids as varchar[])) as external_id) as given
    join sales_order as stored on stored.tenant_id = :tenant_id and stored.channel_id = cast(:channel_id as uuid)
        and stored.external_id = given.external_id
""")


_STORE_LINES = text(f"""
    insert into order_line (tenant_id, {", ".join(_LINE)}, share)
    select :tenant_id, line.*, {LINE_SHARE} from {_given(_LINE, "line")} {OF_ORDER}
    returning 1
""")  # noqa: S608 - names of our own columns
_STORE_REFUNDS = text(f"""
    insert into order_refund (tenant_id, {", ".join(_REFUND)}) select :tenant_id, given.* from {_given(_REFUND)}
    returning 1
""")  # noqa: S608 - see above
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
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """What the sale of a product needs to know of it. One that is deleted is sold by lines no more."""

    id: UUID
    sku: str
    currency: str
    cost: Decimal | None
    quantity: int
    status: ProductStatus
    created_at: datetime
    is_deleted: bool


async def stored_orders(
    session: ReadSession | WriteSession, channel_id: UUID, external_ids: Sequence[str]
) -> dict[str, StoredOrder]:
    """What is stored of these orders of the channel, by the channel's own ids."""
    values = {"tenant_id": session.tenant_id, "channel_id": channel_id, "external_ids": list(external_ids)}
    found: Sequence[Any] = (await (await session.connection()).execute(_KNOWN, values)).all()
    return {
        external_id: StoredOrder(order_id, external_id, updated_at, OrderStatus(status), currency, placed_at)
        for order_id, external_id, updated_at, status, currency, placed_at in found
    }


async def lock_products(session: WriteSession, skus: Sequence[str], ids: Sequence[UUID]) -> list[SoldProduct]:
    """The products with these SKUs or ids, locked in the order of their ids until the session ends."""
    is_meant = or_(is_any_text(Product.sku, skus) & col(Product.deleted_at).is_(None), is_any(Product.id, ids))
    # Columns, since a thousand products as objects of the ORM cost as much as all else of storing a thousand orders.
    columns: list[Any] = [getattr(Product, each.name) for each in fields(SoldProduct) if each.name != "is_deleted"]
    query = (
        select(*columns, col(Product.deleted_at).is_not(None))
        .where(col(Product.tenant_id) == session.tenant_id, is_meant)
        .order_by(col(Product.id))
        .with_for_update()
    )
    found: Sequence[Any] = (await (await session.connection()).execute(query)).all()
    return [SoldProduct(*row) for row in found]


async def store_orders(
    session: WriteSession, channel_id: UUID, orders: Sequence[Values], lines: Sequence[Values], *, stored_at: datetime
) -> None:
    """Stores orders with the sums of their `lines`, or replaces those that are not newer.

    Each order has a line, and a line says besides what is stored of it whether it `is_linked`, to a product that is
    there. Lines and refunds themselves are not touched.
    """
    values = {"channel_id": channel_id, "stored_at": stored_at, **_values(lines, _SUMMED, "line_")}
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
        given = {"tenant_id": session.tenant_id, **(values or {}), **_values(records, columns)}
        await (await session.connection()).execute(statement, given)
