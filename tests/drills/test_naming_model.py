"""Many long sequences of templates, overrides, renames, moves and removals: tags are what deriving anew gives."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from services.toolbox import Toolbox
from tests.worlds.naming_model import ACTIONS, Action, naming_model


@pytest.mark.drill
@settings(max_examples=12, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=some.lists(some.tuples(some.sampled_from(ACTIONS), some.integers(0, 1_000_000)), min_size=10, max_size=30))
async def test_tags_are_what_deriving_everything_anew_gives(tools: Toolbox, steps: list[tuple[Action, int]]) -> None:
    model = await naming_model(tools)
    for action, seed in steps:
        await model.do(action, seed)
