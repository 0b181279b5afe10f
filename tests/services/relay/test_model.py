"""Work by a browser extension in a few histories of crashes, sleep and lost reports; `make drills` has many."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from services.toolbox import Toolbox
from tests.worlds.relay_agent import Fate, Lot
from tests.worlds.relay_model import TITLES, TO_THE_ITEM, Event, Visit, histories, relay_model


def cut_off(fate: Fate, *, late_s: int = 30) -> list[Visit | Event]:
    """The first item is made, late, and that is not told."""
    return [*TO_THE_ITEM, Visit((Lot(fate, late_s=late_s),))]


@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(history=histories())
async def test_no_item_is_made_twice_none_is_lost_and_every_job_ends(
    tools: Toolbox, history: Sequence[Visit | Event]
) -> None:
    await (await relay_model(tools)).live_with_visits(history)


@pytest.mark.parametrize("fate", [*Fate])
async def test_whatever_happens_while_the_item_is_made_it_is_made_once(tools: Toolbox, fate: Fate) -> None:
    model = await relay_model(tools)
    await model.live_with_visits(cut_off(fate))
    assert [len(model.site.named(title)) for title in TITLES] == [1, 1]


@pytest.mark.parametrize("fate", [Fate.DIES_IN_CALL, Fate.TIMES_OUT_DONE, Fate.DONE_LOST])
async def test_whoever_looks_before_an_item_can_be_listed_makes_it_twice(tools: Toolbox, fate: Fate) -> None:
    """So these histories show a server that looks too early."""
    hasty = await relay_model(tools, delay_s=300, grace_s=60)
    with pytest.raises(AssertionError, match="made twice"):
        await hasty.live_with_visits(cut_off(fate))
    patient = await relay_model(tools, delay_s=300, grace_s=300)
    await patient.live_with_visits(cut_off(fate))


async def test_an_extension_that_calls_after_its_lease_makes_an_item_twice(tools: Toolbox) -> None:
    """The server cannot know of it: that an extension heeds the end of its lease is its part of the promise."""
    history = cut_off(Fate.SLEEPS_BEFORE_CALL)
    heedless = await relay_model(tools, heeds_deadline=False)
    with pytest.raises(AssertionError, match="made twice"):
        await heedless.live_with_visits(history)
    await (await relay_model(tools)).live_with_visits(history)
