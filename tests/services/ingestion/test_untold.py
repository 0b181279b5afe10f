"""What the platform does not say spoils nothing that is stored; what is left out as there is none is taken so."""

from dataclasses import dataclass
from typing import Any

import pytest

from models.ads.ad_account import AdAccount
from models.refreshes.job import RefreshJob, RefreshStatus
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from sandbox.meta.trouble.limits import RefusedObject
from sandbox.meta.trouble.odd_values import Form
from services.ingestion.entities.listing import LIST_ALL_EVERY
from services.toolbox import Toolbox
from tests.worlds.once import Once
from tests.worlds.refreshes import ACCOUNT, MONTH, NOON, Killed, RefreshWorld, dying, refresh_world

# Of every level, as the platform calls them and as we do.
FIELDS = {
    "campaign": {
        "name": "name",
        "effective_status": "status",
        "objective": "objective",
        "daily_budget": "daily_budget",
        "lifetime_budget": "lifetime_budget",
        "start_time": "starts_at",
        "stop_time": "ends_at",
        "created_time": "created_at",
        "updated_time": "updated_at",
    },
    "ad_set": {
        "name": "name",
        "effective_status": "status",
        "optimization_goal": "optimization_goal",
        "daily_budget": "daily_budget",
        "lifetime_budget": "lifetime_budget",
        "created_time": "created_at",
        "updated_time": "updated_at",
        "campaign_id": "campaign_id",
    },
    "ad": {
        "name": "name",
        "effective_status": "status",
        "created_time": "created_at",
        "updated_time": "updated_at",
        "creative": "creative_id",
        "adset_id": "ad_set_id",
        "campaign_id": "campaign_id",
    },
}
EDGES = {"campaign": "campaigns", "ad_set": "adsets", "ad": "ads"}
# What has none of these lacks nothing.
MAY_BE_ABSENT = ("daily_budget", "lifetime_budget", "start_time", "stop_time")
# Whoever has a name, a status or a goal cannot lose it.
ARE_MISSED = ("name", "effective_status", "objective", "optimization_goal")
EVERY_FIELD = [(table, name) for table, names in FIELDS.items() for name in names]
PLURAL = {"campaign": "campaigns", "ad_set": "ad sets", "ad": "ads"}
# Without the thing that it lies in a row is left out as a whole.
PLACES = ("campaign_id", "adset_id")
REFUSED_PLACES = (frozenset({("ad_set", "campaign_id"), ("ad", "adset_id")}), frozenset({("ad", "campaign_id")}))


@dataclass(frozen=True, slots=True)
class Seen:
    """Something as it was stored before and after a refresh, or after two, and what each of them had to tell."""

    thing: str
    before: Any
    now: Any
    warnings: list[list[str]]
    former_names: list[Any]


async def a_day_later(world: RefreshWorld) -> None:
    world.moved_by += LIST_ALL_EVERY
    world.server.admin.set_clock(NOON + world.moved_by)


async def with_every_value(world: RefreshWorld, table: str, number: int = 0) -> str:
    """Something of a level whose fields all have a value."""
    row = (await world.graph.all_rows(f"{ACCOUNT}/{EDGES[table]}", fields="id", limit="500"))[number]
    fields = world.server.admin.sandbox.dataset.objects[row["id"]].fields
    given = {"daily_budget": "45000", "lifetime_budget": "900000", "stop_time": "2026-12-24T18:00:00+0100"}
    fields.update({name: value for name, value in given.items() if name in FIELDS[table]})
    fields.setdefault("optimization_goal", "LINK_CLICKS")
    return str(row["id"])


async def stored(world: RefreshWorld, table: str, external_id: str) -> dict[str, Any]:
    columns = ", ".join(FIELDS[table].values())
    [row] = await world.select(
        f"select {columns}, deleted_upstream_at from {table} where tenant_id = :tenant and external_id = :id",
        id=external_id,
    )
    return dict(row._mapping)


async def names(world: RefreshWorld) -> list[Any]:
    return await world.select("select name from entity_name where tenant_id = :tenant")


def of_a_success(job: RefreshJob) -> RefreshJob:
    assert (job.status, job.error_message) == (RefreshStatus.SUCCEEDED, None)
    return job


async def refreshed_later(world: RefreshWorld, account: AdAccount) -> list[str]:
    """The warnings of a refresh a day later: the whole listing meets what Meta's filter by the last change does not."""
    await a_day_later(world)
    return of_a_success(await world.refreshed(account)).warnings


