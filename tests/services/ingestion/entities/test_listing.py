"""Entities are read incrementally: what is stored equals a whole listing, whatever changed and whenever a run broke."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.ads.ad_account import AdAccount
from models.refreshes.job import RefreshStatus
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from services.ingestion.entities.listing import LIST_ALL_EVERY
from tests.worlds.ads import entity_world
from tests.worlds.refreshes import ACCOUNT, NOON, RefreshWorld

EVERYTHING = """
    select 'campaign', external_id, name, status, '', daily_budget::text, updated_at from campaign
    where tenant_id = :tenant
    union all
    select 'ad_set', own.external_id, own.name, own.status, parent.external_id, own.daily_budget::text, own.updated_at
    from ad_set own join campaign parent on parent.tenant_id = own.tenant_id and parent.id = own.campaign_id
    where own.tenant_id = :tenant
    union all
    select 'ad', own.external_id, own.name, own.status, parent.external_id, asset.external_id, own.updated_at
    from ad own join ad_set parent on parent.tenant_id = own.tenant_id and parent.id = own.ad_set_id
    left join creative asset on asset.tenant_id = own.tenant_id and asset.id = own.creative_id
    where own.tenant_id = :tenant
    order by 1, 2
"""
NAMES = "select name, valid_from from entity_name where tenant_id = :tenant and level = :level order by valid_from"


def later(world: RefreshWorld, by: timedelta = timedelta(hours=1)) -> None:
    world.moved_by += by
    world.server.admin.set_clock(NOON + world.moved_by)


async def listed(world: RefreshWorld, edge: str, **params: str) -> list[Any]:
    fields = "id,campaign_id,adset_id" if edge == "ads" else "id,campaign_id" if edge == "adsets" else "id"
    return await world.graph.all_rows(f"{ACCOUNT}/{edge}", fields=fields, limit="500", **params)


async def as_a_newcomer_reads_it(world: RefreshWorld) -> list[Any]:
    """What a tenant stores that has never read the account before."""
    other = replace(world, entities=await entity_world(world.tools.db))
    await other.refreshed(await other.connected())
    return await other.select(EVERYTHING)


async def edit(world: RefreshWorld) -> None:
    """Some of everything that people do, over some hours, the last of it in the second of the next reading."""
    admin = world.server.admin
    active = '["ACTIVE"]'
    campaigns = await listed(world, "campaigns", effective_status=active)
    ad_sets = await listed(world, "adsets", effective_status=active)
    ads = await listed(world, "ads", effective_status=active)
    admin.rename(campaigns[0]["id"], "Another campaign")
    later(world)
    admin.set_status(campaigns[0]["id"], "PAUSED")
    paused = next(each for each in ad_sets if each["campaign_id"] != campaigns[0]["id"])
    admin.set_status(paused["id"], "PAUSED")
    later(world)
    admin.move_ad(ads[0]["id"], next(each["id"] for each in ad_sets if each["id"] != ads[0]["adset_id"]))
    admin.set_status(ads[1]["id"], "ARCHIVED")
    later(world)
    admin.rename(ads[-1]["id"], "Another ad")


async def refreshed(world: RefreshWorld, account: AdAccount) -> int:
    """Answers how many entities the platform sent."""
    calls = len(world.server.admin.log())
    assert (await world.refreshed(account)).status is RefreshStatus.SUCCEEDED
    return sum(call.rows or 0 for call in world.server.admin.log()[calls:] if not call.path.endswith("/insights"))


# The second list of ads is that below the paused campaign: one refused page is asked for again in a smaller one, an
# answer that nobody can read ends the run, and a list that is refused however it is asked for is a gap.
BREAKS = {
    "nothing breaks": None,
    "a page is refused": (FaultRule(FaultKind.NOT_VISIBLE, path="*/ads", nth=2), RefreshStatus.SUCCEEDED, []),
    "the run ends": (FaultRule(FaultKind.NOT_JSON, path="*/ads", nth=2, times=2), RefreshStatus.FAILED, []),
    "lists are refused": (
        FaultRule(FaultKind.ERROR, path="*/ads", code=100, nth=2, times=None),
        RefreshStatus.SUCCEEDED,
        ["ads"],
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
async def test_reading_changes_stores_what_reading_everything_would(world: RefreshWorld, broken: str) -> None:
    account = await world.connected()
    everything = await refreshed(world, account)
    await edit(world)
    gaps: list[str] = []
    if (fault := BREAKS[broken]) is not None:
        rule, status, gaps = fault
        world.server.admin.add_fault(rule)
        job = await world.refreshed(account)
        assert (job.status, [*{gap["field"] for gap in job.gaps}]) == (status, gaps)
        world.server.admin.clear_faults()
    sent = await refreshed(world, account)
    # Nobody knows what has changed in a list that was refused: then, and only then, all are listed again.
    assert sent >= everything if gaps else sent < everything
    assert await world.select(EVERYTHING) == await as_a_newcomer_reads_it(world)
    # What changes in the very second of a reading is found by the next one.
    world.server.admin.rename((await listed(world, "ads"))[2]["id"], "In the same second")
    assert await refreshed(world, account) < everything
    assert await world.select(EVERYTHING) == await as_a_newcomer_reads_it(world)


async def test_what_was_deleted_is_noticed_within_a_day(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account)
    ad = (await listed(world, "ads"))[0]["id"]
    state = f"select status, deleted_upstream_at from ad where tenant_id = :tenant and external_id = '{ad}'"
    world.server.admin.set_status(ad, "DELETED")
    later(world, LIST_ALL_EVERY)
    await world.refreshed(account)
    assert [tuple(row) for row in await world.select(state)] == [("DELETED", NOON + LIST_ALL_EVERY)]


async def test_names_are_remembered_with_the_instants_of_their_changes(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account)
    [first] = await world.select(
        "select external_id, name, created_at from campaign where tenant_id = :tenant order by external_id limit 1"
    )
    assert await world.select(NAMES, level="CAMPAIGN") == []
    for number in range(2):
        later(world)
        world.server.admin.rename(first.external_id, f"Name {number}")
        later(world)
        await world.refreshed(account)
    await world.refreshed(account)
    assert [tuple(row) for row in await world.select(NAMES, level="CAMPAIGN")] == [
        (first.name, first.created_at),
        ("Name 0", NOON + timedelta(hours=1)),
        ("Name 1", NOON + timedelta(hours=3)),
    ]
