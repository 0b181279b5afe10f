"""Tracing: which work gets a span, whose child it is, and that no value or credential is in one."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from embedded.postgres import DatabaseUrls
from integrations.errors import Unavailable
from integrations.http import HttpClient, Patience, Reply, Request
from models.database import Database
from models.thin.watching import watch
from resolvers.context import Context
from schema import build_schema
from services.toolbox import Toolbox
from telemetry.tracing import Tracing
from tests.doors.in_process import ORIGIN
from tests.worlds.ads import EntityWorld, entity_world

SECRET = "a-value-that-stays-here"


@dataclass
class World:
    entities: EntityWorld
    db: Database
    exporter: InMemorySpanExporter
    tracing: Tracing

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name == name]

    @property
    def text(self) -> str:
        return json.dumps([span.to_json() for span in self.spans])


@pytest.fixture
async def world(db: Database, postgres: DatabaseUrls) -> AsyncIterator[World]:
    exporter = InMemorySpanExporter()
    traced = Database(postgres.runtime, system_url=postgres.system, pool_size=2)
    made = World(await entity_world(db), traced, exporter, Tracing(SimpleSpanProcessor(exporter), service="tests"))
    watch(traced.engine, made.tracing.statements("runtime"))
    yield made
    await traced.close()
    made.tracing.close()


async def test_statements_belong_to_resolvers_and_those_to_the_operation(world: World, tools: Toolbox) -> None:
    engine = build_schema.__wrapped__()
    engine.also(world.tracing.operations())
    assert world.tracing.resolvers(engine.core) > 20
    context = Context(world.entities.viewer, replace(tools, db=world.db), world.db, ORIGIN)
    result = await engine.execute("query Name { tenant { id name slug } }", context_value=context)
    assert result.errors is None
    (operation,), (resolver,) = world.named("graphql.operation"), world.named("Query.tenant")
    assert operation.attributes is not None
    assert operation.attributes["graphql.operation.name"] == "Name"
    assert operation.attributes["adgraph.request_id"] == ORIGIN.request_id
    assert resolver.parent is not None
    assert resolver.parent.span_id == operation.context.span_id
    statements = world.named("sql select")
    assert {span.parent.span_id for span in statements if span.parent} == {resolver.context.span_id}
    assert not [span for span in world.spans if span.name.startswith("Tenant.")], "leaves have none"


async def test_a_refused_statement_is_marked_and_shows_no_value(world: World) -> None:
    with pytest.raises(DBAPIError):
        async with world.db.read(None) as session:
            await (await session.connection()).execute(text("select cast(:it as int)"), {"it": SECRET})
    (span,) = world.named("sql select")
    assert not span.status.is_ok
    assert SECRET not in world.text


async def test_a_call_to_a_vendor_shows_where_it_went_and_no_credential(world: World) -> None:
    client = HttpClient(Patience(attempts=1), traces=[world.tracing.vendor_calls()])
    request = Request("nobody", "GET", "http://127.0.0.1:9/v26.0/me", query={"access_token": SECRET})

    def read(reply: Reply) -> int:
        return reply.status

    with pytest.raises(Unavailable):
        await client.call(request, read)
    await client.close()
    (span,) = world.named("GET 127.0.0.1")
    assert span.attributes is not None
    assert span.attributes["url.path"] == "/v26.0/me"
    assert not span.status.is_ok
    assert SECRET not in world.text
