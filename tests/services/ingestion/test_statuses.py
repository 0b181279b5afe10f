"""Statuses and limits that the platform adds or takes away lose no number and call nothing deleted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from analytics.periods import AskedDays
from models.acting import Acting
from models.database import Database, WriteSession
from models.refreshes.job import RefreshStatus
from sandbox.meta.call_log import LoggedCall
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import ACCOUNT, MONTH, RefreshWorld
from tests.worlds.vendors import meta_of

HISTORY = AskedDays(TODAY - timedelta(days=59), TODAY)
NEW = "NOT_DELIVERING"
RETIRED = ("PENDING_BILLING_INFO", "PREAPPROVED", "WITH_ISSUES")


async def test_a_status_that_the_platform_adds_is_unknown_and_its_spend_counts(world: RefreshWorld) -> None:
    account = await world.connected()
    for edge in ("campaigns", "adsets", "ads"):
        [first, *_] = await world.graph.all_rows(f"{ACCOUNT}/{edge}", fields="id", effective_status='["ACTIVE"]')
        world.server.admin.set_status(first["id"], NEW)
    job = await world.refreshed(account, MONTH)
    assert (job.status, job.gaps) == (RefreshStatus.SUCCEEDED, [])
    assert await world.stored(account) == await world.reported(account, MONTH)
    for table in ("campaign", "ad_set", "ad"):
        unknown = await world.select(
            f"select deleted_upstream_at from {table} where tenant_id = :tenant and status = 'UNKNOWN'"
        )
        assert unknown
        assert {row[0] for row in unknown} == {None}


@pytest.mark.parametrize("status", RETIRED)
async def test_a_status_that_the_platform_retires_refuses_nothing(world: RefreshWorld, status: str) -> None:
    account = await world.connected("act_1002")
    for name in ("effective_status", "filtering"):
        world.server.admin.add_fault(
            FaultRule(FaultKind.ERROR, code=100, subcode=1487561, times=None, params={name: f"*{status}*"})
        )
    job = await world.refreshed(account, HISTORY)
    assert (job.status, job.gaps) == (RefreshStatus.SUCCEEDED, [])
    assert await world.stored(account) == await world.reported(account, HISTORY)
    refused = [call for call in world.server.admin.log() if call.error_subcode == 1487561]
    assert len(refused) <= 1


async def test_a_filter_of_statuses_that_the_platform_refuses_is_left_out(world: RefreshWorld) -> None:
    account = await world.connected()
    world.server.admin.add_fault(
        FaultRule(
            FaultKind.ERROR,
            code=100,
            message="(#100) Filtering field ad.effective_status with operation not_in is not supported",
            times=None,
            params={"filtering": "*effective_status*"},
        )
    )
    job = await world.refreshed(account)
    assert (job.status, job.gaps) == (RefreshStatus.SUCCEEDED, [])
    assert await world.stored_rows(account) > 0


def refuse_operator(world: RefreshWorld, operator: str) -> None:
    """Of the rule on statuses, in words that name nothing."""
    rule = f'*"ad.effective_status","operator":"{operator}"*'
    refusal = FaultRule(FaultKind.ERROR, code=100, message="Invalid parameter", times=None, params={"filtering": rule})
    world.server.admin.add_fault(refusal)


async def test_an_operator_that_the_platform_refuses_without_a_word_is_replaced(world: RefreshWorld) -> None:
    account = await world.connected("act_1002")
    refuse_operator(world, "NOT_IN")
    job = await world.refreshed(account, HISTORY)
    assert (job.status, job.gaps) == (RefreshStatus.SUCCEEDED, [])
    assert await world.stored(account) == await world.reported(account, HISTORY), "deleted ads are among them"
    assert len(refusals(world)) == 1


async def test_where_every_operator_is_refused_the_status_is_not_asked_for(world: RefreshWorld) -> None:
    account = await world.connected()
    for operator in ("NOT_IN", "IN"):
        refuse_operator(world, operator)
    job = await world.refreshed(account)
    assert (job.status, job.gaps) == (RefreshStatus.SUCCEEDED, [])
    assert await world.stored_rows(account) > 0
    assert len(refusals(world)) == 2


async def test_refused_rules_are_remembered_and_asked_with_again_daily(world: RefreshWorld) -> None:
    account = await world.connected()
    for operator in ("NOT_IN", "IN"):
        refuse_operator(world, operator)
    for hours, in_all in ((0, 2), (1, 2), (25, 4), (26, 4)):
        world.moved_by = timedelta(hours=hours)
        # Each refresh begins in a process that knows nothing.
        meta_of(world.tools).taken_rules.clear()
        await world.refreshed(account)
        assert len(refusals(world)) == in_all
    world.server.admin.clear_faults()
    world.moved_by = timedelta(hours=50)
    await world.refreshed(account)
    mark = len(world.server.admin.log())
    await world.refreshed(account)
    asked = [call.params["filtering"] for call in world.server.admin.log()[mark:] if call.params.get("level") == "ad"]
    assert asked
    assert all('"NOT_IN"' in rule for rule in asked)


class _LosesCommit(Database):
    """The database, but the connection is lost before the first commit of refused rules, once."""

    def __init__(self, db: Database) -> None:
        vars(self).update(vars(db))
        self.has_lost = False

    @asynccontextmanager
    async def write(self, viewer: Acting | None) -> AsyncIterator[WriteSession]:
        async with super().write(viewer) as session:
            yield session
            connection = await session.connection()
            refused = text("select 1 from fetch_memory where tenant_id = :tenant and kind like 'STATUSES:%'")
            found = await connection.execute(refused, {"tenant": viewer and viewer.tenant_id})
            if not self.has_lost and found.first():
                self.has_lost = True
                await connection.execute(text("select pg_terminate_backend(pg_backend_pid())"))


async def test_refused_rules_are_remembered_although_postgres_went_away_meanwhile(world: RefreshWorld) -> None:
    account = await world.connected()
    refuse_operator(world, "NOT_IN")
    whole, losing = world.tools, _LosesCommit(world.tools.db)
    world.tools = replace(world.tools, db=losing)
    job = await world.refreshed(account)
    assert (job.status, losing.has_lost) == (RefreshStatus.SUCCEEDED, True)
    world.tools = whole
    meta_of(world.tools).taken_rules.clear()
    await world.refreshed(account)
    assert len(refusals(world)) == 1


async def test_a_field_that_is_refused_costs_no_question_without_its_rule(world: RefreshWorld) -> None:
    account = await world.connected("act_1002")
    world.server.admin.add_fault(
        FaultRule(FaultKind.ERROR, "*/insights", code=100, times=None, params={"fields": "*outbound_clicks*"})
    )
    await world.refreshed(account, HISTORY)
    assert await world.stored(account) == await world.reported(account, HISTORY), "nor a deleted ad"


def refusals(world: RefreshWorld) -> list[LoggedCall]:
    return [call for call in world.server.admin.log() if call.error_code == 100 and call.path.endswith("/insights")]


async def test_days_that_the_platform_keeps_no_longer_are_left_out_with_a_warning(world: RefreshWorld) -> None:
    account, oldest = await world.connected(), TODAY - timedelta(days=40)
    world.server.admin.set_oldest_day(oldest)
    job = await world.refreshed(account, HISTORY)
    assert (job.status, job.gaps) == (RefreshStatus.SUCCEEDED, [])
    assert [f"Days up to {oldest - timedelta(days=1)}" in warning for warning in job.warnings].count(True) == 1
    assert await world.stored(account) == await world.reported(account, AskedDays(oldest, TODAY))
    refused = [call for call in world.server.admin.log() if call.error_code == 3018]
    assert len(refused) <= 8 + 2 * (2 * 7)
