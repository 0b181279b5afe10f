"""The stream of a tenant's changes over real WebSockets: what is told, of which kinds, to whom, and until when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from analytics.clock import utc_now
from models.acting import TenantScope
from models.ids import new_id
from models.listener import notify_changes
from resolvers.node_id import encode_id
from services.billing.freezing import freeze_and_thaw
from services.sign_in.by_password import Registration, register
from services.toolbox import Toolbox
from settings.loading import load_settings
from settings.model import AppEnv
from startup.server import build_app
from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from tests.worlds.ads import EntityWorld
from tests.worlds.channel_jobs import SHIP, ChannelJobWorld, MovingClock, channel_job_world, seller
from tests.worlds.sign_in import ORIGIN, PASSWORD, new_email

ALL = "subscription ($kinds: [ActivityKind!]) { activity(kinds: $kinds) { kind at node { id } } }"
RENAME = """mutation ($id: ID!, $name: String!) {
  updateChannel(id: $id, input: { name: $name }) { userErrors { code } } }"""
SAVE = """mutation ($id: ID!, $orders: [OrderInput!]!) {
  saveOrders(channelId: $id, orders: $orders) { saved userErrors { message } } }"""


@dataclass
class Audience:
    world: ChannelJobWorld
    client: GraphQLClient

    @asynccontextmanager
    async def listening(self, **given: Any) -> AsyncIterator[Any]:
        """A subscription of which the server's listener knows."""
        hub, before = self.world.tools.hub, self.world.tools.hub.watchers
        async with self.client.subscribe(ALL, **given) as events:
            async with asyncio.timeout(10):
                while hub.watchers == before:  # noqa: ASYNC110 - nobody tells of it
                    await asyncio.sleep(0.01)
            # The first thing that a watch hears is its beginning.
            await asyncio.sleep(0.05)
            yield events

    async def told(self, events: Any) -> tuple[str, str]:
        event = (await events.next())["data"]["activity"]
        return event["kind"], event["node"]["id"]


@pytest.fixture
async def audience(tools: Toolbox, tmp_path: Path) -> AsyncIterator[Audience]:
    """A signed-in owner before a server, and a channel of the same tenant."""
    signed_in = await register(tools, ORIGIN, Registration(new_email(), PASSWORD, "Some Body", "Team"))
    assert signed_in.viewer.tenant_id is not None
    team = EntityWorld(tools.db, signed_in.viewer.tenant_id, signed_in.viewer.responsible_id)
    app = build_app(tools, load_settings(_env_file=None, app_env=AppEnv.TEST, data_dir=tmp_path))
    clock = MovingClock()
    clock.now = utc_now()
    async with serving(app) as (url, _server):
        world = ChannelJobWorld(replace(tools, clock=clock), clock, team, await seller(team))
        yield Audience(world, GraphQLClient(url, signed_in.access_token.text))


async def test_what_changes_is_told_by_kind_and_node_and_nothing_else(audience: Audience) -> None:
    world, client = audience.world, audience.client
    shop = await seller(world.team, kind="SHOP")
    order = {
        "externalId": "1", "status": "PAID", "currency": "EUR",
        "placedAt": "2026-11-20T09:00:00Z", "updatedAt": "2026-11-20T09:00:00Z",
        "lines": [{"externalId": "1", "title": "A", "quantity": 1, "unitPrice": 2}],
    }  # fmt: skip
    async with audience.listening() as all_, audience.listening(kinds=["CHANNEL_JOB"]) as jobs:
        await client.ask(RENAME, id=encode_id("Channel", world.channel.id), name="Another")
        assert await audience.told(all_) == ("CHANNEL", encode_id("Channel", world.channel.id))
        saved = await client.ask(SAVE, id=encode_id("Channel", shop.id), orders=[order])
        assert saved.data["saveOrders"]["saved"] == 1
        assert (await audience.told(all_))[0] == "ORDER"
        job = await world.asked()
        assert await audience.told(jobs) == ("CHANNEL_JOB", encode_id("ChannelJob", job.id))


async def test_many_changes_at_once_are_one_notification_and_each_node_once(audience: Audience) -> None:
    world = audience.world
    async with audience.listening() as events:
        async with world.tools.db.write(world.team.viewer) as session:
            channels = [(await seller(world.team)).id for _ in range(5)]
            await notify_changes(session, "CHANNEL", [*channels, new_id(), *channels])
        assert {(await audience.told(events))[1] for _ in channels} == {encode_id("Channel", each) for each in channels}


async def test_nothing_of_another_tenant_is_told(audience: Audience, tools: Toolbox) -> None:
    theirs = await channel_job_world(tools)
    async with audience.listening() as events:
        await theirs.asked()
        # Even where somebody names a node to the wrong tenant.
        async with tools.db.write(TenantScope(audience.world.team.tenant_id)) as session:
            await notify_changes(session, "CHANNEL", [theirs.channel.id])
        job = await audience.world.asked(SHIP)
        assert await audience.told(events) == ("CHANNEL_JOB", encode_id("ChannelJob", job.id))


async def test_a_channel_that_thaws_is_told(audience: Audience, tools: Toolbox) -> None:
    world = audience.world
    await world.set_channel(frozen_at=world.clock())
    async with audience.listening() as events:
        async with tools.db.write(world.team.viewer) as session:
            await freeze_and_thaw(world.clock, None, session)
        assert await audience.told(events) == ("CHANNEL", encode_id("Channel", world.channel.id))
    assert (await world.seen_channel()).version == world.channel.version + 1


async def test_where_changes_were_missed_the_stream_ends_and_says_so(audience: Audience) -> None:
    world = audience.world
    async with audience.listening() as events:
        async with world.tools.db.write(world.team.viewer) as session:
            await notify_changes(session, "ORDER", [new_id() for _ in range(1_001)])
        event = await events.next()
        assert event["errors"][0]["extensions"]["code"] == "DATABASE_UNAVAILABLE"


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        ([], "BAD_USER_INPUT"),
        (["NOTHING"], "BAD_USER_INPUT"),
        ("CHANNEL", None),
        (None, None),
        ([None], "BAD_USER_INPUT"),
    ],
)
async def test_kinds_are_checked_before_anything_is_watched(audience: Audience, kinds: Any, code: str | None) -> None:
    if code is None:
        async with audience.listening(kinds=kinds) as events:
            async with audience.world.tools.db.write(audience.world.team.viewer) as session:
                await notify_changes(session, "CHANNEL", [audience.world.channel.id])
            assert (await audience.told(events))[0] == "CHANNEL"
        return
    async with audience.client.subscribe(ALL, kinds=kinds) as events:
        assert code in str(await events.socket.hear())
