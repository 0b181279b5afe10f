"""The table of what was sold by an order, a line for each thing; and the named queries on it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, col, select

from models.columns import AMOUNT, EXACT, TenantRow, is_any, tenant_key
from models.database import ReadSession, WriteSession
from models.orders.sums import renew_order_sums
from models.thin.records import rows


class OrderLine(TenantRow, table=True):
    """`unit_cost` is what one cost the seller when the line was first stored, in the order's currency.

    `product_id` is null where no product was found; a product that is made later with the same SKU is put in. It stays
    when the product is erased, so there is no foreign key. `stock_taken` is how much of the product's quantity the line
    has taken: less than was sold where less was there. `placed_at` is that of the order, so that the lines of some days
    are found, and `share` what of the order counts as the line's (sums.py).
    """

    __tablename__ = "order_line"
    __table_args__ = (
        tenant_key("order_id", "sales_order"),
        UniqueConstraint("tenant_id", "order_id", "external_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index(None, "tenant_id", "product_id"),
        Index(None, "tenant_id", "sku"),
        Index(None, "tenant_id", "placed_at"),
    )

    order_id: UUID
    position: int
    external_id: str
    sku: str | None = None
    title: str
    quantity: int
    unit_price: Decimal = Field(sa_type=AMOUNT)
    discount: Decimal = Field(sa_type=AMOUNT)
    listing_id: UUID | None = None
    product_id: UUID | None = None
    unit_cost: Decimal | None = Field(default=None, sa_type=AMOUNT)
    stock_taken: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    placed_at: datetime
    share: Decimal = Field(default=Decimal(0), sa_type=EXACT, sa_column_kwargs={"server_default": "0"})


_PUT_PRODUCTS = text("""
    update order_line set product_id = given.product_id
    from unnest(cast(:skus as varchar[]), cast(:product_ids as uuid[])) as given (sku, product_id)
    where order_line.tenant_id = :tenant_id and order_line.sku = given.sku and order_line.product_id is null
    returning order_line.order_id
""")


async def lines_by_order(session: ReadSession | WriteSession, order_ids: Sequence[UUID]) -> list[list[OrderLine]]:
    """The lines of each of these orders, as the channel has them in order."""
    query = select(OrderLine).where(OrderLine.tenant_id == session.tenant_id, is_any(OrderLine.order_id, order_ids))
    found: defaultdict[UUID, list[OrderLine]] = defaultdict(list)
    for line in await rows(session, OrderLine, query.order_by(col(OrderLine.order_id), col(OrderLine.position))):
        found[line.order_id].append(line)
    return [found[order_id] for order_id in order_ids]


async def put_products_into_lines(session: WriteSession, products: Mapping[str, UUID]) -> int:
    """Gives lines that have no product the one with their SKU; answers how many lines.

    `products` are ids by SKU. Costs and quantities stay as they are: these lines were sold before. The caller holds the
    tenant by `lock_quotas`, as whoever stores orders does, so that no line is stored meanwhile that knows no product.
    """
    values = {"tenant_id": session.tenant_id, "skus": [*products], "product_ids": [*products.values()]}
    put = (await (await session.connection()).execute(_PUT_PRODUCTS, values)).scalars().all()
    await renew_order_sums(session, {*put})
    return len(put)


async def orders_with_products(session: WriteSession, product_ids: Sequence[UUID]) -> list[UUID]:
    """The orders that have lines of these products."""
    query = select(OrderLine.order_id).where(
        OrderLine.tenant_id == session.tenant_id, is_any(OrderLine.product_id, product_ids)
    )
    return [*(await session.exec(query.distinct())).all()]