async def with_one_form(tools: Toolbox, form: Form) -> dict[str, tuple[Seen, Seen]]:
    """Of each level something whose fields all have the form for a refresh, and their values again for the next."""
    async with refresh_world(tools) as world:
        things = {table: await with_every_value(world, table) for table in FIELDS}
        account = await world.connected()
        of_a_success(await world.refreshed(account))
        states = [{table: await stored(world, table, thing) for table, thing in things.items()}]
        for table, thing in things.items():
            for name in FIELDS[table]:
                world.server.admin.pin_odd_value(thing, name, form)
        told, former = [], []
        for _ in range(2):
            told.append(await refreshed_later(world, account))
            states.append({table: await stored(world, table, thing) for table, thing in things.items()})
            former.append(await names(world))
            world.server.admin.sandbox.odd_values.pinned.clear()
        return {
            table: (
                Seen(thing, states[0][table], states[1][table], told[:1], former[0]),
                Seen(thing, states[0][table], states[2][table], told[1:], former[1]),
            )
            for table, thing in things.items()
        }


@pytest.mark.parametrize("form", [Form.ABSENT, Form.NULL, Form.EMPTY, Form.OTHER])
@pytest.mark.parametrize("table", FIELDS)
async def test_a_value_that_is_none_keeps_what_is_stored(once: Once, table: str, form: Form) -> None:
    odd, healed = (await once.made(with_one_form, form))[table]
    before, [warnings] = odd.before, odd.warnings
    assert None not in [value for name, value in before.items() if name != "deleted_upstream_at"]
    told = [warning for warning in warnings if odd.thing in warning]
    if form is Form.OTHER or table != "campaign":  # without its place a row is left out as a whole
        assert odd.now == before
    else:
        none = {FIELDS[table][name] for name in MAY_BE_ABSENT}
        assert odd.now == {name: None if name in none else value for name, value in before.items()}
        assert len(told) == len([name for name in FIELDS[table] if name in ARE_MISSED])
    if form is Form.OTHER:
        assert told
    assert odd.former_names == []
    assert (healed.warnings, healed.now) == ([[]], before)


async def without_one_value_each(tools: Toolbox, half: int) -> dict[tuple[str, str], Seen]:
    """Half of the fields, each of which another thing lacks in the same refresh."""
    async with refresh_world(tools) as world:
        lacking = {
            (table, name): await with_every_value(world, table, number)
            for table, fields in FIELDS.items()
            for number, name in enumerate([*fields][half::2])
        }
        account = await world.connected()
        of_a_success(await world.refreshed(account))
        before = {key: await stored(world, key[0], thing) for key, thing in lacking.items()}
        for (_, name), thing in lacking.items():
            world.server.admin.pin_odd_value(thing, name, Form.NULL)
        told = await refreshed_later(world, account)
        return {
            key: Seen(thing, before[key], await stored(world, key[0], thing), [told], await names(world))
            for key, thing in lacking.items()
        }


@pytest.mark.parametrize(("table", "name"), EVERY_FIELD)
async def test_one_value_that_is_none_costs_no_other(once: Once, table: str, name: str) -> None:
    seen = (await once.made(without_one_value_each, [*FIELDS[table]].index(name) % 2))[table, name]
    expected = seen.before | ({FIELDS[table][name]: None} if name in MAY_BE_ABSENT else {})
    assert seen.now == expected
    is_missed = name in (*ARE_MISSED, *PLACES)
    assert bool([warning for warning in seen.warnings[0] if seen.thing in warning]) is is_missed
    assert seen.former_names == []


def refused_beside(table: str, name: str) -> frozenset[tuple[str, str]]:
    """The fields that are refused in the same refreshes: half of each level, and a place beside no other of its row."""
    for places in REFUSED_PLACES:
        if (table, name) in places:
            return places
    half = [*FIELDS[table]].index(name) % 2
    return frozenset((each, field) for each in FIELDS for field in [*FIELDS[each]][half::2] if field not in PLACES)


async def without_fields(tools: Toolbox, refused: frozenset[tuple[str, str]]) -> dict[str, Seen]:
    """All rows of each level, before and after two listings that are refused the fields."""
    async with refresh_world(tools) as world:
        for table in FIELDS:
            await with_every_value(world, table)
        account = await world.connected()
        of_a_success(await world.refreshed(account))
        before = {table: await rows_of(world, table) for table in FIELDS}
        for table, name in sorted(refused):
            text = f"(#100) Tried accessing nonexisting field ({name}) on node type (X)"
            for path in (f"*/{EDGES[table]}", ""):
                params = {"fields": f"*{name}*"}
                fault = FaultRule(FaultKind.ERROR, path, code=100, message=text, times=None, params=params)
                world.server.admin.add_fault(fault)
        # The second listing asks without the fields from the beginning.
        told = [await refreshed_later(world, account) for _ in range(2)]
        return {
            table: Seen("", before[table], await rows_of(world, table), told, await names(world)) for table in FIELDS
        }


