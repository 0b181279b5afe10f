"""Suggests what is to become of products whose status lags behind: sold out where they were offered, or long sold."""

from datetime import datetime, timedelta

from analytics.clock import Clock
from models.acting import TenantScope
from models.channels.channel import Channel
from models.database import Database, WriteSession
from models.listings.sold_products import long_sold_products, sold_out_listings, tenants_with_long_sold
from models.listings.suggestion import SuggestionKind
from services.channel_jobs.suggesting import suggest

# The order of a sale is read by then, and makes the product SOLD by itself.
_ORDERS_ARE_READ_WITHIN = timedelta(days=1)
# By then buyers have sent back what they may send back.
LONG_SOLD = timedelta(days=60)
_MOST = 500
_SOLD_OUT = "The listing on {name} is sold out, and no channel offers the product any more."
_LONG_SOLD = f"The product has been SOLD for more than {LONG_SOLD.days} days, and no channel offers it."


async def suggest_marking_sold(session: WriteSession, channel: Channel, *, now: datetime) -> None:
    """Suggests MARK_SOLD for PUBLISHED products that the channel had sold out before its orders were last read.

    An order takes from the product's quantity by itself: what is suggested is what no order tells.
    """
    before = now - _ORDERS_ARE_READ_WITHIN
    if channel.orders_synced_at is not None:
        before = max(before, channel.orders_synced_at)
    reason = _SOLD_OUT.format(name=channel.name)
    for listing_id, product_id in await sold_out_listings(session, channel.id, before=before, most=_MOST):
        await suggest(session, SuggestionKind.MARK_SOLD, listing_id, product_id, reason=reason, now=now)


async def suggest_archiving(db: Database, clock: Clock) -> int:
    """Suggests ARCHIVE_PRODUCT for products that are SOLD, unchanged for 60 days, and offered nowhere.

    Each is suggested once in 60 days, whatever became of it. Answers how many, over all tenants.
    """
    now, done = clock(), 0
    before = now - LONG_SOLD
    async with db.sweep(reason="find products that were sold long ago") as session:
        tenants = await tenants_with_long_sold(session, before=before, most=_MOST)
    for tenant_id in tenants:
        async with db.write(TenantScope(tenant_id)) as session:
            for product_id in await long_sold_products(session, before=before, most=_MOST):
                await suggest(session, SuggestionKind.ARCHIVE_PRODUCT, None, product_id, reason=_LONG_SOLD, now=now)
                done += 1
    return done
