"""ChannelJob: something that is done with a marketplace."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.channel_jobs.job import ChannelJob as ChannelJobRow
from models.channel_jobs.job import ChannelJobErrorCode, ChannelJobKind, ChannelJobStatus
from resolvers.channel_jobs import reading
from resolvers.channels.reading import channel_of
from schema.field import field
from schema.node import Node, entity
from schema.people.actor import Actor
from schema.user_error import UserError

if TYPE_CHECKING:
    from schema.channels import Channel


@strawberry.type(description="Why a job with a marketplace failed.")
class ChannelJobError:
    code: ChannelJobErrorCode = field(description="What kind of reason it was.")
    message: str = field(description="What to do, in words.")
    retryable: bool = field(description="True: retryChannelJob can help.")


@entity(ChannelJobRow, description="Something that is done with a marketplace. One job of a channel runs at a time.")
class ChannelJob(Node):
    channel: Annotated["Channel", strawberry.lazy("schema.channels")] = field(channel_of, description="The channel.")
    kind: ChannelJobKind = field(description="What is done.")
    subject: Node | None = field(
        reading.subject,
        description="What it is about: a product, a listing, an order, a case, a conversation; null for a sync.",
    )
    status: ChannelJobStatus = field(description="Where it is.")
    requested_by: Actor = field(reading.requested_by, description="Who or what asked for it.")
    done: int = field(description="How many things are done, e.g. orders read.")
    total: int | None = field(description="How many there are; null while nobody knows.")
    wait_reason: str | None = field(description="WAITING and UNCERTAIN: why, and what to do.")
    resumes_at: datetime | None = field(description="WAITING: until when; null: until somebody has done something.")
    attempt: int = field(description="1 at first; each retry by a person is one more.")
    error: ChannelJobError | None = field(reading.error, description="Why it failed; null unless it did.")
    problems: list[UserError] = field(
        reading.problems,
        description="Records that were left out although the job went on; the first 100.",
        size=reading.PROBLEMS_LENGTH,
    )
    queued_at: datetime = field(description="When it was asked for.")
    started_at: datetime | None = field(description="When a worker began with this attempt; null until then.")
    finished_at: datetime | None = field(description="When it ended; null until then.")
    version: int = field(description="Grows with every change: order events by it.")
