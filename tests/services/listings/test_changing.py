"""Changing, ending and linking what is offered."""

from decimal import Decimal
from typing import Any

import pytest

from errors import Forbidden, Refused, UserErrorCode
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channels.channel import ChannelKind, ChannelStatus
from models.listings.listing import ChannelListing, ListingStatus
from models.products.product import Product
from models.tenants.membership import Role
from sandbox.ebay.faults import EbayFaultKind
from services.listings.changing import end_listings, link_listing, update_listing
from services.listings.wishes import OfferWish
from tests.worlds.ads import NOON
from tests.worlds.offering import OfferingWorld


async def live(world: OfferingWorld, sku: str = "MUG-1", **given: Any) -> tuple[Product, ChannelListing]:
    product = await world.goods(sku, **given)
    await world.published(product)
    await world.run_all()
    [listing] = [each for each in await world.listings() if each.product_id == product.id]
    assert listing.status is ListingStatus.LIVE
    return product, listing


async def changed(
    world: OfferingWorld, listing: ChannelListing, key: str | None = None, **said: Any
) -> list[ChannelJob]:
    viewer = world.team.as_role(world.role)
    wish = OfferWish(**said)
    return await update_listing(world.tools, viewer, listing.id, wish, idempotency_key=key)


async def ended(world: OfferingWorld, *listings: ChannelListing | None) -> tuple[list[ChannelJob], list[Refused]]:
    viewer, ids = world.team.as_role(world.role), [None if each is None else each.id for each in listings]
    done = await end_listings(world.tools.db, world.tools.clock, viewer, ids, idempotency_key=None)
    return done.jobs, done.refusals


async def linked(world: OfferingWorld, listing: ChannelListing, product: Product | None) -> ChannelListing:
    product_id = None if product is None else product.id
    return await link_listing(
        world.tools.db,
        world.tools.clock,
        world.team.as_role(world.role),
        listing.id,
        product_id,
        is_unlinked=product is None,
    )


async def test_what_is_said_is_changed_at_the_channel_and_here(world: OfferingWorld) -> None:
    _, listing = await live(world)
    await changed(world, listing, price=Decimal("13.50"), quantity=2, title="Cup", description="Blue.")
    assert [each.status for each in await world.run_all()] == [ChannelJobStatus.SUCCEEDED]
    [kept] = await world.listings()
    assert (kept.price, kept.quantity, kept.title, kept.description) == (Decimal("13.5"), 2, "Cup", "Blue.")
    assert kept.drift == ["title", "price", "quantity"]
    item = world.shop.items["MUG-1"]
    assert (item["product"]["title"], item["availability"]["shipToLocationAvailability"]["quantity"]) == ("Cup", 2)


async def test_two_changes_are_two_jobs_and_the_same_one_is_one(world: OfferingWorld) -> None:
    _, listing = await live(world)
    [first], [again], [other] = [await changed(world, listing, quantity=each) for each in (1, 1, 2)]
    assert (first.id == again.id, first.id == other.id) == (True, False)
    await world.run_all()
    assert (await world.listings())[0].quantity == 2


async def test_a_cut_change_is_made_once_more_and_found_gone_is_ended(world: OfferingWorld) -> None:
    _, listing = await live(world)
    [job] = await changed(world, listing, quantity=1)
    world.spoil("inventory.*", EbayFaultKind.ANSWER_LOST)
    await world.run(job)
    world.heal()
    if (await world.job(job.id)).status is not ChannelJobStatus.SUCCEEDED:
        assert (await world.run(job)).status is ChannelJobStatus.SUCCEEDED
    world.shop.offers.clear()
    [gone] = await changed(world, listing, quantity=2)
    assert (await world.run(gone)).status is ChannelJobStatus.FAILED
    assert (await world.listings())[0].status is ListingStatus.ENDED


@pytest.mark.parametrize(
    "said", [{}, {"price": Decimal(-1)}, {"price": Decimal("1.005")}, {"quantity": 0}, {"title": ""}, {"title": "\0"}]
)
async def test_a_change_that_no_listing_can_have_is_refused(world: OfferingWorld, said: dict[str, Any]) -> None:
    listing = await world.listing(sku="X")
    with pytest.raises(Refused) as refused:
        await changed(world, listing, **said)
    assert refused.value.user_code is UserErrorCode.INVALID


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"quantity": 500}, ["quantity"]),
        ({"title": "x" * 81}, ["title"]),
        ({"title": "x" * 81, "quantity": 6, "price": Decimal("9.90")}, ["quantity", "title"]),
        ({"quantity": 5, "price": Decimal("9.90")}, []),
    ],
)
async def test_a_change_that_the_stock_or_the_marketplace_forbids_is_refused_before_a_job_is_asked_for(
    world: OfferingWorld, said: dict[str, Any], fields: list[str]
) -> None:
    product = await world.product("X", quantity=5)
    listing = await world.listing(sku="X", product_id=product.id)
    refused: list[Refused] = []
    try:
        await changed(world, listing, **said)
    except Refused as error:
        refused = [error, *error.others]
    assert sorted(str(each.field) for each in refused) == fields
    assert {each.user_code for each in refused} <= {UserErrorCode.INVALID}
    assert len(await world.jobs()) == (not fields)


