"""How often channels are read where a marketplace counts the calls of all of them by the day."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import Throttled
from integrations.selling.marketplace import OAuthMarketplace
from integrations.selling.records import CallsOfDay
from models.audit.actor import ActorKind
from models.channel_jobs.job import ChannelJobKind, ChannelJobStatus
from models.channels.calls import ChannelCalls, calls_of_marketplace, count_channels_that_are_read
from models.channels.channel import Channel, ChannelKind
from models.database import Database
from services.channel_jobs.pacing import CALLS_OF_A_READING, LONGEST_PAUSE, calls_left, paced
from services.channel_jobs.requests import JobWish
from services.channel_jobs.syncing import tick_channels
from tests.worlds.ads import NOON
from tests.worlds.channel_jobs import SHIP, SYNC, ChannelJobWorld, seller

QUARTER, DAY = timedelta(minutes=15), timedelta(hours=24)
ETSY = ChannelKind.ETSY


@pytest.mark.parametrize(
    ("left", "channels", "minutes"),
    [
        (10_000, 1, 15),  # 1,000 readings a day are enough for one every quarter of an hour
        (10_000, 10, 15),
        (10_000, 20, 28.8),
        (5_000, 20, 57.6),
        (960, 1, 15),  # exactly enough
        (480, 1, 30),
        (10_000, 100, 144),
        (1_000, 100, 360),
        (1, 1, 360),
        (0, 1, 360),
        (0, 0, 360),
        (5, 0, 15),
        (-3, 7, 360),
    ],
)
def test_the_calls_that_are_left_are_spread_over_a_day_and_all_channels(
    left: int, channels: int, minutes: float
) -> None:
    assert paced(QUARTER, left_today=left, channels=channels) == timedelta(minutes=minutes)


@settings(max_examples=25)
@given(st.integers(5, 1440), st.integers(0, 10**6), st.integers(1, 10**5))
def test_a_pause_is_never_shorter_than_wanted_and_nobody_starves(wanted: int, left: int, channels: int) -> None:
    pause = paced(timedelta(minutes=wanted), left_today=left, channels=channels)
    assert timedelta(minutes=wanted) <= pause <= max(timedelta(minutes=wanted), LONGEST_PAUSE)
    if pause < LONGEST_PAUSE:
        assert channels * (DAY / pause) * CALLS_OF_A_READING <= left + 1
    assert pause <= paced(timedelta(minutes=wanted), left_today=left // 2, channels=channels)
    assert pause <= paced(timedelta(minutes=wanted), left_today=left, channels=channels * 2)


def test_readings_settle_at_half_of_the_limit_and_never_use_it_up() -> None:
    """A hundred channels for three days, by a limit of 10,000 in a rolling day."""
    used: list[datetime] = []
    now = start = NOON
    due = [start + timedelta(minutes=number / 10) for number in range(100)]
    least = 10_000
    while now < start + 3 * DAY:
        used = [at for at in used if at > now - DAY]
        left = 10_000 - len(used)
        least = min(least, left)
        for number, at in enumerate(due):
            if at <= now:
                used += [now] * CALLS_OF_A_READING
                due[number] = now + paced(QUARTER, left_today=left, channels=100)
        now += timedelta(minutes=5)
    assert least > 10_000 / 4
    assert 4_000 < 10_000 - left < 6_000


@dataclass
class Counted:
    """A marketplace of which only the calls of a day are asked."""

    day: CallsOfDay | None


def counting(world: ChannelJobWorld, **told: Any) -> ChannelJobWorld:
    marketplace = cast("OAuthMarketplace", Counted(CallsOfDay(**told)))
    vendors = replace(world.tools.vendors, selling={ETSY: marketplace})
    return replace(world, tools=replace(world.tools, vendors=vendors))


async def read_by_schedule(world: ChannelJobWorld) -> int:
    """How many channels of Etsy share the calls; those of tests before are among them."""
    async with world.tools.db.sweep(reason="a test") as session:
        return await count_channels_that_are_read(session, ETSY)


async def kept(db: Database) -> ChannelCalls | None:
    async with db.read(None) as session:
        return await calls_of_marketplace(session, ETSY)


@pytest.fixture
async def shop(world: ChannelJobWorld) -> Channel:
    return await seller(world.team, kind=ETSY, sync_every_minutes=15, next_sync_at=world.clock())


async def test_what_a_run_was_told_is_shared_and_what_is_older_changes_nothing(
    world: ChannelJobWorld, shop: Channel
) -> None:
    now = world.clock()
    for left_today, told_at in ((4_000, now), (9_000, now - timedelta(minutes=1))):
        told = counting(world, per_day=10_000, left_today=left_today, told_at=told_at)
        await told.run(await told.asked(SHIP, shop))
    found = await kept(world.tools.db)
    assert found is not None
    assert (found.left_today, found.told_at) == (4_000, now)
    another = counting(world, per_day=20_000)
    left = await calls_left(world.tools.db, world.clock, another.tools.vendors.selling)
    assert left[ETSY][0] == 4_000
    # Whatever was used a day ago has come back.
    world.clock.move(hours=24)
    left = await calls_left(world.tools.db, world.clock, another.tools.vendors.selling)
    assert left[ETSY][0] == 20_000


async def test_nothing_is_shared_where_no_answer_has_told_or_nothing_is_counted(
    world: ChannelJobWorld, shop: Channel
) -> None:
    silent = counting(world, per_day=10_000)
    await silent.run(await silent.asked(SHIP, shop))
    assert await kept(world.tools.db) is None
    assert await calls_left(world.tools.db, world.clock, {}) == {}


async def test_channels_are_due_later_while_few_calls_are_left(world: ChannelJobWorld, shop: Channel) -> None:
    """Others of the app count, frozen, disconnected and unread ones do not; a channel of eBay keeps its pace."""
    before = await read_by_schedule(world)
    more: list[dict[str, Any]] = [{}, {"frozen_at": world.clock()}, {"status": "ATTENTION"}, {"next_sync_at": None}]
    for values in more:
        await seller(world.team, **{"kind": ETSY, "next_sync_at": world.clock() + DAY} | values)
    channels = await read_by_schedule(world)
    assert channels == before + 1
    ebay = await seller(world.team, sync_every_minutes=15, next_sync_at=world.clock())
    # For each channel 24 readings in the next 24 hours.
    left = 24 * CALLS_OF_A_READING * channels
    counted = counting(world, per_day=1_000_000, left_today=left, told_at=world.clock())
    await counted.run(await counted.asked(SHIP, shop))
    await tick_channels(counted.tools)
    async with world.tools.db.read(world.team.viewer) as session:
        due = [(await session.get_one(Channel, (each.tenant_id, each.id))).next_sync_at for each in (shop, ebay)]
    assert due == [world.clock() + timedelta(hours=1), world.clock() + QUARTER]


async def test_people_and_sales_go_before_what_schedules_ask_for_while_calls_are_short(
    world: ChannelJobWorld, shop: Channel
) -> None:
    other = await seller(world.team)
    world.deed.steps = [Throttled("Used up.", retry_after_s=60, scope="app")]
    await world.run(await world.asked(JobWish(ChannelJobKind.CHECK)))
    sold = await world.asked(JobWish(ChannelJobKind.END), other, by=ActorKind.SYSTEM)
    scheduled = await world.asked(SYNC, by=ActorKind.SCHEDULE)
    assert [(await world.run(job)).status for job in (scheduled, sold)] == [ChannelJobStatus.WAITING] * 2
    world.clock.move(seconds=61)
    assert (await world.run(scheduled)).status is ChannelJobStatus.WAITING
    assert (await world.run(sold)).status is ChannelJobStatus.SUCCEEDED
    world.clock.move(seconds=31)
    assert (await world.run(scheduled)).status is ChannelJobStatus.SUCCEEDED
