"""Jobs with marketplaces as clients read and watch them."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from errors import UserErrorCode
from execution.limits.list_sizes import DEFAULT_PAGE, ListLength
from models.channel_jobs.job import ChannelJob, ChannelJobErrorCode, ChannelJobKind, ChannelJobStatus
from models.channel_jobs.job_queries import ChannelJobFilter, JobsOfChannel, PageOfJobs
from models.channels.channel import Channel
from models.columns import Row
from models.keyset import PageBelow
from resolvers.actors import Actor
from resolvers.batching import loaded, with_list_form
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given, given_ids, given_list
from resolvers.inputs.ids import wanted_id
from resolvers.loaders import Loaders
from resolvers.mutation import UserError
from resolvers.nodes import KIND_OF_TYPE
from resolvers.page import Page, pages_below, window
from services.channel_jobs import by_people
from services.channel_jobs.streams import watch_channel_job
from services.channel_jobs.work import MOST_PROBLEMS

PROBLEMS_LENGTH = ListLength(MOST_PROBLEMS)


@strawberry.input(description="All given parts must hold.", name="ChannelJobFilter")
class ChannelJobFilterInput:
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Those of these channels."
    )
    kind: list[ChannelJobKind] | None = strawberry.field(
        default=strawberry.UNSET, description="Those that do one of these things."
    )
    status: list[ChannelJobStatus] | None = strawberry.field(
        default=strawberry.UNSET, description="Those in one of these states."
    )


ChannelJobFilterArgument = Annotated[ChannelJobFilterInput | None, strawberry.argument(name="filter")]


@dataclass(frozen=True, slots=True)
class ShownFailure:
    code: ChannelJobErrorCode
    message: str
    retryable: bool


async def channel_jobs(
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter_: ChannelJobFilterArgument = strawberry.UNSET,
) -> Page[ChannelJob]:
    viewer, db, wanted = signed_in(info), info.context.db, _wanted(given(filter_))
    found = await by_people.channel_jobs(db, viewer, wanted, window(first, after))
    return Page(found, lambda: by_people.number_of_channel_jobs(db, viewer, wanted))


async def jobs_of_channel(
    root: strawberry.Parent[Channel],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter_: ChannelJobFilterArgument = strawberry.UNSET,
) -> Page[ChannelJob]:
    [page] = await _jobs_of_channels([root], info, first, after, filter_)
    return page


async def _jobs_of_channels(
    root: Sequence[Channel],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter_: ChannelJobFilterArgument = strawberry.UNSET,
) -> list[Page[ChannelJob]]:
    loaders, page, wanted = info.context.loaders, window(first, after), _wanted(given(filter_))
    keys = [(PageOfJobs(PageBelow(each.id, page), wanted), JobsOfChannel(each.id, wanted)) for each in root]
    return await pages_below(loaders.channel_jobs_by_channel, loaders.channel_job_counts_by_channel, keys)


with_list_form(jobs_of_channel, _jobs_of_channels)


def _wanted(asked: ChannelJobFilterInput | None) -> ChannelJobFilter:
    if asked is None:
        return ChannelJobFilter()
    return ChannelJobFilter(
        given_ids(asked.channel_ids, "channelIds", of="Channel"),
        given_list(asked.kind, "kind"),
        given_list(asked.status, "status"),
    )


async def channel_job_progress(info: Info, job_id: strawberry.ID) -> AsyncGenerator[ChannelJob, None]:
    context = info.context
    viewer, wanted = signed_in(info), wanted_id(job_id, "ChannelJob", at=["jobId"])
    async for job in watch_channel_job(context.db, context.tools.clock, context.tools.hub, viewer, wanted):
        # Each event loads anew what its fields show.
        context.renew()
        yield job


def _subject(loaders: Loaders, job: ChannelJob) -> object:
    # A subject whose type the API does not show yet is no node.
    kind = None if job.subject_kind is None else KIND_OF_TYPE.get(job.subject_kind)
    return None if kind is None or job.subject_id is None else kind.load(loaders)(job.subject_id)


subject = loaded(_subject, shows=Row)


def requested_by(root: strawberry.Parent[ChannelJob]) -> Actor:
    return Actor(root.requested_by_kind, root.requested_by_user_id, root.requested_by_api_key_id)


def error(root: strawberry.Parent[ChannelJob]) -> ShownFailure | None:
    if root.error_code is None:
        return None
    return ShownFailure(root.error_code, root.error_message or "", bool(root.error_retryable))


def problems(root: strawberry.Parent[ChannelJob]) -> list[UserError]:
    return [UserError(UserErrorCode(each["code"]), each["message"], None, each.get("field")) for each in root.problems]
