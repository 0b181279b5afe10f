"""The work of the job PUBLISH: a product becomes exactly one listing, wherever an earlier run was cut off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from errors import Refused, UserErrorCode
from integrations.errors import Rejected
from integrations.selling.records import RecordProblem, RemoteListing
from integrations.selling.refusals import RefusedFields
from models.acting import Acting
from models.audit.actor import ActorKind
from models.channels.channel import Channel
from models.database import WriteSession
from models.listener import notify_changes
from models.listings.listing import ChannelListing, ListingStatus
from models.listings.reading import (
    listing_for_update,
    listings_of_channel,
    product_of_listing,
    renew_drift,
)
from models.products.product import Product, ProductStatus, product_for_update, products_by_ids
from services.ad_links.queueing import find_links_anew
from services.channel_jobs.requests import request_job
from services.channel_jobs.stock_jobs import stock_wish
from services.channel_jobs.work import ChannelRun
from services.listings.drafts import OfferPlace, draft_of, product_problems, told
from services.listings.materials import Material, goods_of, load_materials, load_place
from services.listings.wishes import offer_of
from services.products.locking import changeable

# In the memo of the job: from then on the marketplace may have the listing already.
_BEGUN = "publishing_begun"
_GONE = "The listing or its product is gone: publish the product again."
_NOT_PENDING = "The listing is {status} by now: there is nothing to publish."
_REFUSED = "The product cannot be published as it is: the listing names what is wrong."


@dataclass(frozen=True, slots=True)
class ToPublish:
    """What a listing is made of, as it was when the run began."""

    listing_id: UUID
    product: Product
    material: Material
    place: OfferPlace


class PublishWork:
    """See services/channel_jobs/work.py."""

    async def load(self, session: WriteSession, run: ChannelRun) -> ToPublish:
        listing = await listing_for_update(session, run.job.subject_id) if run.job.subject_id else None
        found = await products_by_ids(session, [listing.product_id]) if listing and listing.product_id else ()
        if listing is None or not found:
            raise Refused(UserErrorCode.NOT_FOUND, _GONE)
        if listing.status not in (ListingStatus.PENDING, ListingStatus.FAILED):
            raise Refused(UserErrorCode.CONFLICT, _NOT_PENDING.format(status=listing.status.value))
        if listing.status is ListingStatus.FAILED:
            listing.status, listing.problems = ListingStatus.PENDING, []
            _touch(session, listing, run.tools.clock())
            await notify_changes(session, "LISTING", [listing.id])
        product = found[0]
        materials = await load_materials(session, [product.id])
        place = await load_place(session, run.channel, listing.market or "", listing.sku or product.sku)
        return ToPublish(listing.id, product, materials[product.id], place)

    async def do(self, run: ChannelRun, loaded: ToPublish) -> RemoteListing:
        goods = await goods_of(run.tools.files, loaded.product, loaded.material)
        draft, problems = draft_of(goods, loaded.place, offer_of(run.job.payload))
        if _BEGUN not in run.memo:
            problems += product_problems(loaded.product, draft)
            problems += _of_product(loaded.product)
            problems += await run.market.draft_problems(draft)
            if problems:
                await _keep(run, loaded.listing_id, problems)
                raise Refused(UserErrorCode.INVALID, _REFUSED)
            await run.remember({_BEGUN: True})
        try:
            return await run.market.publish(draft, run.tell)
        except RefusedFields as refused:
            await _keep(run, loaded.listing_id, refused.problems or [RecordProblem(refused.message)])
            raise
        except Rejected as rejected:
            await _keep(run, loaded.listing_id, [RecordProblem(rejected.message)])
            raise

    async def store(self, session: WriteSession, run: ChannelRun, done: RemoteListing) -> None:
        # The product is locked before its listing, as by a sale.
        product_id = await product_of_listing(session, run.job.subject_id) if run.job.subject_id else None
        product = await product_for_update(session, product_id) if product_id else None
        listing = await listing_for_update(session, run.job.subject_id) if run.job.subject_id else None
        if listing is None:
            return  # erased with its product meanwhile: the next sync of listings finds what the channel has
        now = run.tools.clock()
        await _drop_twins(session, listing, done)
        listing.sqlmodel_update(
            remote_values(done) | {"status": ListingStatus.LIVE, "problems": [], "published_at": now, "ended_at": None}
        )
        listing.synced_at = now
        _touch(session, listing, now)
        if product is not None:
            _publish_product(session, product, now)
            if product.quantity < listing.quantity:
                # Sold elsewhere while it was being published.
                await queue_stock(session, run.scope, run.channel, listing, product, now=now)
        await renew_drift(session, ids=[listing.id])
        await notify_changes(session, "LISTING", [listing.id])
        # Ads may lead to its page, which is known from now on.
        await find_links_anew(session)


def remote_values(remote: RemoteListing) -> dict[str, Any]:
    """The columns that a channel's word of a listing fills; what it does not tell stays as it is."""
    told_now = {
        "external_id": remote.external_id,
        "offer_id": remote.offer_id,
        "sku": remote.sku,
        "url": remote.url,
        "market": remote.market,
        "title": remote.title,
        "description": remote.description,
        "currency": remote.currency,
        "price": remote.price,
        "quantity": remote.quantity,
        "image_url": remote.image_url,
        "views": remote.views,
        "favourites": remote.favourites,
    }
    return {name: value for name, value in told_now.items() if value is not None}


async def queue_stock(
    session: WriteSession, scope: Acting, channel: Channel, listing: ChannelListing, product: Product, *, now: datetime
) -> None:
    """Asks for the job that gives the listing what there is of its product, or ends it where there is none."""
    wish = stock_wish(listing.id, product.quantity)
    await request_job(session, scope, channel, wish, now=now, by=ActorKind.SYSTEM)


async def _keep(run: ChannelRun, listing_id: UUID, problems: Sequence[RecordProblem]) -> None:
    """Stores why the listing is not published; the job fails after it."""
    async with run.writing() as session:
        listing = await listing_for_update(session, listing_id)
        if listing is not None and listing.status is ListingStatus.PENDING:
            listing.status, listing.problems = ListingStatus.FAILED, told(problems)
            _touch(session, listing, run.tools.clock())
            await notify_changes(session, "LISTING", [listing.id])


def _of_product(product: Product) -> list[RecordProblem]:
    try:
        changeable(product, field="product_id")
    except Refused as refused:
        return [RecordProblem(refused.message)]
    return []


async def _drop_twins(session: WriteSession, listing: ChannelListing, done: RemoteListing) -> None:
    """A reading of the channel may have found the new listing before this was stored: it is the same one."""
    if done.external_id is None:
        return
    for twin in await listings_of_channel(session, listing.channel_id, external_ids=[done.external_id]):
        if twin.id != listing.id:
            await session.delete(twin)
    await session.flush()


def _publish_product(session: WriteSession, product: Product, now: datetime) -> None:
    if product.status is ProductStatus.DRAFT and product.quantity > 0:
        product.sqlmodel_update({"status": ProductStatus.PUBLISHED, "version": product.version + 1, "updated_at": now})
        session.add(product)


def _touch(session: WriteSession, listing: ChannelListing, now: datetime) -> None:
    listing.version, listing.updated_at = listing.version + 1, now
    session.add(listing)
