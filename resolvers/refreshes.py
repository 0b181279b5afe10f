"""Refresh jobs: requesting, cancelling, repeating, reading and watching them."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from analytics.enums import Breakdown
from analytics.periods import AskedRange, DateRange
from auth.viewer import Viewer
from execution.limits.list_sizes import DEFAULT_PAGE
from execution.shared_events import SharedEvent
from models.ads.ad_account import AdAccount
from models.keyset import PageBelow
from models.refreshes.job import RefreshErrorCode, RefreshJob, RefreshStatus
from models.refreshes.job_queries import RefreshJobFilter
from resolvers.actors import Actor
from resolvers.batching import with_list_form
from resolvers.context import Info, signed_in
from resolvers.inputs.date_ranges import DateRangeInput, asked_range
from resolvers.inputs.given import given, given_ids, given_list
from resolvers.inputs.ids import claimed_id, wanted_id, wrong_id
from resolvers.mutation import UserError, invalid, mutation, refusal
from resolvers.node_id import decode_id
from resolvers.nodes import REFRESH_JOB, node_of
from resolvers.page import Page, pages_below, window
from services.refreshes import cancelling, jobs, requests, retrying, streams
from services.refreshes.in_bulk import RefusedAccount, request_refreshes
from services.refreshes.streams import JobNews

JobId = Annotated[strawberry.ID, strawberry.argument(name="id")]


@strawberry.input(description="All given parts must hold.", name="RefreshJobFilter")
class RefreshJobFilterInput:
    ad_account_ids: list[strawberry.ID] | None = strawberry.UNSET
    status: list[RefreshStatus] | None = strawberry.UNSET


@strawberry.input
class RefreshInput:
    ad_account_id: strawberry.ID
    range: DateRangeInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="Absent: the account's look-back up to today; all history until a refresh has succeeded.",
    )
    breakdowns: list[Breakdown] | None = strawberry.field(
        default=strawberry.UNSET,
        description="At most 2 that go together: then the ads' days are read in these parts, and nothing else.",
    )


@dataclass(slots=True)
class RefreshJobsAnswer:
    refresh_jobs: list[RefreshJob] = field(default_factory=list)
    user_errors: list[UserError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Failure:
    code: RefreshErrorCode
    message: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class ShownGap:
    day: date | None
    field: str | None
    message: str


async def refresh_job(info: Info, job_id: JobId) -> RefreshJob | None:
    return await node_of(info, job_id, REFRESH_JOB)


async def refresh_jobs(
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter_: Annotated[RefreshJobFilterInput | None, strawberry.argument(name="filter")] = strawberry.UNSET,
) -> Page[RefreshJob]:
    viewer, db, wanted = signed_in(info), info.context.db, _wanted(given(filter_))
    found = await jobs.refresh_jobs(db, viewer, wanted, window(first, after))
    return Page(found, lambda: jobs.number_of_refresh_jobs(db, viewer, wanted))


async def refresh_jobs_of_ad_account(
    root: strawberry.Parent[AdAccount],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
) -> Page[RefreshJob]:
    [page] = await _refresh_jobs_of_ad_accounts([root], info, first, after)
    return page


async def _refresh_jobs_of_ad_accounts(
    root: Sequence[AdAccount], info: Info, first: int | None = DEFAULT_PAGE, after: str | None = strawberry.UNSET
) -> list[Page[RefreshJob]]:
    loaders, wanted = info.context.loaders, window(first, after)
    keys = [(PageBelow(each.id, wanted), each.id) for each in root]
    return await pages_below(loaders.refresh_jobs_by_ad_account, loaders.refresh_job_counts_by_ad_account, keys)


with_list_form(refresh_jobs_of_ad_account, _refresh_jobs_of_ad_accounts)


def _wanted(given_filter: RefreshJobFilterInput | None) -> RefreshJobFilter:
    if given_filter is None:
        return RefreshJobFilter()
    return RefreshJobFilter(
        given_ids(given_filter.ad_account_ids, "adAccountIds", of="AdAccount"),
        given_list(given_filter.status, "status"),
    )


@mutation("refresh_job", called={"days": "range"})
async def refresh_ad_account(info: Info, input: RefreshInput) -> RefreshJob:  # noqa: A002 - the API's name
    return await requests.request_refresh(
        info.context.tools.db,
        info.context.tools.clock,
        info.context.tools.vendors.billing,
        signed_in(info),
        ad_account_id=claimed_id(info.context, input.ad_account_id, "AdAccount", at=["input", "adAccountId"]),
        days=_days(given(input.range)),
        breakdowns=given_list(input.breakdowns, "breakdowns") or (),
    )


@mutation(RefreshJobsAnswer)
async def refresh_ad_accounts(
    info: Info,
    ids: Annotated[
        list[strawberry.ID] | None,
        strawberry.argument(description="Absent: all connected accounts, those that the plan has room for."),
    ] = strawberry.UNSET,
    range_: Annotated[DateRangeInput | None, strawberry.argument(name="range")] = strawberry.UNSET,
    breakdowns: list[Breakdown] | None = strawberry.UNSET,
) -> RefreshJobsAnswer:
    listed = given_list(ids, "ids")
    # Each account is queued or refused by itself, so a malformed id does not end the mutation.
    accounts = None if listed is None else [decode_id(each, "AdAccount") for each in listed]
    requested = await request_refreshes(
        info.context.tools.db,
        info.context.tools.clock,
        info.context.tools.vendors.billing,
        signed_in(info),
        ad_account_ids=None if accounts is None else list(dict.fromkeys(each for each in accounts if each)),
        days=_days(given(range_)),
        breakdowns=given_list(breakdowns, "breakdowns") or (),
    )
    malformed = [
        invalid(wrong_id(text, "AdAccount", at=["ids", str(place)]))
        for place, (text, account_id) in enumerate(zip(listed or (), accounts or (), strict=True))
        if account_id is None
    ]
    refusals = [_placed(each, accounts) for each in requested.refusals]
    return RefreshJobsAnswer(requested.jobs, [*malformed, *refusals])


def _placed(refused: RefusedAccount, accounts: Sequence[UUID | None] | None) -> UserError:
    """The user error of one account's refusal, with the path to the range or to the account's id in the input."""
    path = None
    if refused.reason.field == "days":
        path = ["range"]
    elif accounts is not None and refused.account_id in accounts:
        path = ["ids", str(accounts.index(refused.account_id))]
    return refusal(refused.reason, path)


def _days(wanted: DateRangeInput | None) -> AskedRange | None:
    return None if wanted is None else asked_range(wanted)


@mutation("refresh_job")
async def cancel_refresh_job(info: Info, job_id: JobId) -> RefreshJob:
    return await cancelling.cancel_refresh_job(
        info.context.tools.db,
        info.context.tools.clock,
        signed_in(info),
        job_id=claimed_id(info.context, job_id, "RefreshJob"),
    )


@mutation("refresh_job")
async def retry_refresh_job(info: Info, job_id: JobId) -> RefreshJob:
    return await retrying.retry_refresh_job(
        info.context.tools.db,
        info.context.tools.clock,
        info.context.tools.vendors.billing,
        signed_in(info),
        job_id=claimed_id(info.context, job_id, "RefreshJob"),
    )


async def refresh_progress(info: Info, job_id: strawberry.ID) -> AsyncGenerator[SharedEvent[RefreshJob], None]:
    context = info.context
    viewer, wanted = signed_in(info), wanted_id(job_id, "RefreshJob", at=["jobId"])
    changes = streams.watch_refresh_job(context.db, context.tools.clock, context.tools.hub, viewer, wanted)
    async for news in changes:
        # Each event loads anew what its fields show.
        context.renew()
        yield _event(news, viewer)


async def refresh_job_changes(info: Info) -> AsyncGenerator[SharedEvent[RefreshJob], None]:
    context, viewer = info.context, signed_in(info)
    async for news in streams.watch_refresh_jobs(context.db, context.tools.clock, context.tools.hub, viewer):
        context.renew()
        yield _event(news, viewer)


def _event(news: JobNews, viewer: Viewer) -> SharedEvent[RefreshJob]:
    """Subscribers of a tenant share what the job itself tells; what is loaded for a viewer is that viewer's alone."""
    alike = (viewer.user_id, viewer.api_key_id, viewer.session_id, viewer.role, viewer.is_staff)
    return SharedEvent(news.job, news.notes, alike)


def requested_by(root: strawberry.Parent[RefreshJob]) -> Actor:
    return Actor(root.requested_by_kind, root.requested_by_user_id, root.requested_by_api_key_id)


def days(root: strawberry.Parent[RefreshJob]) -> DateRange:
    return DateRange(root.range_start, root.range_end)


def breakdowns(root: strawberry.Parent[RefreshJob]) -> list[Breakdown]:
    return [Breakdown(each) for each in root.breakdowns]


def error(root: strawberry.Parent[RefreshJob]) -> Failure | None:
    if root.error_code is None:
        return None
    return Failure(root.error_code, root.error_message or "", bool(root.error_retryable))


def gaps(root: strawberry.Parent[RefreshJob]) -> list[ShownGap]:
    return [
        ShownGap(date.fromisoformat(gap["day"]) if gap["day"] else None, gap["field"], gap["message"])
        for gap in root.gaps
    ]
