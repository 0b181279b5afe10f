"""A streaming standby of an embedded Postgres, which tests pause, delay, freeze, kill or promote."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import psycopg

from embedded.binaries import Account, Binaries, find_binaries, run_as, unprivileged_account
from embedded.postgres import DatabaseUrls
from tests.given_server import url_at

_START_S = 30
_POLL_S = 0.05
# Nothing here has to survive a crash of the machine.
_QUICK = (
    "fsync=off",
    "shared_buffers=32MB",
    "jit=off",
    "max_standby_streaming_delay=100ms",
    "hot_standby_feedback=off",
)
# A standby may have no less of these than its primary, whose command line is not copied.
_LIMITS = """
    select name || '=' || setting from pg_settings
    where name in ('max_connections', 'max_locks_per_transaction', 'max_prepared_transactions', 'max_wal_senders',
        'max_worker_processes')
"""


class Standby:
    """One standby; `url` is for the runtime role. It is made by `standby_of`."""

    def __init__(
        self, folder: Path, binaries: Binaries, account: Account | None, database: str, limits: Sequence[str]
    ) -> None:
        self.folder = folder
        self._binaries = binaries
        self._account = account
        self._limits = limits
        self.name = folder.name
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"{database}?host={folder}"
        self.admin_url = f"postgresql://postgres@{urlsplit(database).path}?host={folder}"

    def start(self, **settings: str) -> None:
        """Starts it, with further settings of Postgres, and returns when it answers queries."""
        options = [
            *_QUICK,
            *self._limits,
            f"cluster_name={self.name}",
            f"unix_socket_directories={self.folder}",
            "listen_addresses=",
            "port=5432",
        ]
        options += [f"{name}={value}" for name, value in settings.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries.postgres, "-D", self.folder / "data", *(f"-c{each}" for each in options)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                user=self._account.uid if self._account else None,
                group=self._account.gid if self._account else None,
                extra_groups=[] if self._account else None,
                start_new_session=True,
            )
        waited_until = time.monotonic() + _START_S
        while run_as(None, [str(self._binaries.pg_isready), "-q", "-h", str(self.folder)]).returncode:
            if self._process.poll() is not None or time.monotonic() > waited_until:
                raise RuntimeError((self.folder / "log").read_text()[-1000:])
            time.sleep(_POLL_S)

    def kill(self) -> None:
        """Ends all its processes at once, as a machine does that loses its power."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the server and all its backends: SIGSTOP makes it a server that no longer answers."""
        if self._process is not None and self._process.poll() is None:
            # Each backend is in a session of its own, so that no group has them all.
            listed = run_as(None, ["ps", "-A", "-o", "pid=,ppid="]).stdout.decode().splitlines()
            pairs = [[int(number) for number in line.split()] for line in listed]
            for pid in (self._process.pid, *(pid for pid, parent in pairs if parent == self._process.pid)):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)

    def stop(self) -> None:
        """Shuts it down; connections that are open are ended."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_START_S)

    async def execute(self, statement: str) -> None:
        """Runs a statement there as the superuser."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def value(self, statement: str) -> Any:
        """What a query answers there, as the superuser."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    async def pause(self) -> None:
        """What the primary writes from now on is not shown here before `resume`."""
        await self.execute("select pg_wal_replay_pause()")
        # The replay stops at its next record, or at once while it waits for one.
        await self.execute("select pg_sleep(0.01) where pg_get_wal_replay_pause_state() <> 'paused'")

    async def resume(self) -> None:
        """Shows what was written during a pause."""
        await self.execute("select pg_wal_replay_resume()")

    async def follow(self, primary: "Standby") -> None:
        """Follows another server from now on, which was a standby like this one."""
        await self.execute(f"alter system set primary_conninfo = 'host={primary.folder} user=postgres'")
        await self.execute("select pg_reload_conf()")

    async def promote(self) -> None:
        """Makes it a primary of its own, which no longer follows."""
        await self.execute("select pg_promote()")


@contextmanager
def standby_of(urls: DatabaseUrls, **settings: str) -> Iterator[Standby]:
    """A standby that has started to follow; it is stopped, and its files are deleted, when the block ends."""
    account = unprivileged_account()
    # A path of its own for the socket, whose name may have about 100 bytes.
    folder = Path(tempfile.mkdtemp(prefix="ags"))
    binaries = find_binaries(account, copy_to=Path("/var/lib/adgraph/binaries"))
    assert binaries is not None
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    primary = url_at(urls.runtime, user="postgres")
    with psycopg.connect(primary) as connection:
        limits = [limit for (limit,) in connection.execute(_LIMITS)]
    standby = Standby(folder, binaries, account, urls.runtime.partition("?")[0], limits)
    try:
        _copy(binaries, account, source=primary, target=folder / "data")
        standby.start(**settings)
        yield standby
    finally:
        standby.signal(signal.SIGCONT)
        standby.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _copy(binaries: Binaries, account: Account | None, *, source: str, target: Path) -> None:
    """Copies the primary's files, and writes down whom the copy follows."""
    program = str(binaries.directory / "pg_basebackup")
    command = [program, "-D", str(target), "-R", "-c", "fast", "-X", "stream", "--no-sync"]
    made = run_as(account, [*command, "-d", source])
    if made.returncode:
        raise RuntimeError(made.stderr.decode())
