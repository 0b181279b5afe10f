"""Finds refreshes that nobody runs any more and puts them back on the queue; runs beside every worker.

A worker that was killed leaves its jobs marked as running; the queue itself never looks for them. Two rescuers at once
do no harm: each row is taken by one of them, and a run that was wrongly taken for lost can write nothing any more.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from errors import DatabaseUnavailable
from models.queue.jobs import hand_back_lost, prune_finished
from services.refreshes.sweep import sweep_refreshes
from services.toolbox import Toolbox

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RescueTimes:
    """In seconds: noticed after `silent_s` + `every_s` at the latest, counted from the last heartbeat."""

    heartbeat_s: float = 5.0
    silent_s: float = 20.0
    every_s: float = 5.0
    sweep_every_s: float = 30.0
    prune_every_s: float = 3600.0
    keep_finished: timedelta = timedelta(days=2)


async def keep_rescuing(tools: Toolbox, times: RescueTimes) -> None:
    """Until cancelled; a database that is away is waited for."""
    loop = asyncio.get_running_loop()
    sweep_at = prune_at = loop.time()
    while True:
        try:
            await _hand_back(tools, times)
            if loop.time() >= sweep_at:
                await sweep_refreshes(tools)
                sweep_at = loop.time() + times.sweep_every_s
            if loop.time() >= prune_at:
                await _prune(tools, times)
                prune_at = loop.time() + times.prune_every_s
        except DatabaseUnavailable:
            _log.warning("rescue_postponed")
        await asyncio.sleep(times.every_s)


async def _hand_back(tools: Toolbox, times: RescueTimes) -> None:
    async with tools.db.write(None) as session:
        handed_back = await hand_back_lost(session, silent_s=times.silent_s)
    if handed_back:
        _log.warning("lost_jobs_handed_back", queue_ids=handed_back)


async def _prune(tools: Toolbox, times: RescueTimes) -> None:
    async with tools.db.write(None) as session:
        pruned = await prune_finished(session, before=tools.clock() - times.keep_finished)
    _log.info("finished_jobs_pruned", rows=pruned)
