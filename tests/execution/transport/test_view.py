"""GraphQL over HTTP: media types, statuses, and what never becomes an operation."""

import asyncio
import gzip
import json
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from structlog.testing import capture_logs

from tests.doors.http import GraphQLClient
from tests.execution.conftest import GOOD, SmallDoor

GRAPHQL = "application/graphql-response+json"
HELLO = {"query": "{ hello }"}


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (GRAPHQL, GRAPHQL),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        (f"application/json;q=0.5, {GRAPHQL}", GRAPHQL),
        (f"application/json, {GRAPHQL};q=0.2", "application/json"),
        ("application/json, multipart/mixed", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("application/json;q=0, */*", GRAPHQL),
        ("application/json;q=0.4, */*;q=0.6", GRAPHQL),
        ("application/json;q=0.6, */*;q=0.4", "application/json"),
        ("application/*;q=0.2, */*;q=0", "application/json"),
        (f"*/*, {GRAPHQL};q=0", "application/json"),
        ("APPLICATION/JSON ; Q=1", "application/json"),
        (f"application/json;q=2, {GRAPHQL}", GRAPHQL),
        (f"application/json;q=nan, {GRAPHQL};q=0.1", GRAPHQL),
        ("application/json, " + "text/x, " * 800 + "*/*", "application/json"),
    ],
)
async def test_the_media_type_is_the_one_the_client_prefers(client: GraphQLClient, accept: str, answered: str) -> None:
    reply = await client.send("POST", json=HELLO, headers={"accept": accept})
    assert reply.status == 200
    assert reply.headers["content-type"] == f"{answered}; charset=utf-8"
    assert reply.data == {"hello": "hello you"}


@pytest.mark.parametrize(
    "accept",
    ["text/html", "application/json;q=0", "*/*;q=0", f"{GRAPHQL};q=0, application/*;q=0, */*", "application/json;q=-1"],
)
async def test_a_client_that_takes_no_json_is_told_so(client: GraphQLClient, accept: str) -> None:
    reply = await client.send("POST", json=HELLO, headers={"accept": accept})
    assert (reply.status, reply.codes) == (406, ["BAD_USER_INPUT"])


@pytest.mark.parametrize("query", ["{ nope }", "{ hello(", "{ hello(name: 3) }", "query ($n: Int!) { hello }"])
async def test_what_is_refused_before_execution_has_no_data(client: GraphQLClient, query: str) -> None:
    reply = await client.send("POST", json={"query": query}, headers={"accept": GRAPHQL})
    assert reply.status == 400
    assert "data" not in reply.body
    assert set(reply.codes) == {"BAD_USER_INPUT"}
    legacy = await client.send("POST", json={"query": query}, headers={"accept": "application/json"})
    assert (legacy.status, "data" in legacy.body) == (200, False)


@pytest.mark.parametrize("accept", ["application/json;q=0, */*", GRAPHQL, f"application/json, {GRAPHQL};q=0.1", "*/*"])
async def test_only_who_takes_json_alone_reads_errors_from_a_200(client: GraphQLClient, accept: str) -> None:
    reply = await client.send("POST", json={"query": "{ nope }"}, headers={"accept": accept})
    assert reply.status == 400


async def test_a_get_without_what_needs_a_preflight_is_refused(client: GraphQLClient) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{client.url}/graphql", params=HELLO) as response:
        told = await response.json()
    assert response.status == 400
    [error] = told["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "graphql-require-preflight" in error["message"]
    empty = await client.send("GET", params=HELLO, headers={"graphql-require-preflight": " ", "content-type": ""})
    assert (empty.status, empty.codes) == (400, ["BAD_USER_INPUT"])


@pytest.mark.parametrize(
    "header",
    [
        {"authorization": "Bearer forged"},
        {"graphql-require-preflight": "1"},
        {"apollo-require-preflight": "true"},
        {"x-apollo-operation-name": "Hello"},
        {"content-type": "application/json"},
        {"content-type": "application/json; charset=utf-8"},
    ],
)
async def test_a_get_with_a_header_that_needs_a_preflight_is_answered(
    client: GraphQLClient, header: dict[str, str]
) -> None:
    headers = {"graphql-require-preflight": "", **header}
    reply = await client.send("GET", params=HELLO, headers=headers)
    assert (reply.status, reply.data) == (200, {"hello": "hello you"})


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"])
async def test_a_get_of_another_content_type_is_refused(client: GraphQLClient, content_type: str) -> None:
    reply = await client.send("GET", params=HELLO, headers={"content-type": content_type})
    assert (reply.status, reply.codes) == (415, ["BAD_USER_INPUT"])


@pytest.mark.parametrize("name", ["variables", "extensions", "operationName"])
async def test_an_empty_parameter_of_a_get_is_an_absent_one(client: GraphQLClient, name: str) -> None:
    reply = await client.send("GET", params={**HELLO, name: ""})
    assert (reply.status, reply.data) == (200, {"hello": "hello you"})
    wrong = await client.send("GET", params={**HELLO, name: "[]"})
    assert (wrong.status, wrong.codes) == (400, ["BAD_USER_INPUT"])


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "x-unknown"])
async def test_a_compressed_body_is_refused(client: GraphQLClient, coding: str) -> None:
    body = gzip.compress(json.dumps(HELLO).encode())
    headers = {"content-type": "application/json", "content-encoding": coding}
    reply = await client.send("POST", data=body, headers=headers)
    assert (reply.status, reply.codes) == (415, ["BAD_USER_INPUT"])


