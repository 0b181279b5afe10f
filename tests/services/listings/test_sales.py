"""A sale is followed by the other listings of what was sold: at once in its transaction, or as a suggestion."""

from typing import Any

from models.channel_jobs.job import ChannelJobKind, ChannelJobStatus
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.listings.listing import ListingStatus
from resolvers.node_id import encode_id
from tests.worlds.offering import OfferingWorld
from tests.worlds.orders import SAVE, line, order


async def sold(world: OfferingWorld, shop: Channel, *orders: dict[str, Any]) -> None:
    found = (await world.told(SAVE, channel=encode_id("Channel", shop.id), orders=list(orders)))["saveOrders"]
    assert (found["saved"], found["userErrors"]) == (len(orders), [])


async def offered(world: OfferingWorld, quantity: int = 3, **of_shop: Any) -> Channel:
    product = await world.goods(quantity=quantity)
    await world.published(product)
    await world.run_all()
    return await world.another_channel(kind=ChannelKind.SHOP, name="Shop", **of_shop)


async def test_a_sale_lowers_the_quantity_elsewhere(world: OfferingWorld) -> None:
    shop = await offered(world)
    await sold(world, shop, order(1, line("MUG-1", 2)))
    [job] = await world.run_all()
    assert (job.kind, job.status, job.requested_by_kind.value) == (
        ChannelJobKind.UPDATE, ChannelJobStatus.SUCCEEDED, "SYSTEM"
    )  # fmt: skip
    assert world.shop.items["MUG-1"]["availability"]["shipToLocationAvailability"]["quantity"] == 1
    assert [(each.quantity, each.drift) for each in await world.listings()] == [(1, [])]


async def test_the_last_piece_ends_the_listing_elsewhere(world: OfferingWorld) -> None:
    """FlipTrack 150, magento/inventory 3072: the same piece was sold twice."""
    shop = await offered(world)
    await sold(world, shop, order(1, line("MUG-1", 2)), order(2, line("MUG-1", 1)))
    done = await world.run_all()
    assert {each.status for each in done} == {ChannelJobStatus.SUCCEEDED}
    assert [each.status for each in await world.listings()] == [ListingStatus.ENDED]
    assert {each["status"] for each in world.shop.offers.values()} == {"UNPUBLISHED"}


async def test_the_last_of_several_jobs_tells_the_last_number(world: OfferingWorld) -> None:
    shop = await offered(world)
    for number in (1, 2):
        await sold(world, shop, order(number, line("MUG-1", 1)))
    await world.run_all()
    assert [each.quantity for each in await world.listings()] == [1]
    await sold(world, shop, order(2, line("MUG-1", 1), minutes=5, status="CANCELLED"))
    await world.run_all()
    assert [each.quantity for each in await world.listings()] == [2]


async def test_a_channel_that_only_suggests_suggests_the_end(world: OfferingWorld) -> None:
    shop = await offered(world, ends_elsewhere_on_sale=False)
    await sold(world, shop, order(1, line("MUG-1", 1)))
    assert (await world.told(OPEN))["suggestions"]["totalCount"] == 0
    await sold(world, shop, order(2, line("MUG-1", 2)))
    assert await world.run_all() == []
    [found] = (await world.told(OPEN))["suggestions"]["nodes"]
    assert (found["kind"], found["product"]["sku"], found["listing"]["status"]) == ("END_LISTING", "MUG-1", "LIVE")


OPEN = "{ suggestions { totalCount nodes { kind product { sku } listing { status } } } }"


async def test_what_is_not_sold_and_what_is_disconnected_is_left_alone(world: OfferingWorld) -> None:
    shop = await offered(world)
    await sold(world, shop, order(1, line("OTHER", 2)), order(2, line(None, 1)))
    await world.change(world.channel, status=ChannelStatus.DISCONNECTED, disconnected_at=world.tools.clock())
    await sold(world, shop, order(3, line("MUG-1", 1)))
    assert await world.run_all() == []
