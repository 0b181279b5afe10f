"""Report runs end in every known way, and the reader has every row once or a typed error, within bounded time."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from analytics.enums import EntityLevel
from integrations.ads.questions import Among, Asking
from integrations.errors import IntegrationError, NotReady, Rejected, Throttled, TooMuchData
from integrations.http import HttpClient
from integrations.meta.client import MetaPlatform
from integrations.meta.records import InsightRecord
from sandbox.meta.trouble.faults import FaultKind
from sandbox.meta.trouble.limits import Heaviness
from sandbox.server import SandboxServer
from tests.integrations.meta.conftest import MetaWorld
from tests.worlds.vendors import rows_of

SINCE, UNTIL = date(2026, 10, 24), date(2026, 11, 19)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORDER = "act_1001/insights"
SUMMARY = "(#100) Cannot include spend in summary param because they weren't there while creating the report run"


@pytest_asyncio.fixture
async def slow(meta: MetaWorld) -> AsyncIterator[MetaWorld]:
    """Runs take 20 to 40 seconds, and every pause lets the sandbox's clock go on."""
    admin = meta.server.admin
    admin.set_clock(NOON)
    admin.set_run_seconds(20, 40)

    async def sleep(seconds: float) -> None:
        meta.pauses.append(seconds)
        admin.set_clock(NOON + timedelta(seconds=sum(meta.pauses)))

    http = HttpClient(sleep=sleep, dice=lambda: 1.0)
    try:
        yield MetaWorld(meta.server, MetaPlatform(meta.platform.app, http), meta.pauses)
    finally:
        await http.close()
        admin.set_run_seconds(0, 0)
        admin.set_clock(date(2026, 11, 20))
        admin.set_heaviness(Heaviness())


async def read(meta: MetaWorld, **asking: Any) -> list[InsightRecord]:
    pages = meta.session().insights("act_1001", SINCE, UNTIL, asking=Asking(**{"by_report": True} | asking))
    return [record async for page in pages for record in rows_of(page)]


def orders(server: SandboxServer, since: int) -> int:
    return sum(call.method == "POST" for call in server.admin.log()[since:])


async def test_a_run_brings_what_pages_bring_and_is_looked_at_ever_more_rarely(slow: MetaWorld) -> None:
    rows = await read(slow)
    assert rows == await read(slow, by_report=False)
    assert len(rows) > 500
    assert slow.pauses[:4] == [0.5, 0.75, 1.125, 1.6875]
    assert len(slow.pauses) < 12
    assert sum(slow.pauses) < 60


@pytest.mark.parametrize(
    ("kind", "rule", "runs"),
    [
        (FaultKind.RUN_FAILED, {"code": 2, "message": "try later"}, 2),
        (FaultKind.RUN_FAILED, {"code": -2, "subcode": 2490547}, 2),
        (FaultKind.RUN_FAILED, {"code": 100, "message": SUMMARY}, 2),
        (FaultKind.RUN_SKIPPED, {}, 2),
        (FaultKind.RUN_STUCK_AT_0, {}, 2),
        (FaultKind.RUN_STUCK_AT_99, {}, 2),
        (FaultKind.RUN_HUNDRED_BUT_RUNNING, {"count": 3}, 1),
        (FaultKind.RUN_NOT_LOADABLE, {"count": 3}, 1),
        (FaultKind.RUN_NOT_LOADABLE, {"count": 9}, 2),
        (FaultKind.RUN_UNKNOWN_AT_FIRST, {"count": 3}, 1),
        (FaultKind.RUN_UNKNOWN_AT_FIRST, {"count": 9}, 2),
    ],
)  # fmt: skip
async def test_a_run_that_goes_wrong_once_is_read_all_the_same(
    slow: MetaWorld, kind: FaultKind, rule: dict[str, Any], runs: int
) -> None:
    whole, calls = await read(slow, by_report=False), len(slow.server.admin.log())
    slow.spoil(kind, ORDER, **rule)
    assert await read(slow) == whole
    assert orders(slow.server, calls) == runs


@pytest.mark.parametrize(
    ("kind", "rule", "error", "runs"),
    [
        (FaultKind.RUN_FAILED, {"code": -2, "subcode": 2490547}, TooMuchData, 2),
        (FaultKind.RUN_FAILED, {"code": 1}, TooMuchData, 2),
        (FaultKind.RUN_FAILED, {"code": -3, "subcode": 1504045}, TooMuchData, 1),
        (FaultKind.RUN_FAILED, {"code": 17, "subcode": 2446079}, Throttled, 1),
        (FaultKind.RUN_FAILED, {"code": 100}, Rejected, 1),
        (FaultKind.RUN_STUCK_AT_99, {}, TooMuchData, 3),
        (FaultKind.RUN_STUCK_AT_0, {}, NotReady, 3),
        (FaultKind.RUN_SKIPPED, {}, NotReady, 3),
        (FaultKind.RUN_NOT_LOADABLE, {"count": 99}, NotReady, 3),
        (FaultKind.RUN_UNKNOWN_AT_FIRST, {"count": 99}, NotReady, 3),
    ],
)
async def test_runs_that_never_come_right_end_in_an_error_in_bounded_time(
    slow: MetaWorld, kind: FaultKind, rule: dict[str, Any], error: type[IntegrationError], runs: int
) -> None:
    calls = len(slow.server.admin.log())
    slow.spoil(kind, ORDER, times=None, **rule)
    with pytest.raises(error) as caught:
        await read(slow)
    assert type(caught.value) is error
    assert orders(slow.server, calls) == runs
    assert sum(slow.pauses) < 3600
    assert len(slow.server.admin.log()) - calls < 200


async def test_a_run_that_is_gone_while_it_is_read_is_ordered_again(slow: MetaWorld) -> None:
    whole, calls = await read(slow, by_report=False), len(slow.server.admin.log())
    slow.spoil(FaultKind.NOT_VISIBLE, "602*/insights", nth=2)
    assert await read(slow) == whole
    assert orders(slow.server, calls) == 2


@pytest.mark.parametrize(("by_report", "days"), [(False, 27), (True, 1)])
async def test_a_page_that_is_too_heavy_is_asked_for_in_half_its_size(
    slow: MetaWorld, by_report: bool, days: int
) -> None:
    whole, asking = await read(slow, by_report=False), Asking(by_report=by_report)
    slow.server.admin.set_heaviness(Heaviness(page_budget=250 * 24 * days))
    pages = slow.session().insights("act_1001", SINCE, UNTIL, asking=asking)
    assert [record async for each in pages for record in each] == whole
    assert asking.page_rows == 250
    slow.server.admin.set_heaviness(Heaviness(page_budget=100))
    with pytest.raises(TooMuchData):
        await read(slow, by_report=by_report)


async def test_parts_by_ids_and_by_fields_make_up_the_whole(slow: MetaWorld) -> None:
    whole = await read(slow)
    campaigns = tuple(sorted({record.campaign_external_id for record in whole})[:3])
    some, rest = [
        await read(slow, among=(Among(EntityLevel.CAMPAIGN, campaigns, is_rest=is_rest),)) for is_rest in (False, True)
    ]
    assert {record.campaign_external_id for record in some} == {*campaigns}
    assert sorted(some + rest, key=whole.index) == whole
    spends = await read(slow, fields=("spend",))
    assert [(row.ad_external_id, row.day, row.spend) for row in spends] == [
        (row.ad_external_id, row.day, row.spend) for row in whole
    ]
    assert {row.actions for row in spends} == {()}
