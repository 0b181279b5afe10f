"""Queries that find products whose status lags behind: sold out where they were offered, or sold a long time ago."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from models.database import WriteSession

_SOLD_OUT = text("""
    select sold.id, sold.product_id from listing sold
    join product on product.tenant_id = sold.tenant_id and product.id = sold.product_id
    where sold.tenant_id = :tenant_id and sold.channel_id = :channel_id and sold.status = 'SOLD'
        and sold.updated_at < :before and product.status = 'PUBLISHED' and product.deleted_at is null
        and product.frozen_at is null and not exists (
            select from listing offered where offered.tenant_id = :tenant_id and offered.product_id = product.id
                and offered.status in ('PENDING', 'LIVE')
        )
    order by sold.id limit :most
""")
_LONG_SOLD = """
    product.status = 'SOLD' and product.updated_at < :before and product.deleted_at is null
        and product.frozen_at is null and not exists (
            select from suggestion where suggestion.tenant_id = product.tenant_id
                and suggestion.product_id = product.id and suggestion.kind = 'ARCHIVE_PRODUCT'
                and suggestion.created_at > :before
        )
"""
_TENANTS = text(f"select distinct product.tenant_id from product where {_LONG_SOLD} order by 1 limit :most")  # noqa: S608 - our own text
_OF_TENANT = text(f"""
    select product.id from product where product.tenant_id = :tenant_id and {_LONG_SOLD}
        and not exists (
            select from listing offered where offered.tenant_id = :tenant_id and offered.product_id = product.id
                and offered.status in ('PENDING', 'LIVE')
        )
    order by product.updated_at, product.id limit :most
""")  # noqa: S608 - our own text


async def sold_out_listings(
    session: WriteSession, channel_id: UUID, *, before: datetime, most: int
) -> Sequence[tuple[UUID, UUID]]:
    """Listings of the channel that were sold out before then, each with its PUBLISHED product that nobody offers."""
    values = {"tenant_id": session.tenant_id, "channel_id": channel_id, "before": before, "most": most}
    found = (await (await session.connection()).execute(_SOLD_OUT, values)).all()
    return [(listing_id, product_id) for listing_id, product_id in found]


async def tenants_with_long_sold(session: WriteSession, *, before: datetime, most: int) -> Sequence[UUID]:
    """Tenants with products that are SOLD, unchanged since, and of which nothing was suggested since then.

    Looks over all tenants; needs a session of the system role.
    """
    found = await (await session.connection()).execute(_TENANTS, {"before": before, "most": most})
    return list(found.scalars())


async def long_sold_products(session: WriteSession, *, before: datetime, most: int) -> Sequence[UUID]:
    """Those of them that no channel offers, the oldest change first."""
    values = {"tenant_id": session.tenant_id, "before": before, "most": most}
    return list((await (await session.connection()).execute(_OF_TENANT, values)).scalars())
