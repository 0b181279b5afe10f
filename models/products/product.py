"""The table of products: what the tenant sells, whichever channels sell it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from models.columns import AMOUNT, TEXT_LIST, TenantRow, TextEnum, dated, one_of

LONGEST_SKU = 50


class ProductStatus(StrEnum):
    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    SOLD = "SOLD"
    ARCHIVED = "ARCHIVED"


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
