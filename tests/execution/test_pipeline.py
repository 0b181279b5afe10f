"""The way of an operation: what is refused before it runs, and what extensions of the process see of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest
import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from structlog.testing import capture_logs

from execution.engine import Engine
from execution.request import OperationRequest
from schema.scalars import SCALARS
from tests.doors.http import GraphQLClient
from tests.execution.conftest import GOOD, Context, Mutation, Query, Subscription

GRAPHQL = "application/graphql-response+json"
WRONG_VARIABLES: list[tuple[str, Any]] = [
    ("query ($v: Int!) { hello big(value: 1) paged(first: $v) { nodes { name } } }", {"v": "x"}),
    ("query ($v: Int!) { paged(first: $v) { nodes { name } } }", {}),
    ("query ($v: Int!) { paged(first: $v) { nodes { name } } }", {"v": None}),
    ("query ($v: Int!) { paged(first: $v) { nodes { name } } }", {"v": 2**40}),
    ("query ($v: Colour) { painted(colour: $v) }", {"v": "GREEN"}),
    ("query ($v: Where!) { find(where: $v) }", {"v": {"nome": "x"}}),
    ("query ($v: Where!) { find(where: $v) }", {"v": "x" * 10_000}),
]


@pytest.mark.parametrize(("query", "variables"), WRONG_VARIABLES)
async def test_a_variable_that_cannot_be_coerced_is_an_error_of_the_request(
    client: GraphQLClient, query: str, variables: dict[str, Any]
) -> None:
    sent = {"query": query, "variables": variables}
    reply = await client.send("POST", json=sent, headers={"accept": GRAPHQL})
    assert (reply.status, set(reply.codes), "data" in reply.body) == (400, {"BAD_USER_INPUT"}, False)
    legacy = await client.send("POST", json=sent, headers={"accept": "application/json"})
    assert (legacy.status, "data" in legacy.body) == (200, False)


async def test_over_a_socket_it_ends_the_operation_with_an_error(client: GraphQLClient) -> None:
    async with client.socket() as socket:
        await socket.introduce({})
        await socket.start("1", "subscription ($to: Int!) { count(to: $to) }", {"to": "many"})
        message = await socket.hear()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "BAD_USER_INPUT")
        await socket.start("1", "subscription { count(to: 1) }")
        assert (await socket.hear())["payload"] == {"data": {"count": 0}}


@pytest.mark.parametrize("text", ["{ me }", "{ a: me b: me }", "{ ...f } fragment f on Query { me }"])
async def test_what_needs_a_sign_in_alone_is_refused_before_it_runs(client: GraphQLClient, text: str) -> None:
    for headers in ({}, {"authorization": "Bearer forged"}):
        for accept in (GRAPHQL, "application/json"):
            reply = await client.send("POST", json={"query": text}, headers={**headers, "accept": accept})
            assert (reply.status, reply.codes, "data" in reply.body) == (401, ["UNAUTHENTICATED"], False)
            assert reply.headers["www-authenticate"]


async def test_beside_an_open_field_it_is_an_error_of_its_field(client: GraphQLClient) -> None:
    reply = await client.ask("{ __typename me }")
    assert (reply.status, reply.data) == (200, {"__typename": "Query", "me": None})
    assert reply.errors[0]["path"] == ["me"]


async def test_a_subscription_that_needs_a_sign_in_ends_with_an_error(client: GraphQLClient) -> None:
    async with client.socket() as socket:
        await socket.introduce({})
        await socket.start("1", "subscription { mine }")
        message = await socket.hear()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "UNAUTHENTICATED")


async def test_an_error_of_a_source_has_the_place_of_its_field(client: GraphQLClient) -> None:
    async with client.subscribe("subscription { ...f } fragment f on Subscription { broken: breaks }") as events:
        assert await events.next() == {"data": {"broken": 0}}
        failed = await events.next()
    [error] = failed["errors"]
    assert (failed["data"], error["path"], error["locations"]) == (None, ["broken"], [{"line": 1, "column": 52}])


ODD_NAMES = [
    "__proto__",
    "constructor",
    "__class__",
    "__dict__",
    "__init__",
    "__slots__",
    "None",
    "True",
    "self",
    "def",
    "class",
    "lambda",
    "items",
    "keys",
    "data",
]


async def test_names_of_python_and_javascript_are_aliases_like_others(client: GraphQLClient) -> None:
    selected = " ".join(f"{name}: name" for name in ODD_NAMES)
    reply = await client.ask(f"{{ {ODD_NAMES[0]}: paged {{ {ODD_NAMES[1]}: nodes {{ {selected} }} }} }}")
    assert reply.errors == []
    assert reply.data == {ODD_NAMES[0]: {ODD_NAMES[1]: [dict.fromkeys(ODD_NAMES, "a")]}}
    variables = await client.ask(
        "query ($__proto__: String!, $self: String!) { a: hello(name: $__proto__) b: hello(name: $self) }",
        __proto__="x",
        self="y",
    )
    assert variables.data == {"a": "hello x", "b": "hello y"}


class Watching(SchemaExtension):
    """Notes every hook that is called."""

    seen: list[str]

    def on_operation(self) -> Iterator[None]:
        self.seen.append("operation")
        yield
        errors = self.execution_context.result.errors if self.execution_context.result else None
        self.seen.append(f"ended {self.execution_context.operation_name} {len(errors or ())}")

    async def on_parse(self) -> AsyncIterator[None]:
        self.seen.append("parse")
        yield

    def on_validate(self) -> Iterator[None]:
        self.seen.append("validate")
        yield

    def on_execute(self) -> Iterator[None]:
        self.seen.append("execute")
        yield

    def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
        self.seen.append(info.field_name)
        return _next(root, info, *args, **kwargs)

    def get_results(self) -> dict[str, Any]:
        return {"watched": True}


def small_engine() -> Engine:
    return Engine(Query, mutation=Mutation, subscription=Subscription, config=StrawberryConfig(scalar_map=SCALARS))


def watched() -> tuple[Engine, list[str]]:
    engine, seen = small_engine(), list[str]()
    engine.also(type("Noting", (Watching,), {"seen": seen}))
    return engine, seen


async def test_extensions_of_the_process_see_every_stage() -> None:
    engine, seen = watched()
    result = await engine.execute("query Named { hello }", context_value=Context("r", GOOD))
    assert (result.data, (result.extensions or {})["watched"]) == ({"hello": "hello you"}, True)
    assert seen == ["operation", "parse", "validate", "execute", "hello", "ended Named 0"]


async def test_extensions_see_why_an_operation_does_not_run() -> None:
    engine, seen = watched()
    await engine.execute("query Named { nope }", context_value=Context("r"))
    assert seen == ["operation", "parse", "validate", "ended Named 1"]


async def test_extensions_see_the_operations_of_a_socket() -> None:
    engine, seen = watched()
    request = OperationRequest("subscription { count(to: 2) }")
    results = await engine.stream(request, context_value=Context("r"))
    assert [result.data async for result in results] == [{"count": 0}, {"count": 1}]
    assert seen == ["operation", "parse", "validate", "execute", "count", "count", "ended None 0"]


async def test_an_extension_that_fails_is_a_fault_of_ours() -> None:
    class Failing(SchemaExtension):
        def on_execute(self) -> Iterator[None]:
            yield
            raise RuntimeError("a secret")

    engine = small_engine()
    engine.also(Failing)
    result = await engine.execute("{ hello }", context_value=Context("r"))
    [error] = result.errors or []
    assert (error.extensions or {})["code"] == "INTERNAL"
    assert "secret" not in error.message


@pytest.mark.parametrize(
    ("query", "end", "results", "codes"),
    [
        ("count(to: 2)", "complete", 2, []),
        ("breaks", "complete", 2, ["INTERNAL"]),
        ("flood", "cut", 3, []),  # who reads leaves after the third
        ("forever", "cut", 1, []),  # who reads is cancelled while it waits for the second
    ],
)
async def test_the_log_has_one_line_of_a_subscription_however_it_ends(
    query: str, end: str, results: int, codes: list[str]
) -> None:
    first, seen = asyncio.Event(), list[Any]()

    async def read() -> None:
        asked = OperationRequest(f"subscription Named {{ {query} }}")
        async with aclosing(small_engine().run(asked, Context("r")).events()) as told:
            while len(seen) < 3 and (result := await anext(told, None)) is not None:
                seen.append(result)
                first.set()

    with capture_logs() as lines:
        reading = asyncio.create_task(read())
        if query == "forever":
            await first.wait()
            reading.cancel()
        await asyncio.wait([reading])
    [line] = [each for each in lines if each["event"] == "operation_finished"]
    assert (line["operation"], line["end"], line["results"], line["codes"]) == ("Named", end, results, codes)


async def test_a_mutation_goes_on_though_its_caller_leaves() -> None:
    """A query ends with its caller; what a mutation has claimed or begun, it ends."""
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), list[str]()

    @strawberry.type
    class Slow:
        @strawberry.field
        async def slow(self, name: str) -> str:
            begun.set()
            await may_end.wait()
            ended.append(name)
            return name

    engine = Engine(Slow, mutation=strawberry.type(type("SlowMutation", (Slow,), {})))
    for kind in ("query", "mutation"):
        begun.clear()
        call = engine.execute(f'{kind} {{ slow(name: "{kind}") }}', context_value=Context("r"))
        task = asyncio.ensure_future(call)
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    may_end.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert ended == ["mutation"]