async def test_a_body_that_is_called_what_it_is_is_taken(client: GraphQLClient) -> None:
    headers = {"content-type": "application/json", "content-encoding": "identity"}
    assert (await client.send("POST", data=json.dumps(HELLO).encode(), headers=headers)).data == {"hello": "hello you"}


async def test_queries_may_come_by_get_and_mutations_not(client: GraphQLClient) -> None:
    params = {"query": "query ($n: String!) { hello(name: $n) }", "variables": '{"n": "x"}'}
    assert (await client.send("GET", params=params)).data == {"hello": "hello x"}
    reply = await client.send("GET", params={"query": "mutation { change }"})
    assert (reply.status, reply.codes) == (405, ["BAD_USER_INPUT"])


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"query":', "application/json", 400),
        (b'{"query": "\xff"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[]", "application/json", 400),
        (b'[{"query": "{ hello }"}]', "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"query": 3}', "application/json", 400),
        (b'{"query": "{ hello }", "variables": []}', "application/json", 400),
        (b'{"query": "{ hello }", "operationName": 3}', "application/json", 400),
        (b'{"query": "{ hello }", "operationName": "Other"}', "application/json", 400),
        (b'{"query": "subscription { count }"}', "application/json", 405),
        (b'{"query": "{ hello }"}', "text/plain", 415),
        (b'{"query": "{ hello }"}', "application/x-www-form-urlencoded", 415),
        (b'{"query": "{ hello }"}', "application/json; charset=latin-1", 415),
        (b'{"query": "{ hello }"}', "", 415),
        (b" " * 1_100_000, "application/json", 413),
    ],
)
async def test_what_is_no_request_is_refused_in_json(
    client: GraphQLClient, body: bytes, content_type: str, status: int
) -> None:
    reply = await client.send("POST", data=BytesIO(body), headers={"content-type": content_type})
    assert (reply.status, reply.codes) == (status, ["BAD_USER_INPUT"])
    assert reply.errors[0]["extensions"]["requestId"] == reply.headers["x-request-id"]


async def test_of_several_operations_one_is_named(client: GraphQLClient) -> None:
    document = "query A { hello } mutation B { change }"
    unnamed = await client.send("POST", json={"query": document})
    assert unnamed.codes == ["BAD_USER_INPUT"]
    assert "operationName" in unnamed.errors[0]["message"]
    named = await client.send("POST", json={"query": document, "operationName": "B"})
    assert named.data == {"change": "changed"}


async def test_other_methods_are_not_allowed(client: GraphQLClient) -> None:
    reply = await client.send("PUT", json=HELLO)
    assert (reply.status, reply.headers["allow"]) == (405, "GET, POST")


async def test_nothing_but_sign_in_answers_401_with_a_challenge(client: GraphQLClient) -> None:
    reply = await client.ask("{ me }")
    assert (reply.status, reply.codes, "data" in reply.body) == (401, ["UNAUTHENTICATED"], False)
    assert reply.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    partial = await client.ask("{ me hello }")
    assert (partial.status, partial.data) == (200, {"me": None, "hello": "hello you"})
    known = await client.send("POST", json={"query": "{ me }"}, headers={"authorization": GOOD})
    assert known.data == {"me": "ann"}


