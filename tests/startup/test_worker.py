"""The worker process: a signal ends it in order."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from embedded.postgres import DatabaseUrls
from settings.loading import load_settings
from settings.model import AppEnv, SandboxMode
from startup.worker import work


@pytest.fixture
async def loop_signals() -> AsyncIterator[None]:
    yield
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().remove_signal_handler(each)


def configured(postgres: DatabaseUrls, directory: Path, **changes: Any) -> Any:
    values = {
        "_env_file": None,
        "app_env": AppEnv.TEST,
        "data_dir": directory,
        "database_url": postgres.runtime,
        "database_system_url": postgres.system,
        "sandbox": SandboxMode.OFF,
    }
    return load_settings(**values | changes)


@pytest.mark.usefixtures("loop_signals", "idle_queue")
async def test_a_signal_ends_the_worker_in_order(postgres: DatabaseUrls, tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logs:
        working = asyncio.create_task(work(configured(postgres, tmp_path)))
        async with asyncio.timeout(30):
            while not any(line["event"] == "worker_started" for line in logs):  # noqa: ASYNC110 - a log line is no event
                await asyncio.sleep(0.02)
            os.kill(os.getpid(), signal.SIGTERM)
            await working
    assert [line["event"] for line in logs if line["event"].startswith("worker_")] == [
        "worker_started",
        "worker_stopping",
        "worker_stopped",
    ]
