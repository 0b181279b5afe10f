"""graphql-transport-ws: who is let in, for how long, and what comes over it."""

import asyncio

import pytest
import websockets

from execution.transport.sockets import LONGEST_WORD, MAX_OPERATIONS
from tests.doors.http import PATIENCE_S, GraphQLClient
from tests.execution.conftest import EXPIRING, GOOD, SECRET, SmallDoor

SIGNED_IN = {"authorization": GOOD}


async def test_a_subscription_streams_and_completes(client: GraphQLClient) -> None:
    async with client.subscribe("subscription { count(to: 2) }") as events:
        assert [event async for event in events] == [{"data": {"count": 0}}, {"data": {"count": 1}}]


async def test_messages_are_not_compressed_though_the_client_offers_it(client: GraphQLClient) -> None:
    async with client.socket() as socket:
        handshake = socket.connection
        assert handshake.request is not None
        assert handshake.response is not None
        assert "permessage-deflate" in handshake.request.headers["sec-websocket-extensions"]
        assert "sec-websocket-extensions" not in handshake.response.headers


async def test_queries_and_mutations_run_over_a_socket_too(client: GraphQLClient) -> None:
    async with client.socket() as socket:
        await socket.introduce(SIGNED_IN)
        await socket.start("q", "{ me }")
        assert (await socket.hear())["payload"]["data"] == {"me": "ann"}
        assert (await socket.hear())["type"] == "complete"
        await socket.start("m", "mutation { change }")
        assert (await socket.hear())["payload"]["data"] == {"change": "changed"}


async def test_without_credentials_a_socket_is_anonymous(client: GraphQLClient) -> None:
    async with client.socket() as socket:
        await socket.introduce({})
        await socket.start("1", "subscription { mine }")
        message = await socket.hear()
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert [error["extensions"]["code"] for error in errors] == ["UNAUTHENTICATED"]


async def test_credentials_that_are_not_valid_close_the_socket(client: GraphQLClient) -> None:
    async with client.socket() as socket:
        await socket.say({"type": "connection_init", "payload": {"authorization": "Bearer forged"}})
        assert await socket.closed() == 4401


async def test_an_absent_database_asks_to_come_again(client: GraphQLClient, door: SmallDoor) -> None:
    door.is_database_away = True
    async with client.socket() as socket:
        await socket.say({"type": "connection_init", "payload": SIGNED_IN})
        assert await socket.closed() == 1013


async def test_a_socket_ends_with_its_token(client: GraphQLClient, door: SmallDoor) -> None:
    async with client.socket() as socket:
        await socket.introduce({"authorization": EXPIRING})
        await socket.start("1", "subscription { forever }")
        assert (await socket.hear())["type"] == "next"
        door.expired = True
        assert await socket.closed() == 4401


async def test_a_socket_ends_when_its_session_is_revoked(client: GraphQLClient, door: SmallDoor) -> None:
    async with client.socket() as socket:
        await socket.introduce(SIGNED_IN)
        await socket.start("1", "subscription { forever }")
        assert (await socket.hear())["type"] == "next"
        door.revoked = True
        assert await socket.closed() == 4401


async def test_a_socket_that_says_nothing_is_closed(client: GraphQLClient) -> None:
    async with client.socket() as socket:
        assert await socket.closed() == 4408


async def test_an_operation_before_the_introduction_closes_the_socket(client: GraphQLClient) -> None:
    async with client.socket() as socket:
        await socket.start("1", "subscription { count }")
        assert await socket.closed() == 4401


@pytest.mark.parametrize("protocol", ["graphql-ws", "mqtt"])
async def test_other_protocols_are_not_spoken(client: GraphQLClient, protocol: str) -> None:
    async with client.socket(protocol=protocol) as socket:
        assert await socket.closed() == 4406


