"""What a sale does to the listings of what was sold: in its transaction it asks for their end, or suggests it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from models.acting import TenantScope
from models.audit.actor import ActorKind
from models.channels.abilities import ABILITIES, ChannelAbility
from models.channels.channel import Channel, ChannelStatus, channels_by_ids
from models.database import WriteSession
from models.listings.listing import ListingStatus
from models.listings.reading import listings_of_products
from models.listings.suggestion import SuggestionKind
from services.channel_jobs.requests import request_job
from services.channel_jobs.stock_jobs import stock_wish
from services.channel_jobs.suggesting import suggest

_REASON = "The product was sold on {name}, and there is none left: end it here, too."


async def end_elsewhere(session: WriteSession, sold_on: Channel, left: Mapping[UUID, int], *, now: datetime) -> int:
    """Asks for the jobs by which other live listings of these products follow what is left of each, or end.

    `left` is the new quantity of each product. Where `sold_on` only suggests it, it suggests the end of what none is
    left of. The caller has locked the products, and no listing is locked here: of two sales each asks for its jobs.
    Answers how many jobs and suggestions there are.
    """
    listings = [
        each
        for each in await listings_of_products(session, sorted(left), (ListingStatus.LIVE,))
        if each.channel_id != sold_on.id
    ]
    channels = {
        each.id: each for each in await channels_by_ids(session, sorted({each.channel_id for each in listings}))
    }
    done, scope = 0, TenantScope(session.tenant_id)
    for listing in listings:
        channel, product_id = channels[listing.channel_id], listing.product_id
        if product_id is None or not _can_follow(channel):
            continue
        if sold_on.ends_elsewhere_on_sale:
            wish = stock_wish(listing.id, left[product_id])
            await request_job(session, scope, channel, wish, now=now, by=ActorKind.SYSTEM)
            done += 1
        elif left[product_id] < 1:
            reason = _REASON.format(name=sold_on.name)
            await suggest(session, SuggestionKind.END_LISTING, listing, product_id, reason=reason, now=now)
            done += 1
    return done


def _can_follow(channel: Channel) -> bool:
    return channel.status is not ChannelStatus.DISCONNECTED and ChannelAbility.END in ABILITIES.get(channel.kind, ())
