"""Entities in awkward shapes: parents that no list has, ads that nobody knows, accounts that cannot be."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from msgspec import structs

from analytics.periods import AskedDays
from integrations.ads.questions import Asking
from integrations.ads.records import AdAccountRecord, AdDayRow, AdRecord
from integrations.meta.client import MetaPlatform, MetaSession
from integrations.meta.records import ActionStat
from models.refreshes.job import RefreshStatus
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import MONTH, RefreshWorld
from tests.worlds.vendors import meta_of, rows_of

HISTORY = AskedDays(TODAY - timedelta(days=119), TODAY)


class Odd(MetaPlatform):
    """The sandbox, but some methods answer otherwise; each override is given the sandbox's own session first."""

    def __init__(self, world: RefreshWorld, **overrides: Callable[..., Any]) -> None:
        super().__init__(meta_of(world.tools).app, meta_of(world.tools).http)
        self._overrides = overrides

    def account_session(self, token: str) -> MetaSession:
        return _OddSession(self, token, self._overrides)


class _OddSession(MetaSession):
    def __init__(self, owner: Odd, token: str, overrides: dict[str, Callable[..., Any]]) -> None:
        super().__init__(owner, token)
        for name, override in overrides.items():
            setattr(self, name, partial(override, super()))


async def nothing(_source: MetaSession, _external_id: str, **_: str) -> AsyncIterator[Any]:
    for record in list[Any]():
        yield record


async def nobody_knows(_source: MetaSession, _external_ids: Sequence[str], **_: str) -> list[AdRecord]:
    return []


async def test_parents_that_no_list_has_get_placeholders_and_their_names_later(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account, MONTH)
    unknown = {"campaigns_by_ids": nobody_knows, "ad_sets_by_ids": nobody_knows}
    ended = await world.run(job, Odd(world, campaigns=nothing, ad_sets=nothing, **unknown))
    statement = "select name, status, deleted_upstream_at from {} where tenant_id = :tenant and ad_account_id = :id"
    assert ended.status is RefreshStatus.SUCCEEDED
    assert await world.stored(account) == await world.reported(account, MONTH)
    for table, word in (("campaign", "Campaign"), ("ad_set", "Ad set")):
        rows = await world.select(statement.format(table), id=account.id)
        assert rows
        assert all(row.name.startswith(f"{word} ") and row.deleted_upstream_at for row in rows)
    await world.refreshed(account)
    for table in ("campaign", "ad_set"):
        rows = await world.select(statement.format(table), id=account.id)
        assert any(row.deleted_upstream_at is None and row.status != "DELETED" for row in rows)


async def test_an_ad_that_nobody_knows_any_more_is_named_by_its_id(world: RefreshWorld) -> None:
    account = await world.connected("act_1002")
    job = await world.requested(account, HISTORY)
    await world.run(job, Odd(world, ads_by_ids=nobody_knows))
    gone = await world.select(
        "select name, external_id, status from ad"
        " where tenant_id = :tenant and ad_account_id = :id and deleted_upstream_at is not null",
        id=account.id,
    )
    assert await world.stored(account) == await world.reported(account, HISTORY)
    assert [(ad.name, ad.status) for ad in gone] == [(f"Ad {gone[0].external_id}", "DELETED")]


async def test_ads_that_are_known_as_deleted_are_not_asked_for_again(world: RefreshWorld) -> None:
    account = await world.connected("act_1002")
    await world.refreshed(account, HISTORY)
    calls = len(world.server.admin.log())
    await world.refreshed(account, HISTORY)
    asked = [call.params["fields"] for call in world.server.admin.log()[calls:] if "ids" in call.params]
    assert not [fields for fields in asked if "adset_id" in fields]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "US/Pacific-New", "../etc", None])
async def test_a_time_zone_that_does_not_exist_leaves_the_known_one(world: RefreshWorld, zone: str | None) -> None:
    async def somewhere(source: MetaSession, external_id: str) -> AdAccountRecord:
        return replace(await source.ad_account(external_id), time_zone=zone, currency="euro")

    account = await world.connected()
    ended = await world.run(await world.requested(account), Odd(world, ad_account=somewhere))
    assert ended.status is RefreshStatus.SUCCEEDED
    assert [words for words in ("time zone", "currency") if any(words in text for text in ended.warnings)]
    now = await world.account(ended)
    assert (now.time_zone, now.currency) == (account.time_zone, account.currency)
    assert await world.stored(account) == await world.reported(account)


async def test_days_that_were_not_asked_for_are_left_out_with_a_warning(world: RefreshWorld) -> None:
    async def too_many(
        source: MetaSession, external_id: str, since: date, until: date, *, asking: Asking
    ) -> AsyncGenerator[Sequence[AdDayRow], None]:
        async for page in source.insights(external_id, since - timedelta(days=1), until, asking=asking):
            yield page

    account = await world.connected()
    ended = await world.run(await world.requested(account), Odd(world, insights=too_many))
    assert (ended.status, ended.gaps) == (RefreshStatus.SUCCEEDED, [])
    assert [text for text in ended.warnings if "cannot be read as date_start" in text]
    assert await world.stored(account) == await world.reported(account)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("1e999999"), 10**16])
async def test_a_number_in_a_list_that_is_none_spoils_its_field_alone(world: RefreshWorld, value: Decimal) -> None:
    async def spoiled(
        source: MetaSession, external_id: str, since: date, until: date, *, asking: Asking
    ) -> AsyncGenerator[Sequence[AdDayRow], None]:
        async for page in source.insights(external_id, since, until, asking=asking):
            bought = (ActionStat("omni_purchase", value),)
            yield [structs.replace(record, action_values=bought) for record in rows_of(page)]

    account = await world.connected()
    ended = await world.run(await world.requested(account), Odd(world, insights=spoiled))
    assert ended.status is RefreshStatus.SUCCEEDED
    assert any("action_values of the ads" in text for text in ended.warnings)
    assert await world.stored(account) == await world.reported(account)
    (sums,) = await world.select("select count(purchase_value), sum(purchases) from insight where tenant_id = :tenant")
    assert sums[0] == 0 < sums[1]
