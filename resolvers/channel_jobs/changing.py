"""The mutations that ask for jobs with marketplaces, cancel and repeat them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import strawberry

from models.channel_jobs.job import ChannelJob, ChannelJobKind
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given, given_list
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import UserError, mutation
from services.channel_jobs import by_people, syncing
from services.channel_jobs.syncing import SyncWish

JobId = Annotated[strawberry.ID, strawberry.argument(name="id")]


@dataclass(slots=True)
class ChannelJobsAnswer:
    jobs: list[ChannelJob] = field(default_factory=list)
    user_errors: list[UserError] = field(default_factory=list)


@mutation(ChannelJobsAnswer)
async def sync_channel(
    info: Info,
    channel_id: Annotated[strawberry.ID, strawberry.argument(name="id")],
    kinds: list[ChannelJobKind] | None = strawberry.UNSET,
    since: datetime | None = strawberry.UNSET,
) -> ChannelJobsAnswer:
    jobs = await syncing.sync_channel(
        info.context.tools.db,
        info.context.tools.clock,
        signed_in(info),
        claimed_id(info.context, channel_id, "Channel"),
        SyncWish(given_list(kinds, "kinds"), given(since)),
    )
    return ChannelJobsAnswer(jobs)


@mutation("job")
async def cancel_channel_job(info: Info, job_id: JobId) -> ChannelJob:
    return await by_people.cancel_channel_job(
        info.context.tools.db,
        info.context.tools.clock,
        signed_in(info),
        job_id=claimed_id(info.context, job_id, "ChannelJob"),
    )


@mutation("job")
async def retry_channel_job(info: Info, job_id: JobId) -> ChannelJob:
    return await by_people.retry_channel_job(
        info.context.tools.db,
        info.context.tools.clock,
        signed_in(info),
        job_id=claimed_id(info.context, job_id, "ChannelJob"),
    )
