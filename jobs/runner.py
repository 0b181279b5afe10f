"""Runs a worker in this process: starts it again when it ends by itself, and stops it without losing a job."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import structlog

from jobs.app import make_app
from jobs.arguments import TOOLS
from jobs.chores import CHORES, Chore, keep_doing
from jobs.rescue import RescueTimes, keep_rescuing
from jobs.telemetry import measured
from services.toolbox import Toolbox

_log = structlog.get_logger(__name__)

_RESTART_AFTER_S = 1.0
# When the worker stops, running jobs may go on for `graceful_s`. Then they get so much longer, to be cancelled and to
# store in the database that they are handed back.
_DRAIN_SLACK_S = 3.0


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How a worker runs; `dsn` reaches Postgres without a pooler, by a role that may write the queue's tables."""

    dsn: str
    concurrency: int = 4
    # How long running jobs may go on when the worker is told to stop; then they are handed back.
    graceful_s: float = 5.0
    poll_s: float = 0.5
    rescue: RescueTimes = field(default_factory=RescueTimes)
    chores: tuple[Chore, ...] = CHORES


@asynccontextmanager
async def run_inline(tools: Toolbox, options: WorkerOptions) -> AsyncIterator[None]:
    """Runs a worker beside the block. Leaving the block stops the worker, which needs the database until then."""
    tasks = [
        asyncio.create_task(_keep_up("worker", partial(_work, tools, options))),
        asyncio.create_task(_keep_up("rescue", partial(keep_rescuing, tools, options.rescue))),
        *(asyncio.create_task(_keep_up(chore.name, partial(keep_doing, tools, chore))) for chore in options.chores),
    ]
    try:
        yield
    finally:
        await _end(tasks, patience_s=options.graceful_s + _DRAIN_SLACK_S)


async def _end(tasks: Iterable[asyncio.Task[None]], *, patience_s: float) -> None:
    """Cancels the tasks until they have ended; a library that is just starting may swallow a single cancellation."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=patience_s)


async def _keep_up(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Runs `work`, again whenever it ends: a worker ends by itself when Postgres goes away at a bad moment."""
    while True:
        try:
            await work()
            _log.warning("background_task_ended", task=name)
        except Exception:  # noqa: BLE001 - whatever ended it, another one starts
            _log.exception("background_task_failed", task=name)
        await asyncio.sleep(_RESTART_AFTER_S)


async def _work(tools: Toolbox, options: WorkerOptions) -> None:
    app = make_app(options.dsn)
    async with app.open_async():
        await app.run_worker_async(
            concurrency=options.concurrency,
            fetch_job_polling_interval=options.poll_s,
            abort_job_polling_interval=options.poll_s,
            shutdown_graceful_timeout=options.graceful_s,
            update_heartbeat_interval=options.rescue.heartbeat_s,
            stalled_worker_timeout=options.rescue.silent_s,
            install_signal_handlers=False,
            additional_context={TOOLS: tools},
            worker_middleware=[measured],
        )
