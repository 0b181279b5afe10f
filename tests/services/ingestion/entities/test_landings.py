"""Where ads lead is stored with them: of their own creatives, and kept where the platform does not tell it."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from typing import Any

from integrations.ads.records import UNKNOWN_LANDING, CreativeRecord, LandingRecord
from integrations.meta.client import MetaSession
from models.ads.ad_account import AdAccount
from tests.services.ingestion.entities.test_storing import Odd
from tests.worlds.refreshes import WEEK, RefreshWorld

LEADS = (
    "select external_id, creative_id, landing_urls, url_tags from ad"
    " where tenant_id = :tenant and ad_account_id = :id order by external_id"
)
# What would end a list, or a text in it, where it is written as one text.
AWKWARD = ['https://shop.example/a"b', "back\\slash", "{a,b}", "a\nb", "NULL", " ", "\u00e9\U0001f4a1"]
Landing = Callable[[CreativeRecord], LandingRecord]


def leading(world: RefreshWorld, landing: Landing) -> Odd:
    """The sandbox, whose creatives lead elsewhere."""

    async def listed(source: MetaSession, external_id: str) -> AsyncGenerator[CreativeRecord, None]:
        async for record in MetaSession.creatives(source, external_id):
            yield replace(record, landing=landing(record))

    async def by_ids(source: MetaSession, external_ids: Sequence[str]) -> list[CreativeRecord]:
        found = await MetaSession.creatives_by_ids(source, external_ids)
        return [replace(record, landing=landing(record)) for record in found]

    return Odd(world, creatives=listed, creatives_by_ids=by_ids)


async def refreshed(world: RefreshWorld, account: AdAccount, landing: Landing) -> list[Any]:
    await world.run(await world.requested(account, WEEK), leading(world, landing))
    return [*await world.select(LEADS, id=account.id)]


async def list_anew(world: RefreshWorld) -> None:
    """As if a day had passed: everything is listed, and not only what has changed."""
    await world.change("delete from entity_reading where tenant_id = :tenant")


async def test_ads_lead_where_the_platform_says(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account)
    rows = await world.select(LEADS, id=account.id)
    assert {tuple(row.landing_urls) for row in rows if row.creative_id} >= {
        ("https://shop.example/1001",),
        tuple(f"https://shop.example/1001{end}" for end in ("", "/1", "/2", "/3")),
    }
    assert {row.url_tags for row in rows if row.creative_id} == {
        "utm_source=facebook&utm_campaign={{campaign.id}}&utm_content={{ad.id}}"
    }


async def test_ads_of_one_asset_lead_where_each_of_them_does(world: RefreshWorld) -> None:
    account = await world.connected()
    rows = await refreshed(
        world, account, lambda record: LandingRecord((f"https://a.example/{record.external_id}",), None)
    )
    of_assets: dict[Any, set[str]] = {}
    for row in rows:
        of_assets.setdefault(row.creative_id, set()).update(row.landing_urls or ())
    assert max(len(urls) for urls in of_assets.values()) > 1


async def test_what_is_told_once_stays_until_something_else_is_told(world: RefreshWorld) -> None:
    account = await world.connected()
    first = await refreshed(world, account, lambda _: UNKNOWN_LANDING)
    assert {(row.landing_urls, row.url_tags) for row in first} == {(None, None)}
    for landing in (LandingRecord(tuple(AWKWARD), 'utm_x="\\'), UNKNOWN_LANDING):
        await list_anew(world)
        rows = await refreshed(world, account, lambda _, landing=landing: landing)  # type: ignore[misc]
        assert [row.landing_urls for row in rows if row.creative_id] == [AWKWARD] * len(rows)
        assert {row.url_tags for row in rows} == {'utm_x="\\'}
    await list_anew(world)
    rows = await refreshed(world, account, lambda _: LandingRecord((), None))
    assert {(tuple(row.landing_urls), row.url_tags) for row in rows} == {((), None)}
