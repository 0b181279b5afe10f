"""The web process: makes the application from its parts, serves it until a signal, and then finishes open requests."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext, suppress
from urllib.parse import urlsplit

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from execution.answers.cache import AnswerCache
from execution.persisted.lookup import Documents
from execution.transport.events import STOPPING
from execution.transport.negotiation import ASKING_FIRST
from execution.transport.view import LIMIT_HEADERS, MAX_BODY_BYTES, GraphQLView
from integrations.storage.local import LocalStorage
from jobs.runner import WorkerOptions, run_inline
from resolvers.door import FrontDoor
from schema import build_schema, schema_text
from services.installation.demo import OWNER_EMAIL, PASSWORD, SANDBOX_TOKEN, VIEWER_EMAIL, seed_demo, seed_people
from services.installation.monitoring import replica_states
from services.sign_in.providers import providers_set_up
from services.toolbox import Toolbox
from settings.model import Settings, WorkerMode
from startup.collector import settle_collector
from startup.documents import open_documents
from startup.interrupts import STOP_SIGNALS
from startup.observation import measures_served, observed
from startup.process import SignalFreeServer, listening_socket
from startup.services import Services, owned_services, public_url
from startup.tools import check_production, open_tools, queries_on_replicas, require_revision
from telemetry.tracing import Tracing
from web.charts import chart_routes
from web.clients import client_routes
from web.files import file_routes
from web.health import Readiness, health_routes, node_watch
from web.middleware.compression import CompressionMiddleware
from web.middleware.hosts import HostMiddleware
from web.middleware.rate_limits import RateLimitMiddleware
from web.middleware.requests import HEADER, RequestMiddleware
from web.middleware.socket_limit import SocketLimitMiddleware
from web.oauth import oauth_routes
from web.pages.account import account_page_routes
from web.pages.graphiql import graphiql_routes, no_editor_routes
from web.pages.schema_file import schema_file_routes
from web.punctual_http import PunctualProtocol
from web.punctual_sockets import PunctualSocket
from web.telemetry import metrics_routes
from web.webhooks.marketplaces import marketplace_webhook_routes
from web.webhooks.meta import meta_webhook_routes
from web.webhooks.stripe import stripe_webhook_routes

log = structlog.get_logger(__name__)

# Load balancers need a moment to see the 503 of readiness before the port closes.
DRAIN_S = 5.0
# Nothing is redirected: behind a proxy the address would be one of http, and a POST would lose its body or its secrets.
GRAPHQL_PATHS = ("/graphql", "/graphql/")
MIB = 1024 * 1024
# How long requests in flight may go on after the port is closed.
GRACE_S = 20


def build_app(
    tools: Toolbox,
    settings: Settings,
    readiness: Readiness | None = None,
    *,
    pictures: str = "",
    vinted: str | None = None,
    documents: Documents | None = None,
) -> Starlette:
    """The ASGI application over an open Toolbox; whoever opened it closes it.

    `pictures` and `vinted` are where the demo's pictures come from and which stand-in served extensions call. Raises
    StartupError for a manifest of documents that cannot be used, unless `documents` are given.
    """
    answers = AnswerCache(settings.response_cache_mib * MIB) if settings.response_cache_mib else None
    documents = documents or open_documents(settings)
    door = FrontDoor(tools, shows_schema=settings.shows_schema, documents=documents, answers=answers)
    view = GraphQLView(build_schema(), door, allowed_origins=settings.cors_origins)
    nodes = node_watch(tools.db)
    has_own_pages = tools.addresses.app_url == tools.addresses.public_url
    routes: list[BaseRoute] = [
        *(Route(path, view, methods=None) for path in GRAPHQL_PATHS),
        *(WebSocketRoute(path, view) for path in GRAPHQL_PATHS),
        *health_routes(readiness or build_readiness(tools), nodes, replicas=lambda: replica_states(tools.db)),
        *oauth_routes(tools),
        *(account_page_routes(tools, has_home=settings.shows_editor) if has_own_pages else ()),
        *meta_webhook_routes(tools),
        *marketplace_webhook_routes(tools),
        *stripe_webhook_routes(tools),
        *(metrics_routes(tools, nodes, token=token.get_secret_value()) if (token := settings.metrics_token) else ()),
        *chart_routes(tools),
        *client_routes(stand_in=vinted),
        *(file_routes(tools.files.opened) if isinstance(tools.files, LocalStorage) else ()),
        *(schema_file_routes(schema_text) if settings.shows_schema else ()),
        *(_page(tools, settings, pictures) if settings.shows_graphiql else ()),
    ]
    limited = [Middleware(RateLimitMiddleware, limiter=tools.limiter)]
    if settings.rate_limits:
        limited.append(Middleware(SocketLimitMiddleware, most=settings.max_sockets_per_caller))
    app = Starlette(routes=routes, middleware=[*_middleware(settings), Middleware(CompressionMiddleware), *limited])
    app.router.redirect_slashes = False
    return app


def _page(tools: Toolbox, settings: Settings, pictures: str) -> Sequence[BaseRoute]:
    if not settings.shows_editor:
        return no_editor_routes()
    return graphiql_routes(providers=providers_set_up(tools.vendors.sign_in), pictures=pictures)


def build_readiness(tools: Toolbox) -> Readiness:
    """Whether the process may get traffic: Postgres answers, and its schema is of this release or a newer one."""
    return Readiness({"database": tools.db.ping, "migrations": lambda: require_revision(tools.db)})


def _middleware(settings: Settings) -> Sequence[Middleware]:
    url = urlsplit(public_url(settings))
    middleware = [
        Middleware(RequestMiddleware, is_https=url.scheme == "https"),
        # Also keeps a page of another site from reaching a developer's machine under a name of its own (DNS rebinding).
        Middleware(HostMiddleware, hosts=(url.hostname or "", *settings.allowed_hosts)),
    ]
    if settings.trusted_proxies:
        middleware.insert(0, Middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies)))
    if settings.cors_origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=["GET", "POST"],
                allow_headers=["content-type", "if-none-match", HEADER, *ASKING_FIRST],
                expose_headers=[HEADER, "etag", *LIMIT_HEADERS],
                max_age=600,
            )
        )
    return middleware


class Server(SignalFreeServer):
    """The uvicorn server; `stop_on_signals` ends it."""

    @property
    def open_connections(self) -> int:
        return len(self.server_state.connections)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.lifespan.state[STOPPING] = asyncio.Event()  # each request's scope has it
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends streams of events, which would go on for ever, and waits for what else is under way."""
        self.lifespan.state[STOPPING].set()
        await super().shutdown(sockets)


