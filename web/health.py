"""Health: whether the process lives, and whether it should get traffic. Why it should not is told by the log alone.

Where tenants are on shards, the nodes that are away are named. They take no traffic from the process: the tenants of
other nodes are served.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from models.database import Database

log = structlog.get_logger(__name__)

Check = Callable[[], Awaitable[None]]
HEALTH_PATHS = ("/health", "/health/live", "/health/ready")
KEPT_FOR_S = 1.0
BUDGET_S = 1.0
NODES_KEPT_FOR_S = 5.0
# A look takes up to a second for each node that is away; whoever asks meanwhile gets the last answer.
LONGEST_LOOK_S = 20.0


class Readiness:
    """Runs the checks, at most once a second however many requests ask.

    A check fails when it raises or takes longer than a second.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        budget_s: float = BUDGET_S,
    ) -> None:
        self.is_draining = False
        self._checks = checks
        self._monotonic = monotonic
        self._budget_s = budget_s
        self._known: dict[str, bool] = {}
        self._known_until = float("-inf")
        self._lock = asyncio.Lock()

    async def report(self) -> dict[str, bool]:
        """Whether each check has passed; the process should get traffic only if all have."""
        async with self._lock:
            if self._monotonic() >= self._known_until:
                results = await asyncio.gather(*(self._run(name, check) for name, check in self._checks.items()))
                self._known = dict(zip(self._checks, results, strict=True))
                self._known_until = self._monotonic() + KEPT_FOR_S
        return {**self._known, "accepting": not self.is_draining}

    async def _run(self, name: str, check: Check) -> bool:
        try:
            async with asyncio.timeout(self._budget_s):
                await check()
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the process is not ready
            log.warning("health_check_failed", check=name, error=type(error).__name__)
            return False
        return True


class NodeWatch:
    """Knows which nodes of a sharded database are away; looks for itself at most every five seconds, once at a time."""

    def __init__(
        self,
        look: Callable[[], Awaitable[Sequence[str]]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        budget_s: float = BUDGET_S,
    ) -> None:
        self._look = look
        self._monotonic = monotonic
        self._budget_s = budget_s
        self._known: Sequence[str] | None = None
        self._known_until = float("-inf")
        self._looking: asyncio.Task[None] | None = None

    async def lost(self) -> Sequence[str] | None:
        """The nodes that are away, as the last look has told it within the budget; None when nobody knows."""
        if self._looking is None and self._monotonic() >= self._known_until:
            self._looking = asyncio.create_task(self._update())
        if self._looking is not None:
            await asyncio.wait([self._looking], timeout=self._budget_s)
        return self._known

    async def _update(self) -> None:
        try:
            async with asyncio.timeout(LONGEST_LOOK_S):
                self._known = await self._look()
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, nothing is known
            log.warning("node_look_failed", error=type(error).__name__)
            self._known = None
        finally:
            self._known_until = self._monotonic() + NODES_KEPT_FOR_S
            self._looking = None


def node_watch(db: Database) -> NodeWatch | None:
    """A watch for the nodes of a database with shards; None for one without, which `find_shards` has told by now."""
    return NodeWatch(db.lost_nodes) if db.sharded else None


def health_routes(
    readiness: Readiness, nodes: NodeWatch | None = None, *, replicas: Callable[[], Mapping[str, str]] = dict
) -> Sequence[BaseRoute]:
    """`replicas` answers how each read replica is; nobody needs one, so they say nothing of being ready."""

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        return _answer(all((await readiness.report()).values()), {})

    async def health(_request: Request) -> Response:
        report = await readiness.report()
        more: dict[str, object] = {"lost_nodes": await nodes.lost()} if nodes is not None else {}
        if found := replicas():
            more["replicas"] = found
        return _answer(all(report.values()), {"checks": report, **more})

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/health", health)]


def _answer(is_ready: bool, more: Mapping[str, object]) -> Response:
    status = "ok" if is_ready else "unavailable"
    return JSONResponse({"status": status, **more}, 200 if is_ready else 503, {"cache-control": "no-store"})
