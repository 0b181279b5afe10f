"""Many worlds that nobody has looked at, and many questions about each: answers equal plain loops, on every page."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from services.toolbox import Toolbox
from tests.insights_truth.asked import Asked, questions
from tests.insights_truth.compared import wrong_in
from tests.insights_truth.made import world_of
from tests.insights_truth.stored import door_to

pytestmark = pytest.mark.drill

WORLDS, QUESTIONS = 12, 40


def interviews() -> some.SearchStrategy[list[Asked]]:
    """Questions about one new world."""
    worlds = some.integers(1_000, 10**9).map(world_of)
    return worlds.flatmap(lambda world: some.lists(questions((world,)), min_size=QUESTIONS, max_size=QUESTIONS))


# What fails is told by the seed of its world and the question, so nothing has to be made smaller.
@settings(max_examples=WORLDS, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(interview=interviews())
async def test_many_worlds_answer_as_plain_loops_do(tools: Toolbox, interview: list[Asked]) -> None:
    door = await door_to(tools, interview[0].world)
    for asked in interview:
        assert await wrong_in(door, asked, pages=1_000) == [], asked
