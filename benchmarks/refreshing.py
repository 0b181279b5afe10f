"""A refresh as the worker runs it, in a process of its own; benchmarks/ingest.py starts it.

`python -m benchmarks.refreshing PLACE GRAPH_URL MODE DAYS...` prints one JSON object a run: rows, seconds, those of the
process' own CPU time, and its peak memory so far. MODE is `each`, then Meta's SDK, the floor and the product take
turns, or `refresh`, or `profile`, which also prints where the time of the run went.
"""

import cProfile
import json
import pstats
import sys
import time
from collections.abc import Awaitable
from datetime import timedelta

from analytics.periods import AskedDays
from auth.viewer import Viewer
from benchmarks import ingest_floor
from benchmarks.graph_pages import ACCOUNT, LAST_DAY
from benchmarks.guests import TOKEN, Question, read_with_sdk
from benchmarks.world import Place, new_owner, peak_memory_mb, run, toolbox
from models.ads.ad_account import AdAccount
from models.connections.access_grant import AccessGrant
from models.ids import new_id
from models.platform import Platform
from models.refreshes.job import RefreshJob, RefreshStatus
from services.account_access import token_context
from services.ingestion.lifecycle import run_refresh
from services.refreshes.requests import request_refresh
from services.toolbox import Toolbox


async def connected_account(tools: Toolbox, viewer: Viewer) -> AdAccount:
    tenant_id = viewer.tenant_id
    assert tenant_id is not None
    grant = AccessGrant(
        tenant_id=tenant_id,
        id=new_id(),
        platform=Platform.META,
        external_user_id="1",
        token_enc="",
        connected_by=viewer.responsible_id,
    )
    grant.token_enc = tools.cipher.encrypt(token_context(tenant_id, grant.id), TOKEN)
    account = AdAccount(
        tenant_id=tenant_id,
        id=new_id(),
        platform=Platform.META,
        external_id=ACCOUNT,
        name="Benchmark",
        currency="EUR",
        time_zone="UTC",
        grant_id=grant.id,
    )
    async with tools.db.write(viewer) as session:
        session.add(grant)
        await session.flush()
        session.add(account)
    return account


async def refresh(tools: Toolbox, days: int) -> tuple[int, float]:
    """Rows and seconds of a first refresh of a new tenant: job row, queue, audit, entities, insights, settled."""
    viewer = await new_owner(tools)
    account = await connected_account(tools, viewer)
    began = time.perf_counter()
    job = await request_refresh(
        tools.db,
        tools.clock,
        tools.vendors.billing,
        viewer,
        ad_account_id=account.id,
        days=AskedDays(LAST_DAY - timedelta(days=days - 1), LAST_DAY),
    )
    await run_refresh(tools, tenant_id=job.tenant_id, job_id=job.id)
    seconds = time.perf_counter() - began
    async with tools.db.read(viewer) as session:
        ended = await session.get_one(RefreshJob, (job.tenant_id, job.id))
    assert ended.status is RefreshStatus.SUCCEEDED, ended.error_message
    return ended.rows_stored, seconds


async def floor(place: Place, graph_url: str, days: int) -> tuple[int, float]:
    began = time.perf_counter()
    rows = await ingest_floor.run(graph_url, place.urls.migration, days)
    return rows, time.perf_counter() - began


async def sdk(graph_url: str, days: int) -> tuple[int, float]:
    done = await read_with_sdk(Question(graph_url, ACCOUNT, LAST_DAY - timedelta(days=days - 1), LAST_DAY), "sync")
    assert done.error is None, done.error
    return len(done.rows), done.seconds


async def report(name: str, measured: Awaitable[tuple[int, float]]) -> None:
    began = time.process_time()
    rows, seconds = await measured
    cpu_s, peak_mb = time.process_time() - began, peak_memory_mb()
    print(json.dumps({"name": name, "rows": rows, "s": seconds, "cpu_s": cpu_s, "peak_mb": peak_mb}), flush=True)


async def main(place: Place, graph_url: str, mode: str, days: list[int]) -> None:
    async with toolbox(place, graph_url) as tools:
        for each in days:
            if mode == "each":
                await report("sdk", sdk(graph_url, each))
                await report("floor", floor(place, graph_url, each))
            profile = cProfile.Profile()
            if mode == "profile":
                profile.enable()
            await report("refresh", refresh(tools, each))
            if mode == "profile":
                profile.disable()
                pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(35)


if __name__ == "__main__":
    run(main(Place.from_argument(sys.argv[1]), sys.argv[2], sys.argv[3], [int(text) for text in sys.argv[4:]]))
