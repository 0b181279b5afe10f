"""How runs end: cancelled, handed back, waiting, failed with a code, repeated."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from integrations.errors import AccessRevoked
from models.ads.ad_account import AdAccount
from models.connections.access_grant import AccessGrant, AccessGrantStatus
from models.refreshes.job import RefreshErrorCode, RefreshStatus
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from services.account_access import token_context
from services.ingestion.lifecycle import run_refresh
from services.refreshes.cancelling import cancel_refresh_job
from services.refreshes.retrying import retry_refresh_job
from services.toolbox import Toolbox
from tests.sandbox.graph_client import SYSTEM_USER
from tests.worlds.refreshes import MONTH, NOON, Interrupted, RefreshWorld, dying, refresh_world
from tests.worlds.vendors import meta_of

MINUTE = timedelta(minutes=1)


async def grant_of(world: RefreshWorld, account: AdAccount) -> AccessGrant:
    async with world.tools.db.read(world.viewer) as session:
        return await session.get_one(AccessGrant, (account.tenant_id, account.grant_id))


async def test_a_cancelled_run_ends_and_keeps_what_it_stored(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account, MONTH)

    async def somebody_cancels() -> None:
        asked = await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
        assert asked.status is RefreshStatus.RUNNING

    ended = await world.run(job, Interrupted(meta_of(world.tools), somebody_cancels, pages=1))
    assert ended.status is RefreshStatus.CANCELLED
    assert ended.finished_at == NOON
    stored = await world.stored(account)
    reported = await world.reported(account, MONTH)
    assert stored == {day: reported[day] for day in stored}


async def test_a_worker_that_stops_hands_the_job_back(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account, MONTH)
    reached = asyncio.Event()

    async def wait_for_ever() -> None:
        reached.set()
        await asyncio.Event().wait()

    running = asyncio.create_task(world.run(job, Interrupted(meta_of(world.tools), wait_for_ever, pages=2)))
    await reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await world.row(job)).status is RefreshStatus.QUEUED
    assert (await world.run(job)).attempt == 1
    assert await world.stored(account) == await world.reported(account, MONTH)


async def test_a_throttled_run_waits_without_a_worker_and_goes_on(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account, MONTH)
    throttle = FaultRule(FaultKind.ERROR, path="*/insights", nth=2, code=17, subcode=2446079, message="Too many calls")
    world.server.admin.add_fault(throttle)
    await world.change("update procrastinate_jobs set status = 'doing' where queueing_lock = :id", id=str(job.id))
    waiting = await world.run(job)
    queued = await world.select(
        "select scheduled_at from procrastinate_jobs where queueing_lock = :id order by id desc", id=str(job.id)
    )
    assert (waiting.status, waiting.attempt) == (RefreshStatus.WAITING, 1)
    assert waiting.wait_reason
    assert waiting.resumes_at == queued[0].scheduled_at > NOON
    world.moved_by = waiting.resumes_at - NOON
    ended = await world.run(job)
    assert (ended.status, ended.attempt, ended.wait_reason) == (RefreshStatus.SUCCEEDED, 1, None)
    assert await world.stored(account) == await world.reported(account, MONTH)


async def test_a_revoked_token_fails_the_run_marks_the_grant_and_stops_its_siblings(world: RefreshWorld) -> None:
    account, beside = await world.connected(), await world.connected("act_1002")
    await world.change("update ad_account set grant_id = :grant where tenant_id = :tenant", grant=account.grant_id)
    sibling = await world.requested(beside)
    world.server.admin.add_fault(FaultRule(FaultKind.TOKEN_EXPIRED, path="*/insights", times=None))
    job = await world.refreshed(account)
    grant = await grant_of(world, account)
    assert (job.status, job.error_code, job.error_retryable) == (
        RefreshStatus.FAILED,
        RefreshErrorCode.ACCESS_REVOKED,
        False,
    )
    assert grant.status is AccessGrantStatus.NEEDS_REAUTH
    stopped = await world.row(sibling)
    assert grant.reason == job.error_message == stopped.error_message
    assert (stopped.status, stopped.error_code) == (job.status, job.error_code)
    assert await world.queue_jobs(sibling) == ["cancelled"]


@pytest.mark.parametrize(
    ("kind", "code", "retryable"),
    [
        (FaultKind.SCOPE_MISSING, RefreshErrorCode.PERMISSION_MISSING, False),
        (FaultKind.NOT_VISIBLE, RefreshErrorCode.ACCOUNT_UNAVAILABLE, True),
        (FaultKind.NOT_JSON, RefreshErrorCode.INVALID_RESPONSE, True),
    ],
)
async def test_each_failure_has_its_code(
    world: RefreshWorld, kind: FaultKind, code: RefreshErrorCode, retryable: bool
) -> None:
    account = await world.connected()
    world.server.admin.add_fault(FaultRule(kind, path="act_1001", times=None))
    job = await world.refreshed(account)
    assert (job.status, job.error_code, job.error_retryable) == (RefreshStatus.FAILED, code, retryable)
    assert job.error_message


async def test_a_refusal_is_told_in_metas_words_and_not_offered_again(world: RefreshWorld) -> None:
    account = await world.connected()
    refusal = FaultRule(
        FaultKind.ERROR,
        path="act_1001",
        code=100,
        times=None,
        user_title="Account In Review",
        user_message="Meta looks at it until Monday.",
    )
    world.server.admin.add_fault(refusal)
    job = await world.refreshed(account)
    assert (job.status, job.error_code, job.error_retryable) == (
        RefreshStatus.FAILED,
        RefreshErrorCode.ACCOUNT_UNAVAILABLE,
        False,
    )
    assert (job.error_message or "").endswith("Meta says: Account In Review: Meta looks at it until Monday.")


async def test_a_platform_that_is_away_is_waited_for_ever_longer_and_then_given_up(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected(), MONTH)
    world.server.admin.add_fault(FaultRule(FaultKind.HTML_503, path="*/insights", nth=2, times=4))
    first, second = await world.run(job), await world.run(job)
    assert (first.status, first.attempt, first.days_done) == (RefreshStatus.WAITING, 1, 7)
    assert "does not answer" in (first.wait_reason or "")
    assert [row.resumes_at - NOON for row in (first, second) if row.resumes_at] == [MINUTE, 2 * MINUTE]
    assert (await world.run(job)).status is RefreshStatus.SUCCEEDED
    # Stored days begin the count anew; without any it comes to an end.
    world.server.admin.add_fault(FaultRule(FaultKind.HTML_503, path="act_1001", times=None))
    job = await world.requested(await world.account(job))
    rows = [await world.run(job) for _ in range(7)]
    assert [row.status for row in rows] == [*[RefreshStatus.WAITING] * 6, RefreshStatus.FAILED]
    assert (rows[-1].error_code, rows[-1].error_retryable) == (RefreshErrorCode.PLATFORM_UNAVAILABLE, True)


async def test_a_fault_of_ours_is_internal_and_tells_no_details(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account)
    failed = await world.run(job, dying(world, pages=0, error=RuntimeError("secret detail")))
    assert (failed.status, failed.error_code) == (RefreshStatus.FAILED, RefreshErrorCode.INTERNAL)
    assert "secret detail" not in str(failed.error_message)


async def test_creatives_that_are_refused_are_a_gap(world: RefreshWorld) -> None:
    account = await world.connected()
    refusal = FaultRule(FaultKind.ERROR, path="*/adcreatives", code=100, message="Nonexisting field", times=None)
    world.server.admin.add_fault(refusal)
    job = await world.refreshed(account)
    assert job.status is RefreshStatus.SUCCEEDED
    assert [gap["field"] for gap in job.gaps] == ["creatives"]
    assert await world.stored(account) == await world.reported(account)


async def test_too_much_data_is_asked_for_in_smaller_parts(world: RefreshWorld) -> None:
    account = await world.connected()
    world.server.admin.add_fault(FaultRule(FaultKind.ERROR, path="*/insights", code=100, subcode=1487534))
    job = await world.refreshed(account)
    assert (job.status, job.gaps) == (RefreshStatus.SUCCEEDED, [])
    assert await world.stored(account) == await world.reported(account)


async def test_the_next_attempt_reads_every_day_again(world: RefreshWorld) -> None:
    account = await world.connected()
    world.server.admin.add_fault(FaultRule(FaultKind.NOT_JSON, path="*/insights", nth=2, times=2))
    failed = await world.refreshed(account, MONTH)
    assert failed.status is RefreshStatus.FAILED
    queued = await retry_refresh_job(
        world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, job_id=failed.id
    )
    assert (queued.status, queued.attempt, queued.days_done, queued.error_code) == (RefreshStatus.QUEUED, 2, 0, None)
    ended = await world.run(queued)
    assert (ended.status, ended.attempt, ended.days_done) == (RefreshStatus.SUCCEEDED, 2, 28)
    assert ended.rows_fetched == ended.rows_stored
    assert await world.stored(account) == await world.reported(account, MONTH)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("update ad_account set disconnected_at = now()", RefreshErrorCode.ACCOUNT_UNAVAILABLE),
        ("update access_grant set status = 'REVOKED'", RefreshErrorCode.ACCESS_REVOKED),
        ("update access_grant set status = 'NEEDS_REAUTH', reason = 'Sign in.'", RefreshErrorCode.ACCESS_REVOKED),
        ("update access_grant set token_enc = 'enc:v1:none:x'", RefreshErrorCode.ACCESS_REVOKED),
        ("update membership set role = 'VIEWER'", RefreshErrorCode.PERMISSION_MISSING),
        ("delete from membership", RefreshErrorCode.PERMISSION_MISSING),
    ],
)
async def test_what_changed_since_the_request_is_seen_by_the_run(
    world: RefreshWorld, change: str, code: RefreshErrorCode
) -> None:
    job = await world.requested(await world.connected())
    await world.change(f"{change} where tenant_id = :tenant")
    ended = await world.run(job)
    assert (ended.status, ended.error_code) == (RefreshStatus.FAILED, code)
    assert not world.server.admin.log()


async def test_a_job_that_keeps_losing_its_worker_ends(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    ended = await world.run(job, is_last_try=True)
    assert (ended.status, ended.error_code, ended.error_retryable) == (
        RefreshStatus.FAILED,
        RefreshErrorCode.INTERNAL,
        True,
    )


async def test_a_finished_or_foreign_job_is_left_alone(world: RefreshWorld, tools: Toolbox) -> None:
    job = await world.refreshed(await world.connected())
    again = await world.run(job)
    assert again == job
    async with refresh_world(tools) as other:
        await run_refresh(other.tools, tenant_id=other.entities.tenant_id, job_id=job.id)
    assert await world.row(job) == job


@pytest.mark.one_node(reason="the coordinator does not show the locks of its nodes")
async def test_a_grant_that_is_revoked_while_its_run_fails_stays_revoked(world: RefreshWorld) -> None:
    account = await world.connected()
    job, is_revoked, revoking = await world.requested(account), asyncio.Event(), list[asyncio.Task[None]]()

    async def revoke() -> None:
        """Commits when the run waits for the grant."""
        async with world.tools.db.write(world.viewer) as session:
            connection = await session.connection()
            revoking = "update access_grant set status = 'REVOKED', token_enc = '', revoked_at = now()"
            await connection.execute(text(f"{revoking} where tenant_id = :tenant"), {"tenant": job.tenant_id})
            is_revoked.set()
            waiting = text("select 1 from pg_locks where pg_backend_pid() = any(pg_blocking_pids(pid)) and not granted")
            while not (await connection.execute(waiting)).first():  # noqa: ASYNC110 - what Postgres waits for is no event
                await asyncio.sleep(0)

    async def lose_access() -> None:
        revoking.append(asyncio.create_task(revoke()))
        await is_revoked.wait()
        raise AccessRevoked("Connect again.")

    async with asyncio.timeout(20):
        failed = await world.run(job, Interrupted(meta_of(world.tools), lose_access, pages=0))
        await revoking[0]
    assert failed.error_code is RefreshErrorCode.ACCESS_REVOKED
    assert [row.status for row in await world.select("select status from access_grant where tenant_id = :tenant")] == [
        "REVOKED"
    ]


async def test_a_run_whose_grant_gets_a_new_token_goes_on_with_it(world: RefreshWorld) -> None:
    account = await world.connected()
    job, grant_id = await world.requested(account), account.grant_id
    assert grant_id is not None
    fresh = world.tools.cipher.encrypt(token_context(account.tenant_id, grant_id), SYSTEM_USER)

    async def connect_again_and_lose_the_old_access() -> None:
        await world.change("update access_grant set token_enc = :fresh where tenant_id = :tenant", fresh=fresh)
        raise AccessRevoked("Connect again.")

    waiting = await world.run(job, Interrupted(meta_of(world.tools), connect_again_and_lose_the_old_access, pages=0))
    assert (waiting.status, waiting.attempt) == (RefreshStatus.WAITING, job.attempt)
    assert "connected again" in (waiting.wait_reason or "")
    assert [row.status for row in await world.select("select status from access_grant where tenant_id = :tenant")] == [
        "ACTIVE"
    ]
    assert (await world.run(job)).status is RefreshStatus.SUCCEEDED