async def rows_of(world: RefreshWorld, table: str) -> list[Any]:
    columns = ", ".join((*FIELDS[table].values(), "external_id", "deleted_upstream_at"))
    return await world.select(f"select {columns} from {table} where tenant_id = :tenant order by id")


@pytest.mark.parametrize(("table", "name"), EVERY_FIELD)
async def test_a_field_that_is_refused_keeps_what_is_stored(once: Once, table: str, name: str) -> None:
    seen = (await once.made(without_fields, refused_beside(table, name)))[table]
    for warnings in seen.warnings:
        assert [warning for warning in warnings if f" the field {name} of {PLURAL[table]}:" in warning]
    assert (seen.now, seen.former_names) == (seen.before, [])


CREATIVES = (
    "select external_id, name, kind, title, body, video_id, image_hash, deleted_upstream_at from creative"
    " where tenant_id = :tenant order by id"
)
SHOWN = "select external_id, creative_id from ad where tenant_id = :tenant order by id"


@pytest.mark.parametrize("name", ["video_id", "image_hash", "object_story_spec", "asset_feed_spec", "title", "body"])
async def test_what_creatives_no_longer_say_moves_no_ad_to_another_asset(world: RefreshWorld, name: str) -> None:
    account = await world.connected()
    of_a_success(await world.refreshed(account))
    creatives, shown = await world.select(CREATIVES), await world.select(SHOWN)
    text = f"(#100) Tried accessing nonexisting field ({name}) on node type (AdCreative)"
    for path in ("*/adcreatives", ""):
        fault = FaultRule(FaultKind.ERROR, path, code=100, message=text, times=None, params={"fields": f"*{name}*"})
        world.server.admin.add_fault(fault)
    await a_day_later(world)
    assert [warning for warning in of_a_success(await world.refreshed(account)).warnings if name in warning]
    assert await world.select(CREATIVES) == creatives
    assert await world.select(SHOWN) == shown
    # Whoever has no creative of an ad yet is told what can be told of it.
    newcomer = await world.another_tenant()
    newcomer.moved_by = world.moved_by
    of_a_success(await newcomer.refreshed(await newcomer.connected()))
    assert await newcomer.select("select 1 from ad where tenant_id = :tenant and creative_id is null") == []


@pytest.mark.parametrize("form", [Form.NULL, Form.OTHER])
async def test_an_account_without_a_name_or_a_status_keeps_its_own(world: RefreshWorld, form: Form) -> None:
    account = await world.connected(name="As it was called")
    for name in ("name", "account_status"):
        world.server.admin.pin_odd_value(ACCOUNT, name, form)
    now = await world.account(of_a_success(await world.refreshed(account)))
    assert (now.name, now.status) == (account.name, account.status)


async def test_what_a_killed_run_had_to_tell_is_told_by_the_next(world: RefreshWorld) -> None:
    account = await world.connected()
    first, second = [row["id"] for row in await world.graph.all_rows(f"{ACCOUNT}/campaigns", fields="id", limit="500")][
        :2
    ]
    world.server.admin.pin_odd_value(first, "daily_budget", Form.OTHER)
    world.server.admin.refuse_object(RefusedObject(second, "objective"))
    job = await world.requested(account)
    with pytest.raises(Killed):
        await world.run(job, dying(world, pages=0))
    world.server.admin.sandbox.odd_values.pinned.clear()
    world.server.admin.sandbox.refused_objects.clear()
    killed = await world.row(job)
    assert (killed.status, killed.version > job.version) == (RefreshStatus.RUNNING, True)
    ended = of_a_success(await world.run(job))
    for told in (killed, ended):
        assert [f"daily_budget of the campaigns {first};" in warning for warning in told.warnings] == [True]
        assert [second in gap["message"] for gap in told.gaps] == [True]


async def test_what_a_slice_had_to_tell_is_stored_with_it(world: RefreshWorld) -> None:
    account = await world.connected()
    world.server.admin.spread_odd_values()
    job = await world.requested(account, MONTH)
    with pytest.raises(Killed):
        await world.run(job, dying(world, pages=2))
    world.server.admin.spread_odd_values(is_on=False)
    told = [warning for warning in (await world.row(job)).warnings if "of the ads" in warning and " on 20" in warning]
    assert told
    assert set(told) <= {*of_a_success(await world.run(job)).warnings}
