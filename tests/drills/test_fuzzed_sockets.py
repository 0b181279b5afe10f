"""No frame, message or variable over a WebSocket is a fault of ours: it is answered, or the socket closes."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import websockets
from hypothesis import strategies as st
from structlog.testing import capture_logs

from services.toolbox import Toolbox
from tests.doors.http import GraphQLClient, Socket
from tests.drills.fuzzing import OUR_FAULTS, Fuzzer, Spot, arguments_of, drawn
from tests.isolation.worlds import PASSWORD, SCHEMA, worlds_of

pytestmark = pytest.mark.drill

EXAMPLES = 25
QUIET_S = 0.03
# What a frame may be refused with by the protocol below: no UTF-8, and too long.
OF_FRAMES = {1007, 1009}
assert SCHEMA.subscription_type is not None
FIELDS = sorted(SCHEMA.subscription_type.fields)
QUERIES = [f"subscription {{ {name} }}" for name in FIELDS] + [
    "",
    "{ __typename }",
    "{",
    "subscription",
    "subscription { refreshJobs { id } }",
    "subscription A { refreshJobs { id } } subscription B { refreshJobs { id } }",
    "subscription { refreshJobs { id } again: refreshJobs { id } }",
    "subscription ($id: ID!) { refreshProgress(jobId: $id) { id status } }",
    "subscription { refreshJobs { id @skip(if: $nobody) } }",
    "subscription { ...A } fragment A on Subscription { ...A }",
    "{ " * 3000,
    "x" * 100_000,
    "\0",
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 2**31, 2**63, 2**64, -(2**63), 10**400, 1e308, -0.0, float("nan"), float("inf")]),
    st.text(max_size=20),
    st.sampled_from(["", "\0", "\ud800", "é" * 64, "x" * 5000, "x" * 64, "\u202e", "Bearer x", "1"]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
TYPES = st.sampled_from(
    ["connection_init", "connection_ack", "ping", "pong", "subscribe", "next", "error", "complete", "start", "stop", ""]
)
IDS = st.one_of(st.sampled_from(["1", "1", "2", "", "x" * 64, "x" * 65, "é" * 33, "x" * 100_000]), VALUES)
REQUESTS = st.fixed_dictionaries(
    {"query": st.sampled_from(QUERIES)},
    optional={
        "variables": VALUES | st.fixed_dictionaries({"id": VALUES}),
        "operationName": VALUES,
        "extensions": VALUES,
    },
)
SUBSCRIBES = st.fixed_dictionaries({"type": st.just("subscribe"), "id": IDS, "payload": REQUESTS})
MESSAGES = st.fixed_dictionaries({"type": TYPES | VALUES}, optional={"id": IDS, "payload": VALUES | REQUESTS})
RAW = st.sampled_from(
    [
        "",
        "{",
        "nul",
        "[" * 100_000,
        '{"type":' * 50_000,
        '{"type": "ping", "type": "subscribe"}',
        '{"type": "pi\\ud800ng"}',
        '{"type": "ping", "id": ' + "9" * 10_000 + "}",
        '{"type": "ping"}\0',
        "\ufeff{}",
        " " * 1_100_000,
        b"",
        b'{"type": "ping"}',
        b"\xff\xfe",
    ]
)
FRAMES = st.one_of(SUBSCRIBES.map(json.dumps), MESSAGES.map(json.dumps), VALUES.map(json.dumps), RAW)
INTRODUCTIONS = st.one_of(st.just("owner"), st.just("nobody"), st.just("nothing"), VALUES)
TALKS = st.tuples(INTRODUCTIONS, st.lists(FRAMES, min_size=1, max_size=5))


@pytest.fixture(scope="module")
async def fuzzer(tools: Toolbox, server: GraphQLClient) -> Fuzzer:
    worlds = await worlds_of(tools)
    return Fuzzer(worlds, server, await server.login(worlds.own.rows["user_account"]["email"], PASSWORD))


@pytest.fixture(autouse=True)
def quiet_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that is said over a socket leaves a trace or an error in the log."""
    with capture_logs() as ours, caplog.at_level(logging.WARNING):
        yield
    assert not [each for each in ours if each["log_level"] in ("error", "critical") or "exc_info" in each]
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR or each.exc_info]


