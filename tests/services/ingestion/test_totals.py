"""The account's own total against the sum of its ads: what was not reported is told, and rounding is not."""

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from analytics.periods import AskedDays
from models.refreshes.job import RefreshStatus
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import WEEK, ZONES, RefreshWorld

HISTORY = AskedDays(TODAY - timedelta(days=59), TODAY)
DIFFERS = "is not what its ads add up to"


def counted() -> float:
    return REGISTRY.get_sample_value("adgraph_spend_mismatch_days_total") or 0.0


@pytest.mark.parametrize("external_id", ZONES)
async def test_rounding_is_no_difference(world: RefreshWorld, external_id: str) -> None:
    before = counted()
    job = await world.refreshed(await world.connected(external_id), HISTORY)
    assert [warning for warning in job.warnings if DIFFERS in warning] == []
    assert counted() == before


async def test_ads_that_the_platform_leaves_out_are_a_warning_and_a_metric(world: RefreshWorld) -> None:
    account, before = await world.connected(), counted()
    [first, *_] = await world.graph.all_rows("act_1001/ads", fields="id", effective_status='["ACTIVE"]')
    # A status by which the platform leaves the ad out of lists although the account's total has it.
    world.server.admin.set_status(first["id"], "PREAPPROVED")
    job = await world.refreshed(account, WEEK)
    [warning] = [warning for warning in job.warnings if DIFFERS in warning]
    assert str(TODAY - timedelta(days=1)) in warning or "more days" in warning
    assert str(TODAY) not in warning
    assert counted() == before + 6


async def test_a_total_that_is_refused_costs_the_comparison_alone(world: RefreshWorld) -> None:
    account = await world.connected()
    params = {"level": "account", "fields": "spend"}
    world.server.admin.add_fault(FaultRule(FaultKind.ERROR, "*/insights", code=100, times=None, params=params))
    job = await world.refreshed(account)
    assert job.status is RefreshStatus.SUCCEEDED
    assert [warning for warning in job.warnings if "could not be compared" in warning]
    assert await world.stored(account) == await world.reported(account)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('{"date_start":"%s","spend":"much"}', f"as spend of the account on {TODAY - timedelta(days=1)}"),
        ('{"date":"%s","spend":"1"}', "in place of numbers of the account"),
    ],
)
async def test_a_total_that_cannot_be_read_is_no_difference(world: RefreshWorld, row: str, told: str) -> None:
    account, yesterday = await world.connected(), TODAY - timedelta(days=1)
    body, params = f'{{"data":[{row % yesterday}]}}', {"level": "account", "fields": "spend"}
    world.server.admin.add_fault(FaultRule(FaultKind.OTHER_BODY, "*/insights", message=body, params=params))
    job = await world.refreshed(account, AskedDays(yesterday, TODAY))
    assert (job.status, job.gaps, [told in warning for warning in job.warnings]) == (
        RefreshStatus.SUCCEEDED,
        [],
        [True],
    )


async def test_it_costs_one_call_a_refresh(world: RefreshWorld) -> None:
    await world.refreshed(await world.connected(), HISTORY)
    calls = [call.params for call in world.server.admin.log() if call.params.get("fields") == "spend"]
    assert len(calls) == 1
