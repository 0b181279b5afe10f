"""Jobs with marketplaces in many histories of crashes, people, wrong clocks and lost queue jobs."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from services.toolbox import Toolbox
from tests.worlds.channel_job_model import Deed, Step, channel_job_model, histories

pytestmark = pytest.mark.drill


@settings(
    max_examples=150,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
@given(history=histories())
async def test_every_job_ends_or_waits_with_a_reason_and_nothing_is_sent_twice(
    tools: Toolbox, history: Sequence[Step | Deed]
) -> None:
    await (await channel_job_model(tools)).live_through(history)
