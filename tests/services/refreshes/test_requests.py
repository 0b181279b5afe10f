"""Asking for refreshes: which days, for whom, and what is refused."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from analytics.enums import DatePreset
from analytics.meta.rules import months_back
from analytics.periods import AskedDays, AskedRange, DateRange, RangeFault, resolve_range
from auth.viewer import Viewer
from errors import Forbidden, Refused, UserErrorCode
from models.ads.ad_account import AdAccount
from models.audit.actor import ActorKind
from models.connections.access_grant import AccessGrantStatus
from models.keyset import Window
from models.refreshes.job import RefreshJob, RefreshStatus, RefreshTrigger
from models.refreshes.job_queries import RefreshJobFilter
from models.tenants.membership import Role
from services.billing.plans import FREE, QuotaKind
from services.refreshes.cancelling import cancel_refresh_job
from services.refreshes.jobs import refresh_jobs
from services.refreshes.requests import insert_refresh_job, request_refresh
from services.refreshes.retrying import retry_refresh_job
from services.toolbox import Toolbox
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import MONTH, NOON, WEEK, RefreshWorld, refresh_world

OLDEST = months_back(TODAY, FREE.limits[QuotaKind.HISTORY_MONTHS] or 0)


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
                world.tools.clock,
                world.tools.vendors.billing,
                session,
                world.viewer,
                ad_account=account,
                trigger=RefreshTrigger.CONNECTED,
                days=MONTH,
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
    await world.change(f"update access_grant set status = '{AccessGrantStatus.REVOKED}' where tenant_id = :tenant")
    orphan = await world.connected("act_1002")
    await world.change(
        f"update access_grant set status = '{AccessGrantStatus.NEEDS_REAUTH}', reason = 'Sign in.'"
        " where tenant_id = :tenant"
    )
    refused = await refusal(world, orphan)
    assert (refused.user_code, refused.message) == (UserErrorCode.ACCESS_TOKEN_INVALID, "Sign in.")


async def test_absent_and_foreign_accounts_and_jobs_are_refused_alike(world: RefreshWorld, tools: Toolbox) -> None:
    async with refresh_world(tools) as other:
        account = await other.connected()
        job = await other.requested(account)
        for account_id in (None, account.id, job.id):
            with pytest.raises(Refused, match=r"^There is no such ad account\.$"):
                await request_refresh(
                    world.tools.db,
                    world.tools.clock,
                    world.tools.vendors.billing,
                    world.viewer,
                    ad_account_id=account_id,
                    days=WEEK,
                )
        for job_id in (None, account.id, job.id):
            retry = partial(retry_refresh_job, billing=world.tools.vendors.billing)
            for act in (cancel_refresh_job, retry):
                with pytest.raises(Refused, match=r"^There is no such refresh\.$"):
                    await act(world.tools.db, world.tools.clock, viewer=world.viewer, job_id=job_id)
        assert await other.row(job) == job


async def test_refreshing_needs_its_permission_and_reading_does_not(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    onlooker: Viewer = world.entities.as_role(Role.VIEWER)
    for attempt in (
        request_refresh(
            world.tools.db, world.tools.clock, world.tools.vendors.billing, onlooker, ad_account_id=job.ad_account_id
        ),
        cancel_refresh_job(world.tools.db, world.tools.clock, onlooker, job_id=job.id),
        retry_refresh_job(world.tools.db, world.tools.clock, world.tools.vendors.billing, onlooker, job_id=job.id),
    ):
        with pytest.raises(Forbidden):
            await attempt
    shown = await refresh_jobs(world.tools.db, onlooker, RefreshJobFilter(), Window(5))
    assert [row.id for row in shown.rows] == [job.id]


async def test_a_connection_without_a_person_is_asked_for_by_the_system(world: RefreshWorld) -> None:
    account = await world.connected()
    system = replace(world.viewer, user_id=None)
    async with world.tools.db.write(world.viewer) as session:
        job = await insert_refresh_job(
            world.tools.clock,
            world.tools.vendors.billing,
            session,
            system,
            ad_account=account,
            trigger=RefreshTrigger.SCHEDULED,
        )
    assert (job.requested_by_kind, job.requested_by_user_id) == (ActorKind.SCHEDULE, None)
    assert (await world.run(job)).status is RefreshStatus.SUCCEEDED
