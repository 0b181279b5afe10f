"""Streams of refresh jobs: the state at once, every later version in order, the end, and who may watch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import pytest

from auth.viewer import Viewer
from errors import Forbidden, NotFound, Unauthenticated
from models.refreshes.job import RefreshJob, RefreshStatus
from services.refreshes.cancelling import cancel_refresh_job
from services.refreshes.streams import JobNews, watch_refresh_job, watch_refresh_jobs
from services.toolbox import Toolbox
from tests.worlds.refreshes import MONTH, NOON, Interrupted, RefreshWorld, refresh_world
from tests.worlds.vendors import meta_of


async def collect(jobs: AsyncIterator[JobNews], *, many: int | None = None) -> list[RefreshJob]:
    """The events until the stream ends, or so many of them; a stream that hangs fails the test."""
    seen: list[RefreshJob] = []
    async with asyncio.timeout(20), aclosing(jobs) as events:  # type: ignore[type-var]  # our streams are generators
        async for news in events:
            seen.append(news.job)
            if len(seen) == many:
                break
    return seen


def progress(world: RefreshWorld, job: RefreshJob, viewer: Viewer | None = None) -> AsyncIterator[JobNews]:
    return watch_refresh_job(world.tools.db, world.tools.clock, world.tools.hub, viewer or world.viewer, job.id)


async def test_a_finished_job_is_told_once_and_the_stream_ends(world: RefreshWorld) -> None:
    job = await world.refreshed(await world.connected())
    [last] = await collect(progress(world, job))
    assert (last.id, last.version, last.status) == (job.id, job.version, RefreshStatus.SUCCEEDED)


async def test_events_come_in_order_and_end_with_the_job(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected(), MONTH)
    events = progress(world, job)
    first = (await anext(events)).job

    async def look() -> None:
        async with asyncio.timeout(20):
            seen.append((await anext(events)).job)

    seen = [first]
    await world.run(job, Interrupted(meta_of(world.tools), look, pages=1))
    seen += await collect(events)
    assert [event.status for event in seen] == [
        RefreshStatus.QUEUED,
        RefreshStatus.RUNNING,
        RefreshStatus.SUCCEEDED,
    ]
    versions = [event.version for event in seen]
    assert versions == sorted(set(versions))
    last = await world.row(job)
    assert all(getattr(seen[-1], name) == value for name, value in last.model_dump().items())


async def test_a_cancelled_job_ends_its_stream(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    events = progress(world, job)
    assert (await anext(events)).job.status is RefreshStatus.QUEUED
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
    assert [event.status for event in await collect(events)] == [RefreshStatus.CANCELLED]


async def test_absent_and_foreign_jobs_cannot_be_told_apart(world: RefreshWorld, tools: Toolbox) -> None:
    async with refresh_world(tools) as other:
        foreign = await other.requested(await other.connected())
        texts = set()
        for job_id in (None, foreign.id, world.entities.tenant_id):
            with pytest.raises(NotFound) as refused:
                await collect(
                    watch_refresh_job(world.tools.db, world.tools.clock, world.tools.hub, world.viewer, job_id)
                )
            texts.add(refused.value.message)
    assert len(texts) == 1


async def test_a_stream_ends_with_the_viewers_token(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    leaving = replace(world.viewer, token_expires_at=NOON + timedelta(milliseconds=50))
    for stream in (
        progress(world, job, leaving),
        watch_refresh_jobs(world.tools.db, world.tools.clock, world.tools.hub, leaving),
    ):
        with pytest.raises(Unauthenticated):
            await collect(stream)


async def test_watching_needs_read(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    nobody = world.entities.as_role(None)
    for stream in (
        progress(world, job, nobody),
        watch_refresh_jobs(world.tools.db, world.tools.clock, world.tools.hub, nobody),
    ):
        with pytest.raises(Forbidden):
            await collect(stream)


async def test_every_job_of_the_tenant_and_no_other_is_told(world: RefreshWorld, tools: Toolbox) -> None:
    first = await world.requested(await world.connected())
    async with refresh_world(tools) as other:
        events = watch_refresh_jobs(world.tools.db, world.tools.clock, world.tools.hub, world.viewer)
        assert (await anext(events)).job.id == first.id
        await other.requested(await other.connected())
        second = await world.requested(await world.connected("act_1002"))
        await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=first.id)
        later = await collect(events, many=2)
    assert {(event.id, event.status) for event in later} == {
        (second.id, RefreshStatus.QUEUED),
        (first.id, RefreshStatus.CANCELLED),
    }


async def test_a_lost_notification_is_made_up_for_after_a_reconnect(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    events = progress(world, job)
    await anext(events)
    # No notification tells of this change; the listener's new connection wakes everybody.
    await world.change(
        "update refresh_job set status = 'FAILED', version = version + 1, finished_at = now() where tenant_id = :tenant"
    )
    await world.lose_listener()
    assert [event.status for event in await collect(events)] == [RefreshStatus.FAILED]
