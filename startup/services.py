"""What runs under a process: the embedded Postgres and the stand-ins of vendors.

One process owns those of a DATA_DIR and writes down where they are; a worker or a command beside it finds them there.
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
    """Where a DATA_DIR's services are while their owner runs."""

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
    """What runs before the Toolbox is made. `postgres` is ours only in the process that owns the DATA_DIR."""

    urls: DatabaseUrls
    stand_ins: StandIns
    postgres: EmbeddedPostgres | None = None


@asynccontextmanager
async def owned_services(settings: Settings) -> AsyncIterator[Services]:
    """Embedded Postgres, migrated, and the stand-ins, as the settings want them; raises EmbeddedPostgresError."""
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
async def found_services(settings: Settings) -> AsyncIterator[Services]:
    """For a process beside the server: what the server's DATA_DIR names, else services of its own."""
    addresses = _read_addresses(settings) if settings.is_embedded or settings.uses_stand_ins else None
    if addresses is not None:
        yield Services(addresses.urls if settings.is_embedded else configured_urls(settings), addresses.stand_ins)
        return
    async with owned_services(settings) as services:
        yield services


@contextmanager
def found_database(settings: Settings) -> Iterator[DatabaseUrls]:
    """The database as it is, without the server's or with it: nothing is migrated."""
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
    """Not started yet; stopped at the end."""
    postgres = EmbeddedPostgres(settings.data_dir)
    try:
        yield postgres
    finally:
        postgres.stop()


def public_url(settings: Settings) -> str:
    """Without a trailing slash."""
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
    # Configured URLs may hold passwords and are known to every process anyway.
    own = urls if settings.is_embedded else DatabaseUrls("", "", "", "")
    addresses = Addresses(os.getpid(), own.runtime, own.migration, own.system, stand_ins)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_bytes(msgspec.json.encode(addresses))
    return fresh.replace(path)


def _read_addresses(settings: Settings) -> Addresses | None:
    """None when nobody is there any more: a killed owner leaves its note behind."""
    try:
        addresses = msgspec.json.decode((settings.data_dir / _ADDRESSES).read_bytes(), type=Addresses)
        os.kill(addresses.pid, 0)
    except (OSError, msgspec.MsgspecError):
        return None
    return addresses
