"""Jobs with marketplaces in a few histories of crashes, people and lost queue jobs; `make drills` has many."""

from collections.abc import Sequence

from hypothesis import HealthCheck, Phase, given, settings

from services.toolbox import Toolbox
from tests.worlds.channel_job_model import Deed, Step, channel_job_model, histories


@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(history=histories())
async def test_every_job_ends_or_waits_with_a_reason_and_nothing_is_sent_twice(
    tools: Toolbox, history: Sequence[Step | Deed]
) -> None:
    await (await channel_job_model(tools)).live_through(history)