async def test_only_what_is_live_on_an_open_channel_is_changed(world: OfferingWorld) -> None:
    past = await world.listing(sku="A", status=ListingStatus.ENDED)
    shop = await world.another_channel(kind=ChannelKind.SHOP)
    elsewhere = await world.listing(sku="B", channel_id=shop.id)
    closed = await world.another_channel(status=ChannelStatus.DISCONNECTED, disconnected_at=NOON)
    there = await world.listing(sku="C", channel_id=closed.id)
    codes = []
    for listing in (past, elsewhere, there):
        with pytest.raises(Refused) as refused:
            await changed(world, listing, quantity=2)
        codes.append(refused.value.user_code)
    assert codes == [UserErrorCode.CONFLICT, UserErrorCode.NOT_SUPPORTED, UserErrorCode.FORBIDDEN]


async def test_what_ends_is_ended_once(world: OfferingWorld) -> None:
    _, listing = await live(world)
    past = await world.listing(sku="A", status=ListingStatus.ENDED)
    before = len(await world.noted())
    jobs, refusals = await ended(world, listing, past, None, listing)
    assert (await world.noted())[before:] == ["channel_job.requested"]
    assert [each.user_code for each in refusals] == [UserErrorCode.CONFLICT, UserErrorCode.NOT_FOUND]
    assert [each.place for each in refusals] == [1, 2]
    world.spoil("inventory.withdraw_offer", EbayFaultKind.ANSWER_LOST)
    done = await world.run(jobs[0])
    world.heal()
    if done.status is not ChannelJobStatus.SUCCEEDED:
        done = await world.run(done)
    assert done.status is ChannelJobStatus.SUCCEEDED
    kept = await world.stored(listing)
    assert (kept.status, kept.ended_at) == (ListingStatus.ENDED, world.tools.clock())
    assert {each["status"] for each in world.shop.offers.values()} == {"UNPUBLISHED"}
    # It can be offered again, as another listing.
    product = await _product_of(world, listing)
    await world.published(product)
    await world.run_all()
    assert [each.status for each in await world.listings() if each.product_id == product.id] == [
        ListingStatus.ENDED, ListingStatus.LIVE
    ]  # fmt: skip


async def _product_of(world: OfferingWorld, listing: ChannelListing) -> Product:
    async with world.tools.db.read(world.team.viewer) as session:
        return await session.get_one(Product, (world.team.tenant_id, listing.product_id))


async def test_a_viewer_may_do_none_of_it(world: OfferingWorld) -> None:
    listing = await world.listing(sku="X")
    world.role = Role.VIEWER
    for deed in (changed(world, listing, quantity=1), ended(world, listing), linked(world, listing, None)):
        with pytest.raises(Forbidden):
            await deed


async def test_a_listing_is_linked_and_unlinked(world: OfferingWorld) -> None:
    product = await world.product()
    listing = await world.listing(sku="OTHER", title="Something", price=Decimal(1))
    kept = await linked(world, listing, product)
    assert (kept.product_id, kept.drift, kept.is_unlinked) == (product.id, ["title", "price", "quantity"], False)
    kept = await linked(world, listing, None)
    assert (kept.product_id, kept.drift, kept.is_unlinked) == (None, [], True)
    assert await world.noted() == ["listing.linked", "listing.unlinked"]
    assert await world.searches() == 0
    await linked(world, await world.listing(sku="PAGE", url="https://ebay.example/itm/1"), product)
    assert await world.searches() == 1


async def test_a_link_that_cannot_be_is_refused(world: OfferingWorld) -> None:
    product, gone = await world.product(), await world.product("GONE", deleted_at=NOON)
    listing, _ = await world.listing(sku="A"), await world.listing(product)
    codes = []
    for wanted in (product, gone):
        with pytest.raises(Refused) as refused:
            await linked(world, listing, wanted)
        codes.append((refused.value.user_code, refused.value.field))
    assert codes == [(UserErrorCode.CONFLICT, "product_id"), (UserErrorCode.CONFLICT, "product_id")]
    pending = await world.listing(sku="B", status=ListingStatus.PENDING, external_id=None)
    with pytest.raises(Refused, match="being published"):
        await linked(world, pending, None)


async def test_a_job_about_a_listing_that_is_gone_fails_in_words(world: OfferingWorld) -> None:
    _, listing = await live(world)
    [job] = await changed(world, listing, quantity=1)
    async with world.tools.db.write(world.team.viewer) as session:
        await session.delete(await session.merge(listing))
    failed = await world.run(job)
    assert (failed.kind, failed.status) == (ChannelJobKind.UPDATE, ChannelJobStatus.FAILED)
    assert "gone" in (failed.error_message or "")
