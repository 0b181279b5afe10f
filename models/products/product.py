"""The table of products: what the tenant sells, whichever channels sell it; and the queries on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, exists, func, insert, or_
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.ads.name_filter import matches_name
from models.ads.name_order import name_key
from models.columns import AMOUNT, TEXT_LIST, TenantRow, TextEnum, dated, is_any, is_any_text, one_of
from models.database import ReadSession, WriteSession
from models.keyset import KeysetPage, Listing, Ordering, Window, count_rows, load_page
from models.listings.listing import OFFERED, ChannelListing
from models.products.attribute import ProductAttribute
from models.text_match import TextMatch
from models.thin.records import rows

LONGEST_SKU = 50


class ProductStatus(StrEnum):
    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    SOLD = "SOLD"
    ARCHIVED = "ARCHIVED"


class ProductOrder(StrEnum):
    CREATED_DESC = "CREATED_DESC"
    CREATED_ASC = "CREATED_ASC"
    TITLE_ASC = "TITLE_ASC"
    SKU_ASC = "SKU_ASC"
    UPDATED_DESC = "UPDATED_DESC"


class Product(TenantRow, table=True):
    """`sku` is unique among the tenant's products that are not deleted. `cost` is what one costs the seller.

    `deleted_at` is a mark beside the status: a nightly chore erases what was deleted 30 days ago. `frozen_at` is the
    moment from which the price plan had no room for the product. `version` rises with each change.
    """

    __tablename__ = "product"
    __table_args__ = (
        one_of("status", ProductStatus),
        CheckConstraint(f"char_length(sku) between 1 and {LONGEST_SKU}", name="sku"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("cost >= 0", name="cost"),
        CheckConstraint("quantity >= 0", name="quantity"),
        Index("uq_product_sku", "tenant_id", "sku", unique=True, postgresql_where="deleted_at is null"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "title_key", "id"),
        # For the chore that erases, which looks over all tenants.
        Index("ix_product_deleted", "deleted_at", postgresql_where="deleted_at is not null"),
    )

    sku: str
    title: str
    description: str = ""
    currency: str
    price: Decimal = Field(sa_type=AMOUNT)
    cost: Decimal | None = Field(default=None, sa_type=AMOUNT)
    quantity: int = 1
    status: ProductStatus = Field(default=ProductStatus.DRAFT, sa_type=TextEnum(ProductStatus))
    page_urls: list[str] = Field(default_factory=list, sa_type=TEXT_LIST)
    version: int = 1
    created_at: datetime = dated()
    updated_at: datetime = dated()
    deleted_at: datetime | None = None
    frozen_at: datetime | None = None
    title_key: str = name_key("title")


# What a list is ordered by. Titles are ordered as names are: neither case nor accents count.
_ORDERS: Mapping[ProductOrder, Ordering] = {
    ProductOrder.CREATED_DESC: Ordering("products-new", col(Product.created_at), col(Product.id), descending=True),
    ProductOrder.CREATED_ASC: Ordering("products-old", col(Product.created_at), col(Product.id)),
    ProductOrder.TITLE_ASC: Ordering("products-title", col(Product.title_key), col(Product.id)),
    ProductOrder.SKU_ASC: Ordering("products-sku", col(Product.sku), col(Product.id)),
    ProductOrder.UPDATED_DESC: Ordering("products-changed", col(Product.updated_at), col(Product.id), descending=True),
}


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Every given part must be true; an empty tuple matches nothing. `text` is of the SKU or of the title.

    A product matches `attribute_ids` that has one of them, and `channel_ids` that is offered on one of them.
    """

    status: tuple[ProductStatus, ...] | None = None
    text: TextMatch | None = None
    attribute_ids: tuple[UUID, ...] | None = None
    channel_ids: tuple[UUID, ...] | None = None
    deleted: bool = False


async def products_page(
    session: ReadSession, wanted: ProductFilter, order: ProductOrder, window: Window
) -> KeysetPage[Product]:
    """One page of the tenant's products that match; raises BadInput for a cursor of another list or order."""
    return await load_page(session, Listing(_matching(session, wanted), _ORDERS[order]), window)


async def count_matching_products(session: ReadSession, wanted: ProductFilter) -> int:
    return await count_rows(session, _matching(session, wanted))


