"""Rows as JSON from Postgres on their way out: compressed, kept, named by hash, over sockets and as events."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from analytics.periods import DateRange
from services.toolbox import Toolbox
from tests.doors.http import GraphQLClient
from tests.resolvers.ads.test_entities_over_http import newcomer
from tests.resolvers.insights.test_comparisons import between
from tests.worlds.insights import more_insights
from tests.worlds.row_texts import by_objects, written

YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
DAYS = DateRange(YESTERDAY - timedelta(days=30), YESTERDAY)
ROWS = """
query Rows($input: InsightsInput!) {
  insights(input: $input) {
    rows(first: 200) { nodes { key entity { id name } period { start } metrics { spend impressions roas ctrAll } } }
  }
}
"""
VARIABLES = {
    "input": {"range": between(DAYS.start, DAYS.end), "groupBy": {"level": "CAMPAIGN"}, "grain": "DAY"},
}
NAME = 'Ü "quoted" \u2028 </script> \U0001f600'


@pytest.fixture
async def client(server: GraphQLClient, tools: Toolbox) -> GraphQLClient:
    """Somebody with 31 days of three campaigns, one of which has an odd name."""
    client, entities = await newcomer(server, tools)
    world = await more_insights(entities, store=False)
    [odd] = await entities.campaigns(world.account, NAME)
    [ad_set] = await entities.ad_sets(odd, "Broad")
    world.ads += await entities.ads(ad_set, "Hook")
    await world.store(DAYS, world.random_rows(DAYS))
    return client


async def rows_as_objects(client: GraphQLClient) -> Any:
    """The same rows under another name of the operation, so that no answer is kept of it."""
    with by_objects():
        reply = await client.ask(ROWS.replace("Rows", "AsObjects"), **VARIABLES)
    assert reply.errors == []
    assert len(reply.data["insights"]["rows"]["nodes"]) == 3 * DAYS.days
    return reply.body["data"], reply.body["extensions"]["cost"]


async def test_an_answer_arrives_whole_and_compressed(client: GraphQLClient) -> None:
    expected, cost = await rows_as_objects(client)
    for coding in ("identity", "gzip", "br"):
        with written() as noted:
            query = ROWS.replace("Rows", f"Rows{coding}")
            reply = await client.send(
                "POST", json={"query": query, "variables": VARIABLES}, headers={"accept-encoding": coding}
            )
        assert (noted, reply.headers.get("content-encoding", "identity")) == ([True], coding)
        assert reply.body["data"] == expected
        told = reply.body["extensions"]["cost"]
        assert (told["requested"], told["actual"]) == (cost["requested"], cost["actual"])
        assert NAME in {row["entity"]["name"] for row in reply.data["insights"]["rows"]["nodes"]}


async def test_an_answer_that_is_kept_is_the_same(client: GraphQLClient) -> None:
    with written() as noted:
        first, again = await client.ask(ROWS, **VARIABLES), await client.ask(ROWS, **VARIABLES)
    assert noted == [True]
    assert first.data == again.data == (await rows_as_objects(client))[0]


async def test_an_answer_by_hash_has_a_tag(client: GraphQLClient) -> None:
    named = {"persistedQuery": {"version": 1, "sha256Hash": sha256(ROWS.encode()).hexdigest()}}
    await client.send("POST", json={"query": ROWS, "variables": VARIABLES, "extensions": named})
    params = {"variables": json.dumps(VARIABLES), "extensions": json.dumps(named)}
    first = await client.send("GET", params=params)
    assert first.data == (await rows_as_objects(client))[0]
    again = await client.send("GET", params=params, headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.text) == (304, "")
    other = await client.send("GET", params=params, headers={"if-none-match": '"another"'})
    assert (other.status, other.data) == (200, first.data)


async def test_an_answer_over_a_socket_is_one_text(client: GraphQLClient) -> None:
    expected, _ = await rows_as_objects(client)
    for number in range(2):  # the second time it is kept
        async with client.subscribe(ROWS, **VARIABLES) as answers:
            assert (await answers.next())["data"] == expected, number


async def test_an_answer_as_an_event_is_one_line(client: GraphQLClient) -> None:
    expected, _ = await rows_as_objects(client)
    async with client.stream(ROWS, VARIABLES) as events:
        (name, answer), last = [event async for event in events if event[0]]
    assert (name, answer["data"], last) == ("next", expected, ("complete", None))
