"""What the tests of connecting share: a tenant, a sandbox of its own, our routes over real HTTP, and browsers."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import uvicorn
from multidict import CIMultiDictProxy
from sqlmodel import col, select
from starlette.applications import Starlette

from auth.viewer import Viewer
from integrations.google.provider import GoogleApp, GoogleProvider
from integrations.http import HttpClient
from integrations.meta.client import MetaPlatform
from integrations.meta.graph import MetaApp
from models.audit.entry import AuditEntry
from models.connections.access_grant import AccessGrant
from models.ids import new_id
from models.ingestion.throttle import forget_throttles
from models.oauth import OAuthFlow
from models.platform import Platform
from models.tenants.membership import Membership, Role
from sandbox.google.config import GoogleConfig
from sandbox.google.server import GoogleServer, run_google
from sandbox.meta.config import SandboxConfig
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from sandbox.server import SandboxServer, run_sandbox
from services.connections.dialog import begin_connection
from services.connections.grants import add_access_grant
from services.oauth import challenge_of
from services.oauth_purposes import CompletedOAuth, complete_oauth
from services.toolbox import Toolbox
from tests.worlds.ads import EntityWorld, entity_world
from tests.worlds.vendors import with_google, with_meta
from web.oauth import oauth_routes
from web.webhooks.meta import meta_webhook_routes

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
APP_ID, APP_SECRET = "4242", "app-secret-canary-0123456789"
VERIFIER = "a-verifier-of-the-client-with-43-characters-or-more"
SYSTEM_USER = "SANDBOX-SYSTEM-USER"
FRONT_END = "https://app.example"


@dataclass(slots=True)
class Reply:
    status: int
    headers: CIMultiDictProxy[str]
    text: str

    @property
    def location(self) -> str:
        return self.headers["Location"]

    @property
    def query(self) -> dict[str, str]:
        """Of the address that the reply sends the browser to."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.location).query).items()}


@dataclass(slots=True)
class Browser:
    """Follows nothing by itself and keeps its cookies."""

    session: aiohttp.ClientSession
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, url: str, *, method: str = "GET") -> Reply:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookie} if cookie else {}
        async with self.session.request(method, url, headers=headers, allow_redirects=False) as response:
            for line in response.headers.getall("Set-Cookie", []):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            return Reply(response.status, response.headers, await response.text())


@dataclass
class ConnectWorld:
    """`tools` has the sandbox behind it, a clock that stands until the test moves it, and the address of our routes."""

    tools: Toolbox
    server: SandboxServer
    google: GoogleServer
    entities: EntityWorld
    http: aiohttp.ClientSession
    moved_by: timedelta = field(default_factory=timedelta)

    @property
    def viewer(self) -> Viewer:
        return self.entities.viewer

    def browser(self) -> Browser:
        return Browser(self.http)

    def now(self) -> datetime:
        return NOON + self.moved_by

    def move(self, **by: float) -> None:
        self.moved_by += timedelta(**by)

    def spoil(self, kind: FaultKind, path: str = "*", **rule: Any) -> None:
        self.server.admin.add_fault(FaultRule(kind, path, **rule))

    async def colleague(self, role: Role = Role.ADMIN) -> Viewer:
        """Another person of the tenant."""
        user_id = new_id()
        await self.entities.keep_person(user_id, name="Colleague")
        await self.entities.keep(Membership(tenant_id=self.entities.tenant_id, user_id=user_id, role=role))
        return replace(self.viewer, user_id=user_id, role=role)

    async def elsewhere(self) -> EntityWorld:
        """Another tenant."""
        return await entity_world(self.tools.db)

    async def begin(self, viewer: Viewer | None = None, return_url: str = "/done?tab=1") -> str:
        return await begin_connection(
            self.tools,
            viewer or self.viewer,
            platform=Platform.META,
            return_url=return_url,
            code_challenge=challenge_of(VERIFIER),
        )

    async def dialog(self, browser: Browser, url: str, decision: str = "allow") -> str:
        """Opens our link and clicks in the dialog: the address of our callback that the browser is sent to."""
        opened = await browser.get(url)
        return self.server.admin.decide(opened.location, decision)

    async def come_back(self, decision: str = "allow", **begin: Any) -> str:
        """A whole round trip of one browser: the one-time code."""
        browser = self.browser()
        answer = await browser.get(await self.dialog(browser, await self.begin(**begin), decision))
        return answer.query["code"]

    async def complete(self, code: str, *, viewer: Viewer | None = None, verifier: str = VERIFIER) -> CompletedOAuth:
        return await complete_oauth(
            self.tools, viewer or self.viewer, self.viewer.origin, code=code, code_verifier=verifier
        )

    async def pasted(self, token: str = SYSTEM_USER, viewer: Viewer | None = None) -> AccessGrant:
        return await add_access_grant(self.tools, viewer or self.viewer, platform=Platform.META, access_token=token)

    async def connected(self) -> AccessGrant:
        """A grant of the dialog, the viewer's own."""
        grant = (await self.complete(await self.come_back())).grant
        assert grant is not None
        return grant

    async def grants(self) -> list[AccessGrant]:
        async with self.tools.db.read(self.viewer) as session:
            query = select(AccessGrant).where(AccessGrant.tenant_id == self.entities.tenant_id)
            return list((await session.exec(query)).all())

    async def actions(self, viewer: Viewer | None = None) -> list[str]:
        """What the audit log tells, oldest first."""
        reader = viewer or self.viewer
        query = select(AuditEntry.action).where(AuditEntry.tenant_id == reader.tenant_id).order_by(col(AuditEntry.id))
        async with self.tools.db.read(reader) as session:
            return list((await session.exec(query)).all())

    async def flows(self) -> list[OAuthFlow]:
        """The tenant's, as they are stored."""
        async with self.tools.db.read(None) as session:
            query = select(OAuthFlow).where(OAuthFlow.begun_in_tenant_id == self.entities.tenant_id)
            return list((await session.exec(query)).all())


