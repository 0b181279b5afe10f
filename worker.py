"""The job process: `python worker.py` runs refreshes until a signal, and hands back what it has not finished."""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack

import structlog
import uvicorn

from errors import AppError
from jobs.runner import WorkerOptions, run_inline
from logs import configure_logs
from settings import Settings, SettingsError, load_settings
from startup import check_production, found_services, open_tools

log = structlog.get_logger(__name__)

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def work(settings: Settings) -> None:
    """Until a signal; raises AppError when it cannot start."""
    stopped = asyncio.Event()
    for each in _STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(found_services(settings))
        tools = await stack.enter_async_context(open_tools(settings, services))
        await check_production(settings, tools.db)
        await stack.enter_async_context(run_inline(tools, WorkerOptions(services.urls.listen)))
        log.info("worker_started", environment=settings.app_env.value)
        await stopped.wait()
        log.info("worker_stopping")
    log.info("worker_stopped")


def main() -> int:
    """The exit code: 2 for wrong settings, 1 when something else keeps the process from starting."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"The settings are wrong:\n{error}\n")
        return 2
    configure_logs(level=settings.log_level.value, as_json=settings.is_production)
    loop_factory = uvicorn.Config("", loop="auto", log_config=None).get_loop_factory()
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(work(settings))
    except AppError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
