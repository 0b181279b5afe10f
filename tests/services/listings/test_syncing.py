"""Reading what a channel offers: links by SKU, drift, what ended, and what is only suggested."""

from decimal import Decimal

from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.keyset import Window
from models.listings.listing import ChannelListing, ListingStatus
from models.listings.suggestion import SuggestionKind, SuggestionStatus
from sandbox.ebay.faults import EbayFaultKind
from services.channel_jobs.requests import JobWish, request_job
from services.channel_jobs.states import finish
from services.listings.changing import link_listing
from services.listings.suggesting import suggestions
from tests.worlds.offering import OfferingWorld


async def synced(world: OfferingWorld) -> ChannelJob:
    async with world.tools.db.write(world.team.viewer) as session:
        wish = JobWish(ChannelJobKind.SYNC_LISTINGS)
        job = await request_job(session, world.team.viewer, world.channel, wish, now=world.tools.clock())
    return await world.run(job)


async def live(world: OfferingWorld, sku: str = "MUG-1") -> ChannelListing:
    product = await world.goods(sku)
    await world.published(product)
    await world.run_all()
    [found] = [each for each in await world.listings() if each.product_id == product.id]
    return found


async def forget(world: OfferingWorld, listing: ChannelListing) -> None:
    """As if somebody else had made it at eBay."""
    async with world.tools.db.write(world.team.viewer) as session:
        await session.delete(await session.merge(listing))


async def test_what_the_channel_offers_is_stored_and_linked_by_its_sku(world: OfferingWorld) -> None:
    before = await live(world)
    await forget(world, before)
    done = await synced(world)
    assert (done.status, done.done, done.problems) == (ChannelJobStatus.SUCCEEDED, 1, [])
    [found] = await world.listings()
    assert (found.status, found.external_id, found.product_id) == (
        ListingStatus.LIVE, before.external_id, before.product_id
    )  # fmt: skip
    assert (found.title, found.price, found.drift, found.url) == (before.title, before.price, [], before.url)
    version = found.version
    await synced(world)
    assert [each.version for each in await world.listings()] == [version]


async def test_a_difference_is_drift_until_it_is_gone(world: OfferingWorld) -> None:
    listing = await live(world)
    item = world.shop.items["MUG-1"]
    item["product"] = {**item["product"], "title": "Changed at eBay"}
    await synced(world)
    assert [(each.title, each.drift) for each in await world.listings()] == [("Changed at eBay", ["title"])]
    product = await world.product("OTHER")
    await world.change(product, deleted_at=world.tools.clock())
    item["product"] = {**item["product"], "title": listing.title}
    await synced(world)
    assert [each.drift for each in await world.listings()] == [[]]


async def test_what_is_gone_at_the_channel_has_ended(world: OfferingWorld) -> None:
    await live(world), await live(world, "MUG-2")
    for kept in (world.shop.items, world.shop.offers):
        for key in [key for key, each in kept.items() if each.get("sku", key) == "MUG-1"]:
            del kept[key]
    await synced(world)
    assert {each.sku: each.status for each in await world.listings()} == {
        "MUG-1": ListingStatus.ENDED, "MUG-2": ListingStatus.LIVE
    }  # fmt: skip


async def test_a_reading_that_breaks_off_ends_nothing(world: OfferingWorld) -> None:
    await live(world)
    world.spoil("inventory.*", EbayFaultKind.RESET, nth=2, times=None)
    assert (await synced(world)).status is not ChannelJobStatus.SUCCEEDED
    assert [each.status for each in await world.listings()] == [ListingStatus.LIVE]


async def test_a_withdrawn_offer_has_ended(world: OfferingWorld) -> None:
    await live(world)
    for offer in world.shop.offers.values():
        offer["status"] = "UNPUBLISHED"
    await synced(world)
    [found] = await world.listings()
    assert (found.status, found.ended_at) == (ListingStatus.ENDED, world.tools.clock())


async def test_what_a_person_unlinked_is_not_linked_again(world: OfferingWorld) -> None:
    listing = await live(world)
    viewer = world.team.viewer
    await link_listing(world.tools.db, world.tools.clock, viewer, listing.id, None, is_unlinked=True)
    await synced(world)
    assert [each.product_id for each in await world.listings()] == [None]
    assert await suggested(world) == []


async def test_the_same_title_is_suggested_once(world: OfferingWorld) -> None:
    listing = await live(world)
    await world.change(await world.stored_product(listing), sku="RENAMED")
    await forget(world, listing)
    await synced(world)
    await synced(world)
    [found] = await world.listings()
    assert found.product_id is None
    assert await suggested(world) == [(SuggestionKind.LINK_LISTING, found.id, listing.product_id)]
    await world.change(await world.stored_product(listing), sku="MUG-1")
    await synced(world)
    assert [each.product_id for each in await world.listings()] == [listing.product_id]
    assert await suggested(world) == []


async def suggested(world: OfferingWorld) -> list[object]:
    page = await suggestions(world.tools.db, world.team.viewer, SuggestionStatus.OPEN, Window(50, None))
    return [(each.kind, each.listing_id, each.product_id) for each in page.rows]


async def test_a_listing_whose_job_gave_up_is_found_at_the_channel(world: OfferingWorld) -> None:
    """The answer to publishing was lost, and the job was cancelled before it looked."""
    product = await world.goods()
    [job] = (await world.published(product)).jobs
    world.spoil("inventory.publish_offer", EbayFaultKind.ANSWER_LOST)
    world.spoil("inventory.*", EbayFaultKind.RESET, nth=9, times=None)
    job = await world.run(job)
    world.heal()
    if job.status is not ChannelJobStatus.SUCCEEDED:
        async with world.tools.db.write(world.team.viewer) as session:
            row = await session.get_one(ChannelJob, (job.tenant_id, job.id))
            await finish(session, row, ChannelJobStatus.CANCELLED, now=world.tools.clock())
        assert [each.status for each in await world.listings()] == [ListingStatus.FAILED]
        if world.at_ebay("MUG-1"):
            await synced(world)
            [found] = await world.listings()
            assert (found.status, found.product_id) == (ListingStatus.LIVE, product.id)
            assert found.price == Decimal("12.5")
