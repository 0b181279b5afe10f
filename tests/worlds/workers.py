"""What drills with worker processes share: a Postgres and a sandbox of their own, and ways to await a job."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from cryptography.fernet import Fernet

from analytics.periods import AskedDays
from auth.authenticator import Authenticator
from auth.token_cipher import TokenCipher
from embedded.postgres import DatabaseUrls, EmbeddedPostgres
from errors import DatabaseUnavailable
from migrations.run import upgrade
from models.database import Database
from models.listener import Hub
from models.refreshes.job import RefreshJob, RefreshStatus
from models.refreshes.job_queries import FINISHED
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from services.toolbox import Toolbox
from tests.drills.strangers_rows import differences, reported_rows
from tests.processes import ROOT
from tests.sandbox.graph_client import APP_ID, SECRET, TODAY
from tests.worlds.refreshes import RefreshWorld, refresh_world

SEASON = AskedDays(TODAY - timedelta(days=89), TODAY)
RUNNING_AGAIN_S = 60
# A process that only works, and one that serves the API besides.
HASTY_WORKER, HASTY_SERVER = "tests.drills.hasty_worker", "tests.drills.hasty_server"
DEADLINE_S = 120


@dataclass(frozen=True, slots=True)
class Worker:
    """`queue_id` is its row in the queue's list of workers; None where nobody waited for it."""

    process: asyncio.subprocess.Process
    queue_id: int | None = None

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    @property
    def peak_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


@dataclass
class Drill:
    world: RefreshWorld
    postgres: EmbeddedPostgres
    environment: dict[str, str]

    @asynccontextmanager
    async def worker(self, *program: str) -> AsyncIterator[Worker]:
        """A worker process of its own, worker.py by default; whatever is left of it at the end is killed."""
        command = program or ("worker.py",)
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=ROOT, env=self.environment, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            yield Worker(process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    @asynccontextmanager
    async def hasty_worker(
        self, *, ahead_s: int = 0, concurrency: int = 4, program: str = HASTY_WORKER
    ) -> AsyncIterator[Worker]:
        """One that notices lost jobs within two seconds; it stands in the queue's list when the block begins."""
        before = await self._workers()
        async with self.worker("-m", program, str(ahead_s), str(concurrency)) as started:

            async def has_registered() -> bool:
                return bool(await self._workers() - before)

            await until(has_registered)
            yield Worker(started.process, max(await self._workers() - before))

    async def _workers(self) -> set[int]:
        return {row[0] for row in await self.world.select("select id from procrastinate_workers")}

    async def runner(self, job: RefreshJob) -> int | None:
        """The queue's id of the worker that has the job now."""
        rows = await self.world.select(
            "select worker_id from procrastinate_jobs where status = 'doing' and queueing_lock = :id", id=str(job.id)
        )
        return rows[0][0] if rows else None

    def slow_down(self, delay_s: float) -> None:
        """Every page of insights takes that long from now on."""
        self.world.server.admin.add_fault(FaultRule(FaultKind.DELAY, path="*/insights", times=None, delay_s=delay_s))

    async def begun(self) -> RefreshJob:
        """A refresh that takes some seconds, with at least one slice stored and more to come."""
        self.slow_down(0.5)
        job = await self.world.requested(await self.world.connected(), SEASON)

        async def has_stored_a_slice() -> bool:
            return (await self.world.row(job)).days_done > 0

        await until(has_stored_a_slice)
        return await self.world.row(job)

    async def ended(self, job: RefreshJob) -> RefreshJob:
        return await self._in(job, FINISHED)

    async def let_go(self, job: RefreshJob) -> RefreshJob:
        """Ended or waiting: no worker holds it."""
        return await self._in(job, (*FINISHED, RefreshStatus.WAITING))

    async def _in(self, job: RefreshJob, statuses: Collection[RefreshStatus]) -> RefreshJob:
        async def is_there() -> bool:
            return (await self.world.row(job)).status in statuses

        await until(is_there)
        return await self.world.row(job)

    async def runs_again(self, before: RefreshJob) -> None:
        async def is_claimed_anew() -> bool:
            row = await self.world.row(before)
            return row.run_id not in (None, before.run_id) or row.status in FINISHED

        await until(is_claimed_anew, within_s=RUNNING_AGAIN_S)

    async def differences(self, job: RefreshJob) -> list[object]:
        """Between what is stored of a refreshed account and what the platform reports of the days; [] is exact."""
        account = await self.world.account(job)
        self.world.server.admin.clear_faults()
        reported = await reported_rows(self.world, account.external_id, job.range_start, job.range_end)
        return await differences(self.world, account, reported)


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


@asynccontextmanager
async def drill_world(tools: Toolbox, *, extra_ads: int = 0) -> AsyncIterator[Drill]:
    directory = Path(tempfile.mkdtemp(prefix="agd"))
    postgres, key = EmbeddedPostgres(directory), Fernet.generate_key().decode()
    urls = postgres.start()
    upgrade(urls.migration)
    db, hub = Database(urls.runtime, system_url=urls.system), Hub(urls.listen)
    await hub.start()
    authenticator = Authenticator(db, tools.credentials.tokens, tools.clock)
    credentials = replace(tools.credentials, authenticator=authenticator)
    own = replace(tools, db=db, hub=hub, cipher=TokenCipher([key]), credentials=credentials)
    try:
        async with refresh_world(own, extra_ads=extra_ads) as world:
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
