"""Starts our programs as processes of their own, with a data directory of their own, and ends them."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from settings.model import Settings
from tests.doors.http import GraphQLClient

ROOT = Path(__file__).resolve().parent.parent
START_S, STOP_S = 180, 30  # of a busy machine; a process that ends before is not waited for


@contextmanager
def data_directory() -> Iterator[Path]:
    """Under /tmp itself: Postgres' own account must reach it when the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="adgraph-test-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def environment(**variables: object) -> dict[str, str]:
    """The caller's, without settings of its own."""
    names = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    kept["RATE_LIMITS"] = "off"  # a test's one person asks more often than people do
    kept["DEMO_SHOP"] = "off"  # it would be made beside the tests, by the same processors
    return {**kept, **{name: str(value) for name, value in variables.items()}, "PYTHONWARNINGS": "default"}


@dataclass(frozen=True, slots=True)
class Program:
    process: Process
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """The exit code."""
        with suppress(ProcessLookupError):
            self.process.send_signal(how)
        async with asyncio.timeout(STOP_S):
            return await self.process.wait()


@asynccontextmanager
async def program(name: str, log: Path, variables: Mapping[str, str]) -> AsyncIterator[Program]:
    """`name` is server.py or worker.py; ended at the latest with the block."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, ROOT / name, cwd=ROOT, env=variables, stdout=output, stderr=output
        )
    running = Program(process, log)
    try:
        yield running
    finally:
        if process.returncode is None:
            await running.end()


@asynccontextmanager
async def server_process(data_dir: Path, **variables: object) -> AsyncIterator[tuple[GraphQLClient, Program]]:
    """`python server.py` that is ready for traffic."""
    port = variables.pop("PORT", None) or free_port()
    chosen = environment(DATA_DIR=data_dir, PORT=port, **variables)
    async with program("server.py", data_dir / "server.log", chosen) as running:
        client = GraphQLClient(f"http://127.0.0.1:{port}")
        await until_ready(client, running)
        yield client, running


async def until_ready(client: GraphQLClient, running: Program) -> None:
    try:
        async with asyncio.timeout(START_S):
            while not await is_ready(client):
                assert running.process.returncode is None, running.output
                await asyncio.sleep(0.05)
    except TimeoutError as late:
        raise AssertionError(f"Not ready after {START_S} s:\n{running.output}") from late


async def is_ready(client: GraphQLClient) -> bool:
    try:
        return (await client.send("GET", "/health/ready")).status == 200
    except aiohttp.ClientError:
        return False
