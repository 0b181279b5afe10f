"""Another number of a product is followed by its listings: by a sale at once or as a suggestion, by hand at once."""

from decimal import Decimal
from typing import Any

import pytest

from models.channel_jobs.job import ChannelJobKind, ChannelJobStatus
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.listings.listing import ListingStatus
from models.products.product import ProductStatus
from resolvers.node_id import encode_id
from services.products.files.importing import import_products
from services.products.saving import update_product
from services.products.statuses import set_product_status
from services.products.wishes import ProductWish
from tests.worlds.imports import upload
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


async def test_a_number_entered_by_hand_is_told_to_every_live_listing(world: OfferingWorld) -> None:
    await offered(world)
    [listing] = await world.listings()
    product = await world.stored_product(listing)
    viewer = world.team.as_role(world.role)
    wish = ProductWish(quantity=7)
    changed = await update_product(world.tools, viewer, product.id, wish, expected_version=product.version)
    assert "channel_job.requested" in await world.noted()
    [job] = await world.run_all()
    assert (job.kind, job.status, job.requested_by_user_id) == (
        ChannelJobKind.UPDATE, ChannelJobStatus.SUCCEEDED, viewer.user_id
    )  # fmt: skip
    assert world.shop.items["MUG-1"]["availability"]["shipToLocationAvailability"]["quantity"] == 7
    assert [(each.quantity, each.drift) for each in await world.listings()] == [(7, [])]
    # What is no number, and the same number again, asks for nothing.
    wish = ProductWish(quantity=7, price=Decimal(20))
    await update_product(world.tools, viewer, product.id, wish, expected_version=changed.version)
    assert await world.run_all() == []
    assert [each.drift for each in await world.listings()] == [["price"]]


async def test_a_file_with_other_numbers_is_told_and_a_trial_of_it_is_not(world: OfferingWorld) -> None:
    await offered(world)
    viewer, file = world.team.as_role(world.role), "sku,quantity\nMUG-1,2\n"
    await import_products(world.tools, viewer, upload(file), is_trial=True)
    assert await world.run_all() == []
    await import_products(world.tools, viewer, upload(file), is_trial=False)
    assert [each.kind for each in await world.run_all()] == [ChannelJobKind.UPDATE]
    assert [each.quantity for each in await world.listings()] == [2]


@pytest.mark.parametrize("status", [ProductStatus.SOLD, ProductStatus.ARCHIVED])
async def test_what_a_person_takes_off_sale_ends_on_every_channel(world: OfferingWorld, status: ProductStatus) -> None:
    await offered(world)
    [listing] = await world.listings()
    product = await world.stored_product(listing)
    viewer = world.team.as_role(world.role)
    done = await set_product_status(world.tools.db, world.tools.clock, viewer, [product.id], status)
    assert (len(done.products), done.refusals) == (1, [])
    assert [each.kind for each in await world.run_all()] == [ChannelJobKind.END]
    assert {each["status"] for each in world.shop.offers.values()} == {"UNPUBLISHED"}


async def test_none_left_of_what_is_no_longer_sold_ends_its_listing(world: OfferingWorld) -> None:
    await offered(world)
    [listing] = await world.listings()
    product = await world.stored_product(listing)
    await world.change(product, status=ProductStatus.SOLD)
    viewer, wish = world.team.as_role(world.role), ProductWish(quantity=0)
    await update_product(world.tools, viewer, product.id, wish, expected_version=product.version)
    assert [each.kind for each in await world.run_all()] == [ChannelJobKind.END]
    assert [each.status for each in await world.listings()] == [ListingStatus.ENDED]


async def test_what_is_not_sold_and_what_is_disconnected_is_left_alone(world: OfferingWorld) -> None:
    shop = await offered(world)
    await sold(world, shop, order(1, line("OTHER", 2)), order(2, line(None, 1)))
    await world.change(world.channel, status=ChannelStatus.DISCONNECTED, disconnected_at=world.tools.clock())
    await sold(world, shop, order(3, line("MUG-1", 1)))
    assert await world.run_all() == []
