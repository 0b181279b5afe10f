"""What has links found anew: whatever changes products, ads, tags, or the field that holds SKUs."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from sqlalchemy import text

from models.products.product import Product
from services.naming.templates import delete_naming_template
from services.tenants.lifecycle import ProductTagWish, TenantWish, update_tenant
from services.toolbox import Toolbox
from tests.worlds.ad_links import JOBS, LinkWorld, link_world
from tests.worlds.naming import of
from tests.worlds.refreshes import WEEK, RefreshWorld, refresh_world

TODO = ["todo"]


@pytest.fixture
async def world(tools: Toolbox) -> LinkWorld:
    return await link_world(tools)


@pytest.fixture
async def refreshed(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


async def queued(world: LinkWorld) -> list[str]:
    """The jobs since this was last asked."""
    found = await world.jobs()
    await world.forget_jobs()
    return found


async def test_changes_of_products_queue_one_search(world: LinkWorld) -> None:
    ad = await world.ad("An ad")
    lamp = await world.product("LAMP-1")
    await world.product("MUG-22")
    assert await queued(world) == TODO
    lamp = await world.shop.change(lamp, price=Decimal(7), title="Other")
    await world.by_hand(lamp, remove=[ad])
    assert await queued(world) == []
    lamp = await world.shop.change(lamp, sku="LAMP-2")
    assert await queued(world) == TODO
    lamp = await world.shop.change(lamp, page_urls=["https://shop.example/lamp"])
    assert await queued(world) == TODO
    await world.by_hand(lamp, add=[ad])
    assert await queued(world) == TODO
    await world.shop.delete(lamp)
    assert await queued(world) == TODO
    await world.shop.restore(lamp)
    assert await queued(world) == TODO


async def test_tags_queue_a_search_where_a_field_of_theirs_holds_skus(world: LinkWorld) -> None:
    db, viewer, ad = world.shop.tools.db, world.shop.team.viewer, await world.ad("a_b")
    template = await world.names.save("sku", "hook")
    assert await queued(world) == []
    for field in ("sku", None, "sku"):
        await update_tenant(db, viewer, TenantWish(product_tag=ProductTagWish(field)))
        assert await queued(world) == TODO
    await update_tenant(db, viewer, TenantWish(name="Other", product_tag=ProductTagWish("sku")))
    await world.names.say(of(ad, "sku", "told"), is_trial=True)
    assert await queued(world) == []
    await world.names.say(of(ad, "sku", "told"))
    assert await queued(world) == TODO
    await delete_naming_template(db, viewer, template.id)
    assert await queued(world) == TODO


async def test_a_refresh_that_brings_something_new_of_ads_queues_a_search_that_waits_a_little(
    refreshed: RefreshWorld,
) -> None:
    async def jobs() -> list[str]:
        lock = f"ad_links:{refreshed.entities.tenant_id}"
        found = [row[0] for row in await refreshed.select(JOBS, lock=lock)]
        soon = await refreshed.select(
            "select count(*) from procrastinate_jobs where queueing_lock = :lock and scheduled_at <= now()", lock=lock
        )
        assert soon[0][0] == 0
        await refreshed.change("delete from procrastinate_jobs where queueing_lock = :lock", lock=lock)
        return found

    account = await refreshed.connected()
    await refreshed.refreshed(account, WEEK)
    assert await jobs() == []  # there is nothing to be linked to
    thing = Product(tenant_id=account.tenant_id, sku="LAMP", title="", currency="EUR", price=Decimal(1))
    await refreshed.entities.keep(thing)
    changes = ("name = 'x'", "landing_urls = null", "landing_urls = '{x}'", "url_tags = 'x'", "status = 'PAUSED'")
    for change, expected in zip(changes, [*[TODO] * 4, []], strict=True):
        await refreshed.change("delete from entity_reading where tenant_id = :tenant")
        await refreshed.change(f"update ad set {change} where tenant_id = :tenant")
        await refreshed.refreshed(account, WEEK)
        assert await jobs() == expected, change


async def test_a_search_is_a_job_of_the_queue(world: LinkWorld) -> None:
    await world.product("LAMP-1")
    async with world.shop.tools.db.read(world.shop.team.viewer) as session:
        statement = text("select task_name, lock, args from procrastinate_jobs where queueing_lock = :lock")
        [row] = (await (await session.connection()).execute(statement, {"lock": f"ad_links:{world.tenant_id}"})).all()
    assert (row.task_name, row.lock) == ("ad_links.find", f"ad_links:{world.tenant_id}")
    assert row.args == {"schema_version": 1, "tenant_id": str(world.tenant_id)}
