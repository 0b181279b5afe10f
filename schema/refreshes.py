"""RefreshJob: the refresh of one ad account over a range of days; and the mutations that ask for it."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from analytics.enums import Breakdown
from models.refreshes.job import RefreshErrorCode, RefreshStatus, RefreshTrigger
from models.refreshes.job import RefreshJob as RefreshJobRow
from resolvers import refreshes
from resolvers.ads import ad_accounts
from schema.field import field
from schema.node import Node, entity
from schema.people.actor import Actor
from schema.period import Period
from schema.scalars import BigInt
from schema.user_error import UserError

if TYPE_CHECKING:
    from schema.ads.ad_account import AdAccount


@strawberry.type(description="Why a refresh failed.")
class RefreshError:
    code: RefreshErrorCode
    message: str = field(description="What to do, in words.")
    retryable: bool = field(description="True: retryRefreshJob can help.")


@strawberry.type(description="What could not be read although the refresh went on.")
class RefreshGap:
    day: date | None
    field: str | None
    message: str


@entity(RefreshJobRow, description="The refresh of one ad account over a range of days.")
class RefreshJob(Node):
    ad_account: Annotated["AdAccount", strawberry.lazy("schema.ads.ad_account")] = field(ad_accounts.ad_account_of)
    status: RefreshStatus
    trigger: RefreshTrigger
    requested_by: Actor = field(refreshes.requested_by)
    range: Period = field(refreshes.days, description="Days of the ad account's time zone.")
    breakdowns: list[Breakdown] = field(
        refreshes.breakdowns, description="What the ads' days are read in parts by; empty for the days as they are."
    )
    progress: float = field(description="0 to 1; never falls within an attempt.")
    days_total: int
    days_done: int = field(description="Days that are stored; they stay so, however the refresh ends.")
    rows_fetched: BigInt = field(description="Rows that the platform sent, those to repeated questions included.")
    rows_stored: BigInt
    rows_removed: BigInt = field(description="Rows that were stored before and that the platform no longer reports.")
    api_calls: int
    wait_reason: str | None = field(description="WAITING: why, e.g. the platform throttles this account.")
    resumes_at: datetime | None = field(description="WAITING: until when.")
    attempt: int
    error: RefreshError | None = field(refreshes.error)
    gaps: list[RefreshGap] = field(
        refreshes.gaps, description="What could not be read although the refresh went on; the first 100."
    )
    warnings: list[str] = field(description="E.g. that the range was cut to the 37 months that the platform keeps.")
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    version: int = field(description="Grows with every change: order events by it.")


@strawberry.type
class RefreshJobPayload:
    refresh_job: RefreshJob | None
    user_errors: list[UserError]


@strawberry.type
class RefreshJobsPayload:
    refresh_jobs: list[RefreshJob]
    user_errors: list[UserError]


@strawberry.type
class RefreshMutations:
    refresh_ad_account: RefreshJobPayload | None = field(
        refreshes.refresh_ad_account,
        description="Without a range: the look-back, or all history the first time. A refresh of the same account and "
        "range that is queued, running or waiting is returned instead of a second one. Needs REFRESH.",
    )
    refresh_ad_accounts: RefreshJobsPayload | None = field(
        refreshes.refresh_ad_accounts,
        description="The same for many accounts in one call. An account that is refused costs no other: its error "
        "names it, and the place of its id. Each refresh counts for the plan's quota. Needs REFRESH.",
    )
    cancel_refresh_job: RefreshJobPayload | None = field(
        refreshes.cancel_refresh_job,
        description="A running one ends as soon as its worker hears of it; what it stored stays. Needs REFRESH.",
    )
    retry_refresh_job: RefreshJobPayload | None = field(
        refreshes.retry_refresh_job, description="The same job again, as its next attempt. Needs REFRESH."
    )
