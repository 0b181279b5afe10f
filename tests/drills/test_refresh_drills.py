"""Slow proofs with real worker processes: killed, told to stop, in pairs, and with Postgres gone for a while."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from auth.authenticate import Authenticator
from auth.token_cipher import TokenCipher
from embedded import DatabaseUrls, EmbeddedPostgres
from errors import DatabaseUnavailable
from migrations.run import upgrade
from models.database import Database
from models.listener import Hub
from models.refresh_job import RefreshJob, RefreshStatus
from models.refresh_jobs import FINISHED
from sandbox.meta.faults import FaultKind, FaultRule
from services.refreshes import Wish
from services.toolbox import Toolbox
from tests.refresh_world import RefreshWorld, refresh_world
from tests.sandbox.graph_client import APP_ID, SECRET, TODAY

pytestmark = pytest.mark.drill

ROOT = Path(__file__).resolve().parents[2]
SEASON: Wish = (TODAY - timedelta(days=89), TODAY)
RUNNING_AGAIN_S = 60
DEADLINE_S = 120


@dataclass
class Drill:
    world: RefreshWorld
    postgres: EmbeddedPostgres
    environment: dict[str, str]

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """A worker process of its own; whatever is left of it at the end is killed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "worker.py", cwd=ROOT, env=self.environment, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def begun(self) -> RefreshJob:
        """A refresh that takes some seconds, with at least one slice stored and more to come."""
        slow = FaultRule(FaultKind.DELAY, path="*/insights", times=None, delay_s=0.7)
        self.world.server.admin.add_fault(slow)
        job = await self.world.requested(await self.world.connected(), SEASON)

        async def has_stored_a_slice() -> bool:
            return (await self.world.row(job)).days_done > 0

        await until(has_stored_a_slice)
        return await self.world.row(job)

    async def ended(self, job: RefreshJob) -> RefreshJob:
        async def is_finished() -> bool:
            return (await self.world.row(job)).status in FINISHED

        await until(is_finished)
        return await self.world.row(job)

    async def is_exact(self, job: RefreshJob) -> bool:
        account = await self.world.account(job)
        return await self.world.stored(account) == await self.world.reported(account, SEASON)


async def until(holds: Callable[[], Awaitable[bool]], *, within_s: float = DEADLINE_S) -> None:
    """A database that is away holds nothing, and comes back."""
    async with asyncio.timeout(within_s):
        while True:
            try:
                if await holds():
                    return
            except DatabaseUnavailable:
                pass
            await asyncio.sleep(0.05)


@pytest.fixture
async def drill(tools: Toolbox) -> AsyncIterator[Drill]:
    directory = Path(tempfile.mkdtemp(prefix="agd"))
    postgres, key = EmbeddedPostgres(directory), Fernet.generate_key().decode()
    urls = postgres.start()
    upgrade(urls.migration)
    db, hub = Database(urls.runtime, system_url=urls.system), Hub(urls.listen)
    await hub.start()
    own = replace(
        tools, db=db, hub=hub, cipher=TokenCipher([key]), authenticator=Authenticator(db, tools.tokens, tools.clock)
    )
    try:
        async with refresh_world(own) as world:
            yield Drill(world, postgres, environment(urls, key, world.server.url, directory))
    finally:
        await hub.stop()
        await db.close()
        postgres.stop()
        shutil.rmtree(directory, ignore_errors=True)


def environment(urls: DatabaseUrls, key: str, graph_url: str, directory: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "APP_ENV": "test",
        "DATA_DIR": str(directory / "worker"),
        "DATABASE_URL": urls.runtime,
        "DATABASE_SYSTEM_URL": urls.system,
        "SANDBOX": "off",
        "META_APP_ID": APP_ID,
        "META_APP_SECRET": SECRET,
        "META_GRAPH_URL": graph_url,
        "META_DIALOG_URL": graph_url,
        "TOKEN_ENCRYPTION_KEY": key,
        "JWT_SECRET_KEY": "Zq8vT1nR5wXb7mKd3pLs9fHj2yGc6uEa",
    }


async def runs_again(drill: Drill, before: RefreshJob) -> None:
    async def is_claimed_anew() -> bool:
        row = await drill.world.row(before)
        return row.run_id not in (None, before.run_id) or row.status in FINISHED

    await until(is_claimed_anew, within_s=RUNNING_AGAIN_S)


async def test_a_killed_workers_job_runs_again_within_a_minute(drill: Drill) -> None:
    async with drill.worker() as first:
        job = await drill.begun()
        first.kill()
        await first.wait()
        async with drill.worker():
            await runs_again(drill, job)
            finished = await drill.ended(job)
    assert (finished.status, finished.attempt) == (RefreshStatus.SUCCEEDED, 1)
    assert finished.days_done == finished.days_total
    assert await drill.is_exact(job)


async def test_another_worker_takes_over_from_a_killed_one(drill: Drill) -> None:
    async with drill.worker() as first:
        job = await drill.begun()
        async with drill.worker():
            first.kill()
            await first.wait()
            await runs_again(drill, job)
            finished = await drill.ended(job)
    assert finished.status is RefreshStatus.SUCCEEDED
    assert await drill.is_exact(job)


async def test_a_worker_that_is_told_to_stop_hands_its_job_back(drill: Drill) -> None:
    async with drill.worker() as first:
        job = await drill.begun()
        first.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            assert await first.wait() == 0
    handed_back = await drill.world.row(job)
    assert (handed_back.status, handed_back.attempt) in (
        (RefreshStatus.QUEUED, 1),
        (RefreshStatus.SUCCEEDED, 1),
    )
    drill.world.server.admin.clear_faults()
    async with drill.worker():
        finished = await drill.ended(job)
    assert finished.status is RefreshStatus.SUCCEEDED
    assert await drill.is_exact(job)


async def test_postgres_may_be_gone_for_five_seconds(drill: Drill) -> None:
    async with drill.worker():
        job = await drill.begun()
        drill.postgres.stop()
        await asyncio.sleep(5)
        drill.postgres.start()
        finished = await drill.ended(job)
    assert (finished.status, finished.attempt, finished.error_code) == (RefreshStatus.SUCCEEDED, 1, None)
    assert await drill.is_exact(job)


async def test_a_frozen_worker_that_wakes_up_writes_nothing_more(drill: Drill) -> None:
    async with drill.worker() as first:
        job = await drill.begun()
        first.send_signal(signal.SIGSTOP)
        async with drill.worker():
            await runs_again(drill, job)
            finished = await drill.ended(job)
            first.send_signal(signal.SIGCONT)
            await asyncio.sleep(3)
    assert finished.status is RefreshStatus.SUCCEEDED
    assert await drill.world.row(job) == finished
    assert await drill.is_exact(job)
