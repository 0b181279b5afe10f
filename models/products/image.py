"""The table of products' pictures; the files lie in the installation's storage."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from models.columns import TenantRow, dated, tenant_key

MOST_IMAGES = 24


class ProductImage(TenantRow, table=True):
    """`object_key` is where the file is in the storage, `sha256` that of what was stored, `bytes` its size.

    Positions of a product run from 1 without a hole. They are checked when a transaction ends, so that pictures can
    change places.
    """

    __tablename__ = "product_image"
    __table_args__ = (
        tenant_key("product_id", "product"),
        UniqueConstraint("tenant_id", "product_id", "sha256"),
        UniqueConstraint("tenant_id", "product_id", "position", deferrable=True, initially="DEFERRED"),
        CheckConstraint(f"position between 1 and {MOST_IMAGES}", name="position"),
        Index(None, "tenant_id", "object_key"),
    )

    product_id: UUID
    position: int
    object_key: str
    sha256: str
    alt: str | None = None
    width: int
    height: int
    bytes: int
    created_at: datetime = dated()
