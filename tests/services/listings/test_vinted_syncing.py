"""SYNC_LISTINGS of a wardrobe: everything is stored, nothing is taken for gone that is there."""

import pytest

from integrations.vinted.relay import RelayErrorCode, StepWish
from models.channel_jobs.job import ChannelJobKind, ChannelJobStatus
from models.listings.listing import ListingStatus
from services.toolbox import Toolbox
from tests.stand_ins.relay import SITE, failed
from tests.worlds.relayed import RelayedWorld, relayed_world

S = ChannelJobStatus
SYNC = ChannelJobKind.SYNC_LISTINGS


@pytest.fixture
async def world(tools: Toolbox) -> RelayedWorld:
    made = await relayed_world(tools)
    for number in range(120):
        made.site.item(f"Thing {number}")
    return made


async def states(world: RelayedWorld) -> dict[str, ListingStatus]:
    return {str(each.external_id): each.status for each in await world.listings()}


async def test_a_wardrobe_of_120_items_is_stored_in_three_runs(world: RelayedWorld) -> None:
    job = await world.synced(SYNC)
    assert (job.status, job.done, job.total, job.problems) == (S.SUCCEEDED, 120, 120, [])
    found = await world.listings()
    assert {each.external_id for each in found} == {each["id"] for each in world.site.items}
    assert {(each.status, each.market, each.quantity) for each in found} == {(ListingStatus.LIVE, SITE, 1)}
    # The first page tells how many there are, and all others are asked for together.
    assert world.rounds == 2


async def test_what_is_sold_hidden_or_gone_is_no_offer_any_more(world: RelayedWorld) -> None:
    await world.synced(SYNC)
    sold, hidden, gone = (world.site.items[place] for place in (3, 40, 119))
    sold["status"], hidden["status"] = "SOLD", "HIDDEN"
    world.site.items.remove(gone)
    odd = world.site.items[7]
    odd["status"] = "GIVEN_AWAY"
    job = await world.synced(SYNC)
    assert job.status is S.SUCCEEDED
    found = await states(world)
    assert found[sold["id"]] is ListingStatus.SOLD
    assert found[hidden["id"]] is found[gone["id"]] is ListingStatus.ENDED
    assert found[odd["id"]] is ListingStatus.LIVE
    assert len([each for each in found.values() if each is ListingStatus.LIVE]) == 117


@pytest.mark.parametrize("at", [2, 3, 4])
async def test_an_item_that_leaves_between_two_pages_takes_no_other_one_along(world: RelayedWorld, at: int) -> None:
    await world.synced(SYNC)
    gone, before = world.site.items[5]["id"], len(world.site.done)

    def leave(number: int, _wish: StepWish) -> None:
        if number == before + at:
            world.site.items = [each for each in world.site.items if each["id"] != gone]

    world.site.meanwhile = leave
    assert (await world.synced(SYNC)).status is S.SUCCEEDED
    ended = [each for each, status in (await states(world)).items() if status is ListingStatus.ENDED]
    assert ended in ([gone], [])


async def test_a_wardrobe_that_never_stands_still_ends_no_listing(world: RelayedWorld) -> None:
    await world.synced(SYNC)
    world.site.items.pop()

    def move(number: int, _wish: StepWish) -> None:
        world.site.item("New", id=f"n{number}")

    world.site.meanwhile = move
    job = await world.synced(SYNC)
    assert (job.status, len(job.problems)) == (S.SUCCEEDED, 1)
    assert ListingStatus.ENDED not in (await states(world)).values()


async def test_an_item_that_cannot_be_read_is_a_problem_and_does_not_end(world: RelayedWorld) -> None:
    await world.synced(SYNC)
    odd = world.site.items[11]
    odd["price"] = {"amount": "free"}
    job = await world.synced(SYNC)
    assert [each["field"] for each in job.problems] == [["listings", odd["id"]]]
    assert (await states(world))[odd["id"]] is ListingStatus.LIVE


async def test_a_break_loses_no_page(world: RelayedWorld) -> None:
    world.most = 1
    world.relay.fates["items-page-2"] = failed(RelayErrorCode.TIMEOUT)
    job = await world.synced(SYNC)
    assert job.status is S.WAITING
    world.move(minutes=2)
    assert (await world.worked(job)).status is S.SUCCEEDED
    assert len(await world.listings()) == 120
    first = [each for each in world.site.done if each.key == "items-page-1"]
    assert len(first) == 1


async def test_what_was_made_by_an_earlier_job_is_known_by_its_id(world: RelayedWorld) -> None:
    [asked] = (await world.published(await world.goods())).jobs
    assert (await world.worked(asked)).status is S.SUCCEEDED
    await world.synced(SYNC)
    mine = [each for each in await world.listings() if each.sku == "DRESS-1"]
    assert [(each.product_id is not None, each.description, each.drift) for each in mine] == [(True, "A thing.", [])]
    assert len(await world.listings()) == 121
