"""Runs of channel jobs: how they end, wait and go on, whatever the marketplace, the worker or a person does."""

import asyncio
from datetime import timedelta

import pytest

from errors import Refused, UserErrorCode
from integrations.errors import (
    AccessRevoked,
    Bar,
    Barred,
    InvalidResponse,
    ObjectMissing,
    PermissionMissing,
    Rejected,
    Throttled,
    Unavailable,
)
from models.channel_jobs.job import ChannelJob, ChannelJobErrorCode, ChannelJobKind, ChannelJobStatus
from models.channels.access import access_of_channel
from models.channels.channel import ChannelIssue, ChannelStatus
from models.ids import new_id
from models.tenants.membership import Membership, Role
from services.channel_jobs.of_channels import end_jobs, resume_jobs, tend_channel_jobs
from services.channel_jobs.requests import JobWish
from services.channel_jobs.running import run_channel_job
from services.channel_jobs.states import MOST_TRIES
from services.channel_jobs.sweep import sweep_channel_jobs
from services.channel_jobs.work import MOST_PROBLEMS, ChannelRun, JobLost, Workshop
from tests.worlds.channel_jobs import SHIP, ChannelJobWorld, retry

S = ChannelJobStatus
AWAY = Unavailable("away")


async def tended(world: ChannelJobWorld, job: ChannelJob) -> ChannelJob:
    """The job after the chore, which may have found other tests' jobs too."""
    await tend_channel_jobs(world.tools.db, world.tools.clock)
    return await world.row(job)


async def test_a_job_that_succeeds_stores_once_and_says_how_much_it_did(world: ChannelJobWorld) -> None:
    async def work(run: ChannelRun) -> None:
        await run.tell("Reading orders")
        run.progress(2, 5)
        run.problem("This order has no number.", path=["orders"])
        run.progress(5)

    world.deed.steps = [work]
    done = await world.run(await world.asked())
    assert (done.status, done.done, done.total, done.run_id, done.memo) == (S.SUCCEEDED, 5, 5, None, {})
    assert done.problems == [{"code": "INVALID", "message": "This order has no number.", "field": ["orders"]}]
    assert (done.started_at, done.finished_at, world.deed.stored) == (world.clock(), world.clock(), 1)
    assert (await world.run(done)).version == done.version
    assert world.deed.calls == 1


async def test_the_first_hundred_problems_are_kept(world: ChannelJobWorld) -> None:
    async def work(run: ChannelRun) -> None:
        for number in range(MOST_PROBLEMS + 5):
            run.problem(f"{number}")

    world.deed.steps = [work]
    done = await world.run(await world.asked())
    assert [each["message"] for each in done.problems] == [str(number) for number in range(MOST_PROBLEMS)]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Rejected("no price"), ChannelJobErrorCode.REJECTED),
        (ObjectMissing("gone"), ChannelJobErrorCode.NOT_FOUND),
        (PermissionMissing("scope"), ChannelJobErrorCode.PERMISSION_MISSING),
        (InvalidResponse("odd"), ChannelJobErrorCode.INVALID_RESPONSE),
        (Refused(UserErrorCode.INVALID, "no photo"), ChannelJobErrorCode.REJECTED),
        (ZeroDivisionError(), ChannelJobErrorCode.INTERNAL),
    ],
)
async def test_what_a_repetition_does_not_mend_fails_the_job(
    world: ChannelJobWorld, error: Exception, code: ChannelJobErrorCode
) -> None:
    world.deed.steps = [error]
    failed = await world.run(await world.asked())
    assert (failed.status, failed.error_code, world.deed.stored) == (S.FAILED, code, 0)
    again = await retry(world, failed)
    assert (again.status, again.attempt, again.error_code) == (S.QUEUED, 2, None)
    assert (await world.run(again)).status is S.SUCCEEDED


