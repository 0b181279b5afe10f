"""Links between ads and products through GraphQL text: made and taken away by hand, and shown from both sides."""

from typing import Any
from uuid import uuid4

import pytest

from analytics.links.finder import AdLinkSource
from models.ads.ad import Ad
from models.products.ad_link import AdLink
from models.products.product import Product
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.products import ad_links
from services.toolbox import Toolbox
from tests.worlds.ads import statements
from tests.worlds.products import Catalogue, catalogue

SET = """
mutation ($product: ID!, $add: [ID!], $remove: [ID!]) {
  setProductAds(productId: $product, addAdIds: $add, removeAdIds: $remove) {
    product { title adLinks { totalCount nodes { ad { name } product { title } source matched } } }
    userErrors { code field message }
  }
}
"""
OF_ADS = "{ ads { nodes { name productLinks { product { title } source } } } }"
OF_PRODUCTS = "{ products(order: TITLE_ASC) { nodes { adLinks(first: 1) { totalCount nodes { ad { name } } } } } }"


@pytest.fixture
async def world(tools: Toolbox) -> Catalogue:
    return await catalogue(tools)


async def ads_of(world: Catalogue, *names: str) -> list[Ad]:
    account = await world.team.account()
    [campaign] = await world.team.campaigns(account, "Sale")
    [ad_set] = await world.team.ad_sets(campaign, "All")
    return await world.team.ads(ad_set, *names)


def ids(*ads: Ad) -> list[str]:
    return [encode_id("Ad", ad.id) for ad in ads]


async def told(world: Catalogue, product: Product, **asked: Any) -> dict[str, Any]:
    answer = await world.door.ask(SET, product=encode_id("Product", product.id), **asked)
    found: dict[str, Any] = answer.data["setProductAds"]
    return found


