"""Lists of entities that Postgres writes as JSON: where it does, and that clients see no difference."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from models.keyset import TextPage
from resolvers.ads import pages
from resolvers.page import Page
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON
from tests.worlds.insights import insight_world, more_insights

OCTOBER = 'range: {between: {from: "2026-10-01", to: "2026-10-31"}}'
DAY = 'range: {between: {from: "2026-10-05", to: "2026-10-05"}}'
NAMED = "id name status platform externalId"
METRICS = f"metrics({OCTOBER}) {{ currency spend impressions roas reach cpm }}"
SHORT = f"m: metrics({DAY}) {{ spend reach }}"
WAYS = [
    "adAccounts { nodes { __typename id name currency timeZone dataFrom lastRefreshedAt frozenAt } totalCount }",
    "campaigns { nodes { name startsAt endsAt adAccount { lastRefreshedAt } } }",
    f"adAccounts {{ nodes {{ id {METRICS} }} }}",
    f"campaigns(first: 3) {{ nodes {{ {NAMED} dailyBudget {METRICS} }} pageInfo {{ endCursor hasNextPage }} }}",
    f"campaigns(order: CREATED_DESC) {{ nodes {{ a: id {SHORT} {METRICS} }} }}",
    f'campaigns(filter: {{name: {{contains: "s"}}}}) {{ nodes {{ name {METRICS} }} }}',
    f"adSets {{ nodes {{ name campaign {{ name adAccount {{ id name }} }} {METRICS} }} }}",
    f"ads {{ nodes {{ name creative {{ name }} adSet {{ campaign {{ name }} }} {SHORT} }} }}",
    "ads { nodes { metrics(range: {preset: LAST_7_DAYS}, attribution: CLICK_1D) { purchases spend } } }",
    f"creatives {{ nodes {{ name kind {METRICS} }} }}",
    f"adAccounts {{ nodes {{ campaigns(first: 1) {{ nodes {{ {NAMED} {METRICS} }} totalCount }} }} }}",
    "adAccounts { nodes { ads(filter: {status: [ACTIVE]}) { nodes { name } pageInfo { endCursor } } } }",
    f"campaigns {{ nodes {{ adSets {{ nodes {{ id {METRICS} }} }} }} }}",
]


@pytest.fixture(scope="module")
async def door(tools: Toolbox) -> Door:
    """Two accounts in different time zones and currencies, with names that JSON has to escape."""
    world = await insight_world(tools.db)
    other = await more_insights(world.entities, currency="USD", time_zone="Pacific/Auckland")
    await world.entities.campaigns(other.account, 'say "hi" \\ \t\u2028</script>', "مرحبا 😀", "nothing stored")
    return Door(dataclasses.replace(tools, clock=lambda: NOON), world.entities.viewer)


@contextmanager
def written() -> Iterator[list[bool]]:
    """Notes of each page whose nodes were asked for whether Postgres wrote it."""
    noted: list[bool] = []

    class Noting(Page[Any]):
        @property
        def nodes(self) -> Any:
            noted.append(isinstance(self.found, TextPage))
            return super().nodes

    with patch.object(pages, "Page", Noting):
        yield noted


@pytest.mark.parametrize("asked", WAYS, ids=map(str, range(len(WAYS))))
async def test_a_list_as_json_is_equal_to_one_as_objects(door: Door, asked: str) -> None:
    with written() as noted:
        found = await door.ask(f"{{ {asked} }}")
    assert True in noted
    assert found.codes == []
    with patch.object(pages, "asked_list", lambda *_: None):
        assert await door.ask(f"{{ {asked} }}") == found


async def test_pages_behind_a_cursor_hold_all_of_a_list(door: Door) -> None:
    query = "query($after: String) { campaigns(first: 2, after: $after) { nodes { name } pageInfo { endCursor } } }"
    names, after = [], None
    while True:
        page = (await door.ask(query, after=after)).data["campaigns"]
        if not page["nodes"]:
            break
        names += [each["name"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    whole = (await door.ask("{ campaigns(first: 100) { edges { node { name } } } }")).data["campaigns"]["edges"]
    assert names == [each["node"]["name"] for each in whole]
    assert len(names) == 7


@pytest.mark.parametrize(
    "asked",
    [
        "campaigns { edges { node { name } } }",
        "campaigns { nodes { tags { field } } }",
        f'campaigns {{ nodes {{ metrics({OCTOBER}) {{ action(type: "x") {{ count }} }} }} }}',
        f"campaigns {{ nodes {{ series({OCTOBER}) {{ metrics {{ spend }} }} }} }}",
        f"campaigns {{ nodes {{ {' '.join(f'm{number}: metrics({OCTOBER}) {{ spend }}' for number in range(9))} }} }}",
    ],
    ids=["edges", "tags", "action", "series", "nine ranges"],
)
async def test_what_no_statement_writes_is_read_as_rows(door: Door, asked: str) -> None:
    with written() as noted:
        found = await door.ask(f"{{ {asked} }}")
    assert True not in noted
    assert found.codes == []


@pytest.mark.parametrize("field", ["campaigns", "adAccounts { nodes { campaigns"])
async def test_what_is_wrong_is_said_as_ever(door: Door, field: str) -> None:
    end = "} }" * field.count("{")
    for wrong in ('between: {from: "2026-10-05", to: "2026-10-01"}', 'between: {from: "1999-01-01", to: "2026-10-01"}'):
        asked = f"{{ {field} {{ nodes {{ name metrics(range: {{{wrong}}}) {{ spend }} }} }} {end} }}"
        found = await door.ask(asked)
        assert {*found.codes} == {"BAD_USER_INPUT"}
        with patch.object(pages, "asked_list", lambda *_: None):
            expected = await door.ask(asked)
        assert (found.data, sorted(map(str, found.paths))) == (expected.data, sorted(map(str, expected.paths)))
    foreign = (await door.ask("{ adAccounts { pageInfo { endCursor } } }")).data["adAccounts"]["pageInfo"]["endCursor"]
    assert (await door.ask(f'{{ campaigns(after: "{foreign}") {{ nodes {{ name }} }} }}')).codes == ["BAD_USER_INPUT"]