async def test_transient_faults_are_no_failures_until_the_sixth(world: ChannelJobWorld) -> None:
    """Allegro 13278, hahm-ebay-lister 17 and 24: a passing fault was shown as a failure."""
    world.deed.steps = [AWAY] * MOST_TRIES
    job = await world.asked()
    pauses = []
    for _ in range(MOST_TRIES - 1):
        job = await world.run(job)
        assert (job.status, (await world.queue(job)).count("todo")) == (S.WAITING, 1)
        assert job.resumes_at is not None
        assert "goes on by itself" in str(job.wait_reason)
        pauses.append((job.resumes_at - world.clock()).total_seconds() / 60)
        world.clock.now = job.resumes_at
    assert pauses == [1, 2, 4, 8, 15]
    job = await world.run(job)
    assert (job.status, job.error_code) == (S.FAILED, ChannelJobErrorCode.CHANNEL_UNAVAILABLE)


async def test_a_run_that_got_further_begins_to_count_outages_anew(world: ChannelJobWorld) -> None:
    async def further(run: ChannelRun) -> None:
        run.progress(run.done + 1)
        raise AWAY

    world.deed.steps = [further] * 8
    job = await world.asked()
    for _ in range(8):
        job = await world.run(job)
    assert (job.status, job.outages, job.done) == (S.WAITING, 1, 8)


async def test_a_throttled_job_waits_without_a_worker_and_counts_no_try(world: ChannelJobWorld) -> None:
    world.deed.steps = [Throttled("The calls are used up.", retry_after_s=90)]
    job = await world.run(await world.asked())
    assert (job.status, job.wait_reason, job.outages) == (S.WAITING, "The calls are used up.", 0)
    assert job.resumes_at == world.clock() + timedelta(seconds=90)
    assert (await world.run(job)).status is S.SUCCEEDED


@pytest.mark.parametrize(
    ("error", "issue"),
    [
        (AccessRevoked("Connect again."), ChannelIssue.REAUTHORIZE),
        (Barred("Barred."), ChannelIssue.FORBIDDEN),
        (Barred("Sign in there.", bar=Bar.SIGN_IN), ChannelIssue.SIGN_IN),
        (Barred("Show that you are there.", bar=Bar.CHALLENGE), ChannelIssue.CHALLENGE),
    ],
)
async def test_a_channel_without_access_needs_attention_and_its_jobs_wait_for_somebody(
    world: ChannelJobWorld, error: Exception, issue: ChannelIssue
) -> None:
    world.deed.steps = [error]
    job, other = await world.run(await world.asked()), await world.asked(SHIP)
    channel = await world.seen_channel()
    assert (channel.status, channel.issue, channel.reason) == (ChannelStatus.ATTENTION, issue, str(error))
    assert (await world.run(other)).wait_reason == str(error)
    assert (await tended(world, job)).version == job.version
    assert (job.status, job.resumes_at, world.deed.calls) == (S.WAITING, None, 1)
    await world.set_channel(status=ChannelStatus.CONNECTED, issue=None, reason=None)
    async with world.tools.db.write(world.team.viewer) as session:
        assert await resume_jobs(session, world.channel.id) == 2
    assert {(await world.row(each)).status for each in (job, other)} == {S.QUEUED}
    assert (await world.run(job)).status is S.SUCCEEDED


@pytest.mark.parametrize("status", [ChannelStatus.PENDING, ChannelStatus.CONNECTED, ChannelStatus.ATTENTION])
async def test_a_check_that_is_barred_fails_so_that_another_one_can_be_asked_for(
    world: ChannelJobWorld, status: ChannelStatus
) -> None:
    issue = ChannelIssue.SIGN_IN if status is ChannelStatus.ATTENTION else None
    await world.set_channel(status=status, issue=issue)
    world.deed.steps = [Barred("Show that you are there.", bar=Bar.CHALLENGE)]
    job = await world.run(await world.asked(JobWish(ChannelJobKind.CHECK)))
    assert (job.status, job.error_code, job.error_retryable) == (S.FAILED, ChannelJobErrorCode.CHALLENGE, True)
    channel = await world.seen_channel()
    assert (channel.status, channel.issue) == (ChannelStatus.ATTENTION, ChannelIssue.CHALLENGE)
    assert channel.reason == "Show that you are there."
    assert (await world.run(await world.asked(JobWish(ChannelJobKind.CHECK)))).status is S.SUCCEEDED