async def products_by_ids(session: ReadSession | WriteSession, ids: Sequence[UUID]) -> Sequence[Product]:
    """Deleted ones too."""
    return await rows(session, Product, _of_tenant(session).where(is_any(col(Product.id), ids)))


async def products_for_update(session: WriteSession, ids: Sequence[UUID]) -> Sequence[Product]:
    """Locks products in the order of their ids, so that of two who lock the same ones neither waits in a circle."""
    query = _of_tenant(session).where(is_any(col(Product.id), ids)).order_by(col(Product.id)).with_for_update()
    return (await session.exec(query.execution_options(populate_existing=True))).all()


async def product_for_update(session: WriteSession, product_id: UUID) -> Product | None:
    found = await products_for_update(session, [product_id])
    return found[0] if found else None


async def id_of_sku(session: ReadSession | WriteSession, sku: str) -> UUID | None:
    """The product that is not deleted and has the SKU."""
    query = select(Product.id).where(
        Product.tenant_id == session.tenant_id, Product.sku == sku, col(Product.deleted_at).is_(None)
    )
    return (await session.exec(query)).first()


async def products_of_skus_for_update(session: WriteSession, skus: Sequence[str]) -> Sequence[Product]:
    """Those that are not deleted, locked in the order of their ids."""
    query = _of_tenant(session).where(is_any_text(col(Product.sku), skus), col(Product.deleted_at).is_(None))
    locked = query.order_by(col(Product.id)).with_for_update().execution_options(populate_existing=True)
    return (await session.exec(locked)).all()


async def products_named(session: WriteSession, *, skus: Sequence[str], titles: Sequence[str]) -> Sequence[Product]:
    """Those that are not deleted and have one of the SKUs or of the titles, the oldest first."""
    is_named = or_(is_any_text(col(Product.sku), skus), is_any_text(col(Product.title), titles))
    query = _of_tenant(session).where(is_named, col(Product.deleted_at).is_(None))
    return (await session.exec(query.order_by(col(Product.id)))).all()


async def insert_products(session: WriteSession, products: Sequence[Product]) -> None:
    """Stores new products, many at once; they are no objects of the session."""
    if products:
        values = [each.model_dump(exclude={"title_key"}) for each in products]
        await (await session.connection()).execute(insert(Product), values)


async def products_deleted_before(
    session: WriteSession, instant: datetime, *, most: int
) -> Sequence[tuple[UUID, UUID]]:
    """Tenant and id of products that were deleted before then, over all tenants; needs a session of the system role."""
    query = (
        select(Product.tenant_id, Product.id)
        .where(col(Product.deleted_at) < instant)
        .order_by(col(Product.deleted_at))
        .limit(most)
    )
    return (await session.exec(query)).all()


def _of_tenant(session: ReadSession | WriteSession) -> SelectOfScalar[Product]:
    return select(Product).where(Product.tenant_id == session.tenant_id)


def _matching(session: ReadSession, wanted: ProductFilter) -> SelectOfScalar[Product]:
    deleted_at = col(Product.deleted_at)
    query = _of_tenant(session).where(deleted_at.is_not(None) if wanted.deleted else deleted_at.is_(None))
    if wanted.status is not None:
        query = query.where(is_any_text(col(Product.status), wanted.status))
    if wanted.text is not None:
        query = query.where(
            or_(
                matches_name(col(Product.sku), func.name_key(col(Product.sku)), wanted.text),
                matches_name(col(Product.title), col(Product.title_key), wanted.text),
            )
        )
    if wanted.attribute_ids is not None:
        has_one = exists().where(
            col(ProductAttribute.tenant_id) == session.tenant_id,
            col(ProductAttribute.product_id) == col(Product.id),
            is_any(col(ProductAttribute.attribute_id), wanted.attribute_ids),
        )
        query = query.where(has_one)
    if wanted.channel_ids is not None:
        is_offered = exists().where(
            col(ChannelListing.tenant_id) == session.tenant_id,
            col(ChannelListing.product_id) == col(Product.id),
            is_any(col(ChannelListing.channel_id), wanted.channel_ids),
            is_any_text(col(ChannelListing.status), OFFERED),
        )
        query = query.where(is_offered)
    return query
