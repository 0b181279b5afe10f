"""Subscribers on one server process: how late they hear of a commit, and what each of them holds.

`python -m benchmarks.subscribers 10000` takes so many, 2,000 without a number: each is a WebSocket of its own.
"""

import asyncio
import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import aiohttp

from benchmarks.graph_pages import LAST_DAY
from benchmarks.table import Ratio, Reading, percentile, print_table
from benchmarks.world import Place, own_postgres, owner_of, run, toolbox
from models.ads.ad_account import AdAccount
from models.audit.actor import ActorKind
from models.ids import new_id
from models.platform import Platform
from models.refreshes.fenced_writes import Fence, advance_run
from models.refreshes.job import RefreshJob, RefreshStatus, RefreshTrigger
from resolvers.node_id import decode_id, encode_id
from services.installation.demo import OWNER_EMAIL, PASSWORD
from services.toolbox import Toolbox

SIGN_IN = """mutation ($email: String!, $password: String!) { login(input: { email: $email, password: $password }) {
  accessToken viewer { tenant { id } user { id } } } }"""
SUBSCRIBERS = 2_000
DELIVERIES_A_SECOND = 200
SECONDS = 20.0
P99_MS, MEMORY_KB = 250, 50


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    url: str
    pid: int

    @property
    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


@contextmanager
def server(place: Place, log: Path) -> Iterator[Served]:
    """`python server.py` on the benchmark's database, without worker and sandbox."""
    urls = place.urls
    settings = {
        "DATA_DIR": str(place.data_dir),
        "DATABASE_URL": urls.runtime,
        "DATABASE_SYSTEM_URL": urls.system,
        "DATABASE_MIGRATION_URL": urls.migration,
        "PORT": "0",
        "SANDBOX": "off",
        "WORKER": "external",
        "LOG_LEVEL": "warning",
        "RATE_LIMITS": "off",  # a thousand readers of one person
    }
    command = [sys.executable, "server.py"]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=output, text=True
        )
    assert process.stdout is not None
    try:
        line = next(line for line in process.stdout if "runs on" in line)
        served = Served(line.split()[-1], process.pid)
        wait_until_open(served.url)
        yield served
    finally:
        process.terminate()
        process.wait()


