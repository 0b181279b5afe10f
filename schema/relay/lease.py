"""RelayLease: a job that a browser extension was handed out for a while, as steps."""

import strawberry

from execution.limits.list_sizes import ListLength
from models.channel_jobs.job import ChannelJobKind
from resolvers.relay import working
from schema.field import field
from schema.scalars import JSON
from services.relay.leases import MOST_STEPS
from services.relay.words import RelayOperation


@strawberry.type(description="Something that is done at the site, in the tab of the person who is signed in.")
class RelayStep:
    index: int = field(description="Its place in the lease, from 0; steps are done in this order.")
    operation: RelayOperation = field(description="What is to be done.")
    arguments: JSON = field(description="An object, whose members depend on `operation`: docs/vinted.md.")
    is_unsafe: bool = field(
        description="Whether it must not be done twice: have STARTED accepted before, and never repeat it."
    )


@strawberry.type(description="A job that the extension has until it reports no more, or all steps are done.")
class RelayLease:
    id: strawberry.ID = field(working.lease_id, description="Names the lease in reports.")
    kind: ChannelJobKind = field(description="What the job does.")
    attempt: int = field(description="How often the job was begun, this time included.")
    steps: list[RelayStep] = field(description="What is to be done.", size=ListLength(MOST_STEPS))
    expires_in: int = field(
        description="After so many seconds the lease is over; counted from when the request was sent, so that clocks "
        "do not matter. Each accepted report begins it anew."
    )
    heartbeat_seconds: int = field(description="Report a step that goes on at least this often.")
    call_timeout_seconds: int = field(
        description="A call of the site is given up after so many seconds, and an unsafe step is not begun unless as "
        "many are left of the lease."
    )
    spacing_ms: int = field(description="The least time between two calls of the site.")
