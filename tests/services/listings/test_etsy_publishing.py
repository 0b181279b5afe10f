"""Listings at Etsy: published once wherever a call is cut, changed, ended and read, through the stand-in over HTTP."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from errors import Refused
from integrations.etsy.drafts import MOST_PIECES
from models.channel_jobs.job import ChannelJob, ChannelJobKind
from models.channels.channel import Channel, ChannelKind
from models.channels.policy import PolicyKind
from models.listings.listing import ChannelListing, ListingStatus
from models.listings.pieces import MOST_PIECES as OFFERED_AT_MOST
from models.products.attribute import AttributeKind
from models.products.product import Product
from sandbox.etsy.faults import EtsyFault
from sandbox.etsy.listings.records import PropertyValue
from sandbox.marketplaces.faults import CallFaultKind
from services.channel_jobs.requests import JobWish, request_job
from services.channels.policies import PolicyChoice, choose_defaults
from services.listings.changing import end_listings, update_listing
from services.listings.importing import import_listings
from services.listings.wishes import OfferWish
from services.products.saving import update_product
from services.products.wishes import ProductWish
from services.toolbox import Toolbox
from tests.worlds.etsy import EtsyBase, EtsyWorld, etsy_base


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def base(tools: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EtsyBase]:
    async with etsy_base(tools, tmp_path_factory.mktemp("files")) as made:
        yield made


@pytest_asyncio.fixture
async def world(base: EtsyBase) -> EtsyWorld:
    """A connected shop, whose policies are chosen."""
    found = await base.world()
    found.role = found.role.ADMIN
    await found.connected()
    choices = [
        PolicyChoice(PolicyKind.SHIPPING, str(next(iter(found.at_etsy.shipping_profiles)))),
        PolicyChoice(PolicyKind.RETURN, str(next(iter(found.at_etsy.return_policies)))),
        PolicyChoice(PolicyKind.PROCESSING, str(next(iter(found.at_etsy.readiness_states)))),
    ]
    async with found.tools.db.write(found.team.viewer) as session:
        await choose_defaults(session, found.channel.id, choices)
    return found


async def job_of(world: EtsyWorld, kind: ChannelJobKind) -> ChannelJob:
    async with world.tools.db.write(world.team.viewer) as session:
        channel = await session.get_one(Channel, (world.team.tenant_id, world.channel.id))
        job = await request_job(session, world.team.viewer, channel, JobWish(kind), now=world.tools.clock())
    return await world.run(job)


async def live(world: EtsyWorld, sku: str = "MUG-1", **given: Any) -> tuple[Product, ChannelListing]:
    product = await world.goods(sku, **given)
    made = await world.published(product)
    assert made.problems == []
    done = await world.run_all()
    [listing] = [each for each in await world.listings() if each.product_id == product.id]
    assert (listing.status, listing.problems) == (ListingStatus.LIVE, []), done[-1].error_message
    return product, listing


async def changed(world: EtsyWorld, listing: ChannelListing, **said: Any) -> list[ChannelJob]:
    viewer = world.team.as_role(world.role)
    wish = OfferWish(**said)
    await update_listing(world.tools, viewer, listing.id, wish, idempotency_key=None)
    return await world.run_all()


async def test_a_product_goes_on_sale_with_its_picture_and_one_fee(world: EtsyWorld) -> None:
    _, listing = await live(world)
    [there] = world.at_etsy.listings.values()
    assert (there.state, str(there.listing_id), listing.market) == ("active", listing.external_id, None)
    assert (listing.price, listing.currency, listing.quantity) == (Decimal("12.50"), "EUR", 3)
    assert [fee.kind for fee in world.at_etsy.fees] == ["publish"]
    again = await world.published(*[await world.stored_product(listing)])
    assert [each.code for each in again.problems] == ["ALREADY_EXISTS"]


@pytest.mark.parametrize("nth", range(1, 7))
async def test_wherever_a_call_is_cut_there_is_one_listing_and_one_fee(world: EtsyWorld, nth: int) -> None:
    """The call is made and its answer lost; the run after it looks first."""
    product = await world.goods()
    [job] = (await world.published(product)).jobs
    world.disturb(EtsyFault("*", CallFaultKind.ANSWER_LOST, nth=nth, times=1))
    for _ in range(4):
        await world.run(job)
        world.move(minutes=10)
    world.server.sandbox.faults.clear()
    assert (await world.run(job)).status.value == "SUCCEEDED"
    assert len(world.at_etsy.listings) == 1
    assert [fee.kind for fee in world.at_etsy.fees] == ["publish"]
    [listing] = await world.listings()
    assert listing.status is ListingStatus.LIVE


async def test_what_has_no_mapping_and_a_market_are_problems_in_words(world: EtsyWorld) -> None:
    bare = await world.goods("MUG-2", without=(AttributeKind.CATEGORY,))
    [problem] = (await world.published(bare)).problems
    assert [*(problem.path or ())] == ["attributes", "CATEGORY"]
    assert problem.message == "The product has no category."
    elsewhere = await world.published(await world.goods("MUG-3"), market="EBAY_DE")
    assert [each.message for each in elsewhere.problems] == ["There is one market only at Etsy: name none."]
    assert world.at_etsy.listings == {}


async def test_price_and_quantity_are_changed_and_a_listing_is_ended_once(world: EtsyWorld) -> None:
    _, listing = await live(world)
    assert [each.status.value for each in await changed(world, listing, price=Decimal("13.25"), quantity=2)] == [
        "SUCCEEDED"
    ]
    [there] = world.at_etsy.listings.values()
    [offering] = there.inventory.offerings
    assert (offering.price, offering.quantity) == (13_250, 2)
    viewer = world.team.as_role(world.role)
    await end_listings(world.tools.db, world.tools.clock, viewer, [listing.id], idempotency_key=None)
    await world.run_all()
    [ended] = await world.listings()
    assert (ended.status, there.state) == (ListingStatus.ENDED, "inactive")
    assert [fee.kind for fee in world.at_etsy.fees] == ["publish"]


async def test_a_title_that_etsy_does_not_take_is_refused_before_a_job_is_asked_for(world: EtsyWorld) -> None:
    _, listing = await live(world)
    with pytest.raises(Refused) as refused:
        await changed(world, listing, title="\N{UNICORN FACE}", price=Decimal("13.25"))
    assert (refused.value.field, refused.value.others) == ("title", [])
    assert [each.kind.value for each in await world.jobs() if each.kind.value == "UPDATE"] == []


async def test_a_listing_with_variations_is_refused_and_loses_none(world: EtsyWorld) -> None:
    _, listing = await live(world)
    [there] = world.at_etsy.listings.values()
    [product] = there.inventory.products
    product.property_values = [PropertyValue(200, "Colour", None, [1], ["Red"])]
    there.inventory.price_on_property = [200]
    [job] = await changed(world, listing, price=Decimal("99.00"))
    assert job.status.value == "FAILED"
    assert "variation" in str(job.error_message).lower()
    assert there.inventory.products == [product]
    assert there.inventory.offerings[0].price == 12_500


async def test_what_is_on_sale_at_etsy_is_read_and_becomes_products(world: EtsyWorld) -> None:
    world.control("listings/ready", count=3, sku="OLD", price="19.90")
    assert (await job_of(world, ChannelJobKind.SYNC_LISTINGS)).status.value == "SUCCEEDED"
    found = await world.listings()
    assert {(each.sku, each.status, each.price) for each in found} == {
        (f"OLD-{number}", ListingStatus.LIVE, Decimal("19.90")) for number in (1, 2, 3)
    }
    viewer = world.team.as_role(world.role)
    await import_listings(world.tools, viewer, world.channel.id, [each.id for each in found])
    assert {each.sku for each in await world.rows(Product)} == {"OLD-1", "OLD-2", "OLD-3"}


async def test_more_than_etsy_takes_is_offered_as_far_as_it_goes(world: EtsyWorld) -> None:
    product, listing = await live(world, quantity=1_200)
    [there] = world.at_etsy.listings.values()
    assert (listing.quantity, listing.drift, there.inventory.quantity) == (MOST_PIECES, [], MOST_PIECES)
    # What is sold elsewhere changes nothing here until fewer are left than are offered.
    for left, calls in ((1_100, 0), (998, 1), (5_000, 1)):
        now = await world.stored_product(listing)
        wish, viewer = ProductWish(quantity=left), world.team.as_role(world.role)
        await update_product(world.tools, viewer, product.id, wish, expected_version=now.version)
        world.server.sandbox.log.clear()
        assert {each.status.value for each in await world.run_all()} == {"SUCCEEDED"}
        assert [each.method for each in world.server.sandbox.log].count("PUT") == calls
        [listing] = await world.listings()
        assert (listing.quantity, listing.drift) == (min(left, MOST_PIECES), [])
        assert there.inventory.quantity == listing.quantity


async def test_more_than_etsy_takes_is_refused_where_somebody_asks_for_it(world: EtsyWorld) -> None:
    product, listing = await live(world, quantity=1_200)
    with pytest.raises(Refused) as refused:
        await changed(world, listing, quantity=MOST_PIECES + 1)
    assert refused.value.field == "quantity"
    other = await world.goods("MUG-2", quantity=1_200)
    [problem] = (await world.published(other, quantity=MOST_PIECES + 1, is_trial=True)).problems
    assert problem.path == ["quantity"]
    assert (await world.stored(product)).quantity == 1_200


async def test_the_most_pieces_of_a_listing_are_those_that_etsy_takes() -> None:
    assert OFFERED_AT_MOST[ChannelKind.ETSY] == MOST_PIECES
