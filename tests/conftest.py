"""What every test may ask for: a real Postgres, migrated once per worker, and the tools of the use cases over it.

Tests share the database and never clean it: each makes a tenant of its own, which row-level security keeps apart.
"""

import gc
import logging
import shutil
import signal
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import asyncpg
import pytest
import structlog
from cryptography.fernet import Fernet
from hypothesis import settings

from analytics.clock import utc_now
from auth.access_tokens import AccessTokenSigner
from auth.authenticator import Authenticator
from auth.limits.limiter import Limiter
from auth.passwords import PasswordHasher
from auth.signed_links import SignedLinks
from auth.token_cipher import TokenCipher
from embedded.postgres import DatabaseUrls, EmbeddedPostgres
from integrations.ebay.app import EbayApp
from integrations.ebay.marketplace import EbayMarketplace
from integrations.etsy.app import EtsyApp
from integrations.etsy.marketplace import EtsyMarketplace
from integrations.google.provider import GoogleApp, GoogleProvider
from integrations.http import HttpClient
from integrations.mail.mailer import FolderMailer
from integrations.meta.client import MetaPlatform
from integrations.meta.graph import MetaApp
from integrations.storage.local import LocalStorage
from migrations.run import upgrade
from models.database import Database
from models.listener import Hub
from services.toolbox import Toolbox
from services.tools import Credentials, PublicAddresses
from settings.model import AppEnv, Settings
from startup.server import build_app
from startup.vendors import vendors_of
from tests import chance, given_server
from tests.doors.http import GraphQLClient
from tests.doors.serving import serving

pytest_plugins = ["tests.statements.plugin"]

PUBLIC_URL = "http://127.0.0.1:8000"

# Traces with every local variable take a second each.
_READABLE = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
# A logger that is cached under the pipeline of one test would keep it for all the others.
_configure = structlog.configure
structlog.configure = lambda **options: _configure(**options | {"cache_logger_on_first_use": False})
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _READABLE])

# How long an example takes says more of the machine than of the code. Examples are not kept in the checkout: it may
# belong to another user, and Hypothesis' complaint about that is an error here. The same commit draws the same ones.
settings.register_profile("adgraph", deadline=None, database=None, derandomize=not chance.is_searching())
settings.load_profile("adgraph")
if not chance.is_searching():
    chance.draw_the_same()


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.default_int_handler(number, frame)


def pytest_configure(config: pytest.Config) -> None:
    """Ctrl-C as ever, by a handler of ours: in place of Python's own asyncio would put one for each test and fixture.

    Python then shows the handler as a text to see whether it is a number, with all that the test's task holds: a
    quarter of the time of all tests.
    """
    signal.signal(signal.SIGINT, _interrupt)
    given_server.add_marker(config)


def pytest_runtest_setup(item: pytest.Item) -> None:
    given_server.skip_if_unfit(item)


def pytest_collection_finish() -> None:
    """What was imported stays: the garbage collector need not walk over it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """What a test configures ends with it: commands and processes set up logs of their own."""
    root, config = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.configure(**config)


@pytest.fixture(autouse=True)
def _own_interrupt() -> Iterator[None]:
    """A loop that takes its handler of Ctrl-C away leaves Python's own behind, for every test that follows."""
    yield
    if signal.getsignal(signal.SIGINT) is not _interrupt:
        signal.signal(signal.SIGINT, _interrupt)


@pytest.fixture
def dropped_resolvers() -> Iterator[Callable[[], None]]:
    """For tests whose fields fail: collects what has been dropped, at the end of the test and whenever it is called.

    A field that fails cancels the others of its answer. graphql-core then drops resolvers that had not begun, and
    Python warns that nobody awaited them when it collects one: in any test, at any line, some of which cannot warn.
    """

    def collect() -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
            gc.collect()

    gc.disable()
    yield collect
    collect()
    gc.enable()


@pytest.fixture(scope="session")
def postgres(read_statements: Callable[[str], None]) -> Iterator[DatabaseUrls]:
    """A database per worker, on a server of its own or on the one that is given."""
    url = given_server.admin_url()
    with _own_server() if url is None else given_server.database_on(url) as urls:
        yield urls
        if url is None:  # a given server is no place to plan what others are to run
            read_statements(urls.migration)


