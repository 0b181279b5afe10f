"""Documents by their hash or id, as clients ask for them by POST, by GET and over sockets."""

import json
from hashlib import sha256
from typing import Any

import pytest

from execution.documents import prepared
from execution.limits.bill import REFUSED_COST
from execution.persisted.asked import AskedDocument
from tests.doors.http import GraphQLClient, Reply
from tests.execution.conftest import ENGINE, GOOD, SmallDoor

GRAPHQL = "application/graphql-response+json"
HELLO = "query ($n: String!) { hello(name: $n) }"
SIGNED_IN = {"authorization": GOOD}


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def apq(text: str = HELLO, **changed: Any) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text), **changed}}


def told(reply: Reply) -> tuple[int, list[str], str]:
    return reply.status, reply.codes, reply.errors[0]["message"]


async def post(client: GraphQLClient, **body: Any) -> Reply:
    return await client.send("POST", json=body, headers={"accept": GRAPHQL})


async def get(client: GraphQLClient, **params: Any) -> Reply:
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
    return await client.send("GET", params=texts, headers={"accept": GRAPHQL})


@pytest.mark.parametrize("send", [post, get])
async def test_a_registered_document_is_found_by_its_hash(client: GraphQLClient, door: SmallDoor, send: Any) -> None:
    missed = await send(client, extensions=apq(), variables={"n": "x"})
    assert told(missed) == (400, ["PERSISTED_QUERY_NOT_FOUND"], "PersistedQueryNotFound")
    assert "data" not in missed.body
    registered = await post(client, query=HELLO, extensions=apq(), variables={"n": "x"})
    assert registered.data == {"hello": "hello x"}
    assert (await send(client, extensions=apq(), variables={"n": "y"})).data == {"hello": "hello y"}
    assert (await send(client, documentId=f"sha256:{hash_of(HELLO)}", variables={"n": "z"})).data == {
        "hello": "hello z"
    }


async def test_a_document_is_registered_by_its_id_too(client: GraphQLClient, door: SmallDoor) -> None:
    name = f"sha256:{hash_of(HELLO)}"
    assert (await post(client, query=HELLO, documentId=name, variables={"n": "x"})).data == {"hello": "hello x"}
    assert (await get(client, extensions=apq(), documentId="", variables={"n": "y"})).data == {"hello": "hello y"}


async def test_clients_of_json_read_a_miss_from_200(client: GraphQLClient, door: SmallDoor) -> None:
    reply = await client.send("POST", json={"extensions": apq()}, headers={"accept": "application/json"})
    assert told(reply) == (200, ["PERSISTED_QUERY_NOT_FOUND"], "PersistedQueryNotFound")


