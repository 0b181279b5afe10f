"""The services that a process needs: the embedded Postgres and the stand-ins of vendors.

One process owns the services of a DATA_DIR and writes their addresses into a file there; a worker or a command beside
it reads that file.
"""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from embedded.postgres import DatabaseUrls, EmbeddedPostgres
from migrations.run import upgrade
from settings.model import Settings
from startup.interrupts import ended_by_signals
from startup.stand_ins import StandIns, run_stand_ins

_ADDRESSES = "addresses.json"


class Addresses(msgspec.Struct, frozen=True):
    """The addresses of a DATA_DIR's services while the process that owns them runs; `pid` is that process."""

    pid: int
    runtime: str
    migration: str
    system: str
    stand_ins: StandIns = StandIns()

    @property
    def urls(self) -> DatabaseUrls:
        return DatabaseUrls(self.runtime, self.migration, self.system, self.runtime)


@dataclass(frozen=True, slots=True)
class Services:
    """The services that run before the Toolbox is made; `postgres` is None in a process that does not own it."""

    urls: DatabaseUrls
    stand_ins: StandIns
    postgres: EmbeddedPostgres | None = None


@asynccontextmanager
async def owned_services(settings: Settings) -> AsyncIterator[Services]:
    """Starts the embedded Postgres, migrated, and the stand-ins, as the settings want them, until the block ends.

    Raises EmbeddedPostgresError.
    """
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(_embedded(settings)) if settings.is_embedded else None
        urls = postgres.start() if postgres is not None else configured_urls(settings)
        if not settings.is_production and urls.migration:
            with ended_by_signals():
                upgrade(urls.migration)
        stand_ins = await stack.enter_async_context(run_stand_ins(settings, public_url(settings)))
        note = _write_addresses(settings, urls, stand_ins)
        stack.callback(note.unlink, missing_ok=True)
        yield Services(urls, stand_ins, postgres)


@asynccontextmanager
async def existing_services(settings: Settings) -> AsyncIterator[Services]:
    """The services for a process beside the server: those that the server owns, else services of its own."""
    addresses = _read_addresses(settings) if settings.is_embedded or settings.uses_stand_ins else None
    if addresses is not None:
        yield Services(addresses.urls if settings.is_embedded else configured_urls(settings), addresses.stand_ins)
        return
    async with owned_services(settings) as services:
        yield services


@contextmanager
def existing_database(settings: Settings) -> Iterator[DatabaseUrls]:
    """The database, whether a server runs or not; it is not migrated."""
    addresses = _read_addresses(settings) if settings.is_embedded else None
    if addresses is not None:
        yield addresses.urls
    elif settings.is_embedded:
        with _embedded(settings) as postgres:
            yield postgres.start()
    else:
        yield configured_urls(settings)


@contextmanager
def _embedded(settings: Settings) -> Iterator[EmbeddedPostgres]:
    """The embedded Postgres, not started yet; it is stopped at the end of the block."""
    postgres = EmbeddedPostgres(settings.data_dir)
    try:
        yield postgres
    finally:
        postgres.stop()


def public_url(settings: Settings) -> str:
    """The address of this installation for browsers, without a trailing slash."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return settings.public_url or f"http://{host}:{settings.port}"


def configured_urls(settings: Settings) -> DatabaseUrls:
    assert settings.database_url is not None
    assert settings.database_system_url is not None
    return DatabaseUrls(
        runtime=settings.database_url,
        migration=settings.database_migration_url or "",
        system=settings.database_system_url,
        listen=settings.listen_database_url or settings.database_url,
    )


def _write_addresses(settings: Settings, urls: DatabaseUrls, stand_ins: StandIns) -> Path:
    path = settings.data_dir / _ADDRESSES
    path.parent.mkdir(parents=True, exist_ok=True)
    # Configured URLs may have passwords in them, and every process has them from its settings: they are not written.
    own = urls if settings.is_embedded else DatabaseUrls("", "", "", "")
    addresses = Addresses(os.getpid(), own.runtime, own.migration, own.system, stand_ins)
    # The file is replaced as a whole, so that nobody reads a half of it, and only its owner may read it.
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_bytes(msgspec.json.encode(addresses))
    return fresh.replace(path)


def _read_addresses(settings: Settings) -> Addresses | None:
    """The addresses in the file; None when their process no longer runs, since one that is killed leaves the file."""
    try:
        addresses = msgspec.json.decode((settings.data_dir / _ADDRESSES).read_bytes(), type=Addresses)
        os.kill(addresses.pid, 0)
    except (OSError, msgspec.MsgspecError):
        return None
    return addresses
