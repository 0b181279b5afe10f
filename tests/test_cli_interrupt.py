"""Ctrl-C at `python cli.py`, from the first import on: one plain sentence, no trace."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.processes import ROOT, environment

pytestmark = pytest.mark.drill  # processes that are interrupted

CLI = str(ROOT / "cli.py")
DEADLINE_S = 60
IMPORTED = "import time:"  # how Python begins each line of -X importtime


@asynccontextmanager
async def python(folder: Path, *words: str, **variables: object) -> AsyncIterator[Process]:
    """Ended with the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *words),
        cwd=folder,
        env=environment(DATA_DIR=folder, **variables),
        stdout=DEVNULL,
        stderr=PIPE,
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def interrupted(process: Process) -> list[str]:
    """What else it tells."""
    process.send_signal(signal.SIGINT)
    _, rest = await process.communicate()
    return [line for line in rest.decode().splitlines() if line and not line.startswith(IMPORTED)]


async def until_imported(process: Process, module: str) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        if line.startswith(IMPORTED.encode()) and line.decode().split("|")[-1].strip() == module:
            return
    pytest.fail(f"{module} was never imported")


@pytest.mark.parametrize("module", ["asyncio.events", "typer.core", "sqlalchemy.orm", "strawberry", "worker"])
async def test_ctrl_c_while_python_imports_is_told_in_a_sentence(tmp_path: Path, module: str) -> None:
    async with python(tmp_path, "-X", "importtime", CLI, "refresh", "act_1001") as process:
        await until_imported(process, module)
        told = await interrupted(process)
    assert (process.returncode, told) == (130, ["Interrupted before the command began."])


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("db", "current"), ("DATABASE_URL", "DATABASE_SYSTEM_URL", "DATABASE_MIGRATION_URL")),
        (("staff", "list"), ("DATABASE_URL", "DATABASE_SYSTEM_URL")),
    ],
)
async def test_ctrl_c_within_a_command_is_told_in_a_sentence(
    tmp_path: Path, words: tuple[str, ...], names: tuple[str, ...]
) -> None:
    """They wait for a database that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.settimeout(0)
        url = f"postgresql://adgraph@127.0.0.1:{mute.getsockname()[1]}/adgraph"
        async with python(tmp_path, CLI, *words, **dict.fromkeys(names, url)) as process:
            call, _ = await asyncio.get_running_loop().sock_accept(mute)
            with call:
                told = await interrupted(process)
    assert (process.returncode, told) == (130, ["Interrupted."])