def wait_until_open(url: str) -> None:
    """The URL is printed a moment before the server listens."""
    deadline = time.monotonic() + 20
    host, port = url.removeprefix("http://").split(":")
    while time.monotonic() < deadline:
        with suppress(ConnectionRefusedError), socket.create_connection((host, int(port)), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {url}")


async def sign_in(url: str) -> tuple[str, UUID, UUID]:
    """The demo owner's token, tenant and id."""
    async with aiohttp.ClientSession() as client:
        body = {"query": SIGN_IN, "variables": {"email": OWNER_EMAIL, "password": PASSWORD}}
        async with client.post(f"{url}/graphql", json=body) as response:
            answer: Any = (await response.json())["data"]["login"]
    viewer = answer["viewer"]
    ids = decode_id(viewer["tenant"]["id"], "Tenant"), decode_id(viewer["user"]["id"], "User")
    return answer["accessToken"], *cast("tuple[UUID, UUID]", ids)


async def running_jobs(tools: Toolbox, tenant_id: UUID, user_id: UUID, number: int) -> list[Fence]:
    """Jobs as workers hold them, one account each."""
    fences = []
    async with tools.db.write(owner_of(tenant_id, user_id)) as session:
        for _ in range(number):
            account = AdAccount(
                tenant_id=tenant_id,
                id=new_id(),
                platform=Platform.META,
                external_id=f"act_{new_id().int}",
                name="Benchmark",
                currency="EUR",
                time_zone="UTC",
            )
            session.add(account)
            await session.flush()
            job = RefreshJob(
                tenant_id=tenant_id,
                id=new_id(),
                ad_account_id=account.id,
                status=RefreshStatus.RUNNING,
                trigger=RefreshTrigger.MANUAL,
                requested_by_kind=ActorKind.SYSTEM,
                range_start=LAST_DAY - timedelta(days=27),
                range_end=LAST_DAY,
                days_total=28,
                run_id=new_id(),
            )
            session.add(job)
            assert job.run_id is not None
            fences.append(Fence(tenant_id, job.id, 1, job.run_id))
    return fences


async def change(tools: Toolbox, fence: Fence, count: int) -> float:
    """One report of progress, as a running refresh makes it; when it was committed."""
    async with tools.db.write(owner_of(fence.tenant_id, fence.run_id)) as session:
        state = await advance_run(session, fence, progress=0.5, rows_fetched=count, api_calls=1)
        assert state is not None
    return time.monotonic()


async def keep_changing(tools: Toolbox, fences: list[Fence], rate: float) -> dict[tuple[int, int], float]:
    """Commits in turn over the jobs at an even pace; when which count of which job was committed."""
    committed, began = {}, time.monotonic()
    for number in range(int(rate * (SECONDS - 3))):
        await asyncio.sleep(began + number / rate - time.monotonic())
        job, count = number % len(fences), number // len(fences) + 1
        committed[job, count] = await change(tools, fences[job], count)
    return committed


@dataclass(frozen=True, slots=True)
class Outcome:
    """Milliseconds from commit to each delivery, the share of changes told apart, memory gained by the subscribers."""

    late: list[float]
    share: float
    memory_mb: float


def loads(number: int) -> dict[str, tuple[int, float]]:
    """For each load how many jobs are watched, and how many changes a second there are over all of them."""
    watchers = number / 100
    return {
        f"{DELIVERIES_A_SECOND} deliveries a second": (100, DELIVERIES_A_SECOND / watchers),
        f"20 jobs twice a second, {number // 20} watchers each": (20, 40.0),
    }


async def measure(tools: Toolbox, served: Served, fences: list[Fence], *, asked: tuple[str, int, float]) -> Outcome:
    token, number, rate = asked
    ids = [encode_id("RefreshJob", fence.job_id) for fence in fences]
    command = [
        sys.executable,
        "-m",
        "benchmarks.subscriber_clients",
        served.url,
        token,
        str(number),
        str(SECONDS),
        *ids,
    ]
    before_mb = served.memory_mb
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, limit=1 << 26)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    gained_mb = served.memory_mb - before_mb
    committed = await keep_changing(tools, fences, rate)
    heard = json.loads(await process.stdout.readline())
    await process.wait()
    late = [(came_at - committed[job, count]) * 1000 for job, count, came_at in heard]
    expected = len(committed) * number / len(fences)
    return Outcome(late, 100 * len(heard) / expected, gained_mb)


async def main(number: int) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    outcomes = {}
    with own_postgres() as place, server(place, place.data_dir / "server.log") as served:
        token, tenant_id, user_id = await sign_in(served.url)
        async with toolbox(place) as tools:
            for name, (jobs, rate) in loads(number).items():
                fences = await running_jobs(tools, tenant_id, user_id, jobs)
                outcomes[name] = await measure(tools, served, fences, asked=(token, number, rate))
    readings = [
        Reading(f"{name}: commit to delivery ({len(found.late):,})", "ms", found.late)
        for name, found in outcomes.items()
    ]
    ratios = []
    for place_in_order, (name, found) in enumerate(outcomes.items()):
        p99 = percentile(found.late, 0.99)
        is_goal = place_in_order == 0
        goal = (f"<= {P99_MS}", p99 <= P99_MS) if is_goal else ("none set", None)
        ratios.append(Ratio(f"{name}: p99, ms", p99, *goal))
        ratios.append(Ratio(f"{name}: changes told apart, %", found.share, "the others were coalesced", None))
    gained_kb = next(iter(outcomes.values())).memory_mb * 1024 / number
    ratios.append(Ratio("memory per subscriber, KB", gained_kb, f"<= {MEMORY_KB}", gained_kb <= MEMORY_KB))
    print_table(f"subscribers: {number:,} on one process", readings, ratios)


if __name__ == "__main__":
    run(main(int(sys.argv[1]) if sys.argv[1:] else SUBSCRIBERS))
