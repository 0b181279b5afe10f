"""The garbage collector after the start: what was there is left alone, and memory stays flat."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from execution.transport.view import GraphQLView
from startup.collector import THRESHOLDS, settle_collector
from tests.execution.conftest import ENGINE, SmallDoor
from web.middleware.requests import RequestMiddleware

HEADERS = [(b"content-type", b"application/json")]
TEXTS = (
    b'{"query": "{ paged { nodes { name } } }"}',
    b'{"query": "{ nope }"}',
    b'{"query": "{ fails(how: \\"bug\\") }"}',
)


@pytest.fixture
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("_as_before")
def test_what_was_there_at_the_start_is_looked_at_no_more() -> None:
    circle: list[Any] = []
    circle.append(circle)
    settle_collector()
    assert not any(each is circle for each in gc.get_objects())
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == THRESHOLDS


@pytest.mark.drill
@pytest.mark.usefixtures("_as_before")
async def test_memory_is_flat_over_thousands_of_requests() -> None:
    door = SmallDoor()
    app = RequestMiddleware(GraphQLView(ENGINE, door))
    settle_collector()
    taken = []
    for number in range(20_000):
        await _ask(app, TEXTS[1 + number % 2] if number % 20 == 0 else TEXTS[0])
        door.contexts.clear()
        if number % 2_000 == 1_999:
            taken.append(_resident_kib())
    assert taken[-1] <= taken[1] * 1.02, taken


async def _ask(app: RequestMiddleware, body: bytes) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(_message: Any) -> None:
        pass

    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": HEADERS}
    await app(scope, receive, send)


def _resident_kib() -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
