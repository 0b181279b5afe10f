"""Work by a browser extension in many histories of crashes, sleep, lost reports and people."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from services.toolbox import Toolbox
from tests.worlds.relay_model import Event, Visit, histories, relay_model

pytestmark = pytest.mark.drill


@settings(
    max_examples=150,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
@given(history=histories())
async def test_no_item_is_made_twice_none_is_lost_and_every_job_ends(
    tools: Toolbox, history: Sequence[Visit | Event]
) -> None:
    await (await relay_model(tools)).live_with_visits(history)
