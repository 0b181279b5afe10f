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

MigratedListings = Annotated[
    list[str] | None,
    strawberry.argument(
        description="The item numbers of up to 200 listings on EBAY that were made on its own pages or by its older "
        "interfaces: they are taken over, then all listings are read. For good: only eBay's newer interface can "
        "change them afterwards. Each needs a SKU and business policies; refusals are problems of the job."
    ),
]
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
    migrate: MigratedListings = strawberry.UNSET,
) -> ChannelJobsAnswer:
    jobs = await syncing.sync_channel(
        info.context.tools.db,
        info.context.tools.clock,
        signed_in(info),
        claimed_id(info.context, channel_id, "Channel"),
        SyncWish(given_list(kinds, "kinds"), given(since), given_list(migrate, "migrate") or ()),
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
