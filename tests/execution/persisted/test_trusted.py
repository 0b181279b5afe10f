"""An installation that trusts the documents of its manifest alone runs nothing else, whichever way it comes."""

from typing import Any

import pytest

from execution.limits.bill import REFUSED_COST
from execution.persisted.asked import name_of
from execution.persisted.lookup import Documents
from execution.persisted.manifest import ManifestEntry
from execution.persisted.manifest_check import checked_manifest
from tests.doors.http import GraphQLClient
from tests.execution.conftest import ENGINE, SmallDoor

HELLO = "query Hello($n: String!) { hello(name: $n) }"
TEXTS = {"Hello": HELLO, "Change": "mutation { change }", "Count": "subscription { count(to: 1) }"}
VARIABLES = {"n": "x"}


@pytest.fixture
def trusting(door: SmallDoor) -> SmallDoor:
    door.documents = Documents(only_trusted=True)
    door.documents.trust(checked_manifest(ENGINE.core, [ManifestEntry(*each) for each in TEXTS.items()]))
    return door


def apq(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": name_of(text).removeprefix("sha256:")}}


@pytest.mark.parametrize(
    "request_",
    [
        {"documentId": "Hello"},
        {"documentId": name_of(HELLO)},
        {"extensions": apq(HELLO)},
        {"query": HELLO, "extensions": apq(HELLO)},
        {"query": HELLO},
    ],
)
async def test_a_trusted_document_runs_by_each_of_its_names(
    client: GraphQLClient, trusting: SmallDoor, request_: dict[str, Any]
) -> None:
    reply = await client.send("POST", json={**request_, "variables": VARIABLES})
    assert reply.data == {"hello": "hello x"}


UNTRUSTED = [
    {"query": "{ hello }"},
    {"query": HELLO + " "},
    {"query": "{ __schema { types { name } } }"},
    {"query": "{ hello("},
    {"query": " "},
    {"query": "#" * 200_000},
    {"query": "{ hello }", "extensions": apq("{ hello }")},
    {"extensions": apq("{ hello }")},
    {"documentId": name_of("{ hello }")},
    {"documentId": "Other"},
]


@pytest.mark.parametrize("request_", UNTRUSTED)
async def test_nothing_else_runs(client: GraphQLClient, trusting: SmallDoor, request_: dict[str, Any]) -> None:
    for _ in range(2):
        reply = await client.send("POST", json=request_, headers={"accept": "application/graphql-response+json"})
        assert (reply.status, reply.codes, "data" in reply.body) == (400, ["DOCUMENT_NOT_TRUSTED"], False)
        assert trusting.contexts[-1].charged == [([], REFUSED_COST)]
    assert trusting.documents.store.size == 0


async def test_nothing_else_runs_by_get_or_over_a_socket(client: GraphQLClient, trusting: SmallDoor) -> None:
    assert (await client.send("GET", params={"query": "{ hello }"})).codes == ["DOCUMENT_NOT_TRUSTED"]
    async with client.socket() as socket:
        await socket.introduce({})
        for payload in (each for each in UNTRUSTED if len(str(each)) < 1_000):
            await socket.say({"id": "1", "type": "subscribe", "payload": payload})
            message = await socket.hear()
            assert message["type"] == "error", payload
            assert message["payload"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
        await socket.say({"id": "1", "type": "subscribe", "payload": {"documentId": "Count"}})
        assert [(await socket.hear())["type"] for _ in range(2)] == ["next", "complete"]


async def test_a_mutation_of_the_manifest_needs_a_post(client: GraphQLClient, trusting: SmallDoor) -> None:
    assert (await client.send("POST", json={"documentId": "Change"})).data == {"change": "changed"}
    by_get = await client.send("GET", params={"documentId": "Change"})
    assert (by_get.status, by_get.codes) == (405, ["BAD_USER_INPUT"])


async def test_an_engine_that_is_handed_a_text_by_another_way_asks_too(trusting: SmallDoor) -> None:
    """Whatever transport comes later: the check is where operations run."""
    context = trusting.new_context()
    result = await ENGINE.execute("{ hello }", context_value=context)
    assert [(error.extensions or {})["code"] for error in result.errors or ()] == ["DOCUMENT_NOT_TRUSTED"]
