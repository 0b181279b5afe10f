"""Puts the jobs of dead workers back on the queue, refreshes and channel jobs among them; a loop beside every worker.

A worker that was killed leaves its jobs marked as running, and the queue itself never looks for them. Several of these
loops at once do no harm: each row is locked by one of them. A run whose worker was wrongly taken for dead can write
nothing any more.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from errors import DatabaseUnavailable
from models.queue.jobs import hand_back_lost, prune_finished
from services.channel_jobs.sweep import sweep_channel_jobs
from services.refreshes.sweep import sweep_refreshes
from services.tools import HasClock, HasDb

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RescueTimes:
    """How often what happens. A dead worker is noticed `silent_s` + `every_s` after its last heartbeat at the latest.

    `sweep_every_s` is for refreshes and channel jobs that the queue has lost, `prune_every_s` for deleting jobs of the
    queue that finished longer than `keep_finished` ago.
    """

    heartbeat_s: float = 5.0
    silent_s: float = 20.0
    every_s: float = 5.0
    sweep_every_s: float = 30.0
    prune_every_s: float = 3600.0
    keep_finished: timedelta = timedelta(days=2)


class RescueTools(HasDb, HasClock, Protocol):
    """What finds jobs that a dead worker had: rows, and how long ago they were touched."""


async def keep_rescuing(tools: RescueTools, times: RescueTimes) -> None:
    """Rescues until it is cancelled; where the database is away, the next round does the work."""
    loop = asyncio.get_running_loop()
    sweep_at = prune_at = loop.time()
    while True:
        try:
            await _hand_back(tools, times)
            if loop.time() >= sweep_at:
                await sweep_refreshes(tools.db, tools.clock)
                await sweep_channel_jobs(tools.db, tools.clock)
                sweep_at = loop.time() + times.sweep_every_s
            if loop.time() >= prune_at:
                await _prune(tools, times)
                prune_at = loop.time() + times.prune_every_s
        except DatabaseUnavailable:
            _log.warning("rescue_postponed")
        await asyncio.sleep(times.every_s)


async def _hand_back(tools: RescueTools, times: RescueTimes) -> None:
    async with tools.db.write(None) as session:
        handed_back = await hand_back_lost(session, silent_s=times.silent_s)
    if handed_back:
        _log.warning("lost_jobs_handed_back", queue_ids=handed_back)


async def _prune(tools: RescueTools, times: RescueTimes) -> None:
    """A thousand at a time, so that none of the deletions holds others up."""
    before, rows = tools.clock() - times.keep_finished, 0
    while True:
        async with tools.db.write(None) as session:
            pruned = await prune_finished(session, before=before)
        rows += pruned
        if not pruned:
            break
    _log.info("finished_jobs_pruned", rows=rows)