def make_server(app: ASGIApp) -> Server:
    """A server for the application, which `serve(sockets=[...])` runs."""
    return Server(
        uvicorn.Config(
            app,
            http=PunctualProtocol,
            ws=PunctualSocket,
            ws_max_size=MAX_BODY_BYTES,
            # Mutations answer secrets here too (execution/transport/view.py says why these are not compressed), and the
            # compressor's memory is most of what a subscriber holds.
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # ProxyHeadersMiddleware reads them, from TRUSTED_PROXIES alone
            timeout_graceful_shutdown=GRACE_S,
        )
    )


async def drain(server: Server, readiness: Readiness, *, wait_s: float) -> None:
    """Stops the server without losing a request.

    Readiness says no for `wait_s` seconds first, so that load balancers send nothing more. Then the port closes,
    sockets end with 1012, streams of events end, and requests in flight finish.
    """
    readiness.is_draining = True
    log.info("draining", connections=server.open_connections)
    await asyncio.sleep(wait_s)
    server.should_exit = True


@contextmanager
def stop_on_signals(server: Server, readiness: Readiness, *, wait_s: float) -> Iterator[None]:
    """Listens for stop signals while the block runs: the first one drains the server, a second one stops it at once."""
    loop = asyncio.get_running_loop()
    draining: set[asyncio.Task[None]] = set()

    def on_signal() -> None:
        if draining:
            server.should_exit = server.force_exit = True
        else:
            draining.add(loop.create_task(drain(server, readiness, wait_s=wait_s)))

    for each in STOP_SIGNALS:
        loop.add_signal_handler(each, on_signal)
    try:
        yield
    finally:
        for each in STOP_SIGNALS:
            loop.remove_signal_handler(each)


def trace_schema(tracing: Tracing) -> None:
    """Adds traces to the schema; to be called once in a process, since all of its applications share one schema."""
    engine = build_schema()
    engine.also(tracing.operations())
    tracing.resolvers(engine.core)


