"""Sums whole months of ad-days, so that questions about long ranges read less.

A month is summed once the platform restates it no more. A refresh that stores one of its days deletes its sums, and
questions read the days until it is summed again.
"""

from dataclasses import replace
from uuid import UUID

from analytics.clock import Clock
from analytics.enums import TimeGrain
from analytics.periods import local_day, period_start, settled_through
from models.acting import TenantScope
from models.database import Database, ReadSession
from models.insights.months import accounts_to_sum, claim_account_to_sum, sum_next_month, summed_months
from models.insights.question import InsightsQuestion
from models.insights.statements.fact_tables import may_be_of_months


async def sum_months(db: Database, clock: Clock) -> int:
    """Sums the settled months of every account that has changed since it was last looked at; answers how many."""
    async with db.sweep(reason="find accounts with months to sum") as session:
        due = await accounts_to_sum(session)
    return sum([await _sum_account(db, clock, tenant_id, account_id) for tenant_id, account_id in due])


async def _sum_account(db: Database, clock: Clock, tenant_id: UUID, account_id: UUID) -> int:
    """Each month in a transaction of its own, since a refresh of the account waits for it.

    A month is looked at once, also one that turns out to have nothing to sum; after a change of the account all are
    looked at again.
    """
    summed, version, before = 0, None, None
    while True:
        async with db.write(TenantScope(tenant_id)) as session:
            account = await claim_account_to_sum(session, account_id)
            if account is None:
                return summed
            if before is None or account.data_version != version:
                unsettled = settled_through(local_day(clock(), account.time_zone))
                version, before = account.data_version, period_start(unsettled, TimeGrain.MONTH)
            before = await sum_next_month(session, account_id, before=before)
            if before is None:
                account.months_version = account.data_version
                return summed
            summed += 1


async def with_months(session: ReadSession, question: InsightsQuestion) -> InsightsQuestion:
    """The question, which now knows which of its months are summed, where their sums can answer it."""
    if not may_be_of_months(question):
        return question
    return replace(question, summed=await summed_months(session, question.spans))