@pytest.mark.parametrize(
    ("origin", "is_let_in"), [("https://app.test", True), ("https://evil.test", False), ("null", False)]
)
async def test_pages_of_other_sites_are_refused(client: GraphQLClient, origin: str, is_let_in: bool) -> None:
    if is_let_in:
        async with client.socket(origin=origin) as socket:
            await socket.introduce({})
        return
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with client.socket(origin=origin):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "message",
    [
        [],
        {"type": 3},
        {"type": "start"},
        {"type": "subscribe", "id": "1", "payload": "{ hello }"},
        {"type": "subscribe", "id": "1", "payload": {"query": None}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": []}},
        {"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}},
        {"type": "subscribe", "payload": {"query": "{ hello }"}},
        {"type": "subscribe", "id": "x" * (LONGEST_WORD + 1), "payload": {"query": "{ hello }"}},
        {"type": "complete"},
        {"type": "complete", "id": []},
        {"type": "x" * 500},
        {"type": "é" * LONGEST_WORD},
    ],
)
async def test_a_message_that_is_none_closes_the_socket(client: GraphQLClient, message: object) -> None:
    async with client.socket() as socket:
        await socket.introduce({})
        await socket.say(message)
        assert await socket.closed() == 4400


async def test_a_second_operation_of_one_id_closes_the_socket(client: GraphQLClient) -> None:
    async with client.socket() as socket:
        await socket.introduce(SIGNED_IN)
        for _ in range(2):
            await socket.start("x" * LONGEST_WORD, "subscription { forever }")
        assert await socket.closed() == 4409


async def test_a_second_introduction_closes_the_socket(client: GraphQLClient) -> None:
    async with client.socket() as socket:
        await socket.introduce(SIGNED_IN)
        await socket.say({"type": "connection_init", "payload": SIGNED_IN})
        assert await socket.closed() == 4429


async def test_a_connection_has_a_limit_of_operations(client: GraphQLClient) -> None:
    async with client.socket() as socket:
        await socket.introduce(SIGNED_IN)
        for number in range(MAX_OPERATIONS):
            await socket.start(str(number), "subscription { forever }")
            assert (await socket.hear())["type"] == "next"
        await socket.start("one more", "subscription { forever }")
        refused = await socket.hear()
        assert (refused["id"], refused["type"]) == ("one more", "error")
        assert refused["payload"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_each_operation_has_a_context_of_its_own(client: GraphQLClient) -> None:
    async with client.socket() as socket:
        await socket.introduce(SIGNED_IN)
        for operation in ("a", "b"):
            await socket.start(operation, "{ loads }")
            assert (await socket.hear())["payload"]["data"] == {"loads": 1}
            assert (await socket.hear())["type"] == "complete"


@pytest.mark.parametrize("query", ["subscription { nope }", "subscription {", "{ paged(first: 1) { nope } }"])
async def test_a_refused_operation_leaves_the_connection_open(client: GraphQLClient, query: str) -> None:
    async with client.socket() as socket:
        await socket.introduce(SIGNED_IN)
        await socket.start("1", query)
        refused = await socket.hear()
        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        await socket.start("2", "{ hello }")
        assert (await socket.hear())["type"] == "next"


async def test_a_fault_in_a_stream_is_masked(client: GraphQLClient) -> None:
    async with client.subscribe("subscription { breaks }") as events:
        assert await events.next() == {"data": {"breaks": 0}}
        broken = await events.next()
    assert [error["extensions"]["code"] for error in broken["errors"]] == ["INTERNAL"]
    assert SECRET not in str(broken)


async def test_a_closed_socket_leaves_no_task_behind(client: GraphQLClient) -> None:
    before = asyncio.all_tasks()
    async with client.socket() as socket:
        await socket.introduce(SIGNED_IN)
        await socket.start("1", "subscription { forever }")
        await socket.hear()
        begun = asyncio.all_tasks() - before
    assert begun
    async with asyncio.timeout(PATIENCE_S):
        while begun & asyncio.all_tasks():  # noqa: ASYNC110 - nothing rings when a task is gone
            await asyncio.sleep(0.01)
