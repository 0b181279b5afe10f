"""What lags behind is suggested: sold out at the channel without an order, or sold and left for months."""

from datetime import timedelta
from typing import Any

from sqlmodel import select

from models.channel_jobs.job import ChannelJobKind
from models.listings.listing import ChannelListing, ListingStatus
from models.products.product import Product, ProductStatus
from sandbox.ebay.inventory.listings import take_from_listing
from services.channel_jobs.requests import JobWish, request_job
from services.listings.sold_products import LONG_SOLD, suggest_archiving
from tests.worlds.offering import OfferingWorld

OPEN = "{ suggestions { nodes { id kind reason product { sku status } listing { status } } } }"
DECIDE = """mutation ($ids: [ID!]!, $accept: Boolean!) { decideSuggestions(ids: $ids, accept: $accept) {
  suggestions { status } jobs { kind } userErrors { code } } }"""


async def suggested(world: OfferingWorld) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.told(OPEN))["suggestions"]["nodes"]
    return found


async def synced(world: OfferingWorld) -> None:
    async with world.tools.db.write(world.team.viewer) as session:
        wish = JobWish(ChannelJobKind.SYNC_LISTINGS)
        job = await request_job(session, world.team.viewer, world.channel, wish, now=world.tools.clock())
    await world.run(job)


def pass_by(world: OfferingWorld, time: timedelta) -> None:
    assert world.clock is not None
    world.clock.now += time


async def sold_out(world: OfferingWorld) -> ChannelListing:
    """A product whose three pieces eBay has sold, as a reading of listings has found."""
    await world.published(await world.goods(quantity=3))
    await world.run_all()
    [listing] = await world.listings()
    assert listing.external_id is not None
    take_from_listing(world.shop, listing.external_id, 3)
    pass_by(world, timedelta(minutes=1))
    await synced(world)
    [listing] = await world.listings()
    assert listing.status is ListingStatus.SOLD
    return listing


async def test_what_is_sold_out_and_of_no_order_is_suggested_once_and_marked(world: OfferingWorld) -> None:
    await sold_out(world)
    assert await suggested(world) == []
    pass_by(world, timedelta(minutes=1))
    await world.change(world.channel, orders_synced_at=world.tools.clock())
    await synced(world)
    await synced(world)
    [found] = await suggested(world)
    assert (found["kind"], found["listing"], found["product"]) == (
        "MARK_SOLD", {"status": "SOLD"}, {"sku": "MUG-1", "status": "PUBLISHED"}
    )  # fmt: skip
    assert "eBay" in found["reason"]
    done = (await world.told(DECIDE, ids=[found["id"]], accept=True))["decideSuggestions"]
    assert (len(done["suggestions"]), done["jobs"], done["userErrors"]) == (1, [], [])
    await synced(world)
    assert await suggested(world) == []
    assert [each.status for each in await products(world)] == [ProductStatus.SOLD]


async def test_where_orders_are_not_read_it_is_suggested_a_day_later(world: OfferingWorld) -> None:
    await sold_out(world)
    pass_by(world, timedelta(hours=23))
    await synced(world)
    assert await suggested(world) == []
    pass_by(world, timedelta(hours=2))
    await synced(world)
    assert [each["kind"] for each in await suggested(world)] == ["MARK_SOLD"]


async def test_what_an_order_has_sold_or_another_channel_offers_is_not_suggested(world: OfferingWorld) -> None:
    listing = await sold_out(world)
    [product] = await products(world)
    other = await world.another_channel()
    beside = await world.listing(product, channel_id=other.id)
    pass_by(world, timedelta(days=2))
    await synced(world)
    assert await suggested(world) == []
    await world.change(beside, status=ListingStatus.ENDED)
    await world.change(product, status=ProductStatus.SOLD, quantity=0)
    await synced(world)
    assert await suggested(world) == []
    assert (await world.stored(listing)).status is ListingStatus.SOLD


async def test_what_was_sold_long_ago_is_suggested_once_and_archived_in_bulk(world: OfferingWorld) -> None:
    old = world.tools.clock() - LONG_SOLD - timedelta(hours=1)
    sold: dict[str, Any] = {"status": ProductStatus.SOLD, "quantity": 0, "updated_at": old}
    await world.product("A-1", **sold), await world.product("A-2", **sold)
    await world.listing(await world.product("LIVE-1", **sold))
    await world.product("FRESH-1", **sold | {"updated_at": old + timedelta(hours=2)})
    await world.product("HERE-1", updated_at=old)
    await world.product("GONE-1", **sold, deleted_at=old)
    assert await suggest_archiving(world.tools.db, world.tools.clock) >= 2
    found = await suggested(world)
    assert {(each["kind"], each["product"]["sku"]) for each in found} == {
        ("ARCHIVE_PRODUCT", "A-1"), ("ARCHIVE_PRODUCT", "A-2")
    }  # fmt: skip
    await world.told(DECIDE, ids=[found[0]["id"]], accept=False)
    await world.told(DECIDE, ids=[found[1]["id"]], accept=True)
    assert sorted(each.sku for each in await products(world) if each.status is ProductStatus.ARCHIVED) == [
        found[1]["product"]["sku"]
    ]
    # What was rejected is left alone for as long again, and not for a week alone.
    pass_by(world, timedelta(days=8))
    await suggest_archiving(world.tools.db, world.tools.clock)
    assert [each["product"]["sku"] for each in await suggested(world)] == ["FRESH-1"]


async def products(world: OfferingWorld) -> list[Product]:
    query = select(Product).where(Product.tenant_id == world.team.tenant_id)
    async with world.tools.db.read(world.team.viewer) as session:
        return list((await session.exec(query)).all())
