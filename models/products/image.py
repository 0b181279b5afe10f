"""The table of pictures of products, and the named queries on it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, case, update
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import TenantRow, dated, is_any, is_any_text, tenant_key
from models.database import ReadSession, WriteSession
from models.thin.records import rows


class ProductImage(TenantRow, table=True):
    """`sha256` is of the bytes that came, `object_key`, `width`, `height` (pixels) and `bytes` of what is kept of them.

    Positions of a product's pictures are 1, 2, 3 and so on; within a change they are below 0.
    """

    __tablename__ = "product_image"
    __table_args__ = (
        tenant_key("product_id", "product"),
        UniqueConstraint("tenant_id", "product_id", "position"),
        UniqueConstraint("tenant_id", "product_id", "sha256"),
        CheckConstraint("position <> 0", name="position"),
        CheckConstraint("width > 0 and height > 0 and bytes > 0", name="size"),
        # For the chore that sweeps, which looks over all tenants.
        Index("ix_product_image_object_key", "object_key"),
    )

    product_id: UUID
    position: int
    sha256: str
    object_key: str
    width: int
    height: int
    bytes: int = Field(sa_type=BigInteger)
    alt: str | None = None
    created_at: datetime = dated()


async def images_by_product(session: ReadSession, product_ids: Sequence[UUID]) -> list[list[ProductImage]]:
    """The pictures of each product, in their order."""
    query = _of_tenant(session).where(is_any(col(ProductImage.product_id), product_ids))
    found: defaultdict[UUID, list[ProductImage]] = defaultdict(list)
    for image in await rows(session, ProductImage, query.order_by(col(ProductImage.position))):
        found[image.product_id].append(image)
    return [found[product_id] for product_id in product_ids]


async def images_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[ProductImage]:
    return await rows(session, ProductImage, _of_tenant(session).where(is_any(col(ProductImage.id), ids)))


async def images_of_product(session: ReadSession | WriteSession, product_id: UUID) -> Sequence[ProductImage]:
    """The pictures of a product in their order; who changes them has locked the product."""
    return await images_of_products(session, [product_id])


async def images_of_products(
    session: ReadSession | WriteSession, product_ids: Sequence[UUID]
) -> Sequence[ProductImage]:
    """The pictures of all these products together, by their positions."""
    query = _of_tenant(session).where(is_any(col(ProductImage.product_id), product_ids))
    return (await session.exec(query.order_by(col(ProductImage.position)))).all()


async def product_of_image(session: WriteSession, image_id: UUID) -> UUID | None:
    query = select(ProductImage.product_id).where(
        ProductImage.tenant_id == session.tenant_id, ProductImage.id == image_id
    )
    return (await session.exec(query)).first()


async def place_images(session: WriteSession, product_id: UUID, image_ids: Sequence[UUID]) -> None:
    """Gives the pictures of a locked product the positions 1, 2, 3 and so on; they are all that it has."""
    if not image_ids:
        return
    position, connection = col(ProductImage.position), await session.connection()
    mine = (col(ProductImage.tenant_id) == session.tenant_id, col(ProductImage.product_id) == product_id)
    wanted = case({image_id: -place for place, image_id in enumerate(image_ids, 1)}, value=col(ProductImage.id))
    # In two steps: within one a position may be taken for a moment, which a unique key refuses.
    await connection.execute(update(ProductImage).where(*mine).values(position=wanted))
    await connection.execute(update(ProductImage).where(*mine).values(position=-position))


async def image_keys_in_use(session: WriteSession, keys: Sequence[str]) -> set[str]:
    """Those of the keys that some picture names, over all tenants; needs a session of the system role."""
    query = select(ProductImage.object_key).where(is_any_text(ProductImage.object_key, keys))
    return set((await session.exec(query)).all())


def _of_tenant(session: ReadSession | WriteSession) -> SelectOfScalar[ProductImage]:
    return select(ProductImage).where(ProductImage.tenant_id == session.tenant_id)
