"""`python cli.py refresh`: alone and beside a running server, watched, left alone by Ctrl-C, cancelled."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.processes import ROOT, data_directory, environment, server_process

pytestmark = pytest.mark.drill  # processes that start, watch each other and are interrupted

TODAY = datetime.now(UTC).date()
DAYS = ("--since", str(TODAY - timedelta(days=3)), "--until", str(TODAY - timedelta(days=1)))
LONG = ("--since", str(TODAY - timedelta(days=110)))
DEADLINE_S = 180  # of a busy machine


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    with data_directory() as folder:
        yield folder


@asynccontextmanager
async def command(data_dir: Path, *words: str) -> AsyncIterator[Process]:
    """As in a terminal; ended with the block."""
    variables = environment(DATA_DIR=data_dir, PORT=0, TTY_COMPATIBLE=1, TTY_INTERACTIVE=1, COLUMNS=200)
    process = await asyncio.create_subprocess_exec(
        sys.executable, ROOT / "cli.py", *words, cwd=ROOT, env=variables, stdout=PIPE, stderr=STDOUT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def call(data_dir: Path, *words: str) -> tuple[int | None, str]:
    async with command(data_dir, *words) as process, asyncio.timeout(DEADLINE_S):
        output, _ = await process.communicate()
    return process.returncode, output.decode()


async def read_until(process: Process, text: str) -> None:
    assert process.stdout is not None
    seen = b""
    async with asyncio.timeout(DEADLINE_S):
        while text.encode() not in seen:
            chunk = await process.stdout.read(1024)
            assert chunk, seen.decode()
            seen += chunk


async def interrupted(process: Process, *, repeatedly: bool) -> bytes:
    """What it says until its end; the impatient press Ctrl-C `repeatedly` until then."""
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(DEADLINE_S):
        while repeatedly and process.returncode is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 0.005)
            if process.returncode is None:
                # `send_signal` would look whether it has ended, and so take its exit code from asyncio.
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGINT)
        output, _ = await process.communicate()
    return output


@pytest.fixture(scope="module")
async def seeded(data_dir: Path) -> Path:
    assert (await call(data_dir, "seed"))[0] == 0
    # Its first refresh, of all history, would stand before the one that is watched.
    assert (await call(data_dir, "cancel-refresh", "act_1002"))[0] == 0
    return data_dir


async def test_alone_it_runs_the_refresh_itself(seeded: Path) -> None:
    code, output = await call(seeded, "refresh", "act_1001", *DAYS)
    assert code == 0, output
    assert "100%" in output
    assert f"SUCCEEDED: {DAYS[1]} to {DAYS[3]}, 3/3 days" in output


async def test_all_accounts_are_refreshed_by_one_command(seeded: Path) -> None:
    code, output = await call(seeded, "refresh", "--all", *DAYS)
    assert code == 0, output
    for account in ("act_1001", "act_1002", "act_1003"):
        assert f"{account} SUCCEEDED: {DAYS[1]} to {DAYS[3]}, 3/3 days" in output


@pytest.mark.parametrize("repeatedly", [False, True])
async def test_ctrl_c_leaves_it_and_says_how_to_watch_and_cancel_it(seeded: Path, *, repeatedly: bool) -> None:
    async with command(seeded, "refresh", "act_1002", *LONG) as process:
        await read_until(process, "days,")
        output = await interrupted(process, repeatedly=repeatedly)
    assert process.returncode == 130, output
    assert b"cancel-refresh act_1002" in output
    assert b"Traceback" not in output
    assert "SUCCEEDED" not in output.decode()
    code, again = await call(seeded, "cancel-refresh", "act_1002")
    assert (code, again.strip()) == (0, "Cancelled: 1.")


async def test_a_refresh_whose_worker_was_killed_and_that_was_cancelled_holds_up_no_new_one(seeded: Path) -> None:
    async with command(seeded, "refresh", "act_1002", *LONG) as process:
        await read_until(process, "RUNNING")
        process.kill()
        await process.wait()
    code, cancelled = await call(seeded, "cancel-refresh", "act_1002")
    assert (code, cancelled.strip()) == (0, "Cancelled: 1.")
    code, output = await call(seeded, "refresh", "act_1002", *LONG)
    assert code == 0, output


async def test_beside_a_server_the_servers_worker_runs_it(seeded: Path) -> None:
    async with server_process(seeded):
        code, output = await call(seeded, "refresh", "act_1003", *DAYS)
        assert code == 0, output
        assert "3/3 days" in output


async def test_the_end_of_the_server_is_told_with_the_command_that_watches_again(seeded: Path) -> None:
    async with server_process(seeded) as (_, server), command(seeded, "refresh", "act_1002", *LONG) as process:
        await read_until(process, "days,")
        await server.end(signal.SIGKILL)
        async with asyncio.timeout(DEADLINE_S):
            output, _ = await process.communicate()
    assert process.returncode == os.EX_TEMPFAIL, output
    again = ("refresh", "act_1002", *LONG)
    assert f"To watch it again: python cli.py {' '.join(again)}" in output.decode()
    assert b"Traceback" not in output
    code, output_again = await call(seeded, *again)
    assert code == 0, output_again


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("refresh", "act_1001", "--tenant", "nope"), "No tenant has the slug nope. The slugs are: demo"),
        (("refresh", "act_404"), "No tenant has connected act_404"),
        (("refresh", "act_1001", "--until", "2026-01-01"), "--until needs --since"),
        (("refresh",), "or all of them with --all"),
        (("refresh", "act_1001", "--all"), "or all of them with --all"),
    ],
)
async def test_a_mistake_is_told_without_a_trace(seeded: Path, words: tuple[str, ...], said: str) -> None:
    code, output = await call(seeded, *words)
    assert code == 1
    assert said in " ".join(output.split())
    assert "Traceback" not in output
