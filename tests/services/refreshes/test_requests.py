"""Asking for refreshes, cancelling, repeating and listing them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from analytics.enums import DatePreset
from analytics.meta.rules import months_back
from analytics.periods import AskedDays, AskedRange, DateRange, RangeFault, resolve_range
from auth.viewer import Viewer
from errors import BadInput, Forbidden, Refused, UserErrorCode
from models.ads.ad_account import AdAccount
from models.audit.actor import ActorKind
from models.connections.access_grant import AccessGrantStatus
from models.keyset import Window
from models.refreshes.job import RefreshJob, RefreshStatus, RefreshTrigger
from models.refreshes.job_queries import RefreshJobFilter
from models.tenants.membership import Role
from services.billing.plans import FREE, QuotaKind
from services.refreshes.requests import (
    cancel_active_jobs,
    cancel_refresh_job,
    insert_refresh_job,
    number_of_refresh_jobs,
    refresh_jobs,
    request_refresh,
    retry_refresh_job,
)
from services.toolbox import Toolbox
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import MONTH, NOON, WEEK, RefreshWorld, refresh_world

ALL = RefreshJobFilter()

OLDEST = months_back(TODAY, FREE.limits[QuotaKind.HISTORY_MONTHS] or 0)


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


def days(job: RefreshJob) -> DateRange:
    return DateRange(job.range_start, job.range_end)


async def refusal(world: RefreshWorld, account: AdAccount, asked: AskedRange | None = WEEK) -> Refused:
    with pytest.raises(Refused) as refused:
        await world.requested(account, asked)
    return refused.value


async def test_the_job_and_its_place_on_the_queue_are_one_transaction(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account)
    assert (job.status, job.trigger, job.version) == (RefreshStatus.QUEUED, RefreshTrigger.MANUAL, 1)
    assert (job.requested_by_kind, job.requested_by_user_id) == (ActorKind.USER, world.viewer.user_id)
    assert await world.queue_jobs(job) == ["todo"]

    async def ask_and_fail() -> None:
        async with world.tools.db.write(world.viewer) as session:
            await insert_refresh_job(
                world.tools, session, world.viewer, ad_account=account, trigger=RefreshTrigger.CONNECTED, days=MONTH
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask_and_fail()
    queued = await world.select(
        "select args ->> 'refresh_job_id' from procrastinate_jobs where lock like :lock", lock=f"%{account.id}"
    )
    assert [row[0] for row in queued] == [str(job.id)]


async def test_without_a_range_all_history_is_read_until_a_refresh_succeeded(world: RefreshWorld) -> None:
    fresh = await world.connected(last_refreshed_at=None)
    job = await world.requested(fresh, None)
    assert days(job) == DateRange(OLDEST, TODAY)
    assert ["left out" in warning for warning in job.warnings] == [True]
    known = await world.connected("act_1002", lookback_days=14)
    job = await world.requested(known, None)
    assert days(job) == DateRange(TODAY - timedelta(days=13), TODAY)
    assert job.days_total == 14
    assert job.warnings == []


async def test_today_is_the_accounts_day(world: RefreshWorld) -> None:
    world.moved_by = timedelta(hours=6)
    tokyo = await world.connected("act_1003")
    assert (await world.requested(tokyo, None)).range_end == TODAY + timedelta(days=1)
    assert days(await world.requested(tokyo, DatePreset.YESTERDAY)) == DateRange(TODAY, TODAY)


@pytest.mark.parametrize(
    "asked",
    [
        AskedDays(TODAY, TODAY - timedelta(days=1)),
        AskedDays(TODAY + timedelta(days=2), TODAY + timedelta(days=3)),
        AskedDays(TODAY - timedelta(days=4000), TODAY - timedelta(days=3000)),
    ],
)
async def test_a_range_of_which_nothing_can_be_read_is_refused(world: RefreshWorld, asked: AskedRange) -> None:
    refused = await refusal(world, await world.connected(), asked)
    told = resolve_range(asked, TODAY)
    assert not isinstance(told, RangeFault) or told.message == refused.message
    assert (refused.user_code, refused.field) == (UserErrorCode.INVALID, "days")


async def test_a_wish_beyond_the_plans_history_is_cut_with_a_warning(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected(), AskedDays(TODAY - timedelta(days=4000), TODAY))
    assert job.range_start == OLDEST
    assert ["left out" in warning for warning in job.warnings] == [True]


async def test_the_same_refresh_is_answered_while_it_is_not_finished(world: RefreshWorld) -> None:
    account = await world.connected()
    asked = await asyncio.gather(*(world.requested(account) for _ in range(8)))
    other = await world.requested(account, MONTH)
    assert len({job.id for job in asked}) == 1
    assert other.id != asked[0].id
    assert await world.queue_jobs(asked[0]) == ["todo"]
    await world.run(asked[0])
    assert (await world.requested(account)).id != asked[0].id


async def test_a_disconnected_account_and_a_grant_that_is_gone_are_refused(world: RefreshWorld) -> None:
    disconnected = await world.connected(disconnected_at=NOON)
    assert (await refusal(world, disconnected)).user_code == UserErrorCode.FORBIDDEN
    await world.change(f"update access_grant set status = '{AccessGrantStatus.REVOKED}'")
    orphan = await world.connected("act_1002")
    await world.change(f"update access_grant set status = '{AccessGrantStatus.NEEDS_REAUTH}', reason = 'Sign in.'")
    refused = await refusal(world, orphan)
    assert (refused.user_code, refused.message) == (UserErrorCode.ACCESS_TOKEN_INVALID, "Sign in.")


async def test_absent_and_foreign_accounts_and_jobs_are_refused_alike(world: RefreshWorld, tools: Toolbox) -> None:
    async with refresh_world(tools) as other:
        account = await other.connected()
        job = await other.requested(account)
        for account_id in (None, account.id, job.id):
            with pytest.raises(Refused, match=r"^There is no such ad account\.$"):
                await request_refresh(world.tools, world.viewer, ad_account_id=account_id, days=WEEK)
        for job_id in (None, account.id, job.id):
            for act in (cancel_refresh_job, retry_refresh_job):
                with pytest.raises(Refused, match=r"^No such refresh\.$"):
                    await act(world.tools, world.viewer, job_id=job_id)
        assert await other.row(job) == job


async def test_refreshing_needs_its_permission_and_reading_does_not(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    onlooker: Viewer = world.entities.as_role(Role.VIEWER)
    for attempt in (
        request_refresh(world.tools, onlooker, ad_account_id=job.ad_account_id),
        cancel_refresh_job(world.tools, onlooker, job_id=job.id),
        retry_refresh_job(world.tools, onlooker, job_id=job.id),
    ):
        with pytest.raises(Forbidden):
            await attempt
    assert [row.id for row in (await refresh_jobs(world.tools.db, onlooker, ALL, Window(5))).rows] == [job.id]


async def test_cancelling_a_queued_job_ends_it_and_empties_the_queue(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    cancelled = await cancel_refresh_job(world.tools, world.viewer, job_id=job.id)
    assert (cancelled.status, cancelled.finished_at, cancelled.version) == (RefreshStatus.CANCELLED, NOON, 2)
    assert await world.queue_jobs(job) == ["cancelled"]
    with pytest.raises(Refused) as refused:
        await cancel_refresh_job(world.tools, world.viewer, job_id=job.id)
    assert refused.value.user_code == UserErrorCode.NOT_CANCELLABLE
    assert (await world.run(job)).status is RefreshStatus.CANCELLED


async def test_cancelling_an_account_ends_all_its_jobs(world: RefreshWorld) -> None:
    account, other = await world.connected(), await world.connected("act_1002")
    jobs = [await world.requested(account), await world.requested(account, MONTH)]
    kept = await world.requested(other)
    async with world.tools.db.write(world.viewer) as session:
        cancelled = await cancel_active_jobs(session, world.viewer, ad_account_id=account.id, clock=world.tools.clock)
    assert {job.id for job in cancelled} == {job.id for job in jobs}
    assert (await world.row(kept)).status is RefreshStatus.QUEUED


async def test_only_what_a_retry_can_mend_is_repeated(world: RefreshWorld) -> None:
    account = await world.connected()
    queued = await world.requested(account)

    async def refused() -> bool:
        with pytest.raises(Refused) as error:
            await retry_refresh_job(world.tools, world.viewer, job_id=queued.id)
        return error.value.user_code == UserErrorCode.NOT_RETRYABLE

    assert await refused()
    await cancel_refresh_job(world.tools, world.viewer, job_id=queued.id)
    again = await retry_refresh_job(world.tools, world.viewer, job_id=queued.id)
    assert (again.status, again.attempt, again.cancel_requested_at) == (RefreshStatus.QUEUED, 2, None)
    assert await world.queue_jobs(again) == ["cancelled", "todo"]
    await world.run(again)
    assert await refused()
    await world.change("update refresh_job set status = 'FAILED', error_code = 'INTERNAL', error_retryable = false")
    assert await refused()
    await world.change("update refresh_job set error_retryable = true")
    await world.requested(account)
    assert await refused()


async def test_a_retry_that_races_a_new_request_is_refused(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account)
    await cancel_refresh_job(world.tools, world.viewer, job_id=job.id)
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    async with world.tools.db.write(world.viewer) as session:
        asked = AskedDays(job.range_start, job.range_end)
        await insert_refresh_job(
            world.tools, session, world.viewer, ad_account=account, trigger=RefreshTrigger.MANUAL, days=asked
        )
        retry = asyncio.create_task(retry_refresh_job(world.tools, world.viewer, job_id=job.id))
        async with asyncio.timeout(10):
            while not (await world.select(waiting))[0][0]:  # noqa: ASYNC110 - what Postgres waits for is no event
                await asyncio.sleep(0.01)
    with pytest.raises(Refused) as refused:
        await retry
    assert refused.value.user_code is UserErrorCode.NOT_RETRYABLE


async def test_what_is_done_to_a_refresh_is_in_the_audit_log(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    await cancel_refresh_job(world.tools, world.viewer, job_id=job.id)
    await retry_refresh_job(world.tools, world.viewer, job_id=job.id)
    entries = await world.select(
        "select action, actor_user_id from audit_log where target_id = :id order by id", id=job.id
    )
    assert [entry.action for entry in entries] == ["refresh.requested", "refresh.cancelled", "refresh.retried"]
    assert {entry.actor_user_id for entry in entries} == {world.viewer.user_id}


async def test_lists_are_paged_filtered_and_newest_first(world: RefreshWorld) -> None:
    account, other = await world.connected(), await world.connected("act_1002")
    asked = []
    for index in range(5):
        world.moved_by = timedelta(minutes=index)
        asked.append(await world.requested(account, AskedDays(TODAY - timedelta(days=index), TODAY)))
    foreign = await world.requested(other)
    await cancel_refresh_job(world.tools, world.viewer, job_id=asked[0].id)

    async def listed(wanted: RefreshJobFilter, window: Window) -> Any:
        return await refresh_jobs(world.tools.db, world.viewer, wanted, window)

    own = RefreshJobFilter(ad_account_ids=(account.id,))
    first = await listed(own, Window(3))
    rest = await listed(own, Window(3, first.cursors[-1]))
    assert [job.id for job in (*first.rows, *rest.rows)] == [job.id for job in reversed(asked)]
    assert (first.has_next, rest.has_next, rest.has_previous) == (True, False, True)
    cancelled = RefreshJobFilter(statuses=(RefreshStatus.CANCELLED,))
    assert [job.id for job in (await listed(cancelled, Window(9))).rows] == [asked[0].id]
    assert await number_of_refresh_jobs(world.tools.db, world.viewer, ALL) == 6
    assert await number_of_refresh_jobs(world.tools.db, world.viewer, RefreshJobFilter(ad_account_ids=())) == 0
    assert foreign.id in {job.id for job in (await listed(ALL, Window(9))).rows}
    with pytest.raises(BadInput):
        await listed(ALL, Window(3, "bm90IGEgY3Vyc29y"))


async def test_a_connection_without_a_person_is_asked_for_by_the_system(world: RefreshWorld) -> None:
    account = await world.connected()
    system = replace(world.viewer, user_id=None)
    async with world.tools.db.write(world.viewer) as session:
        job = await insert_refresh_job(
            world.tools, session, system, ad_account=account, trigger=RefreshTrigger.SCHEDULED
        )
    assert (job.requested_by_kind, job.requested_by_user_id) == (ActorKind.SCHEDULE, None)
    assert (await world.run(job)).status is RefreshStatus.SUCCEEDED
