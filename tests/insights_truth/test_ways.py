"""Random selections of rows and lists are answered alike, whoever writes the JSON: Postgres, plans or graphql-core."""

from collections import Counter

import pytest

from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.insights_truth.made import world_of
from tests.insights_truth.stored import door_to
from tests.insights_truth.ways import check_alike, check_list, check_rows
from tests.resolvers.ads.test_list_texts import written as lists_written

WORLDS = tuple(world_of(seed) for seed in range(4))
DOCUMENTS = 35


@pytest.fixture(scope="module")
async def doors(tools: Toolbox) -> dict[int, Door]:
    return {world.seed: await door_to(tools, world) for world in WORLDS}


# The same ones in each run; tests/drills/test_fuzzed_rows.py has others each time.
async def test_random_rows_are_answered_alike_in_three_ways(doors: dict[int, Door]) -> None:
    counted = Counter[str]()
    for seed in range(DOCUMENTS):
        counted += await check_rows(seed, doors, WORLDS)
    # Of those that compare nothing there are few.
    assert counted["written"] >= counted.total() // 3, counted


async def test_random_lists_are_answered_alike_in_three_ways(doors: dict[int, Door]) -> None:
    counted = Counter[str]()
    for seed in range(DOCUMENTS):
        counted += await check_list(seed, doors)
    assert counted["written"] >= counted.total() // 3, counted


async def test_beside_an_error_all_ways_cost_the_same(doors: dict[int, Door]) -> None:
    """Some of the ads have no creative, and with an error such a null is paid for."""
    metrics = 'metrics(range: {between: {from: "2026-02-01", to: "2026-01-01"}}) { spend }'
    asked = f"{{ adSets {{ nodes {{ {metrics} ads {{ nodes {{ creative {{ name }} }} }} }} }} }}"
    with lists_written() as noted:
        found = await check_alike(doors[0], asked, {})
    assert True in noted
    assert found.errors
    creatives = [ad["creative"] for ad_set in found.data["adSets"]["nodes"] for ad in ad_set["ads"]["nodes"]]
    assert None in creatives
