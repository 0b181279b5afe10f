"""One worker with several accounts, in a process of its own; its parents are the benchmarks that need a queue.

`python -m benchmarks.worker_process PLACE GRAPH_URL SINCE UNTIL...` refreshes an account of a new tenant for each pair
of days, all asked for at once, and prints one JSON object each: seconds from the request to the start and to the end,
how it ended, and the keys of the rows that are stored.
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from analytics.clock import utc_now
from analytics.periods import AskedDays
from auth.viewer import Viewer
from benchmarks.refreshing import connected_account
from benchmarks.world import Place, new_owner, run, toolbox
from jobs.runner import WorkerOptions, run_inline
from models.refreshes.job import RefreshJob
from models.refreshes.job_queries import FINISHED
from services.refreshes.requests import request_refresh
from services.toolbox import Toolbox

LOOK_S = 0.02
_KEYS = text(
    "select ad.external_id, i.day::text, i.impressions::text from insight i join ad on ad.id = i.ad_id"
    " where i.ad_account_id = :id"
)


@dataclass(frozen=True, slots=True)
class Asked:
    viewer: Viewer
    job: RefreshJob


async def ask(tools: Toolbox, since: date, until: date) -> Asked:
    viewer = await new_owner(tools)
    account = await connected_account(tools, viewer)
    return Asked(
        viewer,
        await request_refresh(
            tools.db, tools.clock, tools.vendors.billing, viewer, ad_account_id=account.id, days=AskedDays(since, until)
        ),
    )


async def ended(tools: Toolbox, asked: Asked) -> RefreshJob:
    while True:
        async with tools.db.read(asked.viewer) as session:
            job = await session.get_one(RefreshJob, (asked.job.tenant_id, asked.job.id))
        if job.status in FINISHED:
            return job
        await asyncio.sleep(LOOK_S)


async def report(tools: Toolbox, asked: Asked) -> dict[str, Any]:
    job = await ended(tools, asked)
    async with tools.db.read(asked.viewer) as session:
        keys = [[*row] for row in await (await session.connection()).execute(_KEYS, {"id": job.ad_account_id})]

    def after_s(moment: datetime | None) -> float | None:
        return (moment - job.queued_at).total_seconds() if moment else None

    return {
        "status": job.status.value,
        "started_s": after_s(job.started_at),
        "ended_s": after_s(job.finished_at),
        "keys": keys,
    }


async def main(place: Place, graph_url: str, spans: list[tuple[date, date]]) -> None:
    async with toolbox(place, graph_url, clock=utc_now) as tools:
        asked = [await ask(tools, *span) for span in spans]
        async with run_inline(tools, WorkerOptions(place.urls.listen)):
            for each in asked:
                print(json.dumps(await report(tools, each)), flush=True)


if __name__ == "__main__":
    days = [date.fromisoformat(text) for text in sys.argv[3:]]
    run(main(Place.from_argument(sys.argv[1]), sys.argv[2], list(zip(days[::2], days[1::2], strict=True))))