def errors(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [(each["code"], each["field"]) for each in payload["userErrors"]]


async def linked(world: Catalogue) -> dict[str, list[tuple[str, str]]]:
    """Of each ad the products that it advertises, with the source."""
    nodes = (await world.door.ask(OF_ADS)).data["ads"]["nodes"]
    return {ad["name"]: [(each["product"]["title"], each["source"]) for each in ad["productLinks"]] for ad in nodes}


async def test_links_are_made_and_taken_away_and_seen_from_both_sides(world: Catalogue) -> None:
    first, second = await ads_of(world, "first", "second")
    lamp, chair = await world.make("Lamp"), await world.make("Chair")
    payload = await told(world, lamp, add=ids(first, second))
    assert payload["userErrors"] == []
    of_lamp = payload["product"]["adLinks"]
    assert of_lamp["totalCount"] == 2
    assert {each["ad"]["name"] for each in of_lamp["nodes"]} == {"first", "second"}
    assert {(each["product"]["title"], each["source"], each["matched"]) for each in of_lamp["nodes"]} == {
        ("Lamp", "MANUAL", None)
    }
    world.clock.now = world.clock.now.replace(year=2027)
    await told(world, chair, add=ids(first))
    assert await linked(world) == {"first": [("Lamp", "MANUAL"), ("Chair", "MANUAL")], "second": [("Lamp", "MANUAL")]}
    await told(world, lamp, remove=ids(first))
    assert await linked(world) == {"first": [("Chair", "MANUAL")], "second": [("Lamp", "MANUAL")]}
    logged = [(action, after) for action, _, _, after in await world.log() if action == "product.ads_set"]
    assert [(len(after["added"]), len(after["removed"])) for _, after in logged] == [(2, 0), (1, 0), (0, 1)]


async def test_what_was_found_becomes_a_link_by_hand_and_what_was_removed_stays_as_a_row(world: Catalogue) -> None:
    [ad] = await ads_of(world, "found")
    lamp = await world.make("Lamp")
    found: dict[str, Any] = {"tenant_id": world.team.tenant_id, "ad_id": ad.id, "ad_account_id": ad.ad_account_id}
    await world.team.keep(
        AdLink(**found, product_id=lamp.id, source=AdLinkSource.SKU, matched=lamp.sku, created_at=world.clock())
    )
    assert await linked(world) == {"found": [("Lamp", "SKU")]}
    await told(world, lamp, remove=ids(ad))
    assert await linked(world) == {"found": []}
    async with world.tools.db.read(world.team.viewer) as session:
        row = await session.get(AdLink, (world.team.tenant_id, ad.id, lamp.id))
        assert row is not None
        assert (row.is_removed, row.source) == (True, AdLinkSource.MANUAL)
    await told(world, lamp, add=ids(ad))
    assert await linked(world) == {"found": [("Lamp", "MANUAL")]}


async def test_what_changes_nothing_is_not_logged(world: Catalogue) -> None:
    first, second = await ads_of(world, "first", "second")
    lamp = await world.make()
    for asked in ({"add": ids(first)}, {"add": ids(first, first)}, {"remove": ids(second)}, {}):
        assert errors(await told(world, lamp, **asked)) == []
    assert [action for action, *_ in await world.log()].count("product.ads_set") == 1


async def test_links_to_a_deleted_product_are_hidden_until_it_is_restored(world: Catalogue) -> None:
    [ad] = await ads_of(world, "ad")
    lamp = await world.make("Lamp")
    await told(world, lamp, add=ids(ad))
    await world.delete(lamp)
    assert await linked(world) == {"ad": []}
    assert errors(await told(world, lamp, remove=ids(ad))) == [("CONFLICT", ["productId"])]
    await world.restore(lamp)
    assert await linked(world) == {"ad": [("Lamp", "MANUAL")]}


async def test_wrong_input_is_refused_at_its_place_and_nothing_is_linked(
    world: Catalogue, tools: Toolbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ad, other = await ads_of(world, "ad", "other")
    lamp, stranger = await world.make(), await catalogue(tools)
    [foreign] = await ads_of(stranger, "foreign")
    nothing, of_product = encode_id("Ad", uuid4()), encode_id("Product", lamp.id)
    for asked, expected in (
        ({"add": [*ids(ad), nothing]}, ("NOT_FOUND", ["addAdIds", "1"])),
        ({"add": ids(ad, foreign)}, ("NOT_FOUND", ["addAdIds", "1"])),
        ({"add": ids(ad), "remove": ids(other, ad)}, ("INVALID", ["removeAdIds", "1"])),
        ({"remove": [*ids(ad), nothing]}, ("NOT_FOUND", ["removeAdIds", "1"])),
        ({"add": [*ids(ad), of_product]}, ("INVALID", ["addAdIds", "1"])),
    ):
        assert errors(await told(world, lamp, **asked)) == [expected]
    assert errors(await told(world, await stranger.make(), add=ids(ad))) == [("NOT_FOUND", ["productId"])]
    monkeypatch.setattr(ad_links, "MOST_AT_ONCE", 1)
    assert errors(await told(world, lamp, remove=ids(ad, other))) == [("INVALID", ["removeAdIds"])]
    await world.set_columns(lamp, frozen_at=world.clock())
    assert errors(await told(world, lamp, add=ids(ad))) == [("QUOTA_EXCEEDED", ["productId"])]
    assert await linked(world) == {"ad": [], "other": []}


async def test_viewers_see_links_and_set_none(world: Catalogue) -> None:
    [ad] = await ads_of(world, "ad")
    lamp = await world.make("Lamp")
    await told(world, lamp, add=ids(ad))
    world.role = Role.VIEWER
    answer = await world.door.ask(SET, product=encode_id("Product", lamp.id), remove=ids(ad))
    assert answer.codes == ["FORBIDDEN"]
    assert await linked(world) == {"ad": [("Lamp", "MANUAL")]}


async def test_links_cost_one_statement_for_a_list(world: Catalogue) -> None:
    ads = await ads_of(world, *(f"ad {number}" for number in range(5)))
    for title in ("a", "b", "c"):
        await told(world, await world.make(title), add=ids(*ads))
    with statements(world.tools.db) as sent:
        nodes = (await world.door.ask(OF_PRODUCTS)).data["products"]["nodes"]
    assert [each["adLinks"]["totalCount"] for each in nodes] == [5, 5, 5]
    assert [len(each["adLinks"]["nodes"]) for each in nodes] == [1, 1, 1]
    assert sum("ad_link" in each for each in sent) == 2  # the pages and the counts
    with statements(world.tools.db) as sent:
        assert [len(links) for links in (await linked(world)).values()] == [3] * 5
    assert sum("ad_link" in each for each in sent) == 1
