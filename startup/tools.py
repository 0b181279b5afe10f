"""Makes the Toolbox of a process with open clients, and checks a production database; no rule of the product."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import structlog

from analytics.clock import Clock, utc_now
from auth.access_tokens import AccessTokenSigner
from auth.authenticator import Authenticator
from auth.limits.limiter import Limiter
from auth.passwords import PasswordHasher
from auth.refresh_tokens import pepper_of
from auth.token_cipher import TokenCipher
from errors import DatabaseUnavailable
from integrations.etsy.marketplace import EtsyMarketplace
from integrations.google.provider import GoogleProvider
from integrations.http import HttpClient
from integrations.mail.mailer import FolderMailer, Mailer, SmtpMailer, SmtpServer
from integrations.meta.client import MetaPlatform
from migrations.run import head
from models.database import Database
from models.listener import Hub
from models.postgres_clock import PostgresClock, keep_reading
from models.schema_revision import schema_revision
from models.thin.watching import watch
from services.installation.demo import has_demo_users
from services.toolbox import Retention, Toolbox
from services.tools import Credentials, PublicAddresses, RelayRules
from settings.model import Settings, plain
from settings.rules import role_of
from startup.files import chart_links, open_files
from startup.process import StartupError
from startup.services import Services, public_url
from startup.vendors import (
    SIGN_IN_PATIENCE,
    ebay_app,
    ebay_marketplace,
    etsy_app,
    google_app,
    meta_app,
    open_billing,
    open_rates,
    vendors_of,
)
from telemetry.tracing import Tracing

log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_tools(
    settings: Settings, services: Services, tracing: Tracing | None = None, *, wall: Clock = utc_now
) -> AsyncIterator[Toolbox]:
    """The Toolbox, whose clients are closed when the block ends, the last one first; `wall` is the machine's clock.

    Raises DatabaseUnavailable when Postgres does not answer.
    """
    url = public_url(settings)
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(_database(services, tracing))
        clock = await stack.enter_async_context(_postgres_clock(db, wall))
        traces = [tracing.vendor_calls()] if tracing is not None else ()
        http, sign_in_http = HttpClient(traces=traces), HttpClient(SIGN_IN_PATIENCE, traces=traces)
        stack.push_async_callback(http.close)
        stack.push_async_callback(sign_in_http.close)
        hub = await stack.enter_async_context(_listening(services.urls.listen))
        limiter = limiter_of(settings, clock)
        stack.push_async_callback(limiter.close)
        cipher = TokenCipher(settings.encryption_keys)
        yield Toolbox(
            db=db,
            clock=clock,
            cipher=cipher,
            limiter=limiter,
            hub=hub,
            credentials=_credentials(settings, db, clock),
            vendors=vendors_of(
                MetaPlatform(meta_app(settings, services.stand_ins.meta, url), http),
                GoogleProvider(google_app(settings, services.stand_ins.google, url), sign_in_http, clock),
                ebay_marketplace(ebay_app(settings, services.stand_ins.ebay), http, clock, db=db, cipher=cipher),
                EtsyMarketplace(etsy_app(settings, services.stand_ins.etsy, url), http, clock),
                billing=await stack.enter_async_context(open_billing(settings, services.stand_ins.stripe, traces)),
                mailer=mailer(settings),
                rates=await stack.enter_async_context(open_rates(settings, services.stand_ins.rates, traces)),
            ),
            addresses=PublicAddresses(url, settings.app_url or url, settings.return_origins),
            chart_links=chart_links(settings),
            files=await stack.enter_async_context(open_files(settings, clock)),
            workspace=settings.data_dir / "work",
            retention=Retention(settings.session_retention_days, settings.audit_retention_days),
            relay=RelayRules(settings.relay_spacing_ms, settings.relay_listing_delay_s, settings.relay_oldest_agent),
        )


def _credentials(settings: Settings, db: Database, clock: Clock) -> Credentials:
    jwt_secret, old_secret = _jwt_secrets(settings)
    tokens = AccessTokenSigner(jwt_secret, previous=old_secret, issuer=public_url(settings), clock=clock)
    return Credentials(
        passwords=PasswordHasher(),
        tokens=tokens,
        authenticator=Authenticator(db, tokens, clock),
        refresh_token_peppers=tuple(pepper_of(secret) for secret in (jwt_secret, old_secret) if secret),
        has_passwords=settings.has_passwords,
    )


@asynccontextmanager
async def queries_on_replicas(settings: Settings, db: Database, tracing: Tracing | None = None) -> AsyncIterator[None]:
    """Lets this process' queries read from the replicas, where there are any, while the block runs.

    Replicas that do not answer are told by the log alone. Raises StartupError where tables are on shards, and for a
    role that row-level security does not bind.
    """
    if not settings.database_read_url:
        yield
        return
    if db.sharded:
        raise StartupError("DATABASE_READ_URL: a database whose tables are on shards has no read replicas.")
    await _refuse_unbound(db, "DATABASE_READ_URL", *map(role_of, settings.database_read_url))
    replicas = db.use_replicas(settings.database_read_url, max_lag_s=settings.read_max_lag_s)
    if tracing is not None:
        for replica in replicas.all:
            watch(replica.engine, tracing.statements(f"replica {replica.name}"))
    async with replicas.watched():
        yield


def limiter_of(settings: Settings, clock: Clock) -> Limiter:
    """The rate limits, counted in Redis if it is configured; raises StartupError if REDIS_URL has wrong options."""
    try:
        return Limiter(clock, redis_url=plain(settings.redis_url) or None, is_on=settings.rate_limits)
    except ValueError as error:
        raise StartupError("REDIS_URL: an option behind the ? is unknown or has a wrong value.") from error


@asynccontextmanager
async def _listening(url: str) -> AsyncIterator[Hub]:
    hub = Hub(url)
    await hub.start()
    try:
        yield hub
    finally:
        await hub.stop()


def _jwt_secrets(settings: Settings) -> tuple[str, str | None]:
    """The secret that signs tokens, and the one before it, with which older tokens are still verified."""
    assert settings.jwt_secret_key is not None  # checked, or made, by load_settings
    previous = settings.jwt_secret_key_previous
    return settings.jwt_secret_key.get_secret_value(), previous.get_secret_value() if previous else None


@asynccontextmanager
async def _database(services: Services, tracing: Tracing | None) -> AsyncIterator[Database]:
    """The Database that knows whether it has shards, closed when the block ends.

    Raises DatabaseUnavailable, and StartupError for a role that row-level security does not bind.
    """
    db = Database(services.urls.runtime, system_url=services.urls.system)
    try:
        await db.find_shards()
        await _refuse_unbound(db, "DATABASE_URL", None)
        if tracing is not None:
            watch(db.engine, tracing.statements("runtime"))
            watch(db.system_engine, tracing.statements("system"))
        yield db
    finally:
        await db.close()


async def _refuse_unbound(db: Database, variable: str, *roles: str | None) -> None:
    """Roles of a cluster are the same on its standbys, so the primary is asked for those of replicas too."""
    if unbound := await db.unbound_roles(roles):
        raise StartupError(
            f"{variable}: row-level security does not bind {unbound[0]} (a superuser, or BYPASSRLS), so tenants would"
            " see each other: use the runtime role (docs/operations.md)."
        )


@asynccontextmanager
async def _postgres_clock(db: Database, wall: Clock) -> AsyncIterator[Clock]:
    """A clock that follows that of Postgres, read before anybody uses it, if Postgres answers, and again and again."""
    clock = PostgresClock(wall=wall)
    with suppress(DatabaseUnavailable):
        await clock.read(db)
    reading = asyncio.create_task(keep_reading(clock, db))
    try:
        yield clock
    finally:
        reading.cancel()
        await asyncio.wait([reading])


def mailer(settings: Settings) -> Mailer | None:
    """Sends mail by SMTP when it is configured; else writes it into a folder, or in production sends none."""
    if settings.smtp_url is not None:
        return SmtpMailer(SmtpServer.of(settings.smtp_url.get_secret_value()), settings.mail_from or "")
    return None if settings.is_production else FolderMailer(settings.data_dir / "mails")


async def check_production(settings: Settings, db: Database) -> None:
    """Raises StartupError in production for a database of an older release, and for one with the demo users."""
    if not settings.is_production:
        return
    await require_revision(db)
    if await has_demo_users(db):
        raise StartupError("The database holds the demo users, whose password is published: delete them first.")


@asynccontextmanager
async def open_owners_database(url: str) -> AsyncIterator[Database]:
    """A Database that connects as the owner, closed when the block ends.

    Raises StartupError when the database is older than this release.
    """
    owner = Database(url, system_url=url, pool_size=1)
    try:
        await owner.find_shards()
        await require_revision(owner)
        yield owner
    finally:
        await owner.close()


async def require_revision(db: Database) -> None:
    """Raises StartupError when the database is older than this release.

    A newer one is fine: migrations expand first and contract a release later, so that a release goes on while the next
    one is rolled out, and can come back after it.
    """
    async with db.read(None) as session:
        found = await schema_revision(session)
    if found is None or found < head():  # revisions are numbered in four digits, so texts compare like numbers
        raise StartupError(f"The database is at revision {found}, not {head()}: run `python cli.py db upgrade`.")
