"""What a list of everything has not brought is deleted only if its id says so as well."""

from datetime import timedelta
from typing import Any

import pytest

from analytics.periods import AskedDays
from models.refreshes.job import RefreshJob, RefreshStatus
from sandbox.meta.trouble.limits import RefusedObject
from services.ingestion.entities.listing import LIST_ALL_EVERY
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import ACCOUNT, NOON, RefreshWorld

TABLES = {"campaigns": "campaign", "adsets": "ad_set", "ads": "ad"}
ONE_DAY = AskedDays(TODAY, TODAY)


async def listed(world: RefreshWorld, edge: str) -> list[str]:
    rows = await world.graph.all_rows(f"{ACCOUNT}/{edge}", fields="id", limit="500")
    return [row["id"] for row in rows]


async def a_day_later(world: RefreshWorld, account: Any) -> RefreshJob:
    """Everything is listed again."""
    world.moved_by += LIST_ALL_EVERY
    world.server.admin.set_clock(NOON + world.moved_by)
    job = await world.refreshed(account, ONE_DAY)
    assert job.status is RefreshStatus.SUCCEEDED
    return job


async def deleted(world: RefreshWorld, table: str) -> set[str]:
    rows = await world.select(
        f"select external_id from {table}"
        " where tenant_id = :tenant and deleted_upstream_at is not null and status = 'DELETED'"
    )
    return {row[0] for row in rows}


def asked_by_ids(world: RefreshWorld, mark: int) -> int:
    return len([call for call in world.server.admin.log()[mark:] if "ids" in call.params])


@pytest.mark.parametrize("edge", TABLES)
async def test_what_a_list_leaves_out_and_its_id_answers_stays_and_is_read(world: RefreshWorld, edge: str) -> None:
    account, [left_out, *_] = await world.connected(), await listed(world, edge)
    await world.refreshed(account)
    world.server.admin.unlist(left_out)
    world.server.admin.rename(left_out, "Another name")
    job = await a_day_later(world, account)
    assert (job.gaps, job.warnings) == ([], [])
    assert await deleted(world, TABLES[edge]) == set()
    [row] = await world.select(
        f"select name from {TABLES[edge]} where tenant_id = :tenant and external_id = :id", id=left_out
    )
    assert row.name == "Another name"


@pytest.mark.parametrize("edge", TABLES)
async def test_what_is_refused_for_its_id_stays_and_what_does_not_exist_is_deleted(
    world: RefreshWorld, edge: str
) -> None:
    account, [refused, missing, deleted_one, *_] = await world.connected(), await listed(world, edge)
    await world.refreshed(account)
    world.server.admin.set_status(deleted_one, "DELETED")
    for object_id in (refused, missing):
        world.server.admin.unlist(object_id)
    world.server.admin.refuse_object(RefusedObject(refused, message="(#10) No permission", code=10))
    world.server.admin.refuse_object(RefusedObject(missing, code=100, subcode=33))
    job = await a_day_later(world, account)
    assert [gap["field"] for gap in job.gaps] == [edge.replace("adsets", "ad sets")]
    assert refused in job.gaps[0]["message"]
    assert {missing, deleted_one} <= (gone := await deleted(world, TABLES[edge]))
    assert refused not in gone
    # Who is known to be deleted is not asked for again.
    mark = len(world.server.admin.log())
    await a_day_later(world, account)
    asked = [call.params["ids"].split(",") for call in world.server.admin.log()[mark:] if "ids" in call.params]
    assert [refused] in asked
    assert not [ids for ids in asked if missing in ids or deleted_one in ids]


async def test_what_stands_behind_the_end_of_a_list_is_deleted_if_its_id_says_so(world: RefreshWorld) -> None:
    account, ads = await world.connected(), await listed(world, "ads")
    await world.refreshed(account)
    world.server.admin.refuse_object(RefusedObject(ads[1]))
    world.server.admin.set_status(ads[-1], "DELETED")
    world.server.admin.rename(ads[-2], "Another name")
    job = await a_day_later(world, account)
    assert "ads" in {gap["field"] for gap in job.gaps}
    assert await deleted(world, "ad") == {ads[-1]}
    [row] = await world.select("select name from ad where tenant_id = :tenant and external_id = :id", id=ads[-2])
    assert row.name == "Another name"


async def with_unknown_ads(world: RefreshWorld, count: int) -> None:
    """As many ads are stored as well that neither a list nor their ids bring."""
    copied = "tenant_id, ad_account_id, campaign_id, ad_set_id, platform, name, status, created_at, updated_at"
    await world.change(
        f"insert into ad (id, external_id, last_seen_at, {copied})"
        f" select gen_random_uuid(), '777' || number, last_seen_at, {copied}"
        f" from (select * from ad where tenant_id = :tenant limit 1) as model, generate_series(1, {count}) as number"
        " on conflict do nothing"
    )


async def test_of_more_than_is_asked_for_a_list_is_believed_if_all_that_was_asked_for_is_gone(
    world: RefreshWorld,
) -> None:
    account = await world.connected()
    await world.refreshed(account)
    await with_unknown_ads(world, 150)
    mark = len(world.server.admin.log())
    assert (await a_day_later(world, account)).warnings == []
    assert 100 <= asked_by_ids(world, mark) <= 200
    assert len(await deleted(world, "ad")) == 150


async def test_of_more_than_is_asked_for_the_rest_stays_if_something_lives(world: RefreshWorld) -> None:
    account, [left_out, *_] = await world.connected(), await listed(world, "ads")
    await world.refreshed(account)
    await with_unknown_ads(world, 150)
    world.server.admin.unlist(left_out)
    await world.change(
        "update ad set last_seen_at = :before where tenant_id = :tenant and external_id = :id",
        before=world.tools.clock() - timedelta(hours=1),
        id=left_out,
    )
    [warning] = (await a_day_later(world, account)).warnings
    assert "list of ads" in warning
    assert 50 < len(await deleted(world, "ad")) < 150
    assert (await a_day_later(world, account)).warnings == []
    gone = await deleted(world, "ad")
    assert (len(gone), left_out in gone) == (150, False)