@dataclass
class ConnectBase:
    """The servers, shared by the tests of a module; each test has a tenant of its own, and the clock begins at noon."""

    tools: Toolbox
    server: SandboxServer
    google: GoogleServer
    http: aiohttp.ClientSession
    current: ConnectWorld | None = None

    def now(self) -> datetime:
        return self.current.now() if self.current else NOON

    async def world(self) -> ConnectWorld:
        self.server.admin.clear_faults()
        self.google.lie(None)
        # Limits are the installation's: those of an account that another test has used up would make this one wait.
        async with self.tools.db.system(reason="a test of connections begins") as session:
            await forget_throttles(session, before=datetime.max.replace(tzinfo=UTC))
        self.current = ConnectWorld(self.tools, self.server, self.google, await entity_world(self.tools.db), self.http)
        return self.current


@asynccontextmanager
async def connect_base(tools: Toolbox, *, public_url: str | None = None) -> AsyncIterator[ConnectBase]:
    """`public_url`: what the product believes its address to be, when it is not where the test reaches it."""
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        url = public_url or f"http://127.0.0.1:{listener.getsockname()[1]}"
        redirect = f"{url}/auth/facebook/callback"
        config = SandboxConfig(APP_ID, APP_SECRET, admin_token="t", allowed_redirects=(redirect,))
        server = await stack.enter_async_context(run_sandbox(config))
        server.admin.set_clock(NOON)
        http = HttpClient(sleep=_no_sleep)
        stack.push_async_callback(http.close)
        google_redirect = f"{url}/auth/google/callback"
        google_config = GoogleConfig("google-client", "google-secret-canary-0123", "t", (google_redirect,))
        google = await stack.enter_async_context(run_google(google_config))
        google.set_clock(NOON)
        google_app = GoogleApp(google_config.client_id, google_config.client_secret, google.url, google_redirect)
        meta = MetaPlatform(MetaApp(APP_ID, APP_SECRET, "v26.0", server.url, server.dialog_url, redirect), http)
        addresses = replace(tools.addresses, public_url=url, return_origins=(FRONT_END,))
        own = replace(with_meta(tools, meta), addresses=addresses)
        base = ConnectBase(own, server, google, await stack.enter_async_context(aiohttp.ClientSession()))
        base.tools = replace(with_google(own, GoogleProvider(google_app, http, base.now)), clock=base.now)
        await stack.enter_async_context(
            serving_on(Starlette(routes=[*oauth_routes(base.tools), *meta_webhook_routes(base.tools)]), listener)
        )
        yield base


async def _no_sleep(_seconds: float) -> None:
    return


class _GuestServer(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving_on(app: Starlette, listener: socket.socket) -> AsyncIterator[None]:
    server = _GuestServer(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def made_up() -> str:
    """A one-time value that nobody has given out."""
    return secrets.token_urlsafe(32)
