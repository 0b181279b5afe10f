"""What differs between a listing and its product is told anew as soon as a person changes the product."""

import pytest

from models.listings.listing import ChannelListing
from services.products.files.importing import import_products
from services.products.saving import update_product
from services.products.wishes import ProductWish
from services.toolbox import Toolbox
from tests.worlds.imports import upload
from tests.worlds.listings import ListingWorld, listing_world


@pytest.fixture
async def world(tools: Toolbox) -> ListingWorld:
    return await listing_world(tools)


async def drift(world: ListingWorld, listing: ChannelListing) -> list[str]:
    async with world.tools.db.read(world.team.viewer) as session:
        return (await session.get_one(ChannelListing, (world.team.tenant_id, listing.id))).drift


async def test_a_changed_product_differs_from_its_listings_until_it_is_as_before(world: ListingWorld) -> None:
    product, other = await world.product("LAMP-1"), await world.product("VASE-1")
    listing, beside = await world.listing(product), await world.listing(other)
    changed = await update_product(
        world.tools, world.team.viewer, product.id, ProductWish(title="Lamp", quantity=9), expected_version=1
    )
    assert (await drift(world, listing), await drift(world, beside)) == (["title", "quantity"], [])
    back = ProductWish(title=product.title, quantity=product.quantity)
    await update_product(world.tools, world.team.viewer, product.id, back, expected_version=changed.version)
    assert await drift(world, listing) == []


async def test_a_file_that_changes_a_product_renews_the_drift_and_a_trial_does_not(world: ListingWorld) -> None:
    listing = await world.listing(await world.product("LAMP-1"))
    file = "sku,price,quantity\nLAMP-1,40.10,4\n"
    await import_products(world.tools, world.team.viewer, upload(file), is_trial=True)
    assert await drift(world, listing) == []
    await import_products(world.tools, world.team.viewer, upload(file), is_trial=False)
    assert await drift(world, listing) == ["price", "quantity"]
