"""Which links a search finds and stores, what of them is a person's, and what it takes away again."""

from dataclasses import replace

import pytest

from models.products.found_links import store_found_links
from models.tenants.tenant import Tenant
from services.ad_links import finding
from services.tenants.lifecycle import ProductTagWish, TenantWish, update_tenant
from services.toolbox import Toolbox
from tests.worlds.ad_links import LinkWorld, link_world

SHOP = "https://shop.example"


@pytest.fixture
async def world(tools: Toolbox) -> LinkWorld:
    return await link_world(tools)


async def test_links_are_found_by_tags_addresses_and_skus(world: LinkWorld) -> None:
    for sku, page in (("LAMP-1", "lamp"), ("MUG-22", "mug"), ("BED", "bed")):
        await world.product(sku, f"{SHOP}/{page}")
    await world.names.save("sku", "hook")
    tag = TenantWish(product_tag=ProductTagWish("sku"))
    await update_tenant(world.shop.tools.db, world.shop.team.viewer, tag)
    for name, url in (("bed_a", "mug"), ("x_mug-22", "lamp/?utm_id=1"), ("y_mug-22", "other"), ("z_none", "")):
        await world.ad(name, f"{SHOP}/{url}")
    await world.names.save("sku", "hook", name="Again")
    assert await world.find() == 3
    expected = [("bed_a", "BED", "TAG"), ("x_mug-22", "LAMP-1", "URL"), ("y_mug-22", "MUG-22", "SKU")]
    assert await world.links() == expected
    assert await world.find() == 0
    await update_tenant(world.shop.tools.db, world.shop.team.viewer, TenantWish(product_tag=ProductTagWish(None)))
    assert await world.find() == 2
    assert (await world.links())[0] == ("bed_a", "MUG-22", "URL")


async def test_what_a_person_says_counts_before_what_is_found_and_stays(world: LinkWorld) -> None:
    lamp, mug = await world.product("LAMP-1", f"{SHOP}/lamp"), await world.product("MUG-22")
    ad = await world.ad("MUG-22", f"{SHOP}/lamp")
    await world.find()
    assert await world.links() == [("MUG-22", "LAMP-1", "URL")]
    await world.by_hand(mug, add=[ad])
    assert await world.links() == [("MUG-22", "MUG-22", "MANUAL")]
    assert await world.find() == 0
    await world.by_hand(mug, remove=[ad])
    assert await world.find() == 1
    assert await world.links() == [("MUG-22", "LAMP-1", "URL")]
    await world.by_hand(lamp, remove=[ad])
    assert await world.find() == 0
    assert await world.links() == []
    await world.by_hand(lamp, add=[ad])
    assert await world.links() == [("MUG-22", "LAMP-1", "MANUAL")]


async def test_ads_that_lead_to_a_listing_advertise_its_product(world: LinkWorld) -> None:
    lamp, mug = await world.product("LAMP-1"), await world.product("MUG-22")
    await world.ad("one", "https://www.ebay.example/itm/1?utm_source=meta")
    await world.ad("both", "https://www.ebay.example/itm/2")
    await world.listed(lamp, "https://ebay.example/itm/1")
    # What two products have says nothing of either.
    await world.listed(lamp, "https://ebay.example/itm/2")
    await world.listed(mug, "https://ebay.example/itm/2")
    await world.listed(None, "https://ebay.example/itm/1")
    await world.find()
    assert await world.links() == [("one", "LAMP-1", "URL")]


async def test_links_follow_products_and_ads(world: LinkWorld) -> None:
    await world.ad("LAMP-1 again", f"{SHOP}/mug")
    assert await world.find() == 0
    lamp = await world.product("LAMP-1")
    assert await world.find() == 1
    lamp = await world.shop.change(lamp, sku="LAMP-2")
    assert await world.find() == 1
    assert await world.links() == []
    lamp = await world.shop.change(lamp, page_urls=[f"{SHOP}/mug/"])
    assert await world.find() == 1
    assert await world.links() == [("LAMP-1 again", "LAMP-2", "URL")]
    await world.shop.delete(lamp)
    assert await world.links() == []
    assert await world.find() == 0
    await world.shop.restore(lamp)
    await world.find()
    assert await world.links() == [("LAMP-1 again", "LAMP-2", "URL")]
    await world.send(
        "update ad set landing_urls = '{}', name = 'x lamp-2' where tenant_id = :tenant_id returning id",
        tenant_id=world.tenant_id,
    )
    assert await world.find() == 1
    assert await world.links() == [("x lamp-2", "LAMP-2", "SKU")]


async def test_a_link_by_hand_to_a_deleted_product_keeps_no_other_from_being_found(world: LinkWorld) -> None:
    lamp, mug = await world.product("LAMP-1"), await world.product("MUG-22")
    ad = await world.ad("LAMP-1")
    await world.by_hand(mug, add=[ad])
    await world.shop.delete(mug)
    await world.find()
    assert [source for _, sku, source in await world.links() if sku == lamp.sku] == ["SKU"]
    await world.shop.restore(mug)
    await world.find()
    assert await world.links() == [("LAMP-1", "MUG-22", "MANUAL")]


async def test_a_search_that_was_overtaken_by_a_deletion_stores_nothing_of_it(
    world: LinkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp = await world.product("LAMP-1")
    await world.ad("LAMP-1")
    store = store_found_links

    async def late(*given: object, **named: object) -> None:
        await world.shop.delete(lamp)
        await store(*given, **named)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(finding, "store_found_links", late)
    await world.find()
    assert await world.links() == []


async def test_many_ads_are_searched_some_at_a_time(world: LinkWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_AT_ONCE", 2)
    await world.product("LAMP-1")
    for number in range(5):
        await world.ad(f"{number} LAMP-1")
    assert await world.find() == 5
    assert len(await world.links()) == 5


async def test_tenants_have_nothing_of_one_another(tools: Toolbox, world: LinkWorld) -> None:
    other = await link_world(tools)
    await other.product("LAMP-1")
    await world.ad("LAMP-1")
    assert await world.find() == 0
    assert await other.find() == 0


async def test_a_tenant_that_is_gone_has_no_links(world: LinkWorld) -> None:
    gone = replace(
        world.shop,
        team=replace(world.shop.team, tenant_id=Tenant(name="", slug="", currency="EUR", time_zone="UTC").id),
    )
    assert await LinkWorld(gone, world.names).find() == 0
