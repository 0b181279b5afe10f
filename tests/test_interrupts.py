"""Ctrl-C at a terminal, from the first import on: one plain sentence or none, no trace."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.processes import ROOT, environment, free_port

pytestmark = pytest.mark.drill  # processes that are interrupted

ALL = ("DATABASE_URL", "DATABASE_SYSTEM_URL", "DATABASE_MIGRATION_URL")
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


@pytest.mark.parametrize(
    ("words", "module", "what"),
    [
        (("cli.py", "refresh", "act_1001"), "asyncio.events", "command"),
        (("cli.py", "refresh", "act_1001"), "typer.core", "command"),
        (("cli.py", "refresh", "act_1001"), "startup.worker", "command"),
        (("server.py",), "sqlalchemy.orm", "server"),
        (("server.py",), "strawberry", "server"),
        (("worker.py",), "sqlalchemy.orm", "worker"),
    ],
)
async def test_ctrl_c_while_python_imports_is_told_in_a_sentence(
    tmp_path: Path, words: tuple[str, ...], module: str, what: str
) -> None:
    async with python(tmp_path, "-X", "importtime", str(ROOT / words[0]), *words[1:]) as process:
        await until_imported(process, module)
        told = await interrupted(process)
    assert (process.returncode, told) == (130, [f"Interrupted before the {what} began."])


@pytest.mark.parametrize(
    ("words", "names", "end"),
    [
        (("cli.py", "db", "current"), ALL, (130, ["Interrupted."])),
        (("cli.py", "staff", "list"), ALL, (130, ["Interrupted."])),
        (("server.py",), ALL, (0, [])),
        (("worker.py",), ALL, (0, [])),
    ],
    ids=["command of the owner", "command", "server", "worker"],
)
async def test_ctrl_c_ends_what_waits_for_a_database_that_never_answers(
    tmp_path: Path, words: tuple[str, ...], names: tuple[str, ...], end: tuple[int, list[str]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.settimeout(0)
        address = f"127.0.0.1:{mute.getsockname()[1]}/adgraph"
        variables = {name: f"postgresql://{name.lower()}@{address}" for name in names} | {"PORT": free_port()}
        async with python(tmp_path, str(ROOT / words[0]), *words[1:], **variables) as process:
            call, _ = await asyncio.get_running_loop().sock_accept(mute)
            with call:
                told = await interrupted(process)
    assert (process.returncode, told) == end
