"""Random selections of rows are answered alike, whether Postgres writes them as JSON or graphql-core completes them."""

from collections import Counter

import pytest

from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.insights_truth.made import world_of
from tests.insights_truth.stored import door_to
from tests.insights_truth.ways import check_document

WORLDS = tuple(world_of(seed) for seed in range(4))
DOCUMENTS = 40


@pytest.fixture(scope="module")
async def doors(tools: Toolbox) -> dict[int, Door]:
    return {world.seed: await door_to(tools, world) for world in WORLDS}


async def test_random_documents_are_answered_alike_in_three_ways(doors: dict[int, Door]) -> None:
    """The same ones in each run; tests/drills/test_fuzzed_rows.py has others each time."""
    counted = Counter[str]()
    for seed in range(DOCUMENTS):
        counted += await check_document(seed, doors, WORLDS)
    # Of those that compare nothing there are few.
    assert counted["written"] >= counted.total() // 3, counted
