"""The demo's team gets a seller of each marketplace once: the stand-ins keep a paid plan and a consent for it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from integrations.ebay.app import EbayApp
from integrations.ebay.marketplace import EbayMarketplace
from integrations.etsy.app import EtsyApp
from integrations.etsy.marketplace import EtsyMarketplace
from integrations.http import HttpClient
from integrations.storage.local import LocalStorage, link_key
from jobs.channels import WORKSHOP
from models.acting import TenantScope
from models.audit.actor import ActorKind
from models.billing.subscription import PlanKey
from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from models.channels.channel import Channel, ChannelKind, ChannelStatus, list_channels
from models.keyset import Window
from models.products.attribute import AttributeKind
from models.products.vocabulary import Attribute
from sandbox.ebay.config import EbayConfig
from sandbox.ebay.server import EbayServer, run_ebay
from sandbox.etsy.config import EtsyConfig
from sandbox.etsy.server import EtsyServer, run_etsy
from services.channel_jobs.requests import JobWish, request_job
from services.channel_jobs.running import run_channel_job
from services.channel_jobs.syncing import syncs_of
from services.channels.connecting import connect_channel
from services.channels.wishes import ChannelWish
from services.installation.demo_shop.catalogue import PRODUCTS, SHOP_NAME
from services.installation.demo_shop.marketplaces import CODES, CUSTOMER_NAME, connect_demo_sellers
from services.installation.demo_shop.pictures import draw
from services.installation.demo_shop.vocabulary import ids_of, load_values, map_values, value_keys
from services.listings.publishing import PublishWish, publish_products
from services.products.attribute_wishes import AttributeWish, MappingWish
from services.products.images.adding import add_product_image
from services.products.saving import create_product
from services.products.vocabulary import save_attribute
from services.products.wishes import ProductWish
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.billing import BillingWorld, billing_world
from tests.worlds.channel_jobs import forget_limits

SECRET = "ebay-secret-canary-0123456789"
SHOWN = """{
  listings(first: 50) { totalCount nodes { status product { sku } drift } }
  orders(first: 50) { totalCount nodes { status netRevenue lines { product { sku } } } }
  orderCases(first: 50) { nodes { kind status actions order { externalId } } }
  tenant { subscription { plan { key } } }
}"""


@pytest.fixture
async def ebay() -> AsyncIterator[EbayServer]:
    config = EbayConfig("client-1", SECRET, "admin", fetches_pictures=False, demo_code=CODES[ChannelKind.EBAY])
    async with run_ebay(config) as server:
        yield server


@pytest.fixture
async def etsy() -> AsyncIterator[EtsyServer]:
    async with run_etsy(EtsyConfig("key", SECRET, "admin", demo_code=CODES[ChannelKind.ETSY])) as server:
        yield server


@pytest.fixture
async def world(tools: Toolbox, ebay: EbayServer, etsy: EtsyServer) -> AsyncIterator[BillingWorld]:
    async with billing_world(tools) as made:
        await forget_limits(tools.db)
        ebay.sandbox.clock.set(made.now())
        etsy.sandbox.clock.set(made.now())
        http, clock = HttpClient(), made.tools.clock
        app = EbayApp("client-1", SECRET, ebay.sandbox.config.ru_name, ebay.url, ebay.url, ebay.url, ebay.graphql_url)
        hosts = (etsy.api_url, f"{etsy.url}/v3/public/oauth/token", f"{etsy.url}/oauth/connect")
        shops = EtsyApp("key", SECRET, "http://127.0.0.1:8000/auth/etsy/callback", *hosts)
        selling: dict[ChannelKind, Any] = {
            ChannelKind.EBAY: EbayMarketplace(app, http, clock), ChannelKind.ETSY: EtsyMarketplace(shops, http, clock)
        }  # fmt: skip
        made.tools = replace(made.tools, vendors=replace(made.tools.vendors, selling=selling))
        yield made
        await http.close()


def give_a_plan(world: BillingWorld) -> None:
    gifts = {CUSTOMER_NAME: world.price(PlanKey.PRO).id}
    world.stripe.ledger.config = replace(world.stripe.ledger.config, gifts=gifts)


async def opened_shop(world: BillingWorld) -> None:
    await connect_channel(world.tools, world.team.viewer, ChannelWish(ChannelKind.SHOP, SHOP_NAME))


async def channels(world: BillingWorld) -> dict[ChannelKind, Channel]:
    async with world.tools.db.read(world.team.viewer) as session:
        return {each.kind: each for each in (await list_channels(session, Window(10))).rows}


async def connect(world: BillingWorld) -> dict[ChannelKind, Channel]:
    await connect_demo_sellers(world.tools, world.team.viewer)
    return await channels(world)


async def read_all(world: BillingWorld, channel: Channel) -> None:
    """What the chores ask for as soon as a channel is connected."""
    for kind in syncs_of(channel.kind):
        scope = TenantScope(world.team.tenant_id)
        async with world.tools.db.write(scope) as session:
            job = await request_job(
                session, scope, channel, JobWish(kind), now=world.tools.clock(), by=ActorKind.SCHEDULE
            )
        await run_channel_job(world.tools, WORKSHOP, tenant_id=job.tenant_id, job_id=job.id)
        async with world.tools.db.read(world.team.viewer) as session:
            done = await session.get_one(type(job), (job.tenant_id, job.id))
        assert (done.status, done.problems) == (ChannelJobStatus.SUCCEEDED, [])


async def shown(world: BillingWorld) -> Any:
    answer = await Door(world.tools, world.team.viewer).ask(SHOWN)
    assert answer.codes == [], answer.messages
    return answer.data


async def test_a_seller_is_connected_with_listings_orders_and_cases(world: BillingWorld) -> None:
    give_a_plan(world)
    await opened_shop(world)
    cushion = next(each for each in PRODUCTS if each.sku == "BB-1006")
    wish = ProductWish(sku=cushion.sku, title=cushion.title, currency="USD", price=cushion.price, quantity=200)
    await create_product(world.tools, world.team.viewer, wish)
    seller = (await connect(world))[ChannelKind.EBAY]
    assert (seller.status, seller.name, seller.market) == (
        ChannelStatus.CONNECTED, "Bluebird Home on eBay", "EBAY_US"
    )  # fmt: skip
    await read_all(world, seller)
    found = await shown(world)
    assert found["tenant"]["subscription"]["plan"]["key"] == "PRO"
    assert (found["listings"]["totalCount"], found["orders"]["totalCount"]) == (10, 32)
    [linked] = [each for each in found["listings"]["nodes"] if each["product"]]
    assert (linked["product"]["sku"], linked["status"]) == ("BB-1006", "LIVE")
    assert sum(any(line["product"] for line in each["lines"]) for each in found["orders"]["nodes"]) >= 3
    assert {each["status"] for each in found["orders"]["nodes"]} == {"PAID", "SHIPPED"}
    cases = found["orderCases"]["nodes"]
    assert sorted(each["kind"] for each in cases) == ["CANCELLATION", "DISPUTE", "INQUIRY", "RETURN"]
    assert all(each["actions"] and each["order"] for each in cases)


async def test_a_shop_at_etsy_is_connected_with_listings_and_orders(world: BillingWorld) -> None:
    give_a_plan(world)
    await opened_shop(world)
    shop = (await connect(world))[ChannelKind.ETSY]
    assert (shop.status, shop.name) == (ChannelStatus.CONNECTED, "Bluebird Home on Etsy")
    await read_all(world, shop)
    found = await shown(world)
    assert (found["listings"]["totalCount"], found["orders"]["totalCount"]) == (7, 20)
    assert {each["status"] for each in found["listings"]["nodes"]} == {"LIVE"}
    statuses = [each["status"] for each in found["orders"]["nodes"]]
    assert {each: statuses.count(each) for each in statuses} == {
        "AWAITING_PAYMENT": 1, "PAID": 1, "SHIPPED": 17, "CANCELLED": 1
    }  # fmt: skip
    assert all((each["netRevenue"] > 0) is (each["status"] != "CANCELLED") for each in found["orders"]["nodes"])


async def in_catalogue(world: BillingWorld) -> list[UUID]:
    """The products of the demo as its shop makes them, two pieces of each; the last one alone has a picture."""
    values = await load_values(world.tools, world.team.viewer)
    made = []
    for each in PRODUCTS:
        wish = ProductWish(
            sku=each.sku, title=each.title, description=each.title, currency="USD", price=each.price, quantity=2,
            attribute_ids=ids_of(each, values),
        )  # fmt: skip
        made.append((await create_product(world.tools, world.team.viewer, wish)).id)
    await add_product_image(world.tools, world.team.viewer, made[-1], draw(PRODUCTS[-1]), alt=None)
    return made


async def test_what_the_demo_sells_can_be_published_at_once(world: BillingWorld, tmp_path: Path) -> None:
    files = LocalStorage(tmp_path / "files", "http://127.0.0.1:9/files", [link_key("a secret")], world.tools.clock)
    world.tools = replace(world.tools, files=files, workspace=tmp_path / "work")
    viewer = world.team.viewer
    give_a_plan(world)
    await opened_shop(world)
    products = await in_catalogue(world)
    found = await connect(world)
    places = [found[ChannelKind.EBAY].id, found[ChannelKind.ETSY].id]
    tried = PublishWish(products, places)
    trial = await publish_products(world.tools, viewer, tried, idempotency_key=None, is_trial=True)
    assert {(each.product_id, each.path[0] if each.path else each.message) for each in trial.problems} == {
        (each, "images") for each in products[:-1]
    }
    [job] = (
        await publish_products(
            world.tools, viewer, PublishWish(products[-1:], places[:1]), idempotency_key=None, is_trial=False
        )
    ).jobs
    await run_channel_job(world.tools, WORKSHOP, tenant_id=job.tenant_id, job_id=job.id)
    async with world.tools.db.read(viewer) as session:
        done = await session.get_one(ChannelJob, (job.tenant_id, job.id))
    assert done.status is ChannelJobStatus.SUCCEEDED, done.error_message


async def test_every_term_is_one_that_the_stand_in_knows(world: BillingWorld) -> None:
    give_a_plan(world)
    await opened_shop(world)
    await connect(world)
    values = await load_values(world.tools, world.team.viewer)
    for kind, market in ((ChannelKind.EBAY, "EBAY_US"), (ChannelKind.ETSY, "")):
        session = world.tools.vendors.selling[kind].session("none", None)
        for product in PRODUCTS:
            category, colour, *_ = (_term_of(values[key], kind) for key in value_keys(product))
            known = await session.terms("COLOUR", market=market, parent=category, search=None)
            assert kind is ChannelKind.EBAY or colour in {each.external_id for each in known}


async def test_a_mapping_that_staff_has_made_stays(world: BillingWorld) -> None:
    viewer, key = world.team.viewer, (AttributeKind.MATERIAL, "paper")
    value = (await load_values(world.tools, viewer))[key]
    mappings = [MappingWish(ChannelKind.EBAY, "EBAY_US", "Washi"), MappingWish(ChannelKind.ETSY, None, "Washi")]
    wish = AttributeWish(
        value.kind, value.key, value.label, value.id, is_new=False, is_shared=True, mappings=mappings
    )  # fmt: skip
    await save_attribute(world.tools.db, world.tools.clock, replace(viewer, is_staff=True), wish)
    try:
        await map_values(world.tools, viewer, ChannelKind.EBAY)
        await map_values(world.tools, viewer, ChannelKind.ETSY)
        kept = (await load_values(world.tools, viewer))[key].mappings
        assert [each["external_id"] for each in kept] == ["Washi", "Washi"]
    finally:
        back = replace(wish, mappings=[])
        await save_attribute(world.tools.db, world.tools.clock, replace(viewer, is_staff=True), back)


def _term_of(value: Attribute, kind: ChannelKind) -> str:
    return next(str(each["external_id"]) for each in value.mappings if each["channel_kind"] == kind)


async def test_it_is_done_once_and_not_again_after_somebody_disconnected(world: BillingWorld, ebay: EbayServer) -> None:
    give_a_plan(world)
    await opened_shop(world)
    first = (await connect(world))[ChannelKind.EBAY]
    assert (await connect(world))[ChannelKind.EBAY].version == first.version
    orders = [len(shop.orders.made) for shop in ebay.sandbox.book.shops.values()]
    gone = "mutation ($id: ID!) { disconnectChannel(id: $id) { ok } }"
    found = "{ channels { nodes { id kind } } }"
    nodes = (await Door(world.tools, world.team.viewer).ask(found)).data["channels"]["nodes"]
    channel_id = next(each["id"] for each in nodes if each["kind"] == "EBAY")
    assert (await Door(world.tools, world.team.viewer).ask(gone, id=channel_id)).codes == []
    assert (await connect(world))[ChannelKind.EBAY].status is ChannelStatus.DISCONNECTED
    assert [len(shop.orders.made) for shop in ebay.sandbox.book.shops.values()] == orders


async def test_a_team_without_the_shop_or_without_room_stays_as_it_is(world: BillingWorld, ebay: EbayServer) -> None:
    give_a_plan(world)
    assert await connect(world) == {}
    assert await world.bought() is None
    # A plan that has no room for it.
    world.stripe.ledger.config = replace(world.stripe.ledger.config, gifts={})
    await opened_shop(world)
    assert (await connect(world)).keys() == {ChannelKind.SHOP}


async def test_only_a_sandbox_for_a_demo_takes_its_code(world: BillingWorld, ebay: EbayServer) -> None:
    give_a_plan(world)
    await opened_shop(world)
    ebay.sandbox.config = replace(ebay.sandbox.config, demo_code="")
    assert (await connect(world)).keys() == {ChannelKind.SHOP, ChannelKind.ETSY}
    assert all(not shop.listings for shop in ebay.sandbox.book.shops.values())
