"""What another number of a product does to its listings, in the transaction in which there is another one.

A sale asks for their change or end, or suggests it; what a person says of the product asks for it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from models.acting import Acting, TenantScope
from models.audit.actor import ActorKind
from models.channel_jobs.job import ChannelJob
from models.channels.abilities import ABILITIES, ChannelAbility
from models.channels.channel import Channel, ChannelStatus, channels_by_ids
from models.database import WriteSession
from models.listings.listing import ChannelListing, ListingStatus
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
    done, scope = 0, TenantScope(session.tenant_id)
    for listing, channel in await _followers(session, sorted(left)):
        product_id = listing.product_id
        if product_id is None or channel.id == sold_on.id:
            continue
        if sold_on.ends_elsewhere_on_sale:
            wish = stock_wish(listing.id, left[product_id])
            await request_job(session, scope, channel, wish, now=now, by=ActorKind.SYSTEM)
            done += 1
        elif left[product_id] < 1:
            reason = _REASON.format(name=sold_on.name)
            await suggest(session, SuggestionKind.END_LISTING, listing.id, product_id, reason=reason, now=now)
            done += 1
    return done


async def follow_by_hand(
    session: WriteSession, actor: Acting, left: Mapping[UUID, int], *, now: datetime
) -> list[ChannelJob]:
    """Asks for the jobs by which all live listings of these products follow what somebody has said of them, or end.

    `left` is how many of each product are for sale from now on; the caller has locked them.
    """
    return [
        await request_job(session, actor, channel, stock_wish(listing.id, left[listing.product_id]), now=now)
        for listing, channel in await _followers(session, sorted(left))
        if listing.product_id is not None
    ]


async def _followers(session: WriteSession, product_ids: Sequence[UUID]) -> list[tuple[ChannelListing, Channel]]:
    """The live listings of the products, each with its channel, where one can be changed and ended."""
    listings = await listings_of_products(session, product_ids, (ListingStatus.LIVE,))
    channels = {
        each.id: each for each in await channels_by_ids(session, sorted({each.channel_id for each in listings}))
    }
    return [(each, channels[each.channel_id]) for each in listings if _can_follow(channels[each.channel_id])]


def _can_follow(channel: Channel) -> bool:
    return channel.status is not ChannelStatus.DISCONNECTED and ChannelAbility.END in ABILITIES.get(channel.kind, ())
