"""PUBLISH, UPDATE and END at Vinted: one item of a product, whichever step is cut off, and changes of it."""

from decimal import Decimal

import pytest

from integrations.vinted.relay import RelayErrorCode, RelayOperation, StepAnswer
from models.channel_jobs.job import ChannelJob, ChannelJobErrorCode, ChannelJobKind, ChannelJobStatus
from models.channels.channel import ChannelIssue, ChannelStatus
from models.listings.listing import ListingStatus
from models.products.attribute import AttributeKind
from services.channel_jobs.by_people import retry_channel_job
from services.channel_jobs.of_channels import resume_jobs
from services.listings.changing import ListingJobs, end_listings, update_listing
from services.listings.wishes import OfferWish
from services.toolbox import Toolbox
from tests.stand_ins.relay import SITE, failed, price, unknown
from tests.worlds.relayed import RelayedWorld, relayed_world

S = ChannelJobStatus
E = RelayErrorCode


@pytest.fixture
async def world(tools: Toolbox) -> RelayedWorld:
    return await relayed_world(tools)


async def job_of(world: RelayedWorld, sku: str = "DRESS-1") -> ChannelJob:
    found = await world.published(await world.goods(sku))
    assert found.problems == []
    [job] = found.jobs
    return job


def items(world: RelayedWorld, sku: str = "DRESS-1") -> list[str]:
    return [each["id"] for each in world.site.items if each.get("description", "").endswith(f"SKU: {sku}")]


@pytest.mark.parametrize("most", [None, 1])
async def test_a_product_becomes_an_item(world: RelayedWorld, most: int | None) -> None:
    world.most = most
    job = await world.worked(await job_of(world))
    assert (job.status, job.error_message) == (S.SUCCEEDED, None)
    [listing] = await world.listings()
    assert [listing.external_id] == items(world)
    assert (listing.status, listing.quantity, listing.sku, listing.drift) == (ListingStatus.LIVE, 1, "DRESS-1", [])
    assert (listing.price, listing.currency, listing.market) == (Decimal("12.50"), "EUR", SITE)
    assert listing.description == "A thing."
    # Answers may tell of buyers: they are not kept.
    assert await world.kept_steps(job) == []
    [made] = [each for each in world.site.done if each.operation is RelayOperation.CREATE_ITEM]
    assert made.arguments["packageSizeId"] == "1"
    assert made.arguments["colourIds"] == ["12"]
    [photo] = [each for each in world.site.done if each.operation is RelayOperation.UPLOAD_PHOTO]
    assert "/files/" in photo.arguments["url"]


@pytest.mark.parametrize("at", range(1, 7))
async def test_a_worker_that_is_killed_between_any_two_steps_makes_one_item(world: RelayedWorld, at: int) -> None:
    world.most = 1
    job, turns = await job_of(world), 0

    def die() -> None:
        nonlocal turns
        turns += 1
        if turns == at:
            raise KeyboardInterrupt

    world.between = die
    try:
        job = await world.worked(job)
    except KeyboardInterrupt:
        job = await world.worked(await world.job(job.id))
    assert job.status is S.SUCCEEDED
    assert len(items(world)) == 1


