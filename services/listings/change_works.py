"""The work of the jobs UPDATE and END: what is offered is changed, or not offered any more."""

from dataclasses import dataclass
from uuid import UUID

from errors import Refused, UserErrorCode
from integrations.errors import ObjectMissing
from integrations.selling.records import ListingChange, ListingRef
from models.database import WriteSession
from models.listener import notify_changes
from models.listings.listing import ChannelListing, ListingStatus
from models.listings.pieces import offered_pieces
from models.listings.reading import listing_for_update, renew_drift
from models.products.product import products_by_ids
from services.channel_jobs.stock_jobs import OF_STOCK
from services.channel_jobs.work import ChannelRun
from services.listings.wishes import offer_of

_GONE = "The listing is gone: it was deleted with its channel or its product."


@dataclass(frozen=True, slots=True)
class ToChange:
    """A listing as its channel knows it, and what is to become of it. `change` None: it is to end."""

    listing_id: UUID
    ref: ListingRef
    change: ListingChange | None
    is_live: bool


class UpdateWork:
    """See services/channel_jobs/work.py."""

    async def load(self, session: WriteSession, run: ChannelRun) -> ToChange:
        listing = await _listing(session, run)
        if run.job.payload.get(OF_STOCK):
            found = await products_by_ids(session, [listing.product_id] if listing.product_id else [])
            left = found[0].quantity if found and found[0].deleted_at is None else 0
            left = offered_pieces(run.channel.kind, left)
            change = ListingChange(quantity=left) if left else None
            is_needed = listing.status is ListingStatus.LIVE and listing.quantity != left
            return ToChange(listing.id, _ref(listing), change, is_needed)
        if listing.status is not ListingStatus.LIVE:
            message = f"Only what is LIVE can be changed; this listing is {listing.status.value}."
            raise Refused(UserErrorCode.CONFLICT, message)
        wish = offer_of(run.job.payload)
        change = ListingChange(wish.price, wish.quantity, wish.title, wish.description)
        return ToChange(listing.id, _ref(listing), change, is_live=True)

    async def do(self, run: ChannelRun, loaded: ToChange) -> ToChange:
        if loaded.is_live and loaded.change is None:
            await run.market.end(loaded.ref)
        elif loaded.is_live and loaded.change is not None:
            try:
                await run.market.change(loaded.ref, loaded.change)
            except ObjectMissing:
                # The channel has it no more: that is kept, and the job tells it.
                async with run.writing() as session:
                    await _end(session, run, loaded.listing_id)
                raise
        return loaded

    async def store(self, session: WriteSession, run: ChannelRun, done: ToChange) -> None:
        if done.change is None:
            if done.is_live:
                await _end(session, run, done.listing_id)
            return
        listing = await listing_for_update(session, done.listing_id)
        if listing is None or not done.is_live:
            return
        change = done.change
        values = {
            "price": change.price,
            "quantity": change.quantity,
            "title": change.title,
            "description": change.description,
        }
        listing.sqlmodel_update({name: value for name, value in values.items() if value is not None})
        listing.version, listing.updated_at = listing.version + 1, run.tools.clock()
        session.add(listing)
        await renew_drift(session, ids=[listing.id])
        await notify_changes(session, "LISTING", [listing.id])


class EndWork:
    """See services/channel_jobs/work.py. What has ended already is not asked for again."""

    async def load(self, session: WriteSession, run: ChannelRun) -> ToChange:
        listing = await _listing(session, run)
        is_live = listing.status in (ListingStatus.LIVE, ListingStatus.SOLD)
        return ToChange(listing.id, _ref(listing), None, is_live)

    async def do(self, run: ChannelRun, loaded: ToChange) -> ToChange:
        if loaded.is_live:
            await run.market.end(loaded.ref)
        return loaded

    async def store(self, session: WriteSession, run: ChannelRun, done: ToChange) -> None:
        if done.is_live:
            await _end(session, run, done.listing_id)


async def _listing(session: WriteSession, run: ChannelRun) -> ChannelListing:
    found = await listing_for_update(session, run.job.subject_id) if run.job.subject_id else None
    if found is None:
        raise Refused(UserErrorCode.NOT_FOUND, _GONE)
    return found


def _ref(listing: ChannelListing) -> ListingRef:
    return ListingRef(listing.external_id, listing.offer_id, listing.sku, listing.market, listing.currency)


async def _end(session: WriteSession, run: ChannelRun, listing_id: UUID) -> None:
    listing = await listing_for_update(session, listing_id)
    if listing is None or listing.status is ListingStatus.ENDED:
        return
    now = run.tools.clock()
    listing.sqlmodel_update(
        {"status": ListingStatus.ENDED, "ended_at": now, "updated_at": now, "version": listing.version + 1}
    )
    session.add(listing)
    await renew_drift(session, ids=[listing.id])
    await notify_changes(session, "LISTING", [listing.id])
