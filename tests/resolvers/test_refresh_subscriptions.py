"""Subscriptions of refreshes over real WebSockets, as a front end hears them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from analytics.clock import utc_now
from models.ids import new_id
from models.refreshes.job import RefreshJob
from resolvers.node_id import encode_id
from services.refreshes.cancelling import cancel_refresh_job
from services.sign_in.by_password import Registration, register
from services.toolbox import Toolbox
from settings.loading import load_settings
from settings.model import AppEnv
from startup.server import build_app
from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from tests.worlds.ads import EntityWorld
from tests.worlds.refreshes import MONTH, Interrupted, RefreshWorld, refresh_world
from tests.worlds.sign_in import ORIGIN, PASSWORD, new_email
from tests.worlds.vendors import meta_of

PROGRESS = "subscription ($id: ID!) { refreshProgress(jobId: $id) { id version status progress adAccount { name } } }"
EVERY = "subscription { refreshJobs { id status } }"


@dataclass
class Audience:
    world: RefreshWorld
    client: GraphQLClient


@pytest.fixture
async def audience(tools: Toolbox, tmp_path: Path) -> AsyncIterator[Audience]:
    """A signed-in person before a server, and the world of the same tenant."""
    signed_in = await register(tools, ORIGIN, Registration(new_email(), PASSWORD, "Some Body", "Team"))
    assert signed_in.viewer.tenant_id is not None
    app = build_app(tools, load_settings(_env_file=None, app_env=AppEnv.TEST, data_dir=tmp_path))
    async with refresh_world(tools) as world, serving(app) as (url, _server):
        world.entities = EntityWorld(tools.db, signed_in.viewer.tenant_id, signed_in.viewer.responsible_id)
        world.tools = replace(world.tools, clock=utc_now)
        yield Audience(world, GraphQLClient(url, signed_in.access_token.text))


def node_id(job: RefreshJob) -> str:
    return encode_id("RefreshJob", job.id)


async def test_progress_begins_with_the_state_and_completes_with_the_job(audience: Audience) -> None:
    world = audience.world
    account = await world.connected(name="Shop")
    job = await world.requested(account, MONTH)
    async with audience.client.subscribe(PROGRESS, id=node_id(job)) as events:
        first = (await events.next())["data"]["refreshProgress"]
        seen = [first]

        async def hear() -> None:
            seen.append((await events.next())["data"]["refreshProgress"])

        await world.run(job, Interrupted(meta_of(world.tools), hear, pages=1))
        seen += [event["data"]["refreshProgress"] async for event in events]
    assert (first["id"], first["status"], first["adAccount"]) == (node_id(job), "QUEUED", {"name": "Shop"})
    assert [event["status"] for event in seen][-1] == "SUCCEEDED"
    for name in ("version", "progress"):
        values = [event[name] for event in seen]
        assert values == sorted(values)


async def test_progress_comes_as_a_stream_of_events_too(audience: Audience) -> None:
    world = audience.world
    job = await world.requested(await world.connected(name="Shop"), MONTH)
    async with audience.client.stream(PROGRESS, {"id": node_id(job)}) as events:
        _, first = await events.next()
        await world.run(job)
        seen = [first, *[data async for name, data in events if name == "next"]]
    statuses = [event["data"]["refreshProgress"]["status"] for event in seen]
    assert (statuses[0], statuses[-1]) == ("QUEUED", "SUCCEEDED")


async def test_the_tenants_jobs_are_heard_and_no_others(audience: Audience, tools: Toolbox) -> None:
    world = audience.world
    job = await world.requested(await world.connected())
    async with refresh_world(tools) as other, audience.client.subscribe(EVERY) as events:
        heard = [await events.next()]
        await other.requested(await other.connected())
        await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
        heard.append(await events.next())
    assert [event["data"]["refreshJobs"] for event in heard] == [
        {"id": node_id(job), "status": "QUEUED"},
        {"id": node_id(job), "status": "CANCELLED"},
    ]


async def test_absent_and_foreign_jobs_give_the_same_bytes(audience: Audience, tools: Toolbox) -> None:
    async with refresh_world(tools) as other:
        foreign = node_id(await other.requested(await other.connected()))
    answers = [await refusal(audience.client, asked) for asked in (foreign, encode_id("RefreshJob", new_id()))]
    assert answers[0]["extensions"]["code"] == "NOT_FOUND"
    assert all(answer == answers[0] for answer in answers)
    for malformed in ("nonsense", foreign[:-4] + "AAAA"):
        assert (await refusal(audience.client, malformed))["extensions"]["code"] == "BAD_USER_INPUT"


async def refusal(client: GraphQLClient, asked: str) -> Any:
    """The error of a subscription without its request id; completes at once."""
    async with client.socket() as socket:
        await socket.introduce({"authorization": f"Bearer {client.token}"})
        await socket.start("1", PROGRESS, {"id": asked})
        message = await socket.hear()
    assert message["type"] in ("next", "error"), message
    errors = message["payload"]["errors"] if message["type"] == "next" else message["payload"]
    (error,) = errors
    assert error["extensions"].pop("requestId")
    return error


async def test_nobody_may_watch(audience: Audience) -> None:
    job = await audience.world.requested(await audience.world.connected())
    async with audience.client.signed_in(None).socket() as socket:
        await socket.introduce({})
        await socket.start("1", PROGRESS, {"id": node_id(job)})
        message = await socket.hear()
    assert "UNAUTHENTICATED" in str(message)
