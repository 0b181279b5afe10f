"""The mutations that ask for jobs with marketplaces and change them."""

import strawberry

from resolvers.channel_jobs import changing
from schema.channel_jobs.job import ChannelJob
from schema.field import field
from schema.user_error import UserError


@strawberry.type
class ChannelJobPayload:
    job: ChannelJob | None = field(description="The job as it is now; null when nothing was changed.")
    user_errors: list[UserError]


@strawberry.type
class ChannelJobsPayload:
    jobs: list[ChannelJob] = field(description="The jobs, new ones and those that were under way already.")
    user_errors: list[UserError]


@strawberry.type
class ChannelJobMutations:
    sync_channel: ChannelJobsPayload | None = field(
        changing.sync_channel,
        description="Reads the channel anew. A sync of the same kind that is under way is returned instead of a second "
        "one. Needs SELL.",
    )
    cancel_channel_job: ChannelJobPayload | None = field(
        changing.cancel_channel_job,
        description="A running one ends before its next step; what it did stays. Needs SELL, for refunds and "
        "cancellations REFUND.",
    )
    retry_channel_job: ChannelJobPayload | None = field(
        changing.retry_channel_job,
        description="The same job again, as its next attempt. Needs SELL, for refunds and cancellations REFUND.",
    )
