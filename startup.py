"""What each process of ours begins with: database, vendors or their stand-ins, the Toolbox; no rule of the product.

One process owns the embedded Postgres and the stand-ins of a DATA_DIR and writes down where they are; a worker or a
command beside it finds them there.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import structlog
import uvicorn

from analytics.clock import Clock, utc_now
from auth.access_tokens import AccessTokens
from auth.authenticator import Authenticator
from auth.limits.limiter import Limiter
from auth.passwords import PasswordHasher
from auth.refresh_tokens import pepper_of
from auth.token_cipher import TokenCipher
from embedded import DatabaseUrls, EmbeddedPostgres
from errors import AppError, DatabaseUnavailable
from integrations.google.provider import GoogleProvider
from integrations.http import HttpClient
from integrations.mail.mailer import FolderMailer, Mailer, SmtpMailer, SmtpServer
from integrations.meta.client import MetaPlatform
from logs import configure_logs
from migrations.run import head, upgrade
from models.database import Database
from models.listener import Hub
from models.postgres_clock import PostgresClock, keep_reading
from models.schema_revision import schema_revision
from services.installation.demo import has_demo_users
from services.toolbox import Retention, Toolbox
from settings import Settings, SettingsError, load_settings
from settings_rules import plain
from tracing import Tracing
from vendors import SIGN_IN_PATIENCE, StandIns, google_app, meta_app, open_billing, run_stand_ins

log = structlog.get_logger(__name__)

_ADDRESSES = "addresses.json"


class StartupError(AppError):
    """The process cannot start; the message says what to do."""


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


@asynccontextmanager
async def open_tools(
    settings: Settings, services: Services, tracing: Tracing | None = None, *, wall: Clock = utc_now
) -> AsyncIterator[Toolbox]:
    """The Toolbox over open clients, closed in the order of use; `wall` is the machine's clock, right or wrong."""
    assert settings.jwt_secret_key is not None  # checked, or made, by load_settings
    previous = settings.jwt_secret_key_previous
    jwt_secret = settings.jwt_secret_key.get_secret_value()
    old_secret = previous.get_secret_value() if previous else None
    url = public_url(settings)
    async with AsyncExitStack() as stack:
        db = Database(services.urls.runtime, system_url=services.urls.system)
        stack.push_async_callback(db.close)
        clock = await stack.enter_async_context(_postgres_clock(db, wall))
        if tracing is not None:
            tracing.statements(db.engine, "runtime")
            tracing.statements(db.system_engine, "system")
        traces = [tracing.vendor_calls()] if tracing is not None else ()
        http, sign_in_http = HttpClient(traces=traces), HttpClient(SIGN_IN_PATIENCE, traces=traces)
        stack.push_async_callback(http.close)
        stack.push_async_callback(sign_in_http.close)
        hub = Hub(services.urls.listen)
        await hub.start()
        stack.push_async_callback(hub.stop)
        tokens = AccessTokens(jwt_secret, previous=old_secret, issuer=url, clock=clock)
        limiter = Limiter(clock, redis_url=plain(settings.redis_url) or None, is_on=settings.rate_limits)
        stack.push_async_callback(limiter.close)
        yield Toolbox(
            db=db,
            clock=clock,
            passwords=PasswordHasher(),
            tokens=tokens,
            authenticator=Authenticator(db, tokens, clock),
            refresh_tokens_peppers=tuple(pepper_of(secret) for secret in (jwt_secret, old_secret) if secret),
            limiter=limiter,
            cipher=TokenCipher(settings.encryption_keys),
            meta=MetaPlatform(meta_app(settings, services.stand_ins.meta, url), http),
            google=GoogleProvider(google_app(settings, services.stand_ins.google, url), sign_in_http, clock),
            hub=hub,
            public_url=url,
            return_origins=settings.return_origins,
            has_passwords=settings.has_passwords,
            mailer=mailer(settings),
            app_url=settings.app_url or url,
            retention=Retention(settings.session_retention_days, settings.audit_retention_days),
            billing=await stack.enter_async_context(open_billing(settings, services.stand_ins.stripe, traces)),
        )


@asynccontextmanager
async def _postgres_clock(db: Database, wall: Clock) -> AsyncIterator[Clock]:
    """Read before anything is judged by it, unless the database is away; read again while the block runs."""
    clock = PostgresClock(wall=wall)
    with suppress(DatabaseUnavailable):
        await clock.read(db)
    reading = asyncio.create_task(keep_reading(clock, db))
    try:
        yield clock
    finally:
        reading.cancel()
        await asyncio.wait([reading])


def public_url(settings: Settings) -> str:
    """Without a trailing slash."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return settings.public_url or f"http://{host}:{settings.port}"


def mailer(settings: Settings) -> Mailer | None:
    """By SMTP when it is configured; else into a folder, in production not at all."""
    if settings.smtp_url is not None:
        return SmtpMailer(SmtpServer.of(settings.smtp_url.get_secret_value()), settings.mail_from or "")
    return None if settings.is_production else FolderMailer(settings.data_dir / "mails")


async def check_production(settings: Settings, db: Database) -> None:
    """Raises StartupError on a database that is not for production, or not of this release."""
    if not settings.is_production:
        return
    await require_revision(db)
    if await has_demo_users(db):
        raise StartupError("The database holds the demo users, whose password is published: delete them first.")


async def require_revision(db: Database) -> None:
    """Raises StartupError when the database is older than this release.

    A newer one is fine: migrations keep to expand and contract, so that a release goes on while the next one is rolled
    out, and can come back after it.
    """
    async with db.read(None) as session:
        found = await schema_revision(session)
    if found is None or found < head():  # each is one more than the one before, in four digits
        raise StartupError(f"The database is at revision {found}, not {head()}: run `python cli.py db upgrade`.")


def listening_socket(host: str, port: int, *, setting: str = "PORT") -> socket.socket:
    """Bound, not yet listening; raises StartupError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise StartupError(
            f"Cannot listen on {host}:{port} ({error.strerror}): stop what runs there or set {setting}."
        ) from error
    return bound


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


def run_process(life: Callable[[Settings], Coroutine[Any, Any, None]]) -> int:
    """Runs a process from its settings to its end; the exit code: 2 for wrong settings, 1 when it cannot start."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"The settings are wrong:\n{error}\n")
        return 2
    configure_logs(level=settings.log_level.value, as_json=settings.is_production)
    loop_factory = uvicorn.Config("", loop="auto", log_config=None).get_loop_factory()
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(life(settings))
    except AppError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    except KeyboardInterrupt:
        pass  # before the process listened for signals: everything has been closed on the way here
    return 0