@asynccontextmanager
async def _watched(services: Services) -> AsyncIterator[None]:
    """Starts the embedded Postgres again whenever it ends, while the block runs."""
    if services.postgres is None:
        yield
        return
    watch = asyncio.create_task(services.postgres.watch(), name="postgres_watch")
    try:
        yield
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def serve(settings: Settings) -> None:
    """Runs the web process until a signal; raises AppError when it cannot start."""
    documents = open_documents(settings)  # before anything is started: what is wrong with them is told at once
    listener = listening_socket(settings.host, settings.port)
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        services = await stack.enter_async_context(owned_services(settings))
        await stack.enter_async_context(_watched(services))
        tracing = stack.enter_context(observed(settings, service="adgraph-api"))
        if tracing is not None:
            trace_schema(tracing)
        tools = await stack.enter_async_context(open_tools(settings, services, tracing))
        await check_production(settings, tools.db)
        await _seed(settings, tools)
        await stack.enter_async_context(queries_on_replicas(settings, tools.db, tracing))
        is_inline = settings.worker is WorkerMode.INLINE
        await stack.enter_async_context(
            run_inline(tools, WorkerOptions(services.urls.listen)) if is_inline else nullcontext()
        )
        await stack.enter_async_context(measures_served(settings, tools))
        readiness = build_readiness(tools)
        pictures, vinted = services.stand_ins.meta or "", services.stand_ins.vinted
        app = build_app(tools, settings, readiness, pictures=pictures, vinted=vinted, documents=documents)
        server = make_server(app)
        settle_collector()
        listener.listen()  # connections are accepted from now on, and wait until the server answers them
        log.info(
            "server_started", url=public_url(settings), environment=settings.app_env.value, worker=settings.worker.value
        )
        if not settings.is_production:
            sys.stdout.write(_welcome(settings, services))
            sys.stdout.flush()
        with stop_on_signals(server, readiness, wait_s=DRAIN_S if settings.is_production else 0):
            await server.serve(sockets=[listener])
    log.info("server_stopped")


async def _seed(settings: Settings, tools: Toolbox) -> None:
    if settings.is_production:
        return
    await (seed_demo(tools, has_shop=settings.demo_shop) if settings.uses_sandbox else seed_people(tools))


_TABS = (
    "  Open the URL and run the tabs from left to right: sign in, viewer, accounts, insights, refresh, the",
    "  subscription that watches the refresh, products, channels, listings, publishing, orders, cases of buyers,",
    "  ads beside sales, what products earned, connecting more accounts, a member of Vinted and what buyers write,",
    "  the plan, its checkout, registering. The page keeps you signed in.",
)


def _welcome(settings: Settings, services: Services) -> str:
    lines = [
        "",
        f"  Adgraph runs on {public_url(settings)}",
        "",
        f"  sign in          {OWNER_EMAIL} (owner) or {VIEWER_EMAIL} (viewer), password {PASSWORD}",
    ]
    if services.stand_ins.meta is not None:
        lines.append(
            f"  ad platform      a sandbox of Meta on {services.stand_ins.meta}; it accepts the token {SANDBOX_TOKEN}"
        )
        lines.append(
            "  shop             an invented one, with orders that fit the ads, some seconds after the first start"
        )
    if services.stand_ins.google is not None:
        lines.append(
            f"  sign-in          also with a sandbox of Google on {services.stand_ins.google}, by the page's links"
        )
    if services.stand_ins.ebay is not None:
        lines.append(f"  marketplace      a sandbox of eBay on {services.stand_ins.ebay}; it has three sellers")
    if services.stand_ins.etsy is not None:
        lines.append(f"  marketplace      a sandbox of Etsy on {services.stand_ins.etsy}; it has three shops")
    if services.stand_ins.vinted is not None:
        lines.append(
            f"  marketplace      a sandbox of Vinted on {services.stand_ins.vinted}; its sign-in page names its members"
        )
    if services.stand_ins.stripe is not None:
        lines.append(f"  billing          a sandbox of Stripe on {services.stand_ins.stripe}; it takes no money")
    if services.stand_ins.rates is not None:
        lines.append(f"  exchange rates   invented ones, as a sandbox publishes them on {services.stand_ins.rates}")
    if settings.smtp_url is None:
        lines.append(f"  mails            files in {settings.data_dir / 'mails'}")
    lines += [
        f"  data             {settings.data_dir}; remove it to begin anew",
        "",
        *(_TABS if settings.shows_editor else ()),
        "  Ctrl-C stops everything.",
        "",
    ]
    return "\n".join(lines) + "\n"
