"""Many random selections of rows of many worlds: JSON from Postgres, plans and graphql-core answer the same.

A failure prints the number by which `check_document` makes the same question and document again, and the worlds.
"""

from random import Random, SystemRandom

import pytest

from services.toolbox import Toolbox
from tests.insights_truth.made import world_of
from tests.insights_truth.stored import door_to
from tests.insights_truth.ways import check_document

WORLDS, DOCUMENTS = 8, 60


@pytest.mark.drill
async def test_random_rows(tools: Toolbox) -> None:
    first = SystemRandom().randrange(10**9)
    for number in range(first, first + WORLDS):
        worlds = (world_of(number),)
        doors = {number: await door_to(tools, worlds[0])}
        random = Random(number)
        for _ in range(DOCUMENTS):
            try:
                await check_document(random.randrange(2**40), doors, worlds)
            except AssertionError as error:
                raise AssertionError(f"world_of({number})") from error