async def test_whoever_has_to_consent_anew_is_told_nothing_else(world: ChannelJobWorld) -> None:
    await world.set_channel(status=ChannelStatus.ATTENTION, issue=ChannelIssue.REAUTHORIZE, reason="Connect again.")
    world.deed.steps = [Barred("Barred.")]
    assert (await world.run(await world.asked(JobWish(ChannelJobKind.CHECK)))).status is S.FAILED
    channel = await world.seen_channel()
    assert (channel.issue, channel.reason) == (ChannelIssue.REAUTHORIZE, "Connect again.")


async def test_a_token_that_ends_in_the_middle_is_renewed_and_nobody_is_troubled(world: ChannelJobWorld) -> None:
    await world.token(world.clock())
    world.deed.steps = [AccessRevoked("ended", is_expired=True)] * MOST_TRIES
    job = await world.run(await world.asked())
    assert (job.status, job.resumes_at) == (S.WAITING, world.clock())
    async with world.tools.db.read(world.team.viewer) as session:
        access = await access_of_channel(session, world.channel.id)
    assert access is not None
    assert access.access_ends_at <= world.clock()
    assert (await world.seen_channel()).status is ChannelStatus.CONNECTED
    # A marketplace that calls every new token ended is not asked for ever.
    for _ in range(MOST_TRIES - 1):
        world.clock.now = job.resumes_at or world.clock.now
        job = await world.run(job)
    assert (job.status, job.resumes_at) == (S.WAITING, None)
    assert (await world.seen_channel()).issue is ChannelIssue.REAUTHORIZE


async def test_a_check_runs_while_the_channel_needs_attention(world: ChannelJobWorld) -> None:
    await world.set_channel(status=ChannelStatus.ATTENTION, issue=ChannelIssue.REAUTHORIZE, reason="Connect again.")
    assert (await world.run(await world.asked(JobWish(ChannelJobKind.CHECK)))).status is S.SUCCEEDED


async def test_a_token_that_was_replaced_during_the_run_is_tried_before_anybody_is_troubled(
    world: ChannelJobWorld,
) -> None:
    async def replaced(_run: ChannelRun) -> None:
        await world.token(world.clock() + timedelta(seconds=1))
        raise AccessRevoked("Connect again.")

    await world.token(world.clock())
    world.deed.steps = [replaced]
    job = await world.run(await world.asked())
    assert (job.status, job.resumes_at) == (S.WAITING, world.clock())
    assert (await world.seen_channel()).status is ChannelStatus.CONNECTED
    assert (await world.run(job)).status is S.SUCCEEDED


@pytest.mark.parametrize("values", [{"frozen_at": "now"}, {"status": ChannelStatus.PENDING}])
async def test_jobs_of_frozen_and_of_unconnected_channels_wait_with_a_reason_and_go_on_by_themselves(
    world: ChannelJobWorld, values: dict[str, object]
) -> None:
    job = await world.asked()
    await world.set_channel(**values | ({"frozen_at": world.clock()} if "frozen_at" in values else {}))
    job = await world.run(job)
    assert (job.status, job.resumes_at, world.deed.calls) == (S.WAITING, None, 0)
    assert job.wait_reason
    assert (await tended(world, job)).version == job.version
    await world.set_channel(frozen_at=None, status=ChannelStatus.CONNECTED)
    assert (await tended(world, job)).status is S.QUEUED
    assert (await world.queue(job)).count("todo") == 1


async def test_jobs_of_a_disconnected_channel_are_cancelled(world: ChannelJobWorld) -> None:
    first, second = await world.asked(), await world.asked(SHIP)
    async with world.tools.db.write(world.team.viewer) as session:
        assert await end_jobs(session, world.channel.id, now=world.clock()) == 2
    assert {(await world.row(each)).status for each in (first, second)} == {S.CANCELLED}
    assert await world.queue(first) == ["cancelled"]
    left = await world.asked()
    await world.disconnect()
    assert (await tended(world, left)).status is S.CANCELLED


