"""Listings of eBay's older interfaces are taken over by name, once wherever a job breaks off, and refusals told."""

from typing import Any

import pytest

from errors import Refused, UserErrorCode
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channels.channel import ChannelKind
from sandbox.ebay.faults import EbayFaultKind
from services.channel_jobs.syncing import MOST_MIGRATED, SyncWish, sync_channel
from tests.worlds.offering import OfferingWorld


def made_by_hand(world: OfferingWorld, *numbers: int, **given: Any) -> list[str]:
    """Listings that only the older interfaces have."""
    ids = [f"3300{number:08d}" for number in numbers]
    for listing_id in ids:
        world.shop.old_listings[listing_id] = {
            "seller": "EBAY_DE", "title": "Teak tray", "price": "24.00", "sku": f"OLD-{listing_id}", "quantity": 2,
            "category_id": "20696", "image_urls": [], "has_policies": True,
        } | given  # fmt: skip
    return ids


async def asked(world: OfferingWorld, *listing_ids: str, **wish: Any) -> ChannelJob:
    viewer = world.team.as_role(world.role)
    wanted = SyncWish(migrate=listing_ids, **wish)
    [job] = await sync_channel(world.tools.db, world.tools.clock, viewer, world.channel.id, wanted)
    return job


def migrations(world: OfferingWorld) -> int:
    assert world.ebay is not None
    return sum(each.call == "inventory.migrate" for each in world.ebay.sandbox.log)


async def test_named_listings_are_taken_over_and_refusals_told(world: OfferingWorld) -> None:
    good = made_by_hand(world, 1, 2, 3, 4, 5, 6)
    [nameless] = made_by_hand(world, 7, sku=None)
    left = made_by_hand(world, 8)
    done = await world.run(await asked(world, *good, nameless, "404"))
    assert (done.kind, done.status) == (ChannelJobKind.SYNC_LISTINGS, ChannelJobStatus.SUCCEEDED)
    assert {each.external_id for each in await world.listings()} == {*good}
    assert sorted(each["field"] for each in done.problems) == [["migrate", nameless], ["migrate", "404"]]
    assert "SKU" in next(each["message"] for each in done.problems if nameless in each["field"])
    assert world.shop.old_listings.keys() == {*left, nameless}
    # The same again finds them, and asks eBay for none of them.
    before = migrations(world)
    again = await world.run(await asked(world, *good))
    assert (again.status, again.problems, migrations(world)) == (ChannelJobStatus.SUCCEEDED, [], before)


@pytest.mark.parametrize("kind", [EbayFaultKind.ANSWER_LOST, EbayFaultKind.RESET])
async def test_a_job_that_breaks_off_takes_nothing_over_twice(world: OfferingWorld, kind: EbayFaultKind) -> None:
    ids = made_by_hand(world, *range(11, 18))
    world.spoil("inventory.migrate", kind, nth=1)
    job = await asked(world, *ids)
    broken = await world.run(job)
    assert broken.status is not ChannelJobStatus.SUCCEEDED
    world.heal()
    done = await world.run(job)
    assert (done.status, done.problems) == (ChannelJobStatus.SUCCEEDED, [])
    assert sorted(filter(None, (each.external_id for each in await world.listings()))) == ids
    assert len(world.shop.listings) == len(ids)


async def test_a_call_that_is_refused_whole_is_made_for_each_alone(world: OfferingWorld) -> None:
    ids = made_by_hand(world, 21, 22, 23)
    body = '{"errors":[{"errorId":25709,"domain":"API_INVENTORY","category":"REQUEST","message":"Invalid value"}]}'
    world.spoil("inventory.migrate", EbayFaultKind.ANSWER, nth=1, times=1, status=400, body=body)
    done = await world.run(await asked(world, *ids))
    assert (done.status, done.problems) == (ChannelJobStatus.SUCCEEDED, [])
    assert len(await world.listings()) == 3


@pytest.mark.parametrize(
    ("ids", "wish", "code"),
    [
        (["x"], {}, UserErrorCode.INVALID),
        ([""], {}, UserErrorCode.INVALID),
        (["1" * 21], {}, UserErrorCode.INVALID),
        (["1"] * (MOST_MIGRATED + 1), {}, UserErrorCode.INVALID),
        (["1"], {"kinds": [ChannelJobKind.SYNC_ORDERS]}, UserErrorCode.INVALID),
    ],
)
async def test_what_is_no_item_number_is_refused(
    world: OfferingWorld, ids: list[str], wish: dict[str, Any], code: UserErrorCode
) -> None:
    with pytest.raises(Refused) as refused:
        await asked(world, *ids, **wish)
    assert refused.value.user_code is code


async def test_a_shop_has_nothing_to_take_over(world: OfferingWorld) -> None:
    shop = await world.another_channel(kind=ChannelKind.SHOP, name="Shop")
    query = 'mutation ($id: ID!) { syncChannel(id: $id, migrate: ["1"]) { userErrors { code } } }'
    world.channel = shop
    told = await world.told(query, id=world.channel_id)
    assert told["syncChannel"]["userErrors"] == [{"code": "NOT_SUPPORTED"}]
