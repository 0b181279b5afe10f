"""2,000 subscribers come and go, over sockets and as streams of events: no task, watch or session is left of them."""

import asyncio
import gc
from pathlib import Path

import pytest

from services.installation.monitoring import take_reading
from services.sign_in.by_password import Registration, register
from services.toolbox import Toolbox
from settings.loading import load_settings
from settings.model import AppEnv
from startup.server import Server, build_app
from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from tests.worlds.sign_in import ORIGIN, PASSWORD, new_email

pytestmark = pytest.mark.drill

VISITS, AT_ONCE = 1_000, 25  # of each transport
WAITING = "subscription { refreshJobs { id } }"
PATIENCE_S = 30


async def visit_by_socket(client: GraphQLClient, number: int) -> None:
    """Every other one is torn: it says no goodbye."""
    async with client.socket() as socket:
        await socket.introduce({"authorization": f"Bearer {client.token}"})
        await socket.start("1", WAITING)
        await socket.start("2", "{ __typename }")
        while (await socket.hear())["id"] != "2":
            pass
        if number % 2:
            socket.connection.transport.abort()


async def visit_by_stream(client: GraphQLClient, number: int) -> None:
    async with client.stream(WAITING) as events:
        assert events.response.status == 200
        if number % 2:
            events.response.close()


async def settled(tools: Toolbox, server: Server, tasks: int) -> None:
    """Waits until nothing is left; fails with what is."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while tools.hub.watchers or server.open_connections or len(asyncio.all_tasks()) > tasks:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    except TimeoutError:
        left = sorted(str(task.get_coro()) for task in asyncio.all_tasks())
        pytest.fail(f"{tools.hub.watchers} watches, {server.open_connections} connections, tasks: {left}")


async def connections_are_back(tools: Toolbox) -> None:
    """Waits until no pool of the database lends a connection; one of them tells the time now and then."""
    used: dict[str, int] = {}
    for _ in range(int(PATIENCE_S / 0.1)):
        reading = await take_reading(tools.db, tools.clock, tools.hub)
        used = {role: pool.used for role, pool in reading.pools.items() if pool.used}
        if not used:
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"connections that nobody gave back: {used}")


async def test_nothing_is_left_of_2_000_subscribers(tools: Toolbox, tmp_path: Path) -> None:
    person = await register(tools, ORIGIN, Registration(new_email(), PASSWORD, "Some Body", "Team"))
    app = build_app(tools, load_settings(_env_file=None, app_env=AppEnv.TEST, data_dir=tmp_path, rate_limits=False))
    async with serving(app) as (url, server):
        client = GraphQLClient(url, person.access_token.text)
        await visit_by_socket(client, 0)
        await visit_by_stream(client, 0)
        before = len(asyncio.all_tasks())
        await settled(tools, server, before)
        for visit in (visit_by_socket, visit_by_stream):
            for first in range(0, VISITS, AT_ONCE):
                async with asyncio.timeout(PATIENCE_S):
                    await asyncio.gather(*(visit(client, number) for number in range(first, first + AT_ONCE)))
        await settled(tools, server, before)
        gc.collect()
        await connections_are_back(tools)
