"""A marketplace at its worst: jobs wait in words and go on by themselves, and nobody else waits with them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from integrations.http import Patience
from models.channel_jobs.job import ChannelJob, ChannelJobErrorCode, ChannelJobKind, ChannelJobStatus
from sandbox.marketplaces.faults import CallFaultKind
from services.channel_jobs.requests import JobWish
from services.toolbox import Toolbox
from tests.worlds.ads import entity_world
from tests.worlds.channel_jobs import seller
from tests.worlds.ebay_orders import SELLER, SYNC_ORDERS, EbayOrders, ebay_orders

S = ChannelJobStatus
SYNC_LISTINGS = JobWish(ChannelJobKind.SYNC_LISTINGS)
PAGE = "<!DOCTYPE html><html><title>Access Denied</title></html>"
ORDERS = "fulfillment.list_orders"
# A call that is tried twice ends within a second.
SHORT = Patience(total_s=1.0, attempt_s=0.3, attempts=2)
LONG_S = 60


@pytest.fixture
async def ebay(tools: Toolbox) -> AsyncIterator[EbayOrders]:
    async with ebay_orders(tools) as world:
        yield world


@pytest.fixture
async def hasty(tools: Toolbox) -> AsyncIterator[EbayOrders]:
    async with ebay_orders(tools, SHORT) as world:
        yield world


async def neighbour(ebay: EbayOrders) -> EbayOrders:
    """Another tenant with a channel of its own at the same stand-in."""
    team = await entity_world(ebay.jobs.tools.db)
    channel = await seller(team, market=SELLER, created_at=ebay.channel.created_at, external_id="s")
    return replace(ebay, jobs=replace(ebay.jobs, team=team, channel=channel), channel=channel)


async def worked(ebay: EbayOrders, job: ChannelJob) -> ChannelJob:
    """A worker takes the job off the queue, where it must be with the time at which it is due, and runs it."""
    taking = "delete from procrastinate_jobs where queueing_lock = :id and status = 'todo' returning scheduled_at"
    async with ebay.jobs.tools.db.write(ebay.jobs.team.viewer) as session:
        taken = await (await session.connection()).execute(text(taking), {"id": str(job.id)})
        assert list(taken.scalars()) == [job.resumes_at]
    assert job.resumes_at is None or job.resumes_at <= ebay.jobs.clock()
    return await ebay.run(job)


@pytest.mark.parametrize("status", [200, 403, 404, 502])
async def test_pages_in_place_of_answers_are_waited_out_longer_each_time(ebay: EbayOrders, status: int) -> None:
    order_id = ebay.sale()
    job = await ebay.asked()
    ebay.move(minutes=5)
    ebay.spoil(ORDERS, body=PAGE, status=status, media_type="text/html", times=None)
    for minutes in (1, 2, 4):
        job = await worked(ebay, job)
        assert (job.status, job.attempt) == (S.WAITING, 1)
        assert "goes on by itself" in str(job.wait_reason)
        assert job.resumes_at == ebay.jobs.clock() + timedelta(minutes=minutes)
        ebay.move(minutes=minutes)
    ebay.server.sandbox.faults.clear()
    assert (await worked(ebay, job)).status is S.SUCCEEDED
    assert set(await ebay.orders()) == {order_id}


async def test_who_sends_pages_for_half_an_hour_fails_the_job_in_words_and_the_next_one_reads_all(
    ebay: EbayOrders,
) -> None:
    order_id = ebay.sale()
    job = await ebay.asked()
    ebay.move(minutes=5)
    ebay.spoil(ORDERS, body=PAGE, status=503, media_type="text/html", times=None)
    while (job := await worked(ebay, job)).status is S.WAITING:
        assert job.resumes_at is not None
        ebay.move(seconds=(job.resumes_at - ebay.jobs.clock()).total_seconds())
    assert (job.status, job.error_code) == (S.FAILED, ChannelJobErrorCode.CHANNEL_UNAVAILABLE)
    assert job.error_retryable
    ebay.server.sandbox.faults.clear()
    assert (await ebay.sync()).status is S.SUCCEEDED
    assert set(await ebay.orders()) == {order_id}


@pytest.mark.parametrize("kind", [CallFaultKind.DRIP, CallFaultKind.DELAY])
async def test_an_answer_that_does_not_end_takes_a_worker_for_the_patience_and_holds_nobody_up(
    hasty: EbayOrders, kind: CallFaultKind
) -> None:
    """While one job listens, jobs of another tenant and of another channel of this one are done."""
    other = await neighbour(hasty)
    beside = replace(hasty, channel=await seller(hasty.jobs.team, market=SELLER, external_id="another"))
    order_id = hasty.sale()
    slow = await hasty.asked()
    hasty.move(minutes=5)
    hasty.spoil(ORDERS, kind, status=200, body="[" + " " * 2000, times=None, delay_s=LONG_S)
    ended: list[str] = []

    async def run(name: str, world: EbayOrders, job: ChannelJob) -> ChannelJob:
        done = await worked(world, job)
        ended.append(name)
        return done

    async with asyncio.timeout(LONG_S / 2):
        waiting, *quick = await asyncio.gather(
            run("slow", hasty, slow),
            run("other", other, await other.asked(SYNC_LISTINGS)),
            run("beside", beside, await beside.asked(SYNC_LISTINGS)),
        )
    assert [job.status for job in quick] == [S.SUCCEEDED] * 2
    assert ended[-1] == "slow"
    assert (waiting.status, waiting.resumes_at) == (S.WAITING, hasty.jobs.clock() + timedelta(minutes=1))
    assert "does not answer" in str(waiting.wait_reason)
    hasty.server.sandbox.faults.clear()
    hasty.move(minutes=1)
    assert (await worked(hasty, waiting)).status is S.SUCCEEDED
    assert set(await hasty.orders()) == {order_id}


async def test_an_hour_of_throttling_costs_one_call_and_holds_what_needs_the_same_part_alone(ebay: EbayOrders) -> None:
    other = await neighbour(ebay)
    order_id = ebay.sale()
    jobs = [await world.asked(SYNC_ORDERS) for world in (ebay, other)]
    ebay.move(minutes=5)
    ebay.spoil("fulfillment.*", status=429, headers={"Retry-After": "3600"}, times=None)
    ebay.server.sandbox.log.clear()
    met, held = await worked(ebay, jobs[0]), await worked(other, jobs[1])
    until = ebay.jobs.clock() + timedelta(hours=1)
    assert [(job.status, job.resumes_at) for job in (met, held)] == [(S.WAITING, until)] * 2
    assert "limits the calls" in str(met.wait_reason)
    assert "used up" in str(held.wait_reason)
    ebay.move(minutes=59)
    late = await worked(other, await other.asked(replace(SYNC_ORDERS, sameness="by a person")))
    assert (late.status, late.resumes_at) == (S.WAITING, until)
    assert [entry.call for entry in ebay.server.sandbox.log] == [ORDERS]
    assert (await worked(other, await other.asked(SYNC_LISTINGS))).status is S.SUCCEEDED
    ebay.server.sandbox.faults.clear()
    ebay.move(minutes=1)
    for world, job in ((ebay, met), (other, held)):
        done = await worked(world, job)
        assert (done.status, done.attempt, done.outages) == (S.SUCCEEDED, 1, 0), done.wait_reason
        assert set(await world.orders()) == {order_id}