NOT_SUPPORTED = ("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
OTHER_VERSIONS: list[Any] = [2, 0, "1", True, None, [1], 10**30]
NO_HASHES: list[Any] = ["", None, 3, "abc", hash_of(HELLO).upper(), f"{hash_of(HELLO)}\n", "é" * 64, {}]
NO_OBJECTS: list[Any] = [[], "x", 1, False]
WRONG_HASH = "`extensions.persistedQuery.sha256Hash` must be 64 hexadecimal digits in lower case."
WRONG_ID = "A `documentId` with a colon must be `sha256:` and 64 hexadecimal digits in lower case."


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        ({"query": HELLO, "extensions": apq("{ hello }")}, "BAD_USER_INPUT", "The hash is not"),
        ({"query": HELLO, "documentId": f"sha256:{hash_of('{ hello }')}"}, "BAD_USER_INPUT", "The hash is not"),
        ({"query": HELLO, "documentId": "Hello"}, "BAD_USER_INPUT", "A `documentId` that is no hash"),
        ({"documentId": "Hello"}, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"),
        ({"documentId": "md5:abc"}, "BAD_USER_INPUT", WRONG_ID),
        ({"documentId": "sha256:"}, "BAD_USER_INPUT", WRONG_ID),
        ({"documentId": f"sha256:{hash_of(HELLO).upper()}"}, "BAD_USER_INPUT", WRONG_ID),
        ({"documentId": f"sha256:{hash_of('{ hello }')}", "extensions": apq()}, "BAD_USER_INPUT", "`documentId` and"),
        ({"documentId": "x" * 100_000}, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"),
        *[({"extensions": apq(version=each)}, *NOT_SUPPORTED) for each in OTHER_VERSIONS],
        ({"query": HELLO, "extensions": apq(version=2)}, *NOT_SUPPORTED),
        ({"extensions": {"persistedQuery": {}}}, *NOT_SUPPORTED),
        *[({"extensions": apq(sha256Hash=each)}, "BAD_USER_INPUT", WRONG_HASH) for each in NO_HASHES],
        *[({"extensions": {"persistedQuery": each}}, "BAD_USER_INPUT", "`extensions.p") for each in NO_OBJECTS],
    ],
)
async def test_what_names_no_document_is_refused_and_costs_points(
    client: GraphQLClient, door: SmallDoor, request_: dict[str, Any], code: str, message: str
) -> None:
    reply = await post(client, **request_)
    assert (reply.status, reply.codes, "data" in reply.body) == (400, [code], False)
    assert reply.errors[0]["message"].startswith(message)
    assert door.contexts[-1].charged == [([], REFUSED_COST)]


@pytest.mark.parametrize("extensions", [None, {}, {"persistedQuery": None}, {"other": 1}])
async def test_requests_without_a_name_need_a_text(client: GraphQLClient, door: SmallDoor, extensions: Any) -> None:
    reply = await post(client, documentId=None, extensions=extensions)
    assert told(reply)[:2] == (400, ["BAD_USER_INPUT"])
    assert (await post(client, query="{ hello }", documentId="", extensions=extensions)).data == {"hello": "hello you"}
    assert told(await post(client, documentId=3))[:2] == (400, ["BAD_USER_INPUT"])


@pytest.mark.parametrize("text", ["{ nope }", "{ hello(", " ", "fragment F on Query { hello }"])
async def test_a_document_that_cannot_run_is_not_registered(client: GraphQLClient, door: SmallDoor, text: str) -> None:
    assert (await post(client, query=text, extensions=apq(text))).codes == ["BAD_USER_INPUT"]
    assert (await post(client, extensions=apq(text))).codes == ["PERSISTED_QUERY_NOT_FOUND"]
    assert door.documents.store.size == 0


async def test_each_tenant_finds_its_own_documents(client: GraphQLClient, door: SmallDoor) -> None:
    hers = GraphQLClient(client.url, headers=SIGNED_IN)
    await post(hers, query=HELLO, extensions=apq(), variables={"n": "x"})
    assert (await client.send("POST", json={"extensions": apq()})).codes == ["PERSISTED_QUERY_NOT_FOUND"]
    reply = await hers.send("POST", json={"extensions": apq(), "variables": {"n": "y"}})
    assert reply.data == {"hello": "hello y"}


async def test_a_mutation_by_its_hash_needs_a_post(client: GraphQLClient, door: SmallDoor) -> None:
    text = "mutation { change }"
    await post(client, query=text, extensions=apq(text))
    assert (await post(client, extensions=apq(text))).data == {"change": "changed"}
    by_get = await get(client, documentId=f"sha256:{hash_of(text)}")
    assert (by_get.status, by_get.codes) == (405, ["BAD_USER_INPUT"])


async def test_sockets_take_hashes_and_ids(client: GraphQLClient, door: SmallDoor) -> None:
    text = "subscription { count(to: 1) }"
    async with client.socket() as socket:
        await socket.introduce({})

        async def heard(**payload: Any) -> list[Any]:
            await socket.say({"id": "1", "type": "subscribe", "payload": payload})
            messages = [await socket.hear()]
            while messages[-1]["type"] == "next":
                messages.append(await socket.hear())
            return messages

        [missed] = await heard(extensions=apq(text))
        assert missed["type"] == "error"
        assert missed["payload"][0]["message"] == "PersistedQueryNotFound"
        assert missed["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
        registered = await heard(query=text, extensions=apq(text))
        assert [each["type"] for each in registered] == ["next", "complete"]
        assert await heard(extensions=apq(text)) == registered
        assert await heard(documentId=f"sha256:{hash_of(text)}") == registered


@pytest.mark.parametrize("payload", [{}, {"documentId": 3}, {"extensions": []}, {"query": "", "extensions": {}}])
async def test_a_socket_is_closed_for_what_is_no_request(client: GraphQLClient, payload: dict[str, Any]) -> None:
    async with client.socket() as socket:
        await socket.introduce({})
        await socket.say({"id": "1", "type": "subscribe", "payload": payload})
        assert await socket.closed() == 4400


async def test_a_registered_document_is_parsed_once(client: GraphQLClient, door: SmallDoor) -> None:
    text = "query Kept { hello }"
    await post(client, query=text, extensions=apq(text))
    asked = AskedDocument.of({"extensions": apq(text)})
    assert asked is not None
    first, second = (door.documents.find(asked, owner=None).prepared(ENGINE.core, hides_names=False) for _ in range(2))
    assert first is second
    assert first is prepared(ENGINE.core, text, hides_names=False)
