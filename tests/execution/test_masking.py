"""Masking: codes and request ids leave, texts of exceptions do not."""

import pytest
from structlog.testing import capture_logs

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
