"""`/metrics` for Prometheus: the counters of this process, and the present state of queue, pools and listener."""

import hmac
import math
from collections.abc import Sequence

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from models.queue.work_load import WorkLoad
from models.replicas.replica import ReplicaState
from services.installation.monitoring import Reading, take_reading
from services.toolbox import Toolbox
from web.health import NodeWatch, node_watch

_PATH = "/metrics"
# The beginnings of paths that are counted by themselves. All others share one label: otherwise a caller could make any
# number of labels.
_PLACES = ("/graphql", "/health", "/auth", "/webhooks", "/billing", "/files", _PATH, "/graphiql")
_REQUESTS = Counter("adgraph_http_requests", "HTTP requests that were answered.", ("method", "place", "status"))
_SECONDS = Histogram("adgraph_http_request_seconds", "How long HTTP requests took.", ("place",))
SOCKETS = Gauge("adgraph_sockets", "Open WebSockets.")

_DATABASE = Gauge("adgraph_database_up", "1 when the database answered this scrape.")
_NODES = Gauge("adgraph_database_nodes_lost", "Nodes with shards that do not answer; NaN while nobody knows.")
_QUEUED = Gauge("adgraph_queue_jobs", "Jobs of the queue that are due or run, over all processes.", ("task", "state"))
_OLDEST = Gauge("adgraph_queue_oldest_seconds", "How long the oldest due job has waited for a worker.")
_REFRESHES = Gauge("adgraph_refreshes", "Unfinished refreshes; WAITING ones wait for a platform's limit.", ("status",))
_CHANNEL_JOBS = Gauge("adgraph_channel_jobs", "Unfinished jobs with marketplaces, over all processes.", ("status",))
_OVERDUE = Gauge("adgraph_channel_jobs_overdue_seconds", "How long ago the most overdue of them should have run.")
_UNHEARD = Gauge(
    "adgraph_seller_messages_open_seconds",
    "How long ago the oldest message of a marketplace came that waits.",
)
_POOL = Gauge("adgraph_pool_connections", "Database connections of this process that are in use.", ("role",))
_POOL_SIZE = Gauge("adgraph_pool_size", "The most connections this process may use.", ("role",))
_REPLICA = Gauge("adgraph_replica_up", "1 while queries of this process may read from the replica.", ("replica",))
_STATE = Gauge("adgraph_replica_state", "1 for what a replica is: used, or why not.", ("replica", "state"))
_LAG = Gauge("adgraph_replica_lag_seconds", "How far a replica is behind the primary.", ("replica",))
_LISTENING = Gauge("adgraph_listener_up", "1 while this process hears of changes.")
_WATCHERS = Gauge("adgraph_subscribers", "Open subscriptions to refreshes.")


def count_request(method: str, path: str, status: int, duration_s: float | None) -> None:
    """Counts a request; `status` is 0 if the client left before it was answered.

    A socket and a stream of events have no duration: it would only tell how long their clients stayed.
    """
    place = next((place for place in _PLACES if path.startswith(place)), "/" if path == "/" else "other")
    known = method if method in ("GET", "POST", "HEAD", "OPTIONS", "WEBSOCKET") else "other"
    _REQUESTS.labels(known, place, str(status)).inc()
    if duration_s is not None:
        _SECONDS.labels(place).observe(duration_s)


def metrics_routes(tools: Toolbox, nodes: NodeWatch | None, *, token: str | None) -> Sequence[BaseRoute]:
    """The route of `/metrics`: with a token for its bearer alone, without one for everybody who reaches the port.

    `nodes` watches those of a database with shards.
    """

    async def metrics(request: Request) -> Response:
        if token is not None and not _is_bearer(request, token):
            return PlainTextResponse("Unauthorized\n", 401, {"www-authenticate": "Bearer"})
        _show(await take_reading(tools.db, tools.clock, tools.hub))
        _show_nodes(await nodes.lost() if nodes is not None else ())
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})

    return [Route(_PATH, metrics)]


def metrics_app(tools: Toolbox) -> Starlette:
    """An application with `/metrics` alone, for a port that only the monitoring reaches."""
    return Starlette(routes=metrics_routes(tools, node_watch(tools.db), token=None))


def _is_bearer(request: Request, token: str) -> bool:
    presented = request.headers.get("authorization", "")
    return hmac.compare_digest(presented.encode(), f"Bearer {token}".encode())


def _show(reading: Reading) -> None:
    """Sets the gauges; without a database those of the queue keep what they were, and database_up is 0."""
    _DATABASE.set(reading.work is not None)
    if reading.work is not None:
        _show_work(reading.work)
    for role, pool in reading.pools.items():
        _POOL.labels(role).set(pool.used)
        _POOL_SIZE.labels(role).set(pool.size)
    _STATE.clear()
    for replica in reading.replicas:
        _REPLICA.labels(replica.name).set(replica.state is ReplicaState.USED)
        _STATE.labels(replica.name, replica.state.value).set(1)
        _LAG.labels(replica.name).set(replica.lag_s)
    _LISTENING.set(reading.is_listening)
    _WATCHERS.set(reading.watchers)


def _show_nodes(lost: Sequence[str] | None) -> None:
    """Nothing is known without the coordinator: neither 0 nor the number of before would be true."""
    _NODES.set(math.nan if lost is None else len(lost))


def _show_work(work: WorkLoad) -> None:
    _QUEUED.clear()
    for state, jobs in (("queued", work.queued), ("running", work.running)):
        for task, count in jobs.items():
            _QUEUED.labels(task, state).set(count)
    _OLDEST.set(work.oldest_s)
    for status in ("QUEUED", "RUNNING", "WAITING"):
        _REFRESHES.labels(status).set(work.refreshes.get(status, 0))
    for status in ("QUEUED", "RUNNING", "WAITING", "UNCERTAIN"):
        _CHANNEL_JOBS.labels(status).set(work.channel_jobs.get(status, 0))
    _OVERDUE.set(max(0.0, work.overdue_s))
    _UNHEARD.set(max(0.0, work.unheard_s))
