"""worker.py in a hurry, by a clock that may be wrong: `python -m tests.drills.hasty_worker SECONDS_AHEAD JOBS_AT_ONCE`.

Drills with many deaths cannot wait half a minute for each; everything but these numbers is the worker's own.
"""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from datetime import timedelta

from analytics.clock import utc_now
from integrations.http import HttpClient
from integrations.meta.client import MetaPlatform
from jobs.rescue import RescueTimes
from jobs.runner import WorkerOptions, run_inline
from settings.model import Settings
from startup.process import run_process
from startup.services import existing_services
from startup.tools import open_tools
from tests.worlds.refreshes import HASTY
from tests.worlds.vendors import meta_of, with_meta

TIMES = RescueTimes(heartbeat_s=0.2, silent_s=1.0, every_s=0.1, sweep_every_s=0.5)


async def work(settings: Settings) -> None:
    stopped, ahead = asyncio.Event(), timedelta(seconds=int(sys.argv[1]))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(existing_services(settings))
        tools = await stack.enter_async_context(open_tools(settings, services, wall=lambda: utc_now() + ahead))
        http = HttpClient(HASTY)
        stack.push_async_callback(http.close)
        hasty = with_meta(tools, MetaPlatform(meta_of(tools).app, http))
        options = WorkerOptions(services.urls.listen, concurrency=int(sys.argv[2]), poll_s=0.1, rescue=TIMES)
        await stack.enter_async_context(run_inline(hasty, options))
        await stopped.wait()


if __name__ == "__main__":
    sys.exit(run_process(work))
