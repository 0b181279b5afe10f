"""Metrics: what a scrape shows of requests, operations, the queue and the process, and who may scrape."""

import copy
import json
import math
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from analytics.clock import utc_now
from embedded.postgres import DatabaseUrls
from errors import DatabaseUnavailable
from models.channels.message import MessageSource, SellerMessage
from models.database import Database
from services.toolbox import Toolbox
from settings.model import AppEnv, Settings
from startup.server import build_app
from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from tests.worlds.channel_jobs import SHIP, channel_job_world
from tests.worlds.replicas import server
from web.health import NodeWatch
from web.telemetry import metrics_app, metrics_routes

TOKEN = "a token of the tests"
NOWHERE = "postgresql://nobody@127.0.0.1:9/none"
DOCS = Path(__file__).resolve().parents[2] / "docs" / "monitoring"


@dataclass
class World:
    client: GraphQLClient

    async def scrape(self, token: str | None = TOKEN) -> Any:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await self.client.send("GET", "/metrics", headers=headers)

    async def value(self, name: str, **labels: str) -> float:
        """0 for what was not counted yet."""
        found = 0.0
        for family in text_string_to_metric_families((await self.scrape()).text):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    found += sample.value
        return found


@pytest.fixture(scope="module")
async def world(tools: Toolbox) -> AsyncIterator[World]:
    settings = Settings(app_env=AppEnv.TEST, jwt_secret_key="x" * 40, metrics_token=TOKEN, _env_file=None)
    async with serving(build_app(tools, settings)) as (url, _):
        yield World(GraphQLClient(url))


async def test_requests_and_operations_are_counted_by_outcome(world: World) -> None:
    async def ended(code: str) -> float:
        return await world.value("adgraph_operations_total", kind="query", code=code)

    before = await ended("OK"), await ended("UNAUTHENTICATED")
    await world.client.ask("{ viewer { user { id } } }")
    await world.client.ask("{ tenant { id } }")
    assert (await ended("OK"), await ended("UNAUTHENTICATED")) == (before[0] + 1, before[1] + 1)
    assert await world.value("adgraph_operation_seconds_count", kind="query") >= 2


async def test_strange_paths_and_methods_make_no_labels_of_their_own(world: World) -> None:
    before = await world.value("adgraph_http_requests_total", place="other")
    for path in ("/wp-admin", "/.git/config"):
        await world.client.send("GET", path)
    assert await world.value("adgraph_http_requests_total", place="other") == before + 2


async def test_a_scrape_shows_the_state_of_queue_pool_and_listener(world: World) -> None:
    assert await world.value("adgraph_database_up") == 1
    assert await world.value("adgraph_listener_up") == 1
    assert await world.value("adgraph_pool_size", role="runtime") > await world.value("adgraph_pool_connections")
    assert await world.value("adgraph_queue_oldest_seconds") >= 0


async def test_a_scrape_shows_which_jobs_with_marketplaces_are_overdue(world: World, tools: Toolbox) -> None:
    """Other tests' jobs count as well; one that waits for a person is never overdue."""
    shop = await channel_job_world(tools)
    waiting, overdue = await shop.asked(), await shop.asked(SHIP)
    before = await world.value("adgraph_channel_jobs", status="WAITING")
    change = "update channel_job set status = 'WAITING', resumes_at = :at, queued_at = :at where tenant_id = :tenant"
    await shop.change(change + " and id = :id", at=utc_now() - timedelta(days=400), id=overdue.id)
    never = change.replace("resumes_at = :at", "resumes_at = null")
    await shop.change(never + " and id = :id", at=utc_now() - timedelta(days=900), id=waiting.id)
    assert await world.value("adgraph_channel_jobs", status="WAITING") == before + 2
    days = await world.value("adgraph_channel_jobs_overdue_seconds") / 86_400
    assert 399 < days < 401


async def test_a_scrape_shows_how_long_a_message_of_a_marketplace_waits(world: World, tools: Toolbox) -> None:
    came, now = utc_now() - timedelta(days=800), utc_now()
    waiting = SellerMessage(source=MessageSource.EBAY, message_id="waits-1", topic="X", about={}, received_at=came)
    async with tools.db.write(None) as session:
        session.add(waiting)
    days = await world.value("adgraph_seller_messages_open_seconds") / 86_400
    assert 799 < days < 801
    async with tools.db.write(None) as session:
        done = await session.get_one(SellerMessage, (MessageSource.EBAY, "waits-1"))
        done.handled_at = now
        session.add(done)
    assert await world.value("adgraph_seller_messages_open_seconds") / 86_400 < 799


