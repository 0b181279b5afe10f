"""Publishing: what stands in the way of a product and a channel, and one listing whatever happens on the way."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from errors import Refused, UserErrorCode
from integrations.selling.records import RemoteListing
from jobs.channels import WORKSHOP
from models.channel_jobs.job import ChannelJobKind, ChannelJobStatus
from models.channels.channel import ChannelKind, ChannelStatus
from models.channels.policy import PolicyKind, policies_by_channel
from models.listings.listing import ListingStatus
from models.products.attribute import AttributeKind, OwnAttribute, SharedAttribute
from models.products.product import ProductStatus
from sandbox.ebay.faults import EbayFaultKind
from services.channel_jobs.by_people import cancel_channel_job, retry_channel_job
from services.channel_jobs.running import run_channel_job
from services.channel_jobs.work import ChannelRun, Workshop
from services.listings.drafts import Goods, OfferPlace, draft_of
from services.listings.publish_work import PublishWork, ToPublish
from services.listings.wishes import OfferWish
from tests.worlds.ads import NOON
from tests.worlds.offering import MARKET, OfferingWorld


async def test_a_product_becomes_a_live_listing(world: OfferingWorld) -> None:
    product = await world.goods(status=ProductStatus.DRAFT)
    made = await world.published(product)
    assert made.problems == []
    [listing] = await world.listings()
    assert (listing.status, listing.product_id, listing.market) == (ListingStatus.PENDING, product.id, MARKET)
    assert await world.searches() == 0
    [job] = await world.run_all()
    # Ads may lead to its page.
    assert await world.searches() == 1
    assert (job.id, job.status, job.error_message) == (made.jobs[0].id, ChannelJobStatus.SUCCEEDED, None)
    [listing] = await world.listings()
    [remote] = world.at_ebay("MUG-1")
    assert (listing.status, listing.external_id) == (ListingStatus.LIVE, remote["listingId"])
    assert (listing.title, listing.price, listing.quantity, listing.drift) == (product.title, Decimal("12.5"), 3, [])
    assert listing.published_at == world.tools.clock()
    assert (await world.stored(product)).status is ProductStatus.PUBLISHED
    # The mapped value is sent under the name that the market's category has for it, with links that last.
    item = world.shop.items["MUG-1"]
    assert item["product"]["aspects"] == {"Material": ["Glas"]}
    [picture] = item["product"]["imageUrls"]
    assert "/files/" in picture


async def test_what_is_said_is_offered_instead_of_the_products_own(world: OfferingWorld) -> None:
    product = await world.goods()
    await world.published(product, price=Decimal(15), currency="EUR", title="Cup", description="Blue.", quantity=2)
    await world.run_all()
    [listing] = await world.listings()
    assert (listing.title, listing.description, listing.price, listing.quantity) == ("Cup", "Blue.", Decimal(15), 2)
    assert listing.drift == ["title", "price", "quantity"]


async def test_who_asked_is_in_the_audit_log(world: OfferingWorld) -> None:
    await world.published(await world.goods())
    assert await world.noted() == ["channel_job.requested"]


async def test_a_trial_asks_for_nothing(world: OfferingWorld) -> None:
    good, bad = await world.goods("MUG-1"), await world.goods("MUG-2", quantity=0)
    found = await world.published(good, bad, is_trial=True)
    assert (found.jobs, {each.product_id for each in found.problems}) == ([], {bad.id})
    assert (await world.listings(), await world.jobs()) == ([], [])


async def paths(world: OfferingWorld, product: Any, **given: Any) -> set[tuple[str, ...]]:
    found = await world.published(product, is_trial=True, **given)
    assert {each.code for each in found.problems} <= {UserErrorCode.INVALID}
    return {tuple(each.path or ()) for each in found.problems}


async def test_each_lack_is_a_problem_at_its_field(world: OfferingWorld) -> None:
    bare = await world.product("BARE", description="", quantity=0)
    assert await paths(world, bare) == {
        ("attributes", "CATEGORY"), ("attributes", "CONDITION"), ("images",), ("description",), ("quantity",)
    }  # fmt: skip
    long = await world.goods("LONG", title="x" * 81)
    assert await paths(world, long) == {("title",)}
    assert await paths(world, long, title="Short") == set()
    assert await paths(world, long, title="Short", quantity=4) == {("quantity",)}
    assert await paths(world, long, title="Short", market="EBAY_MOON") >= {("market",)}
    sold = await world.goods("SOLD", status=ProductStatus.SOLD)
    assert await paths(world, sold) == {("status",)}
    odd = await world.goods("odd sku!")
    assert await paths(world, odd) == {("sku",)}


async def test_a_value_without_a_mapping_for_the_channel_is_a_problem(world: OfferingWorld) -> None:
    product = await world.goods()
    await world.value(product, AttributeKind.COLOUR, [{"channel_kind": "ETSY", "market": None, "external_id": "1"}])
    assert await paths(world, product) == {("attributes", "COLOUR")}
    other = await world.goods("MUG-2", without=(AttributeKind.CATEGORY,))
    await world.value(
        other, AttributeKind.CATEGORY, [{"channel_kind": "EBAY", "market": "EBAY_GB", "external_id": "1"}]
    )
    assert await paths(world, other) == {("attributes", "CATEGORY")}


@pytest.mark.parametrize("table", [SharedAttribute, OwnAttribute])
async def test_whoever_cannot_map_a_value_is_told_what_to_do(world: OfferingWorld, table: Any) -> None:
    value = table(kind=AttributeKind.SEASON, key="all-year", label="All year", mappings=[])
    place = OfferPlace(world.channel, MARKET, [], "MUG-1")
    _, [problem] = draft_of(Goods(await world.goods(), [value], []), place, OfferWish())
    assert problem.field == "attributes.SEASON"
    lacks = "The season 'All year' has no mapping for eBay"
    assert problem.message == (
        f"{lacks}, and it is shared: make a season of your own with one by saveAttribute, and give the product that one"
        " instead."
        if table is SharedAttribute
        else f"{lacks}: add one to it."
    )


async def test_a_policy_that_is_not_chosen_is_a_problem(world: OfferingWorld) -> None:
    product = await world.goods()
    async with world.tools.db.write(world.team.viewer) as session:
        [policies] = await policies_by_channel(session, [world.channel.id])
        for policy in policies:
            if policy.kind in (PolicyKind.LOCATION, PolicyKind.RETURN):
                await session.delete(policy)
    assert await paths(world, product) == {("policies", "LOCATION"), ("policies", "RETURN")}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"deleted_at": NOON}, UserErrorCode.CONFLICT),
        ({"frozen_at": NOON}, UserErrorCode.QUOTA_EXCEEDED),
    ],
)
async def test_a_product_that_may_not_change_is_a_problem(
    world: OfferingWorld, change: dict[str, Any], code: UserErrorCode
) -> None:
    product, good = await world.goods(**change), await world.goods("MUG-2")
    made = await world.published(product, good)
    assert [(each.product_id, each.code) for each in made.problems] == [(product.id, code)]
    assert len(made.jobs) == 1


async def test_a_channel_that_cannot_is_a_problem_and_the_others_go_on(world: OfferingWorld) -> None:
    product = await world.goods()
    shop = await world.another_channel(kind=ChannelKind.SHOP)
    closed = await world.another_channel(status=ChannelStatus.DISCONNECTED, disconnected_at=NOON, external_id="2")
    frozen = await world.another_channel(frozen_at=NOON, external_id="3")
    made = await world.published(product, channels=[shop.id, closed.id, frozen.id, world.channel.id])
    assert {each.channel_id: each.code for each in made.problems} == {
        shop.id: UserErrorCode.NOT_SUPPORTED,
        closed.id: UserErrorCode.FORBIDDEN,
        frozen.id: UserErrorCode.QUOTA_EXCEEDED,
    }
    assert [job.channel_id for job in made.jobs] == [world.channel.id]


async def test_what_is_offered_already_is_a_problem(world: OfferingWorld) -> None:
    product = await world.goods()
    await world.published(product)
    twice = await world.published(product)
    assert [each.code for each in twice.problems] == [UserErrorCode.ALREADY_EXISTS]
    other = await world.goods("MUG-2")
    await world.listing(sku="MUG-2", external_id="1")
    taken = await world.published(other)
    assert [each.code for each in taken.problems] == [UserErrorCode.CONFLICT]


async def test_two_calls_at_once_make_one_listing(world: OfferingWorld) -> None:
    product = await world.goods()
    both = await asyncio.gather(world.published(product), world.published(product))
    assert sorted(len(each.jobs) for each in both) == [0, 1]
    await world.run_all()
    assert len(await world.listings()) == len(world.at_ebay("MUG-1")) == 1


async def test_a_key_that_comes_again_is_answered_as_before(world: OfferingWorld) -> None:
    product = await world.goods()
    first = await world.published(product, key="k1")
    again = await world.published(product, key="k1")
    assert [job.id for job in first.jobs] == [job.id for job in again.jobs]
    assert again.problems == []
    with pytest.raises(Refused, match="key"):
        await world.published(product, key="k1", title="Another")


async def test_a_foreign_product_or_channel_is_not_there(world: OfferingWorld, ebay_server: Any) -> None:
    product = await world.goods()
    foreign = await world.another_channel()
    async with world.tools.db.write(world.team.viewer) as session:
        await session.delete(await session.merge(foreign))
    for given in ({"channels": [foreign.id]}, {"channels": [world.channel.id, None]}):
        with pytest.raises(Refused) as refused:
            await world.published(product, **given)
        assert (refused.value.user_code, refused.value.field) == (UserErrorCode.NOT_FOUND, "channel_ids")


@pytest.mark.parametrize(
    "given",
    [
        {"price": Decimal(0)},
        {"price": Decimal("NaN")},
        {"price": Decimal("1.005"), "currency": "EUR"},
        {"currency": "EUR"},
        {"price": Decimal("1.00"), "currency": "ABC"},
        {"title": " "},
        {"title": "a\nb"},
        {"description": "\0"},
        {"quantity": 0},
        {"quantity": 10**9},
        {"channels": []},
    ],
)
async def test_a_wish_that_no_listing_can_have_is_refused(world: OfferingWorld, given: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        await world.published(await world.goods(), **given)
    assert refused.value.user_code is UserErrorCode.INVALID


@pytest.mark.parametrize("kind", [EbayFaultKind.RESET, EbayFaultKind.ANSWER_LOST])
async def test_a_cut_at_any_call_ends_in_exactly_one_listing(world: OfferingWorld, kind: EbayFaultKind) -> None:
    """A worker that dies at the n-th call: everything after it fails, and another run begins anew."""
    for nth in count(1):
        product = await world.goods(f"CUT-{nth}")
        [job] = (await world.published(product)).jobs
        world.spoil("inventory.*", kind, nth=nth)
        world.spoil("inventory.*", EbayFaultKind.RESET, nth=nth + 1, times=None)
        first = await world.run(job)
        world.heal()
        if first.status is not ChannelJobStatus.SUCCEEDED:
            await world.run(first)
        [remote] = world.at_ebay(product.sku)
        kept = [each for each in await world.listings() if each.product_id == product.id]
        assert [(each.status, each.external_id) for each in kept] == [(ListingStatus.LIVE, remote["listingId"])]
        if first.status is ChannelJobStatus.SUCCEEDED:
            break
    assert nth >= 5


async def test_what_ebay_refuses_is_told_at_the_listing_and_can_be_mended(world: OfferingWorld) -> None:
    product = await world.goods(without=(AttributeKind.MATERIAL,))
    await world.value(product, AttributeKind.MATERIAL, [])
    await world.change(product, title="Fine")
    body = '{"errors":[{"errorId":25005,"domain":"API_INVENTORY","category":"REQUEST","message":"bad category"}]}'
    good = await world.goods("MUG-2")
    [job] = (await world.published(good)).jobs
    world.spoil("inventory.publish_offer", status=400, body=body)
    failed = await world.run(job)
    assert failed.status is ChannelJobStatus.FAILED
    [listing] = await world.listings()
    assert listing.status is ListingStatus.FAILED
    assert listing.problems
    assert listing.problems[0]["field"] == ["attributes", "CATEGORY"]
    viewer = world.team.as_role(world.role)
    await retry_channel_job(world.tools.db, world.tools.clock, viewer, job_id=job.id)
    assert [each.status for each in await world.run_all()] == [ChannelJobStatus.SUCCEEDED]
    [listing] = await world.listings()
    assert (listing.status, listing.problems) == (ListingStatus.LIVE, [])


async def test_a_product_that_changed_since_is_looked_at_again(world: OfferingWorld) -> None:
    product = await world.goods()
    [job] = (await world.published(product)).jobs
    await world.change(product, deleted_at=NOON)
    assert (await world.run(job)).status is ChannelJobStatus.FAILED
    [listing] = await world.listings()
    assert (listing.status, len(listing.problems)) == (ListingStatus.FAILED, 1)
    assert world.at_ebay("MUG-1") == []


async def test_a_listing_does_not_stay_pending_when_its_job_ends_otherwise(world: OfferingWorld) -> None:
    product, other = await world.goods(), await world.goods("MUG-2")
    made = await world.published(product, other)
    viewer = world.team.as_role(world.role)
    await cancel_channel_job(world.tools.db, world.tools.clock, viewer, job_id=made.jobs[0].id)
    assert world.clock is not None
    world.clock.now += timedelta(hours=25)
    await world.run(made.jobs[1])
    assert {each.status for each in await world.listings()} == {ListingStatus.FAILED}
    assert all(each.problems for each in await world.listings())
    # It can be published again, as the same row.
    assert len((await world.published(product)).jobs) == 1
    assert len(await world.listings()) == 2


async def test_what_was_sold_elsewhere_meanwhile_is_told_after_publishing(world: OfferingWorld) -> None:
    product = await world.goods(quantity=3)
    [job] = (await world.published(product)).jobs

    class SoldMeanwhile(PublishWork):
        async def do(self, run: ChannelRun, loaded: ToPublish) -> RemoteListing:
            await world.change(product, quantity=1)
            return await super().do(run, loaded)

    shop = Workshop({ChannelJobKind.PUBLISH: SoldMeanwhile()}, WORKSHOP.open_market)
    await run_channel_job(world.tools, shop, tenant_id=job.tenant_id, job_id=job.id)
    assert (await world.job(job.id)).status is ChannelJobStatus.SUCCEEDED
    assert [each.kind.value for each in await world.run_all()] == ["UPDATE"]
    [listing] = await world.listings()
    assert (listing.quantity, world.shop.items["MUG-1"]["availability"]["shipToLocationAvailability"]["quantity"]) == (
        1,
        1,
    )
