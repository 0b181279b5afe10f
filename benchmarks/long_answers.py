"""How long the event loop is held while long answers are made: in turns, and at once as graphql-core makes them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from auth.limits.limiter import Limiter
from auth.viewer import Viewer
from benchmarks.insights.warehouse import ADS_PER_CAMPAIGN, warehouse
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import own_postgres, run, toolbox
from execution import turns
from execution.transport.view import GraphQLView
from resolvers.context import Context
from schema import build_schema
from services.toolbox import Toolbox
from web.middleware.compression import CompressionMiddleware

ROWS, DAYS, ROUNDS = 1000, 30, 5
RANGE = "range: { preset: LAST_30_DAYS }"
NINE = "spend impressions linkClicks ctrAll cpm cpcLink purchases purchaseValue roas"


def every_metric() -> str:
    fields = build_schema().core.type_map["Metrics"].fields  # type: ignore[attr-defined]  # an object type
    return " ".join(name for name, field in fields.items() if not field.args)


def rows(metrics: str, more: str = "") -> str:
    return (
        f"insights(input: {{ {RANGE}, groupBy: {{ level: CAMPAIGN }} }}) "
        f"{{ rows(first: {ROWS}) {{ nodes {{ key {more} metrics {{ {metrics} }} }} }} }}"
    )


def five(field: str) -> str:
    """As many lists with tags as one operation may ask for."""
    return " ".join(f"a{number}: {field}" for number in range(5))


# Postgres writes no lists of metrics and no tags: these answers are still completed object by object.
VALUES = ", ".join(f"{{ metric: {name} }}" for name in ("SPEND", "IMPRESSIONS", "CTR_ALL", "CPM", "ROAS"))
ENTITIES = f"campaigns(first: {ROWS}) {{ nodes {{ name tags {{ value }} metrics({RANGE}) {{ {NINE} }} }} }}"
CASES = {
    "8 questions of 1,000 rows": (8, rows(NINE)),
    "8 questions of 1,000 rows with 5 `values`": (8, rows(f"values(of: [{VALUES}]) {{ key value }}")),
    "a question of 5 lists of 1,000 with a loader": (1, five(ENTITIES)),
}


@dataclass(frozen=True, slots=True)
class Door:
    """Everybody is the tenant's owner."""

    tools: Toolbox
    viewer: Viewer

    async def request_context(self, _request: Request, _answer: Response | None) -> Context:
        return Context(self.viewer, self.tools, self.tools.db.bounded(4), self.viewer.origin)

    async def socket_context(self, _socket: WebSocket) -> Context:
        raise NotImplementedError

    async def admit(self, _context: Any) -> float | None:
        raise NotImplementedError

    def left_s(self, _context: Any) -> float | None:
        raise NotImplementedError

    async def recheck(self, _context: Any) -> float | None:
        raise NotImplementedError


Ask = Callable[[str], Awaitable[int]]


def asker(tools: Toolbox, viewer: Viewer) -> Ask:
    """The endpoint without a socket: JSON in, compressed JSON out; answers the number of bytes."""
    app = CompressionMiddleware(GraphQLView(build_schema(), Door(tools, viewer)))
    headers = [(b"content-type", b"application/json"), (b"accept-encoding", b"gzip")]

    async def ask(query: str) -> int:
        sent: list[Any] = []
        body = msgspec.json.encode({"query": query})

        async def receive() -> Any:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
        await app(scope, receive, send)
        assert sent[0]["status"] == 200, sent
        return len(sent[1]["body"])

    return ask


@contextmanager
def turns_of(seconds: float) -> Iterator[None]:
    before, turns.TURN_S = turns.TURN_S, seconds
    try:
        yield
    finally:
        turns.TURN_S = before


async def longest_hold_ms(work: Awaitable[Any]) -> float:
    """The most CPU time that the loop took before it woke somebody who sleeps for a millisecond again and again.

    Not the time on a clock: on a busy machine that is mostly the time of others.
    """
    longest, running = 0.0, asyncio.ensure_future(work)
    while not running.done():
        began = time.thread_time()
        await asyncio.sleep(0.001)
        longest = max(longest, time.thread_time() - began)
    await running
    return longest * 1000


async def main() -> None:
    with own_postgres() as place:
        async with toolbox(place) as tools, warehouse(tools, place) as stock:
            viewer, _ = await stock.fill(sizes=[ROWS * ADS_PER_CAMPAIGN], days=DAYS)
            await stock.settle()
            ask = asker(replace(tools, limiter=Limiter.off(tools.clock)), viewer)
            await measure(ask)


async def measure(ask: Ask) -> None:
    readings, ratios = [], []
    for name, (number, query) in CASES.items():
        text = f"{{ {query.replace('%s', every_metric())} }}"
        await ask(text)
        holds: dict[str, list[float]] = {"in turns": [], "at once": []}
        cpu = []
        for _ in range(ROUNDS):
            for way, length in (("in turns", turns.TURN_S), ("at once", float("inf"))):
                with turns_of(length):
                    began = time.process_time()
                    holds[way].append(await longest_hold_ms(asyncio.gather(*(ask(text) for _ in range(number)))))
                    if way == "in turns":
                        cpu.append((time.process_time() - began) * 1000 / number)
        own = [Reading(f"{name}, {way}", "ms", found) for way, found in holds.items()]
        readings += [*own, Reading(f"{name}, CPU of one", "ms", cpu)]
        ratios.append(Ratio(f"{name}: at once of in turns", own[1].median / own[0].median, "for comparison", None))
    print_table(f"long_answers: longest time that the loop was held, {ROUNDS} rounds", readings, ratios)


if __name__ == "__main__":
    run(main())
