"""Masking: codes and request ids leave, texts of exceptions do not."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from execution.masking import LONGEST_MESSAGE, shortened
from tests.doors.http import GraphQLClient
from tests.execution.conftest import FAILURES, SECRET

CODES = {
    "bug": "INTERNAL",
    "own_bug": "INTERNAL",
    "stray_refusal": "INTERNAL",
    "forbidden": "FORBIDDEN",
    "rate": "RATE_LIMITED",
    "database": "DATABASE_UNAVAILABLE",
    "recursion": "QUERY_TOO_COMPLEX",
}


@pytest.mark.parametrize("how", FAILURES)
async def test_an_error_has_its_code_and_no_foreign_text(client: GraphQLClient, how: str) -> None:
    reply = await client.ask("query ($how: String!) { fails(how: $how) hello }", how=how)
    assert reply.codes == [CODES[how]]
    assert reply.data == {"fails": None, "hello": "hello you"}
    assert reply.errors[0]["path"] == ["fails"]
    assert SECRET not in reply.text


async def test_what_a_code_promises_stands_beside_it(client: GraphQLClient) -> None:
    reply = await client.ask('{ a: fails(how: "rate") b: fails(how: "forbidden") }')
    found = {error["path"][0]: error["extensions"] for error in reply.errors}
    assert found["a"]["retryAfter"] == 7
    assert found["b"]["reason"] == "REAUTHENTICATE"


async def test_a_fault_is_logged_with_its_trace(client: GraphQLClient) -> None:
    with capture_logs() as lines:
        await client.ask('{ fails(how: "bug") }')
    (line,) = [line for line in lines if line["event"] == "operation_failed"]
    assert str(line["exc_info"]) == SECRET


async def test_a_value_that_cannot_be_written_stays_here(client: GraphQLClient) -> None:
    reply = await client.ask("{ colour }")
    assert reply.codes == ["INTERNAL"]
    assert SECRET not in reply.text


LONG = "x" * 90_000
CROWD = "\N{EYES}" * 20_000


@pytest.mark.parametrize(
    "asked",
    [
        {"query": "{ hello }", "operationName": LONG},
        {"query": "{ hello }", "operationName": CROWD},
        {"query": f"{{ {LONG} }}"},
        {"query": f"{{ hello @{LONG} }}"},
        {"query": f"{{ hello({LONG}: 1) }}"},
        {"query": f"query (${LONG[:40_000]}: Int!) {{ paged(first: ${LONG[:40_000]}) {{ nodes {{ name }} }} }}"},
        {"query": f'{{ painted(colour: "{CROWD}") }}'},
        {"query": "query ($v: Colour) { painted(colour: $v) }", "variables": {"v": CROWD}},
        {"query": "query ($v: Where!) { find(where: $v) }", "variables": {"v": {CROWD: 1}}},
    ],
)
async def test_no_message_is_longer_than_a_kibibyte(client: GraphQLClient, asked: dict[str, Any]) -> None:
    reply = await client.send("POST", json=asked)
    assert reply.errors
    assert max(len(error["message"].encode()) for error in reply.errors) <= LONGEST_MESSAGE


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        ("", ""),
        ("x" * 1_024, "x" * 1_024),
        ("é" * 512, "é" * 512),
        ("é" * 513, "é" * 510 + "…"),
        ("\ud800" * 2_000, None),
    ],
)
def test_a_text_is_cut_between_two_characters(text: str, longest: str | None) -> None:
    cut = shortened(text)
    assert len(cut.encode(errors="replace")) <= LONGEST_MESSAGE
    assert longest is None or cut == longest


@pytest.mark.parametrize(
    ("query", "variables", "said"),
    [
        ("query ($v: Where!) { find(where: $v) }", {"v": None}, "null"),
        ("query ($v: Colour) { painted(colour: $v) }", {"v": True}, "true"),
        ("query ($v: Where!) { find(where: $v) }", {"v": {"name": None}}, "null"),
        ("query ($v: Where!) { find(where: $v) }", {"v": [None, False]}, "[null, false]"),
    ],
)
async def test_values_are_told_as_json_writes_them(
    client: GraphQLClient, query: str, variables: dict[str, Any], said: str
) -> None:
    [error] = (await client.ask(query, **variables)).errors
    assert said in error["message"]
    assert not {"None", "True", "False"} & set(error["message"].replace("[", " ").replace(",", " ").split())


async def test_a_word_of_the_client_stays_as_it_is(client: GraphQLClient) -> None:
    reply = await client.ask("query ($v: Colour) { painted(colour: $v) }", v="None")
    assert "'None'" in reply.errors[0]["message"]
