"""What one token can read, asked of the sandbox over HTTP."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import attrgetter

import pytest

from analytics.meta.ad_day_facts import base_facts_from_row
from analytics.metrics.facts import BASE_FACTS
from integrations.ads.spoiled import Spoiled
from integrations.errors import (
    AccessRevoked,
    InvalidResponse,
    ObjectMissing,
    PermissionMissing,
    Throttled,
    Unavailable,
)
from integrations.meta.client import MetaPlatform
from integrations.meta.graph import MetaApp
from integrations.meta.records import InsightRecord, raw_actions
from sandbox.meta.trouble.faults import FaultKind
from sandbox.meta.trouble.limits import Heaviness
from tests.integrations.meta.conftest import MetaWorld
from tests.integrations.raw_server import answer, raw_server
from tests.worlds.vendors import rows_of

SINCE, UNTIL = date(2026, 10, 1), date(2026, 11, 19)
EARLIEST = date(2026, 7, 25)
INSIGHTS = "*/insights"


async def insight_pages(
    meta: MetaWorld, account: str = "act_1001", since: date = SINCE
) -> list[Sequence[InsightRecord]]:
    return [page async for page in meta.session().insights(account, since, UNTIL)]


async def insight_rows(meta: MetaWorld, account: str = "act_1001", since: date = SINCE) -> list[InsightRecord]:
    return [record for page in await insight_pages(meta, account, since) for record in rows_of(page)]


async def test_the_token_says_whose_it_is_and_what_it_may(meta: MetaWorld) -> None:
    info = await meta.session().token_info()
    assert (info.is_valid, info.is_ours, info.is_of_system) == (True, True, True)
    assert info.external_user_name == "Adgraph System User"
    assert "ads_read" in info.scopes
    assert info.expires_at is None


@pytest.mark.parametrize("token", ["SANDBOX-EXPIRED", "SANDBOX-REVOKED", "nonsense"])
async def test_a_dead_token_is_an_answer_of_token_info(meta: MetaWorld, token: str) -> None:
    assert not (await meta.session(token).token_info()).is_valid


async def test_accounts_come_with_currency_and_zone(meta: MetaWorld) -> None:
    found = {record.external_id: record async for record in meta.session().ad_accounts()}
    assert {key: (row.currency, row.time_zone) for key, row in found.items()} == {
        "act_1001": ("EUR", "Europe/Berlin"),
        "act_1002": ("USD", "America/New_York"),
        "act_1003": ("JPY", "Asia/Tokyo"),
    }
    assert await meta.session().ad_account("act_1003") == found["act_1003"]


async def test_a_token_sees_its_own_accounts_only(meta: MetaWorld) -> None:
    session = meta.session("SANDBOX-ONE-ACCOUNT")
    assert [record.external_id async for record in session.ad_accounts()] == ["act_1001"]
    with pytest.raises(ObjectMissing):
        await session.ad_account("act_1002")


async def test_a_token_without_the_permission_is_told_so(meta: MetaWorld) -> None:
    with pytest.raises(PermissionMissing):
        await meta.session("SANDBOX-NO-ADS-READ").ad_account("act_1001")


async def test_an_expired_token_says_that_it_expired(meta: MetaWorld) -> None:
    with pytest.raises(AccessRevoked) as caught:
        await meta.session("SANDBOX-EXPIRED").ad_account("act_1001")
    assert caught.value.is_expired
    assert "expired" in caught.value.reason


async def test_archived_things_are_listed(meta: MetaWorld) -> None:
    session = meta.session()
    campaigns = [row async for row in session.campaigns("act_1001", currency="EUR")]
    ad_sets = [row async for row in session.ad_sets("act_1001", currency="EUR")]
    ads = [row async for row in session.ads("act_1001")]
    for rows in (campaigns, ad_sets, ads):
        assert Counter(row.status for row in rows)["ARCHIVED"] > 0
    assert campaigns[0].daily_budget == Decimal(450)
    assert {row.campaign_external_id for row in ad_sets} <= {row.external_id for row in campaigns}
    assert {row.ad_set_external_id for row in ads} <= {row.external_id for row in ad_sets}


async def test_budgets_of_a_currency_without_cents_are_whole(meta: MetaWorld) -> None:
    campaigns = [row async for row in meta.session().campaigns("act_1003", currency="JPY")]
    assert campaigns[0].daily_budget == Decimal(60_000)


async def test_creatives_share_assets(meta: MetaWorld) -> None:
    creatives = [row async for row in meta.session().creatives("act_1001")]
    assert {row.kind for row in creatives} == {"VIDEO", "IMAGE", "CAROUSEL"}
    assert all(row.asset_key.split(":")[0] in {"video", "image", "story"} for row in creatives)


async def test_insights_are_one_row_per_ad_and_day(meta: MetaWorld) -> None:
    rows = await insight_rows(meta)
    assert len({(row.ad_external_id, row.day) for row in rows}) == len(rows) > 500
    assert {row.currency for row in rows} == {"EUR"}
    assert all(row.day == row.last_day and SINCE <= row.day <= UNTIL for row in rows)


async def test_insights_carry_every_field_that_facts_are_made_of(meta: MetaWorld) -> None:
    rows = await insight_rows(meta)
    for name in {fact.source.field for fact in BASE_FACTS}:
        assert any(getattr(row, name) for row in rows), name
    windows = [entry for row in rows for entry in row.actions or () if entry.action_type == "omni_purchase"]
    for window in ("click_1d", "click_7d", "click_28d", "view_1d"):
        assert any(getattr(entry, window) for entry in windows), window


async def test_ads_that_are_deleted_by_now_keep_their_rows(meta: MetaWorld) -> None:
    session = meta.session()
    listed = {row.external_id async for row in session.ads("act_1002")}
    reported = {row.ad_external_id for row in await insight_rows(meta, "act_1002", EARLIEST)}
    gone = sorted(reported - listed)
    assert gone
    assert {row.status for row in await session.ads_by_ids(gone)} == {"DELETED"}


async def test_ads_by_ids_leaves_out_what_nobody_knows(meta: MetaWorld) -> None:
    session = meta.session()
    known = [row.external_id async for row in session.ads("act_1001")][:60]
    found = await session.ads_by_ids(["999999999", *known, "888888888"])
    assert {row.external_id for row in found} == set(known)


@pytest.mark.parametrize("kind", [FaultKind.EMPTY_PAGE, FaultKind.REPEAT_ROW])
@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_no_row_is_lost_or_doubled_by_strange_pages(meta: MetaWorld, kind: FaultKind, nth: int) -> None:
    whole = await insight_rows(meta)
    meta.spoil(kind, INSIGHTS, nth=nth)
    assert sorted(await insight_rows(meta), key=attrgetter("identity")) == sorted(whole, key=attrgetter("identity"))


async def test_repeated_rows_are_left_out_of_the_later_page(meta: MetaWorld) -> None:
    whole, mark = [len(page) for page in await insight_pages(meta)], len(meta.server.admin.log())
    meta.spoil(FaultKind.REPEAT_ROW, INSIGHTS, nth=2)
    assert [len(page) for page in await insight_pages(meta)] == whole
    assert [call.fault for call in meta.server.admin.log()[mark:] if call.fault] == ["repeat_row"]


@pytest.mark.parametrize("kind", [FaultKind.TRUNCATED, FaultKind.NOT_JSON, FaultKind.HTML_503])
async def test_a_spoilt_page_is_asked_again(meta: MetaWorld, kind: FaultKind) -> None:
    whole = await insight_rows(meta)
    meta.spoil(kind, INSIGHTS, nth=2, times=2)
    assert await insight_rows(meta) == whole
    assert meta.pauses == [0.5, 1.0]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.TRUNCATED, InvalidResponse),
        (FaultKind.NOT_JSON, InvalidResponse),
        (FaultKind.HTML_503, Unavailable),
    ],
)
async def test_a_page_that_stays_spoilt_is_an_error(meta: MetaWorld, kind: FaultKind, error: type[Exception]) -> None:
    meta.spoil(kind, INSIGHTS, nth=2, times=None)
    with pytest.raises(error):
        await insight_rows(meta)


async def test_a_transient_error_is_asked_again(meta: MetaWorld) -> None:
    meta.spoil(FaultKind.ERROR, INSIGHTS, code=2, status=500, times=1)
    assert await insight_rows(meta)


async def test_a_throttle_is_not_asked_again(meta: MetaWorld) -> None:
    meta.spoil(FaultKind.ERROR, INSIGHTS, code=17, subcode=2446079, times=None)
    with pytest.raises(Throttled) as caught:
        await insight_rows(meta)
    assert caught.value.retry_after_s > 0
    assert meta.pauses == []


async def test_a_token_that_dies_on_the_way_stops_the_list(meta: MetaWorld) -> None:
    meta.spoil(FaultKind.TOKEN_EXPIRED, INSIGHTS, nth=2)
    pages = meta.session().insights("act_1001", SINCE, UNTIL)
    assert len(await anext(pages)) == 500
    with pytest.raises(AccessRevoked):
        await anext(pages)


async def test_calls_and_usage_are_counted(meta: MetaWorld) -> None:
    session = meta.session()
    pages = [page async for page in session.insights("act_1001", SINCE, UNTIL)]
    assert session.calls == len(pages)
    assert ("ads_insights", "act_1001") in session.usage


async def test_raw_actions_are_metas_own_shape(meta: MetaWorld) -> None:
    row = next(row for row in await insight_rows(meta) if row.actions)
    assert '"7d_click":' in (raw_actions(row.actions) or "")
    assert raw_actions(()) is None


async def test_an_instant_that_cannot_be_read_spoils_itself_alone(meta: MetaWorld) -> None:
    row = {"id": "1", "name": "A", "created_time": "yesterday", "updated_time": "2026-10-01T12:00:00+0000"}
    row |= {"effective_status": "ACTIVE", "objective": "OUTCOME_SALES"}
    async with raw_server(answer(json.dumps({"data": [row]}).encode())) as (url, _):
        elsewhere = MetaPlatform(replace(meta.platform.app, graph_url=url), meta.platform.http)
        session = elsewhere.account_session("EAAsecret")
        (campaign,) = [each async for each in session.campaigns("act_1", currency="EUR")]
    assert (campaign.name, campaign.created_at, campaign.updated_at) == (
        "A",
        None,
        datetime(2026, 10, 1, 12, tzinfo=UTC),
    )
    assert session.take_spoiled() == [Spoiled("campaign", "created_time", "1")]
    assert session.take_spoiled() == []


@pytest.mark.parametrize("body", [b"[]", b'{"data": {}}', b'{"data": null}', b"null", b"\xff\xfe", b""])
async def test_a_page_of_another_shape_is_an_invalid_response(meta: MetaWorld, body: bytes) -> None:
    async with raw_server(answer(body)) as (url, _):
        elsewhere = MetaPlatform(replace(meta.platform.app, graph_url=url), meta.platform.http)
        with pytest.raises(InvalidResponse):
            await anext(elsewhere.account_session("EAAsecret").ads("act_1"))


@pytest.mark.parametrize("spend", ['"NaN"', '"Infinity"', '"a lot"', '"1e400"', "1e999999999", "[5]"])
async def test_an_amount_that_is_no_number_spoils_itself_alone(meta: MetaWorld, spend: str) -> None:
    ids = '"ad_id": "1", "adset_id": "2", "campaign_id": "3", "account_currency": "EUR", "date_start": "2026-10-01"'
    async with raw_server(answer(f'{{"data": [{{{ids}, "clicks": "7", "spend": {spend}}}]}}'.encode())) as (url, _):
        elsewhere = MetaPlatform(replace(meta.platform.app, graph_url=url), meta.platform.http)
        (page,) = [page async for page in elsewhere.account_session("EAAsecret").insights("act_1", SINCE, UNTIL)]
    odd: list[str] = []
    facts = base_facts_from_row(page[0], odd=odd)
    assert (facts["spend"], facts["clicks_all"], odd) == (None, 7, ["spend"])


async def test_an_error_may_come_with_status_200(meta: MetaWorld) -> None:
    body = b'{"error": {"message": "expired", "code": 190, "error_subcode": 463, "type": "OAuthException"}}'
    async with raw_server(answer(body)) as (url, _):
        elsewhere = MetaPlatform(replace(meta.platform.app, graph_url=url), meta.platform.http)
        with pytest.raises(AccessRevoked):
            await elsewhere.account_session("EAAsecret").ad_account("act_1")


async def test_the_token_travels_in_a_header_and_the_proof_beside_it(meta: MetaWorld) -> None:
    async with raw_server(answer(b"{}")) as (url, heads):
        elsewhere = MetaPlatform(replace(meta.platform.app, graph_url=url), meta.platform.http)
        with pytest.raises(InvalidResponse):
            await elsewhere.account_session("tok").ad_account("act_1")
    line, _, rest = heads[0].decode().partition("\r\n")
    assert line.startswith("GET /v26.0/act_1?")
    assert f"appsecret_proof={meta.platform.app.proof('tok')}" in line
    assert "access_token" not in line
    assert "Authorization: Bearer tok\r\n" in rest


def test_the_proof_is_metas() -> None:
    app = MetaApp("1", "sec", "v26.0", "http://x", "http://x", "http://x")
    assert app.proof("tok") == "b13512356d1403d2449aa2e7369214f0459f0d3c08cb742b0aff4fe57aae36f5"


async def test_after_a_fault_of_the_servers_the_next_question_waits_however_small_it_is(meta: MetaWorld) -> None:
    meta.server.admin.set_heaviness(Heaviness(list_rows=10))
    session = meta.session()
    ads = [ad async for ad in session.ads("act_1001")]
    meta.server.admin.set_heaviness(Heaviness())
    assert len(ads) == len([ad async for ad in meta.session().ads("act_1001")])
    # 500 rows, 250, 125, 62, 31, 15: each refusal but the last has a longer pause behind it, up to two seconds.
    assert meta.pauses == [0.5, 1.0, 2.0, 2.0, 2.0, 2.0]
    assert session.lists.page_rows == {"ads": 7}


@pytest.mark.parametrize(
    "text",
    [
        "(#100) Tried accessing nonexisting field (objective) on node type (Campaign)",
        "(#100) objective is not valid for fields param. please check the reference for all valid values",
        "(#12) objective field is deprecated for versions v27.0 and higher",
    ],
)
async def test_a_field_that_meta_names_as_unknown_is_left_out_at_once(meta: MetaWorld, text: str) -> None:
    meta.spoil(FaultKind.ERROR, "*/campaigns", code=100, message=text, times=None, params={"fields": "*objective*"})
    session = meta.session()
    campaigns = [each async for each in session.campaigns("act_1001", currency="EUR")]
    assert campaigns
    assert {each.objective for each in campaigns} == {None}
    assert (session.calls, session.lists.left_out["campaigns"]) == (3, {"objective"})


async def test_a_field_of_the_account_that_is_refused_costs_itself_alone(meta: MetaWorld) -> None:
    meta.spoil(FaultKind.ERROR, "*", code=100, times=None, params={"fields": "*account_status*"})
    account = await meta.session().ad_account("act_1001")
    assert (account.currency, account.status) == ("EUR", "UNKNOWN")
