"""Kept answers and entity tags in the whole application: over HTTP, with people and keys who are signed in."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.toolbox import Toolbox
from settings.loading import load_settings
from settings.model import AppEnv
from startup.server import build_app
from tests.attacks.front import Front, Person
from tests.doors.http import GraphQLClient, Reply
from tests.doors.serving import serving

INSIGHTS = (
    "query Totals { insights(input: {range: {preset: LAST_7_DAYS}}) { totals { spend } meta { range { end } } } }"
)
KEY = 'mutation ($role: Role!) { createApiKey(input: {name: "k", role: $role}) { secret userErrors { message } } }'


@pytest.fixture(params=[64, 0], ids=["kept", "not kept"])
def memory(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
async def front(tools: Toolbox, tmp_path: Path, memory: int) -> AsyncIterator[Front]:
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({"Totals": INSIGHTS}))
    chosen: dict[str, Any] = {"documents_file": manifest, "response_cache_mib": memory}
    settings = load_settings(_env_file=None, app_env=AppEnv.TEST, data_dir=tmp_path, **chosen)
    async with serving(build_app(tools, settings)) as (url, _):
        yield Front(GraphQLClient(url))


async def get(client: GraphQLClient, tag: str = "") -> Reply:
    return await client.send("GET", params={"documentId": "Totals"}, headers={"if-none-match": tag})


def hits() -> float:
    return REGISTRY.get_sample_value("adgraph_response_cache_total", {"outcome": "hit"}) or 0.0


async def key_of(person: Person, role: str) -> GraphQLClient:
    made = (await person.client.ask(KEY, role=role)).data["createApiKey"]
    return person.client.signed_in(made["secret"])


async def test_a_person_is_given_what_was_kept_and_told_so_by_304(front: Front, memory: int) -> None:
    ann = await front.person()
    before, first = hits(), await get(ann.client)
    assert first.data["insights"]["totals"]["spend"] is None
    again = await get(ann.client)
    assert (again.data, again.headers["etag"]) == (first.data, first.headers["etag"])
    unchanged = await get(ann.client, first.headers["etag"])
    assert (unchanged.status, unchanged.text) == (304, "")
    assert hits() - before == (2 if memory else 0)


async def test_the_tag_of_another_person_or_key_gets_the_whole_answer(front: Front) -> None:
    ann, ben = await front.person(), await front.person()
    clients = [ann.client, ben.client, await key_of(ann, "ADMIN"), await key_of(ann, "VIEWER")]
    replies = [await get(client) for client in clients]
    assert len({reply.headers["etag"] for reply in replies}) == len(clients)
    for client in clients[1:]:
        foreign = await get(client, replies[0].headers["etag"])
        assert (foreign.status, foreign.data) == (200, replies[0].data)


async def test_without_a_sign_in_a_tag_gets_nothing(front: Front) -> None:
    ann = await front.person()
    tag = (await get(ann.client)).headers["etag"]
    reply = await get(front.client, tag)
    assert (reply.status, reply.codes) == (401, ["UNAUTHENTICATED"])