async def talk(client: GraphQLClient, frames: list[str | bytes], protocol: str = "graphql-transport-ws") -> list[str]:
    """What the server says to the frames, its close code at the end; "open" when it goes on listening."""
    heard: list[str] = []
    async with client.socket(protocol=protocol) as socket:
        with suppress(websockets.ConnectionClosed):
            for frame in frames:
                await socket.connection.send(frame)
            await socket.say({"type": "ping"})
            await _listen(socket, heard)
            return [*heard, "open"]
        return [*heard, str(socket.connection.close_code)]


async def _listen(socket: Socket, heard: list[str]) -> None:
    """Until the pong, and then what comes at once; a socket that is asked nothing sends nothing."""
    while not heard or json.loads(heard[-1])["type"] != "pong":
        heard.append(json.dumps(await socket.hear()))
    with suppress(TimeoutError):
        while True:
            async with asyncio.timeout(QUIET_S):
                heard.append(str(await socket.connection.recv()))


def check(heard: list[str], frames: Any) -> None:
    *said, end = heard
    assert end == "open" or 4000 <= int(end) < 5000 or int(end) in OF_FRAMES, f"{end}: {frames!r}"[:3000]
    text = " ".join(said)
    assert not [code for code in OUR_FAULTS if code in text], f"{frames!r}\n{text}"[:5000]


def introduction(fuzzer: Fuzzer, said: Any) -> list[str | bytes]:
    if said == "nothing":
        return []
    known: dict[str, Any] = {"owner": {"authorization": f"Bearer {fuzzer.owner.token}"}, "nobody": {}}
    payload = known[said] if isinstance(said, str) and said in known else said
    return [json.dumps({"type": "connection_init", "payload": payload})]


async def test_no_message_is_a_fault_of_ours(fuzzer: Fuzzer) -> None:
    for said, frames in drawn(TALKS, 4 * EXAMPLES):
        whole = [*introduction(fuzzer, said), *frames]
        check(await talk(fuzzer.nobody, whole), whole)
    assert (await fuzzer.owner.ask("{ __typename }")).status == 200


@pytest.mark.parametrize("name", FIELDS)
async def test_no_argument_of_a_subscription_is_a_fault_of_ours(fuzzer: Fuzzer, name: str) -> None:
    spot, ids = Spot("Subscription", (), "Subscription", name), [*fuzzer.worlds.own.ids.values()]
    for arguments in dict.fromkeys(drawn(arguments_of(spot, ids, []), EXAMPLES)):
        text = fuzzer.operation(spot, arguments or None)
        for said in ("owner", "nobody"):
            start = json.dumps({"type": "subscribe", "id": "1", "payload": {"query": text}})
            check(await talk(fuzzer.nobody, [*introduction(fuzzer, said), start]), text)


@pytest.mark.parametrize("name", FIELDS)
async def test_no_variable_of_a_subscription_is_a_fault_of_ours(fuzzer: Fuzzer, name: str) -> None:
    assert SCHEMA.subscription_type is not None
    arguments = SCHEMA.subscription_type.fields[name].args
    declared = ", ".join(f"${each}: {argument.type}" for each, argument in arguments.items())
    given = ", ".join(f"{each}: ${each}" for each in arguments)
    query = (
        f"subscription {f'({declared})' if given else ''} {{ {name}{f'({given})' if given else ''} {{ __typename }} }}"
    )
    for variables in drawn(VALUES | st.fixed_dictionaries(dict.fromkeys(arguments, VALUES)), EXAMPLES):
        payload = {"query": query, "variables": variables}
        start = json.dumps({"type": "subscribe", "id": "1", "payload": payload})
        check(await talk(fuzzer.nobody, [*introduction(fuzzer, "owner"), start]), payload)


@pytest.mark.parametrize("protocol", ["graphql-ws", "mqtt", "x" * 5000])
async def test_other_protocols_are_closed_whatever_is_said(fuzzer: Fuzzer, protocol: str) -> None:
    for frames in drawn(st.lists(FRAMES, max_size=3), 5):
        assert (await talk(fuzzer.nobody, frames, protocol))[-1] == "4406"
