"""Entity tags: 304 for a persisted query by GET whose answer the client has, and for nobody else."""

from typing import Any

import pytest

from execution.persisted.asked import name_of
from execution.persisted.lookup import Documents
from execution.persisted.manifest import ManifestEntry
from execution.persisted.manifest_check import checked_manifest
from tests.doors.http import GraphQLClient, Reply
from tests.execution.conftest import ENGINE, GOOD, SmallDoor

TEXTS = {
    "Hello": "query ($n: String) { hello(name: $n) }",
    "Ticks": "{ ticks }",
    "Me": "{ me }",
    "Change": "mutation { change }",
}


@pytest.fixture
def named(door: SmallDoor) -> SmallDoor:
    door.documents = Documents()
    door.documents.trust(checked_manifest(ENGINE.core, [ManifestEntry(*each) for each in TEXTS.items()]))
    return door


async def get(client: GraphQLClient, document: str = "Hello", *, tag: str | None = None, **headers: str) -> Reply:
    conditional = {} if tag is None else {"if-none-match": tag}
    return await client.send("GET", params={"documentId": document}, headers={**headers, **conditional})


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"other",W/{} , "more"', "*"])
async def test_a_client_that_has_the_answer_gets_304(client: GraphQLClient, form: str) -> None:
    first = await get(client)
    assert (first.status, first.data) == (200, {"hello": "hello you"})
    assert first.headers["cache-control"] == "private, no-cache"
    assert {each.strip() for each in first.headers["vary"].split(",")} >= {"Accept", "Accept-Encoding", "Authorization"}
    again = await get(client, tag=form.format(first.headers["etag"]))
    assert (again.status, again.text, again.headers["etag"]) == (304, "", first.headers["etag"])
    assert again.headers["vary"] == first.headers["vary"]


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("tag", ["", '""', '"x"', "x", "W/", ",", '"' + "x" * 5_000 + '"'])
async def test_another_tag_gets_the_answer(client: GraphQLClient, tag: str) -> None:
    assert (await get(client, tag=tag)).data == {"hello": "hello you"}


@pytest.mark.usefixtures("named")
async def test_the_tag_of_another_person_gets_the_answer(client: GraphQLClient) -> None:
    of_nobody = await get(client)
    mine = await get(client, tag=of_nobody.headers["etag"], authorization=GOOD)
    assert (mine.status, mine.data) == (200, {"hello": "hello you"})
    assert mine.headers["etag"] != of_nobody.headers["etag"]
    assert (await get(client, tag=mine.headers["etag"])).status == 200


@pytest.mark.usefixtures("named")
async def test_other_data_and_another_media_type_have_other_tags(client: GraphQLClient) -> None:
    first = await get(client, "Ticks")
    assert (await get(client, "Ticks", tag=first.headers["etag"])).status == 200
    hello = await get(client)
    other = await get(client, tag=hello.headers["etag"], accept="application/graphql-response+json")
    assert (other.status, other.headers["content-type"].split(";")[0]) == (200, "application/graphql-response+json")


async def test_what_was_not_changed_is_charged_all_the_same(client: GraphQLClient, named: SmallDoor) -> None:
    tag = (await get(client)).headers["etag"]
    assert (await get(client, tag=tag)).status == 304
    assert len(named.contexts[-1].charged) == 1


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    ("method", "sent"),
    [
        ("POST", {"json": {"documentId": "Hello"}}),
        ("POST", {"json": {"documentId": "Change"}}),
        ("GET", {"params": {"query": "{ hello }"}}),
        ("GET", {"params": {"query": TEXTS["Ticks"], "documentId": name_of(TEXTS["Ticks"])}}),
        ("GET", {"params": {"documentId": "Me"}}),
        ("GET", {"params": {"documentId": "None"}}),
        ("GET", {"params": {"documentId": "Change"}}),
    ],
)
async def test_other_answers_have_no_tag_and_are_not_stored(
    client: GraphQLClient, method: str, sent: dict[str, Any]
) -> None:
    reply = await client.send(method, **sent, headers={"if-none-match": "*"})
    assert reply.status != 304
    assert "etag" not in reply.headers
    assert reply.headers["cache-control"].startswith("no-store")