async def test_a_run_of_a_channel_that_is_disconnected_meanwhile_writes_nothing_more(world: ChannelJobWorld) -> None:
    async def work(run: ChannelRun) -> None:
        async with world.tools.db.write(world.team.viewer) as session:
            await end_jobs(session, world.channel.id, now=world.clock())
        with pytest.raises(JobLost):
            async with run.writing():
                raise AssertionError("the run has lost the job")
        await run.tell("Going on")

    world.deed.steps = [work]
    assert (await world.run(await world.asked())).status is S.CANCELLED
    assert world.deed.stored == 0


async def test_a_job_that_is_a_day_old_expires(world: ChannelJobWorld) -> None:
    waiting = await world.asked(SHIP)
    await world.set_channel(status=ChannelStatus.ATTENTION)
    assert (await world.run(waiting)).status is S.WAITING
    queued = await world.asked()
    world.clock.move(hours=24, seconds=1)
    assert (await world.run(queued)).error_code is ChannelJobErrorCode.EXPIRED
    assert (await tended(world, waiting)).error_code is ChannelJobErrorCode.EXPIRED


@pytest.mark.parametrize("role", [Role.VIEWER, None])
async def test_whoever_asked_and_may_no_longer_gets_nothing_done(world: ChannelJobWorld, role: Role | None) -> None:
    job = await world.asked()
    async with world.tools.db.write(world.team.viewer) as session:
        member = await session.get(Membership, (world.team.tenant_id, world.team.viewer.responsible_id))
        if member is not None and role is not None:
            member.role = role
        elif member is not None:
            await session.delete(member)
    failed = await world.run(job)
    assert (failed.error_code, failed.error_retryable) == (ChannelJobErrorCode.PERMISSION_MISSING, False)
    assert world.deed.calls == 0


async def test_a_worker_that_stops_hands_the_job_back(world: ChannelJobWorld) -> None:
    async def hang(_run: ChannelRun) -> None:
        raise asyncio.CancelledError

    world.deed.steps = [hang]
    job = await world.asked()
    with pytest.raises(asyncio.CancelledError):
        await world.run(job)
    assert (await world.row(job)).status is S.QUEUED
    assert (await world.run(job)).status is S.SUCCEEDED


async def test_of_two_workers_with_one_job_the_earlier_writes_nothing_more(world: ChannelJobWorld) -> None:
    async def taken_over(run: ChannelRun) -> None:
        assert (await world.run(run.job)).status is S.SUCCEEDED
        await run.tell("Going on")

    world.deed.steps = [taken_over]
    job = await world.run(await world.asked())
    assert (job.status, world.deed.stored) == (S.SUCCEEDED, 1)


async def test_a_worker_that_dies_too_often_fails_the_job(world: ChannelJobWorld) -> None:
    job = await world.asked()
    await world.change(
        "update channel_job set status = 'RUNNING', run_id = :run where tenant_id = :tenant and id = :id",
        run=new_id(),
        id=job.id,
    )
    failed = await world.run(job, is_last_try=True)
    assert (failed.status, failed.error_code) == (S.FAILED, ChannelJobErrorCode.INTERNAL)


async def test_a_kind_that_nothing_does_fails_in_words(world: ChannelJobWorld) -> None:
    job = await world.asked()
    nothing = Workshop({}, world.workshop.open_market)
    await run_channel_job(world.tools, nothing, tenant_id=job.tenant_id, job_id=job.id)
    assert (await world.row(job)).error_code is ChannelJobErrorCode.INTERNAL


async def test_a_job_that_the_queue_lost_is_queued_again_and_one_that_waits_for_somebody_is_not(
    world: ChannelJobWorld,
) -> None:
    lost, waiting = await world.asked(), await world.asked(SHIP)
    await world.set_channel(status=ChannelStatus.ATTENTION)
    await world.run(waiting)
    ids = [str(lost.id), str(waiting.id)]
    await world.change("delete from procrastinate_jobs where queueing_lock = any(:ids)", ids=ids)
    await world.change("update channel_job set heartbeat_at = null where tenant_id = :tenant")
    # Other tests' jobs may be lost as well.
    assert await sweep_channel_jobs(world.tools.db, world.tools.clock)
    assert [await world.queue(each) for each in (lost, waiting)] == [["todo"], []]
