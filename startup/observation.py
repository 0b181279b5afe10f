"""What operators see of a process: Prometheus' measures on a port of their own, traces, error reports."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from services.toolbox import Toolbox
from settings.model import Settings
from startup.process import SignalFreeServer, listening_socket
from telemetry.error_reports import flush, reporter
from telemetry.logs import configure_logs
from telemetry.tracing import Tracing, exporter
from web.telemetry import metrics_app


@contextmanager
def observed(settings: Settings, *, service: str) -> Iterator[Tracing | None]:
    """Sends error reports while the block runs, where Sentry is configured; answers the tracer, if one is.

    Raises AppError when a package that this needs is not installed.
    """
    dsn = settings.sentry_dsn
    if dsn is not None:
        report = reporter(dsn.get_secret_value(), environment=settings.app_env.value)
        configure_logs(level=settings.log_level.value, as_json=settings.is_production, first=(report,))
    endpoint = settings.otel_exporter_otlp_endpoint
    tracing = Tracing(exporter(endpoint), service=service) if endpoint is not None else None
    try:
        yield tracing
    finally:
        if tracing is not None:
            tracing.close()
        if dsn is not None:
            flush()


@asynccontextmanager
async def measures_served(settings: Settings, tools: Toolbox) -> AsyncIterator[None]:
    """Serves Prometheus' measures on METRICS_PORT while the block runs; raises StartupError when the port is taken."""
    if settings.metrics_port is None:
        yield
        return
    listener = listening_socket(settings.host, settings.metrics_port, setting="METRICS_PORT")
    listener.listen()
    config = uvicorn.Config(metrics_app(tools), lifespan="off", log_config=None, access_log=False, server_header=False)
    server = SignalFreeServer(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="metrics")
    try:
        yield
    finally:
        server.should_exit = True
        await serving
        listener.close()
