"""Lists of listings, of the tenant, of channels and of products, and what a listing shows."""

from typing import Any

import pytest

from models.listings.listing import ListingStatus
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.worlds.listings import ListingWorld, listing_world

LISTINGS = """query ($first: Int, $after: String, $filter: ListingFilter) {
  listings(first: $first, after: $after, filter: $filter) { totalCount pageInfo { endCursor hasNextPage } nodes {
    id status market externalId url title currency price quantity imageUrl drift views favourites publishedAt endedAt
    syncedAt problems { code field message } channel { id } product { id } } } }"""


@pytest.fixture
async def world(tools: Toolbox) -> ListingWorld:
    return await listing_world(tools)


async def titles(world: ListingWorld, **wanted: Any) -> set[str]:
    found = (await world.told(LISTINGS, filter=wanted))["listings"]
    assert found["totalCount"] == len(found["nodes"])
    return {each["title"] for each in found["nodes"]}


async def test_listings_are_found_by_each_part_of_the_filter(world: ListingWorld) -> None:
    lamp, vase = await world.product("LAMP-1", title="Lamp"), await world.product("VASE-1", title="Vase")
    other = await world.another_channel()
    await world.listing(lamp, drift=["price"])
    await world.listing(vase, channel_id=other.id, status=ListingStatus.ENDED)
    await world.listing(title="Found at eBay", external_id="110")
    assert await titles(world) == {"Lamp", "Vase", "Found at eBay"}
    assert await titles(world, channelIds=[encode_id("Channel", other.id)]) == {"Vase"}
    assert await titles(world, productIds=[encode_id("Product", lamp.id)]) == {"Lamp"}
    assert await titles(world, status=["LIVE"]) == {"Lamp", "Found at eBay"}
    assert await titles(world, isLinked=False) == {"Found at eBay"}
    assert await titles(world, isLinked=True) == {"Lamp", "Vase"}
    assert await titles(world, hasDrift=True) == {"Lamp"}
    assert await titles(world, hasDrift=False) == {"Vase", "Found at eBay"}
    assert await titles(world, text={"contains": "VASE-"}) == {"Vase"}
    assert await titles(world, text={"contains": "110"}) == {"Found at eBay"}
    assert await titles(world, channelIds=[]) == set()
    assert await titles(world, isLinked=None, status=None, text=None) == await titles(world)


async def test_a_list_below_a_channel_and_below_a_product_is_counted_and_paged(world: ListingWorld) -> None:
    lamp, vase = await world.product("LAMP-1"), await world.product("VASE-1")
    other = await world.another_channel()
    for number, channel in enumerate([world.channel, other, other]):
        await world.listing(lamp, channel_id=channel.id, market=f"M{number}", external_id=str(number))
    found = await world.told(
        """{ channels { nodes { id listings(first: 1, filter: { status: [LIVE] }) { totalCount nodes { channel { id } }
          pageInfo { hasNextPage } } } }
        products { nodes { sku listings { totalCount nodes { product { sku } } } } } }"""
    )
    below = {each["id"]: each["listings"] for each in found["channels"]["nodes"]}
    assert [below[encode_id("Channel", each.id)]["totalCount"] for each in (world.channel, other)] == [1, 2]
    assert below[encode_id("Channel", other.id)]["pageInfo"]["hasNextPage"]
    counts = {each["sku"]: each["listings"]["totalCount"] for each in found["products"]["nodes"]}
    assert counts == {lamp.sku: 3, vase.sku: 0}


async def test_products_are_found_by_the_channels_that_offer_them(world: ListingWorld) -> None:
    lamp, vase = await world.product("LAMP-1"), await world.product("VASE-1")
    await world.listing(lamp)
    await world.listing(vase, status=ListingStatus.ENDED)
    query = "query ($filter: ProductFilter) { products(filter: $filter) { totalCount nodes { sku } } }"
    found = (await world.told(query, filter={"channelIds": [world.channel_id]}))["products"]
    assert ([each["sku"] for each in found["nodes"]], found["totalCount"]) == ([lamp.sku], 1)
    wrong = await world.ask(query, filter={"channelIds": ["nonsense"]})
    assert wrong.codes == ["BAD_USER_INPUT"]


async def test_a_listing_shows_why_it_failed_and_is_a_node(world: ListingWorld) -> None:
    kept = await world.listing(
        status=ListingStatus.FAILED,
        external_id=None,
        problems=[{"code": "INVALID", "message": "The title is too long.", "field": ["title"]}],
    )
    [node] = (await world.told(LISTINGS))["listings"]["nodes"]
    assert node["problems"] == [{"code": "INVALID", "field": ["title"], "message": "The title is too long."}]
    assert (node["product"], node["channel"]["id"], node["status"]) == (None, world.channel_id, "FAILED")
    asked = "query ($id: ID!) { node(id: $id) { ... on Listing { title } } }"
    assert (await world.told(asked, id=encode_id("Listing", kept.id)))["node"] == {"title": kept.title}


@pytest.mark.parametrize(
    "wanted",
    [{"status": ["SLEEPING"]}, {"channelIds": ["x"]}, {"productIds": [""]}, {"isLinked": 3}, {"text": {"contains": 1}}],
)
async def test_a_filter_that_says_nothing_is_refused(world: ListingWorld, wanted: dict[str, Any]) -> None:
    answer = await world.ask(LISTINGS, filter=wanted)
    assert set(answer.codes) <= {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}
    assert answer.codes