async def test_a_scrape_shows_what_the_replicas_are(tools: Toolbox, postgres: DatabaseUrls) -> None:
    """Nobody promoted this one, but it is no standby either."""
    async with (
        server(postgres, postgres.runtime) as other,
        serving(metrics_app(replace(tools, db=other.db))) as (url, _),
    ):
        world = World(GraphQLClient(url))
        assert await world.value("adgraph_replica_state", replica="1", state="promoted") == 1
        assert await world.value("adgraph_replica_up", replica="1") == 0
        assert await world.value("adgraph_replica_lag_seconds", replica="1") == 0
        assert await world.value("adgraph_pool_size", role="replica 1") > 0


@dataclass
class Nodes:
    """The nodes of a database with shards, of which some are away, or of which nobody knows."""

    lost: Sequence[str] = ()
    problem: Exception | None = None

    async def look(self) -> Sequence[str]:
        if self.problem is not None:
            raise self.problem
        return self.lost

    async def scraped(self, tools: Toolbox) -> float:
        """What a scrape shows when the nodes are looked at for the first time."""
        routes = metrics_routes(tools, NodeWatch(self.look), token=None)
        async with serving(Starlette(routes=list(routes))) as (url, _):
            return await World(GraphQLClient(url)).value("adgraph_database_nodes_lost")


async def test_a_scrape_counts_the_nodes_that_are_away(tools: Toolbox) -> None:
    assert await Nodes(["10.0.0.2:5432", "10.0.0.3:5432"]).scraped(tools) == 2
    assert await Nodes().scraped(tools) == 0
    assert math.isnan(await Nodes(problem=DatabaseUnavailable("the coordinator is away")).scraped(tools))


@pytest.mark.one_node(reason="it is about a plain Postgres, which is taken for one with shards")
async def test_every_process_that_is_scraped_looks_at_the_nodes(tools: Toolbox, world: World) -> None:
    assert await world.value("adgraph_database_nodes_lost") == 0
    sharded = copy.copy(tools.db)
    sharded.sharded = True
    there = replace(tools, db=sharded)
    settings = Settings(app_env=AppEnv.TEST, jwt_secret_key="x" * 40, metrics_token=TOKEN, _env_file=None)
    for app in (metrics_app(there), build_app(there, settings)):
        async with serving(app) as (url, _):
            # Nobody answers here for the nodes: a process that did not ask would show 0.
            assert math.isnan(await World(GraphQLClient(url)).value("adgraph_database_nodes_lost"))


@pytest.mark.parametrize("token", [None, "another token"])
async def test_without_its_token_nothing_is_shown(world: World, token: str | None) -> None:
    reply = await world.scrape(token)
    assert (reply.status, reply.text) == (401, "Unauthorized\n")


async def test_a_scrape_answers_without_a_database(tools: Toolbox) -> None:
    nowhere = Database(NOWHERE, system_url=NOWHERE)
    async with serving(metrics_app(replace(tools, db=nowhere))) as (url, _):
        assert await World(GraphQLClient(url)).value("adgraph_database_up") == 0
    await nowhere.close()


async def test_a_promotion_is_told_while_the_primary_is_gone(tools: Toolbox, postgres: DatabaseUrls) -> None:
    gone = replace(postgres, runtime=f"{NOWHERE}?application_name=tests", system=NOWHERE)
    async with (
        server(gone, postgres.runtime) as other,
        serving(metrics_app(replace(tools, db=other.db))) as (url, _),
    ):
        world = World(GraphQLClient(url))
        assert await world.value("adgraph_database_up") == 0
        assert await world.value("adgraph_replica_state", replica="1", state="promoted") == 1


async def test_dashboard_and_alerts_name_what_exists(world: World) -> None:
    await world.client.ask("{ viewer { user { id } } }")
    families = text_string_to_metric_families((await world.scrape()).text)
    shown = {family.name for family in families}
    dashboard = json.loads((DOCS / "grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    text = " ".join([*queries, (DOCS / "alerts.yml").read_text()])
    named = set(re.findall(r"adgraph_\w+", text))
    assert len(named) > 12, "both name what they watch"
    assert {re.sub(r"_(total|count|bucket|sum)$", "", name) for name in named} - shown == set()
