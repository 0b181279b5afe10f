"""The lists of refresh jobs."""

from datetime import timedelta
from typing import Any

import pytest

from analytics.periods import AskedDays
from errors import BadInput
from models.keyset import Window
from models.refreshes.job import RefreshStatus
from models.refreshes.job_queries import RefreshJobFilter
from services.refreshes.cancelling import cancel_refresh_job
from services.refreshes.jobs import number_of_refresh_jobs, refresh_jobs
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import RefreshWorld

ALL = RefreshJobFilter()


async def test_lists_are_paged_filtered_and_newest_first(world: RefreshWorld) -> None:
    account, other = await world.connected(), await world.connected("act_1002")
    asked = []
    for index in range(5):
        world.moved_by = timedelta(minutes=index)
        asked.append(await world.requested(account, AskedDays(TODAY - timedelta(days=index), TODAY)))
    foreign = await world.requested(other)
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=asked[0].id)

    async def listed(wanted: RefreshJobFilter, window: Window) -> Any:
        return await refresh_jobs(world.tools.db, world.viewer, wanted, window)

    own = RefreshJobFilter(ad_account_ids=(account.id,))
    first = await listed(own, Window(3))
    rest = await listed(own, Window(3, first.cursors[-1]))
    assert [job.id for job in (*first.rows, *rest.rows)] == [job.id for job in reversed(asked)]
    assert (first.has_next, rest.has_next, rest.has_previous) == (True, False, True)
    cancelled = RefreshJobFilter(statuses=(RefreshStatus.CANCELLED,))
    assert [job.id for job in (await listed(cancelled, Window(9))).rows] == [asked[0].id]
    assert await number_of_refresh_jobs(world.tools.db, world.viewer, ALL) == 6
    assert await number_of_refresh_jobs(world.tools.db, world.viewer, RefreshJobFilter(ad_account_ids=())) == 0
    assert foreign.id in {job.id for job in (await listed(ALL, Window(9))).rows}
    with pytest.raises(BadInput):
        await listed(ALL, Window(3, "bm90IGEgY3Vyc29y"))
