"""graphql-sse, distinct connections: what comes as events, for how long, and that nobody's stream fills the memory."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from execution.transport.events import StreamPace, _next
from startup.server import Server
from tests.doors.http import PATIENCE_S, GraphQLClient
from tests.doors.serving import serving
from tests.execution.conftest import ENGINE, FLOOD, SECRET, QuickView, SmallDoor
from web.middleware.requests import RequestMiddleware
from web.punctual_http import PunctualProtocol

COMPLETE = ("complete", None)
ASKED = {"graphql-require-preflight": "1"}


async def told(client: GraphQLClient, query: str, **options: Any) -> list[tuple[str, Any]]:
    async with client.stream(query, **options) as events:
        assert events.response.status == 200
        return [event async for event in events if event[0]]


async def test_a_subscription_streams_and_completes(client: GraphQLClient) -> None:
    async with client.stream("subscription { count(to: 2) }") as events:
        assert [event async for event in events] == [
            ("next", {"data": {"count": 0}}),
            ("next", {"data": {"count": 1}}),
            COMPLETE,
        ]
        headers = events.response.headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store, no-transform", "no")


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("{ me }", {"me": "ann"}),
        ("mutation { change }", {"change": "changed"}),
        ("subscription { mine }", {"mine": "ann"}),
    ],
)
async def test_every_kind_of_operation_may_come_by_post(client: GraphQLClient, query: str, data: object) -> None:
    (name, answer), last = await told(client.signed_in("good"), query)
    assert (name, answer["data"], last) == ("next", data, COMPLETE)


def test_json_that_has_line_breaks_is_one_event() -> None:
    spliced = msgspec.Raw(b'[1,\r\n {"a": "b\\nc"}\n]')
    assert (
        _next({"data": {"spliced": spliced}}) == b'event: next\ndata: {"data":{"spliced":[1,   {"a": "b\\nc"} ]}}\n\n'
    )


async def test_a_page_of_another_site_opens_no_stream(client: GraphQLClient) -> None:
    """`EventSource` sends no header that makes a browser ask first, so what a stream says cannot be had by it."""
    async with client.stream("", method="GET", params={"query": "subscription { count(to: 1) }"}) as events:
        assert events.response.status == 400


async def test_by_get_come_queries_and_subscriptions(client: GraphQLClient) -> None:
    given = {"query": "subscription ($to: Int) { count(to: $to) }", "variables": '{"to": 1}'}
    assert await told(client, "", method="GET", params=given, headers=ASKED) == [
        ("next", {"data": {"count": 0}}),
        COMPLETE,
    ]
    query = {"query": "{ hello }"}
    answer = (await told(client, "", method="GET", params=query, headers=ASKED))[0][1]
    assert (answer["data"], answer["extensions"]["cost"]["actual"]) == ({"hello": "hello you"}, 1)
    mutation = {"query": "mutation { change }"}
    (name, refused), last = await told(client, "", method="GET", params=mutation, headers=ASKED)
    assert (name, last) == ("next", COMPLETE)
    assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "BAD_USER_INPUT"),
        ("subscription { nope }", "BAD_USER_INPUT"),
        ("subscription ($to: Int!) { count(to: $to) }", "BAD_USER_INPUT"),
        ("{ limited }", "RATE_LIMITED"),
        ("subscription { mine }", "UNAUTHENTICATED"),
    ],
)
async def test_what_is_refused_before_it_runs_is_told_by_an_event(client: GraphQLClient, query: str, code: str) -> None:
    (name, refused), last = await told(client, query)
    assert (name, last) == ("next", COMPLETE)
    assert [error["extensions"]["code"] for error in refused["errors"]] == [code]
    assert refused.get("data") is None


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": b"{", "headers": {"content-type": "application/json"}}, 400),
        ({"json": []}, 400),
        ({"json": {"query": None}}, 400),
        ({"data": b"query={hello}", "headers": {"content-type": "text/plain"}}, 415),
        ({"method": "PUT", "json": {"query": "{ hello }"}}, 405),
    ],
)
async def test_what_is_no_operation_gets_a_status(client: GraphQLClient, sent: dict[str, Any], status: int) -> None:
    headers = {"accept": "text/event-stream", **sent.pop("headers", {})}
    reply = await client.send(sent.pop("method", "POST"), headers=headers, **sent)
    assert (reply.status, reply.codes) == (status, ["BAD_USER_INPUT"])
    assert reply.headers["content-type"] == "application/json; charset=utf-8"


async def test_without_a_database_no_stream_begins(client: GraphQLClient, door: SmallDoor) -> None:
    door.is_database_away = True
    reply = await client.send("POST", json={"query": "{ hello }"}, headers={"accept": "text/event-stream"})
    assert (reply.status, reply.codes) == (503, ["DATABASE_UNAVAILABLE"])


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/event-stream", "text/event-stream"),
        ("text/event-stream, multipart/mixed", "text/event-stream"),
        ("TEXT/Event-Stream, */*;q=0.1", "text/event-stream"),
        ("application/json;q=0.5, text/event-stream", "text/event-stream"),
        ("application/json, text/event-stream", "application/json"),
        ("text/event-stream;q=0.5, */*", "application/json"),
        ("text/*, application/json", "application/json"),
        ("text/event-stream;q=0, application/json", "application/json"),
    ],
)
async def test_events_come_to_who_wants_them_more(client: GraphQLClient, accept: str, media_type: str) -> None:
    reply = await client.send("POST", json={"query": "{ hello }"}, headers={"accept": accept})
    assert (reply.status, reply.headers["content-type"]) == (200, f"{media_type}; charset=utf-8")


async def test_a_stream_that_is_refused_by_its_weight_is_no_answer(client: GraphQLClient) -> None:
    reply = await client.send("POST", json={"query": "{ hello }"}, headers={"accept": "text/event-stream;q=0"})
    assert reply.status == 406


@pytest.mark.parametrize("token", ["good", "expiring"])
async def test_a_stream_ends_with_its_token_or_session(client: GraphQLClient, door: SmallDoor, token: str) -> None:
    async with client.signed_in(token).stream("subscription { forever }") as events:
        assert await events.next() == ("next", {"data": {"forever": 0}})
        door.revoked, door.expired = token == "good", token == "expiring"
        rest = [event async for event in events if event[0]]
    assert rest[0][1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert rest[1:] == [COMPLETE]


async def test_who_presents_nothing_has_nothing_that_ends(client: GraphQLClient, door: SmallDoor) -> None:
    door.revoked = True
    assert (await told(client, "subscription { count(to: 1) }"))[-1] == COMPLETE


async def test_a_quiet_stream_is_kept_alive(client: GraphQLClient) -> None:
    async with client.signed_in("good").stream("subscription { forever }") as events:
        assert await events.next() == ("next", {"data": {"forever": 0}})
        assert [await events.next() for _ in range(2)] == [("", None)] * 2


async def test_a_fault_in_a_stream_is_masked(client: GraphQLClient) -> None:
    _, (name, broken), last = await told(client, "subscription { breaks }")
    assert (name, last) == ("next", COMPLETE)
    assert [error["extensions"]["code"] for error in broken["errors"]] == ["INTERNAL"]
    assert SECRET not in str(broken)


async def test_a_client_that_leaves_ends_its_operation(client: GraphQLClient) -> None:
    FLOOD.ended.clear()
    before = asyncio.all_tasks()
    async with client.stream("subscription { flood }") as events:
        await events.next()
        begun = asyncio.all_tasks() - before
    async with asyncio.timeout(PATIENCE_S):
        await FLOOD.ended.wait()
        while begun & asyncio.all_tasks():  # noqa: ASYNC110 - nothing rings when a task is gone
            await asyncio.sleep(0.01)


# ------------------------------------------------------------------ a server of its own
@pytest.fixture
async def own_server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, Server]]:
    """One that soon notices that nobody reads, with streams that say little by themselves."""
    monkeypatch.setattr(PunctualProtocol, "unread_s", 0.3)
    view = QuickView(ENGINE, SmallDoor())
    monkeypatch.setattr(view, "pace", StreamPace())
    async with serving(RequestMiddleware(Starlette(routes=[Route("/graphql", view, methods=None)]))) as served:
        yield served


async def test_when_the_server_stops_streams_end_so_that_clients_come_again(own_server: tuple[str, Server]) -> None:
    url, server = own_server
    async with GraphQLClient(url).stream("subscription { forever }") as events:
        assert await events.next() == ("next", {"data": {"forever": 0}})
        server.should_exit = True
        assert [event async for event in events] == []


async def test_who_never_reads_is_sent_no_more_than_fits_and_then_cut_off(own_server: tuple[str, Server]) -> None:
    FLOOD.asked_for = 0
    FLOOD.ended.clear()
    address = urlsplit(own_server[0])
    body = json.dumps({"query": "subscription { flood }"}).encode()
    head = b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\naccept: text/event-stream\r\n"
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1024)
    writer.write(head + b"content-length: %d\r\n\r\n" % len(body) + body)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await reader.readexactly(10)
            await FLOOD.ended.wait()
    finally:
        writer.close()
    # 100 KB each: some megabytes fit into the buffers of the operating system, and one is held by the server.
    assert 0 < FLOOD.asked_for < 200