@pytest.fixture(scope="session")
def superuser(postgres: DatabaseUrls) -> str:
    """The URL of a superuser on the server of the tests."""
    return given_server.admin_url() or postgres.migration.replace("adgraph_owner@", "postgres@")


@contextmanager
def _own_server() -> Iterator[DatabaseUrls]:
    """One cluster per worker; its directory's name is short, since a socket path may have about 100 bytes."""
    directory = Path(tempfile.mkdtemp(prefix="ag"))
    # Nothing here has to survive a crash of the machine.
    server = EmbeddedPostgres(directory, {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"})
    try:
        urls = server.start()
        upgrade(urls.migration)
        yield urls
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
async def db(postgres: DatabaseUrls) -> AsyncIterator[Database]:
    """On the runtime role, so that policies apply."""
    database = Database(postgres.runtime, system_url=postgres.system)
    await database.find_shards()
    yield database
    await database.close()


@pytest.fixture
async def idle_queue(postgres: DatabaseUrls) -> None:
    """For tests that run a worker or a sweep: what other tests have left unfinished would keep it busy.

    As the owner and around the policies, since it concerns the tenants of all tests.
    """
    connection = await asyncpg.connect(postgres.migration)
    try:
        async with connection.transaction():
            await connection.execute("alter table refresh_job no force row level security")
            await connection.execute(
                "update refresh_job set status = 'CANCELLED', finished_at = now()"
                " where status in ('QUEUED', 'RUNNING', 'WAITING')"
            )
            await connection.execute("alter table refresh_job force row level security")
            await connection.execute(
                "update procrastinate_jobs set status = 'cancelled' where status in ('todo', 'doing')"
            )
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def tools(
    db: Database, postgres: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Toolbox]:
    """No vendor behind it: tests of vendors replace them by ones with a sandbox."""
    tokens = AccessTokenSigner("a secret of the tests, long enough", issuer=PUBLIC_URL, clock=utc_now)
    http = HttpClient()
    hub = Hub(postgres.listen)
    await hub.start()
    yield Toolbox(
        db=db,
        clock=utc_now,
        credentials=Credentials(
            passwords=PasswordHasher(memory_kib=8, passes=1),
            tokens=tokens,
            authenticator=Authenticator(db, tokens, utc_now),
            refresh_token_peppers=(b"pepper of the tests, 32 bytes long",),
        ),
        limiter=Limiter.off(utc_now),
        cipher=TokenCipher([Fernet.generate_key().decode()]),
        vendors=vendors_of(
            MetaPlatform(
                MetaApp("", "", "v26.0", "http://127.0.0.1:9", "http://127.0.0.1:9", f"{PUBLIC_URL}/callback"), http
            ),
            GoogleProvider(GoogleApp("", "", "http://127.0.0.1:9", f"{PUBLIC_URL}/callback"), http, utc_now),
            EbayMarketplace(EbayApp("", "", ""), http, utc_now),
            EtsyMarketplace(EtsyApp("", "", ""), http, utc_now),
            mailer=FolderMailer(tmp_path_factory.mktemp("mails")),
        ),
        hub=hub,
        addresses=PublicAddresses(PUBLIC_URL, PUBLIC_URL),
        workspace=tmp_path_factory.mktemp("work"),
        chart_links=SignedLinks(f"{PUBLIC_URL}/charts/insights.svg", [b"key of the tests' charts"]),
        files=LocalStorage(
            tmp_path_factory.mktemp("files"), f"{PUBLIC_URL}/files", [b"key of the tests' links"], utc_now
        ),
    )
    await hub.stop()
    await http.close()


@pytest.fixture(scope="session")
async def server(tools: Toolbox) -> AsyncIterator[GraphQLClient]:
    """The whole application over HTTP and WebSockets, in this process; without worker and sandbox."""
    settings = Settings(_env_file=None, app_env=AppEnv.TEST, cors_origins=("https://app.test",))
    async with serving(build_app(tools, settings)) as (url, _server):
        yield GraphQLClient(url)
