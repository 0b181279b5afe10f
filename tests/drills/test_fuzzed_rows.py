"""Many random selections of rows and lists of many worlds: JSON from Postgres, plans and graphql-core answer the same.

A failure prints the number of the world, and that by which the same document is made again.
"""

from random import Random

import pytest

from services.toolbox import Toolbox
from tests.chance import first_number
from tests.insights_truth.made import world_of
from tests.insights_truth.stored import door_to
from tests.insights_truth.ways import check_list, check_rows

WORLDS, DOCUMENTS = 3, 40


@pytest.mark.drill
async def test_random_rows(tools: Toolbox) -> None:
    first = first_number(below=10**9)
    for number in range(first, first + WORLDS):
        worlds = (world_of(number),)
        doors = {number: await door_to(tools, worlds[0])}
        random = Random(number)
        for _ in range(DOCUMENTS):
            seed = random.randrange(2**40)
            try:
                await check_rows(seed, doors, worlds)
                await check_list(seed, doors)
            except AssertionError as error:
                raise AssertionError(f"world_of({number}), seed {seed}") from error
