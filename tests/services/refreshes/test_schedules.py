"""Refreshes that come by themselves: once per period over any number of tickers, spread, skipped while one runs."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from analytics.periods import AskedDays
from errors import Forbidden, Refused, UserErrorCode
from models.ads.ad_account import AdAccount
from models.audit.actor import ActorKind
from models.connections.access_grant import AccessGrantStatus
from models.ids import new_id
from models.refreshes.job import RefreshJob, RefreshStatus, RefreshTrigger
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.connections.ad_accounts import disconnect_ad_account
from services.refreshes.requests import insert_refresh_job
from services.refreshes.schedules import ScheduleWish, next_time, set_refresh_schedule, tick_schedules
from tests.doors.in_process import Door
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import NOON, RefreshWorld

DAILY = ScheduleWish(is_enabled=True, every_hours=24, lookback_days=28)


async def scheduled(world: RefreshWorld, wish: ScheduleWish = DAILY, **overrides: Any) -> AdAccount:
    account = await world.connected(**overrides)
    return await set_refresh_schedule(world.tools.db, world.tools.clock, world.viewer, account.id, wish)


async def tick_at(world: RefreshWorld, moment: datetime | None, *, tickers: int = 1) -> None:
    """Each ticker with pools of its own would be the same: what decides is the row."""
    assert moment is not None
    tools = replace(world.tools, clock=lambda: moment)
    await asyncio.gather(*(tick_schedules(tools.db, tools.clock, tools.vendors.billing) for _ in range(tickers)))


async def jobs_of(world: RefreshWorld, account: AdAccount) -> list[Any]:
    return await world.select(
        "select trigger, requested_by_kind, range_start, range_end, status from refresh_job"
        " where tenant_id = :tenant and ad_account_id = :id order by id",
        id=account.id,
    )


async def finish_all(world: RefreshWorld) -> None:
    await world.change("update refresh_job set status = 'SUCCEEDED' where tenant_id = :tenant")


async def refused(world: RefreshWorld, account_id: Any, wish: ScheduleWish) -> Refused:
    with pytest.raises(Refused) as caught:
        await set_refresh_schedule(world.tools.db, world.tools.clock, world.viewer, account_id, wish)
    return caught.value


async def test_a_due_account_is_refreshed_by_the_schedule_over_its_look_back(world: RefreshWorld) -> None:
    account = await scheduled(world, replace(DAILY, lookback_days=3))
    await tick_at(world, account.next_refresh_at)
    assert account.next_refresh_at is not None
    today = account.next_refresh_at.date()
    [(trigger, kind, start, end, status)] = await jobs_of(world, account)
    assert (trigger, kind, status) == (RefreshTrigger.SCHEDULED, ActorKind.SCHEDULE, RefreshStatus.QUEUED)
    assert (end - start).days == 2
    assert abs((end - today).days) <= 1
    entries = await world.select(
        "select actor_kind, actor_user_id from audit_log where tenant_id = :tenant and action = 'refresh.requested'"
    )
    assert [tuple(entry) for entry in entries] == [(ActorKind.SCHEDULE, None)]


async def test_before_its_time_nothing_is_queued(world: RefreshWorld) -> None:
    account = await scheduled(world)
    assert account.next_refresh_at is not None
    await tick_at(world, account.next_refresh_at - timedelta(seconds=1))
    assert await jobs_of(world, account) == []


async def test_many_tickers_queue_one_refresh_per_account_and_period(world: RefreshWorld) -> None:
    accounts = [await scheduled(world, external_id=f"act_100{place}") for place in (1, 2, 3)]
    for period in range(3):
        late = max(account.next_refresh_at for account in accounts if account.next_refresh_at) + timedelta(days=period)
        await tick_at(world, late, tickers=8)
        assert [len(await jobs_of(world, account)) for account in accounts] == [period + 1] * 3
        await finish_all(world)


async def test_a_ticker_whose_clock_is_behind_queues_nothing_twice(world: RefreshWorld) -> None:
    account = await scheduled(world)
    assert account.next_refresh_at is not None
    await tick_at(world, account.next_refresh_at + timedelta(minutes=10))
    await finish_all(world)
    await tick_at(world, account.next_refresh_at)
    assert len(await jobs_of(world, account)) == 1


async def test_periods_that_nobody_ticked_are_made_up_for_once(world: RefreshWorld) -> None:
    account = await scheduled(world)
    assert account.next_refresh_at is not None
    await tick_at(world, account.next_refresh_at + timedelta(days=5, hours=1))
    await finish_all(world)
    await tick_at(world, account.next_refresh_at + timedelta(days=5, hours=2))
    assert len(await jobs_of(world, account)) == 1


async def test_a_refresh_that_is_under_way_lets_the_period_pass(world: RefreshWorld) -> None:
    account = await scheduled(world)
    assert account.next_refresh_at is not None
    job = await world.requested(account, AskedDays(TODAY, TODAY))
    await tick_at(world, account.next_refresh_at)
    assert len(await jobs_of(world, account)) == 1
    assert (await world.account(job)).next_refresh_at == account.next_refresh_at + timedelta(days=1)


@pytest.mark.parametrize("status", [AccessGrantStatus.NEEDS_REAUTH, AccessGrantStatus.REVOKED])
async def test_without_access_the_period_passes(world: RefreshWorld, status: AccessGrantStatus) -> None:
    account = await scheduled(world)
    await world.change("update access_grant set status = :status where tenant_id = :tenant", status=status.value)
    await tick_at(world, account.next_refresh_at)
    assert await jobs_of(world, account) == []


async def test_an_account_in_trouble_does_not_hold_up_the_others(
    world: RefreshWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = await scheduled(world), await scheduled(world, external_id="act_1002")

    async def insert_unless_broken(*arguments: Any, ad_account: AdAccount, **options: Any) -> RefreshJob:
        if ad_account.id == broken.id:
            raise LookupError("What nobody thought of.")
        return await insert_refresh_job(*arguments, ad_account=ad_account, **options)

    monkeypatch.setattr("services.refreshes.schedules.insert_refresh_job", insert_unless_broken)
    late = NOON + timedelta(days=2)
    await tick_at(world, late)
    assert (len(await jobs_of(world, broken)), len(await jobs_of(world, sound))) == (0, 1)
    [[again]] = await world.select(
        "select next_refresh_at from ad_account where tenant_id = :tenant and id = :id", id=broken.id
    )
    assert again > late


async def test_a_disconnected_account_is_left_alone_and_goes_on_when_it_comes_back(world: RefreshWorld) -> None:
    account = await scheduled(world)
    await disconnect_ad_account(
        world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, account.id
    )
    await tick_at(world, account.next_refresh_at)
    assert await jobs_of(world, account) == []
    assert (await refused(world, account.id, DAILY)).user_code is UserErrorCode.FORBIDDEN


def test_accounts_are_spread_over_the_period_and_keep_their_time() -> None:
    hours = [0] * 24
    for account_id in (new_id() for _ in range(240)):
        first = next_time(account_id, 24, NOON)
        assert timedelta() < first - NOON <= timedelta(days=1)
        assert next_time(account_id, 24, first) == first + timedelta(days=1)
        hours[first.hour] += 1
    assert max(hours) < 40


async def test_a_schedule_that_is_switched_off_has_no_next_time(world: RefreshWorld) -> None:
    account = await scheduled(world)
    off = await set_refresh_schedule(
        world.tools.db, world.tools.clock, world.viewer, account.id, replace(DAILY, is_enabled=False)
    )
    assert (off.refresh_every_hours, off.next_refresh_at, off.lookback_days) == (None, None, 28)
    await tick_at(world, account.next_refresh_at)
    assert await jobs_of(world, account) == []


async def test_the_same_schedule_again_keeps_the_time_and_leaves_no_trace(world: RefreshWorld) -> None:
    account = await scheduled(world)
    again = await set_refresh_schedule(world.tools.db, world.tools.clock, world.viewer, account.id, DAILY)
    assert again.next_refresh_at == account.next_refresh_at
    entries = await world.select(
        "select before, after from audit_log where tenant_id = :tenant and action = 'ad_account.scheduled'"
    )
    assert [tuple(entry) for entry in entries] == [
        ({"every_hours": None, "lookback_days": 28}, {"every_hours": 24, "lookback_days": 28})
    ]


@pytest.mark.parametrize(("every_hours", "lookback_days"), [(0, 28), (169, 28), (24, 0), (24, 91), (-1, 28)])
async def test_a_schedule_out_of_bounds_is_refused(world: RefreshWorld, every_hours: int, lookback_days: int) -> None:
    account = await world.connected()
    wish = ScheduleWish(is_enabled=True, every_hours=every_hours, lookback_days=lookback_days)
    assert (await refused(world, account.id, wish)).user_code is UserErrorCode.INVALID
    past_us = "update ad_account set refresh_every_hours = :hours, lookback_days = :days where tenant_id = :tenant"
    with pytest.raises(IntegrityError):
        await world.change(past_us, hours=every_hours, days=lookback_days)


async def test_who_may_not_refresh_may_not_schedule(world: RefreshWorld) -> None:
    account = await world.connected()
    with pytest.raises(Forbidden):
        await set_refresh_schedule(
            world.tools.db, world.tools.clock, world.entities.as_role(Role.VIEWER), account.id, DAILY
        )
    manager = world.entities.as_role(Role.MANAGER)
    assert (
        await set_refresh_schedule(world.tools.db, world.tools.clock, manager, account.id, DAILY)
    ).refresh_every_hours == 24


async def test_the_schedule_is_set_and_shown_by_the_api(world: RefreshWorld) -> None:
    account = await world.connected()
    asked = """
    mutation ($id: ID!, $input: RefreshScheduleInput!) {
      setRefreshSchedule(adAccountId: $id, input: $input) {
        adAccount { schedule { everyHours nextAt lookbackDays } } userErrors { code field }
      }
    }
    """
    door, account_id = Door(world.tools, world.viewer), encode_id("AdAccount", account.id)
    answer = await door.ask(asked, id=account_id, input={"enabled": True, "lookbackDays": 90})
    shown = answer.data["setRefreshSchedule"]["adAccount"]["schedule"]
    assert (shown["everyHours"], shown["lookbackDays"]) == (24, 90)
    assert shown["nextAt"] is not None
    wrong = await door.ask(asked, id=account_id, input={"enabled": True, "everyHours": 200})
    assert wrong.data["setRefreshSchedule"] == {
        "adAccount": None,
        "userErrors": [{"code": "INVALID", "field": ["input", "everyHours"]}],
    }
    for unknown, code in ((encode_id("AdAccount", new_id()), "NOT_FOUND"), ("nothing", "INVALID")):
        refused = await door.ask(asked, id=unknown, input={"enabled": False})
        assert refused.data["setRefreshSchedule"]["userErrors"] == [{"code": code, "field": ["adAccountId"]}]