async def test_an_absent_database_at_authentication_is_503(client: GraphQLClient, door: SmallDoor) -> None:
    door.is_database_away = True
    reply = await client.ask("{ hello }")
    assert (reply.status, reply.codes) == (503, ["DATABASE_UNAVAILABLE"])


@pytest.mark.parametrize(
    ("presented", "is_kept"),
    [("abcdef-0123", True), ("short", False), ("x" * 129, False), ("bad value here", False)],
)
async def test_a_sane_request_id_is_kept(client: GraphQLClient, presented: str, is_kept: bool) -> None:
    reply = await client.send("POST", json={"query": "{ nope }"}, headers={"x-request-id": presented})
    assert (reply.headers["x-request-id"] == presented) is is_kept
    assert reply.errors[0]["extensions"]["requestId"] == reply.headers["x-request-id"]


@pytest.mark.parametrize(
    ("written", "doubled"),
    [("0.1", "0.2"), ("12345678901.2345", "24691357802.469"), ("-0", "0"), ("1e3", "2000"), ("7", "14")],
)
async def test_decimals_keep_their_digits_both_ways(client: GraphQLClient, written: str, doubled: str) -> None:
    text = '{"query": "query ($v: Decimal!) { a: twice(value: $v) b: twice(value: %s) }", "variables": {"v": %s}}'
    body = (text % (written, written)).encode()
    reply = await client.send("POST", data=body, headers={"content-type": "application/json"})
    assert reply.text.removeprefix('{"data":').startswith(f'{{"a":{doubled},"b":{doubled}}}')


@pytest.mark.parametrize("value", ["3", True, None, [1], 1e99])
async def test_what_is_no_decimal_is_refused(client: GraphQLClient, value: Any) -> None:
    reply = await client.ask("query ($v: Decimal!) { twice(value: $v) }", v=value)
    assert set(reply.codes) == {"BAD_USER_INPUT"}


@pytest.mark.parametrize("written", ["1e400", "1e99999999999999999999", "1e-99999999999999999999", "9" * 5000])
async def test_a_decimal_out_of_range_is_bad_input(client: GraphQLClient, written: str) -> None:
    body = '{"query": "query ($v: Decimal!) { twice(value: $v) }", "variables": {"v": ' + written + "}}"
    reply = await client.send("POST", data=body.encode(), headers={"content-type": "application/json"})
    assert set(reply.codes) == {"BAD_USER_INPUT"}
    assert (await client.ask(f"{{ twice(value: {written}) }}")).codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("query", ["{ paged(first: %s) { nodes { name } } }", "{ big(value: %s) }"])
async def test_an_integer_of_too_many_digits_is_bad_input(client: GraphQLClient, query: str) -> None:
    assert (await client.ask(query % ("9" * 5000))).codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("query", "variables", "said"),
    [
        ("query ($v: Decimal!) { twice(value: $v) }", {"v": "3"}, "Variable '$v' has invalid value: Decimal must be"),
        ("query ($v: Decimal!) { twice(value: $v) }", {}, "Variable '$v' has invalid value: Expected"),
        ('{ twice(value: "3") }', {}, "Decimal must be a number."),
        ("{ big(value: 9007199254740993) }", {}, "BigInt must lie within 2^53."),
    ],
)
async def test_a_wrong_value_is_named_and_located(
    client: GraphQLClient, query: str, variables: dict[str, Any], said: str
) -> None:
    [error] = (await client.ask(query, **variables)).errors
    assert error["message"].startswith(said)
    assert len(error["locations"]) == 1


@pytest.mark.parametrize(("value", "is_fine"), [(2**53, True), (2**53 + 1, False), (2**70, False), (1.5, False)])
async def test_big_integers_end_at_2_to_the_53(client: GraphQLClient, value: Any, is_fine: bool) -> None:
    reply = await client.ask("query ($v: BigInt!) { big(value: $v) }", v=value)
    assert (reply.codes == []) is is_fine
    literal = await client.ask(f"{{ big(value: {json.dumps(value)}) }}")
    assert (literal.codes == []) is is_fine


async def test_who_goes_away_within_a_body_is_no_fault_of_ours(client: GraphQLClient) -> None:
    address = urlsplit(client.url)
    head = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"
    with capture_logs() as logs:
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(head)
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()
        await asyncio.sleep(0.3)
    assert [line["event"] for line in logs] == ["request_finished"]
    assert [line["event"] for line in logs if line["log_level"] == "error"] == []