@pytest.mark.parametrize("is_done", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize("fate", [unknown(), failed(E.TIMEOUT)], ids=["unknown", "timeout"])
async def test_after_a_doubt_there_is_one_item(world: RelayedWorld, fate: StepAnswer, is_done: bool) -> None:
    world.relay.fates["create-1"] = fate
    world.relay.lost = {"create-1"} if is_done else set()
    job = await world.worked(await job_of(world))
    assert job.status is S.SUCCEEDED, job.error_message
    [listing] = await world.listings()
    assert [listing.external_id] == items(world)
    created = [each for each in world.site.done if each.operation is RelayOperation.CREATE_ITEM]
    assert len(created) == 1


async def test_two_products_of_one_title_and_price_are_two_items_after_doubts(world: RelayedWorld) -> None:
    first, second = await job_of(world, "DRESS-1"), await job_of(world, "DRESS-2")
    for job in (first, second):
        world.relay.fates["create-1"], world.relay.lost = unknown(), {"create-1"}
        assert (await world.worked(job)).status is S.SUCCEEDED
    found = {each.sku: each.external_id for each in await world.listings()}
    assert {"DRESS-1": items(world, "DRESS-1"), "DRESS-2": items(world, "DRESS-2")} == {
        sku: [item_id] for sku, item_id in found.items()
    }


async def test_what_the_site_refuses_is_told_at_the_listing_and_a_retry_goes_on(world: RelayedWorld) -> None:
    world.relay.fates["create-1"] = failed(E.INVALID, "Choose a size.")
    job = await world.worked(await job_of(world))
    assert (job.status, job.error_code) == (S.FAILED, ChannelJobErrorCode.REJECTED)
    [listing] = await world.listings()
    assert listing.status is ListingStatus.FAILED
    assert [each["message"] for each in listing.problems] == ["Vinted says: Choose a size."]
    again = await retry_channel_job(world.tools.db, world.tools.clock, world.team.viewer, job_id=job.id)
    assert (await world.worked(again)).status is S.SUCCEEDED
    assert len(items(world)) == 1


@pytest.mark.parametrize(
    ("error", "issue"),
    [
        (E.SIGNED_OUT, ChannelIssue.SIGN_IN),
        (E.CHALLENGE, ChannelIssue.CHALLENGE),
        (E.FORBIDDEN, ChannelIssue.FORBIDDEN),
    ],
)
async def test_where_a_person_is_needed_the_channel_says_so_and_the_job_goes_on_after(
    world: RelayedWorld, error: RelayErrorCode, issue: ChannelIssue
) -> None:
    world.relay.fates["create-1"] = failed(error)
    job = await world.worked(await job_of(world))
    channel = await world.seen_channel()
    assert (job.status, job.wait_reason, job.resumes_at) == (S.WAITING, channel.reason, None)
    assert (channel.status, channel.issue) == (ChannelStatus.ATTENTION, issue)
    assert (await world.synced(ChannelJobKind.CHECK)).status is S.SUCCEEDED
    assert (await world.seen_channel()).status is ChannelStatus.CONNECTED
    assert (await world.worked(job)).status is S.SUCCEEDED
    assert len(items(world)) == 1
    async with world.tools.db.write(world.team.viewer) as session:
        assert await resume_jobs(session, world.channel.id) == 0


async def test_a_site_that_has_had_too_many_calls_is_left_alone_for_a_minute(world: RelayedWorld) -> None:
    world.relay.fates["look-0-page-1"] = failed(E.RATE_LIMITED, retry_after_s=3)
    job = await world.worked(await job_of(world))
    assert job.status is S.WAITING
    assert job.resumes_at is not None
    assert (job.resumes_at - world.tools.clock()).total_seconds() == 60
    world.move(minutes=1)
    assert (await world.worked(job)).status is S.SUCCEEDED


async def test_a_product_of_which_there_are_more_is_offered_once_and_does_not_differ(world: RelayedWorld) -> None:
    product = await world.goods(quantity=3)
    [job] = (await world.published(product)).jobs
    assert (await world.worked(job)).status is S.SUCCEEDED
    [listing] = await world.listings()
    assert (listing.quantity, listing.drift) == (1, [])
    [problem] = (await world.published(await world.goods("DRESS-2", quantity=3), quantity=2, is_trial=True)).problems
    assert "single piece" in problem.message


async def test_a_trial_asks_no_browser(world: RelayedWorld) -> None:
    found = await world.published(await world.goods(without=(AttributeKind.CONDITION,)), is_trial=True)
    assert [(each.message, found.jobs) for each in found.problems] == [("The product has no condition.", [])]
    assert (await world.published(await world.goods("DRESS-2"), is_trial=True)).problems == []
    assert world.site.done == []


async def live(world: RelayedWorld, title: str = "Red dress") -> tuple[str, object]:
    """An item that is offered, and its listing."""
    await world.worked(await job_of(world))
    [listing] = await world.listings()
    assert listing.title == title
    return str(listing.external_id), listing.id


async def test_a_change_is_made_and_the_mark_stays(world: RelayedWorld) -> None:
    _, listing_id = await live(world)
    wish = OfferWish(price=Decimal(9), title="Very red dress", description="New words.")
    [job] = await update_listing(world.tools, world.team.viewer, listing_id, wish, idempotency_key="k")  # type: ignore[arg-type]
    assert (await world.worked(job)).status is S.SUCCEEDED
    [item] = world.site.items
    assert (item["title"], item["price"]) == ("Very red dress", price("9"))
    assert item["description"] == "New words.\n\nSKU: DRESS-1"
    [listing] = await world.listings()
    assert [listing.title, listing.price, listing.description] == ["Very red dress", 9, "New words."]


async def test_an_end_takes_the_item_away_once(world: RelayedWorld) -> None:
    _, listing_id = await live(world)
    db, clock = world.tools.db, world.tools.clock
    asked: ListingJobs = await end_listings(db, clock, world.team.viewer, [listing_id], idempotency_key="k")  # type: ignore[list-item]
    [job] = asked.jobs
    assert (await world.worked(job)).status is S.SUCCEEDED
    assert world.site.items == []
    [listing] = await world.listings()
    assert listing.status is ListingStatus.ENDED


async def test_a_change_of_what_is_gone_ends_the_listing(world: RelayedWorld) -> None:
    _, listing_id = await live(world)
    world.site.items.clear()
    wish = OfferWish(price=Decimal(9))
    [job] = await update_listing(world.tools, world.team.viewer, listing_id, wish, idempotency_key="k")  # type: ignore[arg-type]
    done = await world.worked(job)
    assert (done.status, done.error_code) == (S.FAILED, ChannelJobErrorCode.NOT_FOUND)
    [listing] = await world.listings()
    assert listing.status is ListingStatus.ENDED
