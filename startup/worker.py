"""The job process: runs refreshes until a signal, and hands back what it has not finished."""

import asyncio
from contextlib import AsyncExitStack

import structlog

from jobs.runner import WorkerOptions, run_inline
from settings.model import Settings
from startup.collector import settle_collector
from startup.interrupts import STOP_SIGNALS
from startup.observation import measures_served, observed
from startup.services import existing_services
from startup.tools import check_production, open_tools

log = structlog.get_logger(__name__)


async def work(settings: Settings) -> None:
    """Runs the job process until a signal; raises AppError when it cannot start."""
    stopped = asyncio.Event()
    for each in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(existing_services(settings))
        tracing = stack.enter_context(observed(settings, service="adgraph-worker"))
        tools = await stack.enter_async_context(open_tools(settings, services, tracing))
        await check_production(settings, tools.db)
        await stack.enter_async_context(measures_served(settings, tools))
        await stack.enter_async_context(run_inline(tools, WorkerOptions(services.urls.listen)))
        settle_collector()
        log.info("worker_started", environment=settings.app_env.value)
        await stopped.wait()
        log.info("worker_stopping")
    log.info("worker_stopped")
