"""Lists of which the platform refuses parts: one object, one field or one page costs itself alone and has a name."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from analytics.periods import AskedDays
from models.ads.ad_account import AdAccount
from models.refreshes.job import RefreshJob, RefreshStatus
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from sandbox.meta.trouble.limits import Heaviness, RefusedObject
from services.ingestion.entities.listing import LIST_ALL_EVERY
from services.toolbox import Toolbox
from tests.worlds.refreshes import ACCOUNT, NOON, RefreshWorld, forget_limits, refresh_world

TABLES = {"campaigns": "campaign", "adsets": "ad_set", "ads": "ad", "adcreatives": "creative"}
PLURAL = {"campaigns": "campaigns", "adsets": "ad sets", "ads": "ads", "adcreatives": "creatives"}


async def listed(world: RefreshWorld, edge: str) -> list[Any]:
    """Everything of the account but what is archived."""
    return await world.graph.all_rows(f"{ACCOUNT}/{edge}", fields="id", limit="500")


async def counts(world: RefreshWorld) -> dict[str, int]:
    """How many things are stored of each kind, without what is marked as deleted."""
    found = {}
    for table in TABLES.values():
        rows = await world.select(
            f"select count(*) from {table} where tenant_id = :tenant and deleted_upstream_at is null"
        )
        found[table] = int(rows[0][0])
    return found


def gap_fields(job: RefreshJob) -> list[str]:
    assert job.status is RefreshStatus.SUCCEEDED
    return [gap["field"] for gap in job.gaps]


@pytest.mark.parametrize("edge", TABLES)
async def test_one_object_that_is_refused_costs_itself_alone(world: RefreshWorld, edge: str) -> None:
    account = await world.connected()
    everything = await listed(world, edge)
    refused = everything[len(everything) // 2]["id"]
    world.server.admin.refuse_object(RefusedObject(refused))
    job = await world.refreshed(account)
    # Nothing tells its id but what names it: creatives end there, and the others are read by theirs.
    assert set(gap_fields(job)) == {PLURAL[edge]}
    if edge != "adcreatives":
        assert any("even for its id, which was last changed at 20" in gap["message"] for gap in job.gaps)
        stored = {
            row[0] for row in await world.select(f"select external_id from {TABLES[edge]} where tenant_id = :tenant")
        }
        assert {row["id"] for row in everything} - stored <= {refused}
    assert any(refused in gap["message"] for gap in job.gaps) or edge == "ads"
    assert await world.stored(account) == await world.reported(account)
    if edge in ("campaigns", "adsets"):
        rows = await world.select(
            f"select status from {TABLES[edge]} where tenant_id = :tenant and external_id = '{refused}'"
        )
        assert [row[0] for row in rows] == ["UNKNOWN"]
    if edge != "adcreatives":
        assert (await counts(world))["creative"] > 0
    assert len([call for call in world.server.admin.log() if call.error_code == 100]) <= 40


async def test_where_a_row_without_an_id_is_found_is_remembered_by_the_next_refresh(world: RefreshWorld) -> None:
    account, everything = await world.connected(), await listed(world, "ads")
    world.server.admin.refuse_object(RefusedObject(everything[9]["id"]))
    calls, gaps = [], []
    for days in range(2):
        world.moved_by = days * LIST_ALL_EVERY
        world.server.admin.set_clock(NOON + world.moved_by)
        mark = len(world.server.admin.log())
        job = await world.refreshed(account)
        gaps.append([gap["message"] for gap in job.gaps if "even for its id" in gap["message"]])
        calls.append(len([call for call in world.server.admin.log()[mark:] if call.path.endswith("/ads")]))
    assert len(gaps[0]) == 1
    assert gaps[0] == gaps[1]
    assert calls[1] <= 10 < calls[0]


@pytest.mark.parametrize(("code", "subcode", "status"), [(200, None, 403), (10, None, 400), (100, 33, 400)])
@pytest.mark.parametrize("edge", ["campaigns", "adsets", "ads"])
async def test_one_object_that_may_not_be_read_costs_itself_alone(
    world: RefreshWorld, edge: str, code: int, subcode: int | None, status: int
) -> None:
    account, everything = await world.connected(), await listed(world, edge)
    words = "(#10) The ad account and app id must be whitelisted"
    refused = RefusedObject(everything[-1]["id"], message=words, code=code, subcode=subcode, status=status)
    world.server.admin.refuse_object(refused)
    job = await world.refreshed(account)
    assert set(gap_fields(job)) == {PLURAL[edge]}
    assert await world.stored(account) == await world.reported(account)
    gone = await world.select(
        f"select 1 from {TABLES[edge]} where tenant_id = :tenant and external_id = :id and status = 'DELETED'",
        id=refused.object_id,
    )
    assert not gone or subcode == 33, "what may not be read is there all the same"


async def test_where_all_are_refused_each_is_not_looked_for_by_halves(world: RefreshWorld) -> None:
    account, looked_for, halves = await world.connected("act_1002"), 20, 9
    for path, params in (("*/ads", {"fields": "*name*"}), ("", {"ids": "*", "fields": "*adset_id*"})):
        world.server.admin.add_fault(FaultRule(FaultKind.ERROR, path, code=100, times=None, params=params))
    job = await world.refreshed(account)
    assert "ads" in gap_fields(job)
    refused = [call for call in world.server.admin.log() if call.error_code == 100 and call.path.endswith("/ads")]
    assert looked_for * halves <= len(refused) <= looked_for * halves + 2, (
        "then a page is one question, and its ids one"
    )


@pytest.fixture(scope="module")
async def shared(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    """For tests that leave what is stored as it was, each a day after the one before."""
    async with refresh_world(tools) as made:
        yield made


@pytest.fixture(scope="module")
async def known(shared: RefreshWorld) -> AdAccount:
    """An account of which everything is stored."""
    account = await shared.connected()
    assert (await shared.refreshed(account)).gaps == []
    assert all((await counts(shared)).values())
    return account


NAMES_ITSELF = '{"data":[],"paging":{"next":"https://graph.test/?fields=id"}}'


@pytest.mark.parametrize("body", ['{"data":{}}', '{"data":null}', "[]", NAMES_ITSELF])
@pytest.mark.parametrize("edge", TABLES)
async def test_a_list_without_its_rows_or_its_end_costs_itself_alone(
    shared: RefreshWorld, known: AdAccount, edge: str, body: str
) -> None:
    await forget_limits(shared.tools)
    before = await counts(shared)
    shared.moved_by += LIST_ALL_EVERY
    shared.server.admin.set_clock(NOON + shared.moved_by)
    shared.server.admin.clear_faults()
    shared.server.admin.add_fault(FaultRule(FaultKind.OTHER_BODY, f"*/{edge}", message=body, times=None))
    mark = len(shared.server.admin.log())
    job = await shared.refreshed(known)
    assert set(gap_fields(job)) == {PLURAL[edge]}
    assert await shared.stored(known) == await shared.reported(known)
    assert await counts(shared) == before, "what was not listed is not taken for deleted"
    asked = [call for call in shared.server.admin.log()[mark:] if call.path.endswith(f"/{edge}")]
    assert len(asked) <= 9


@pytest.mark.parametrize(
    ("edge", "name"),
    [("campaigns", "objective"), ("adsets", "optimization_goal"), ("ads", "creative"), ("adcreatives", "title")],
)
async def test_a_field_that_one_object_is_refused_with_costs_that_field_of_it(
    world: RefreshWorld, edge: str, name: str
) -> None:
    account, clean = await world.connected(), await world.another_tenant()
    await clean.refreshed(await clean.connected())
    refused = (await listed(world, edge))[1]["id"]
    world.server.admin.refuse_object(RefusedObject(refused, name))
    job = await world.refreshed(account)
    assert gap_fields(job) == [name]
    assert refused in job.gaps[0]["message"]
    assert await counts(world) == await counts(clean)


def unknown_field(edge: str, name: str, thing: str) -> FaultRule:
    message = f"(#100) Tried accessing nonexisting field ({name}) on node type ({thing})"
    params = {"fields": f"*{name}*"}
    return FaultRule(FaultKind.ERROR, f"*/{edge}", code=100, message=message, times=None, params=params)


async def test_a_field_is_tried_after_a_day_whatever_else_was_refused_meanwhile(world: RefreshWorld) -> None:
    account = await world.connected()
    world.server.admin.add_fault(unknown_field("campaigns", "objective", "Campaign"))
    for hours, told in ((0, ["objective"]), (20, ["objective", "optimization_goal"]), (25, ["optimization_goal"])):
        world.moved_by = timedelta(hours=hours)
        world.server.admin.set_clock(NOON + world.moved_by)
        job = await world.refreshed(account)
        assert [warning.split()[5] for warning in job.warnings] == told
        world.server.admin.clear_faults()
        world.server.admin.add_fault(unknown_field("adsets", "optimization_goal", "AdSet"))


async def test_a_field_that_the_platform_no_longer_knows_is_left_out_and_tried_daily(world: RefreshWorld) -> None:
    account = await world.connected()
    world.server.admin.add_fault(unknown_field("campaigns", "objective", "Campaign"))
    for hours, fails in ((0, 1), (1, 1), (25, 2)):
        world.moved_by = timedelta(hours=hours)
        world.server.admin.set_clock(NOON + world.moved_by)
        job = await world.refreshed(account)
        assert gap_fields(job) == []
        assert ["objective" in warning for warning in job.warnings] == [True]
        assert sum(call.error_code == 100 for call in world.server.admin.log()) == fails
    world.server.admin.clear_faults()
    world.moved_by = timedelta(hours=50)
    world.server.admin.set_clock(NOON + world.moved_by)
    assert (await world.refreshed(account)).warnings == []
    assert await world.select("select 1 from campaign where tenant_id = :tenant and objective is null") == []


@pytest.mark.parametrize("most", [25, 1])
async def test_a_list_is_read_in_pages_as_small_as_it_takes_and_that_is_remembered(
    world: RefreshWorld, most: int
) -> None:
    account, clean = await world.connected(), await world.another_tenant()
    await clean.refreshed(await clean.connected())
    world.server.admin.set_heaviness(Heaviness(list_rows=most))
    mark = len(world.server.admin.log())
    assert gap_fields(await world.refreshed(account)) == []
    assert await counts(world) == await counts(clean)
    assert any(call.error_subcode == 99 for call in world.server.admin.log()[mark:])
    mark, world.moved_by = len(world.server.admin.log()), timedelta(hours=25)
    world.server.admin.set_clock(NOON + world.moved_by)
    assert gap_fields(await world.refreshed(account)) == []
    assert [call for call in world.server.admin.log()[mark:] if call.error_code] == []


@pytest.mark.parametrize("edge", ["campaigns", "adsets", "adcreatives"])
async def test_what_ads_name_and_no_list_has_is_read_by_its_id(world: RefreshWorld, edge: str) -> None:
    account, clean = await world.connected(), await world.another_tenant()
    await clean.refreshed(await clean.connected())
    world.server.admin.unlist((await listed(world, edge))[0]["id"])
    assert gap_fields(await world.refreshed(account)) == []
    assert await counts(world) == await counts(clean)
    query = "select count(*) from ad where tenant_id = :tenant and creative_id is null"
    assert [row[0] for row in await world.select(query)] == [row[0] for row in await clean.select(query)]


async def test_an_ad_that_may_not_be_read_keeps_its_numbers_and_is_not_called_deleted(world: RefreshWorld) -> None:
    account = await world.connected("act_1002")
    ids = FaultRule(
        FaultKind.ERROR, "", code=200, status=403, times=None, message="(#200) No permission", params={"ids": "*"}
    )
    world.server.admin.add_fault(ids)
    history = AskedDays(NOON.date() - timedelta(days=119), NOON.date())
    job = await world.refreshed(account, history)
    assert set(gap_fields(job)) == {"ads"}
    assert await world.stored(account) == await world.reported(account, history)
    # Nor does the next listing of everything, which does not have it either.
    for moved_by in (timedelta(), LIST_ALL_EVERY):
        world.moved_by = moved_by
        await world.refreshed(account)
        [ad] = await world.select(
            "select name, external_id, status, deleted_upstream_at from ad"
            " where tenant_id = :tenant and name like 'Ad 1%'"
        )
        assert (ad.name, ad.status, ad.deleted_upstream_at) == (f"Ad {ad.external_id}", "UNKNOWN", None)
