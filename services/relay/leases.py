"""A lease: a job that the channel's browser extension has for a while. Its limits, its locks, and how it ends.

Whoever changes a lease has locked the channel, the extension's row and the job, in this order.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from models.acting import Acting
from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from models.channel_jobs.job_queries import channel_job_for_update
from models.channels.channel import Channel, channel_for_update
from models.database import WriteSession
from models.relay.agent import RelayAgent, agent_for_update
from services.tools import HasClock, HasDb, HasRelay, RelayRules

LEASE_S = 120
HEARTBEAT_S = 20
# As long as the extension waits for an answer of the site, and so the latest moment at which a call has an effect.
CALL_TIMEOUT_S = 30
MOST_STEPS = 20
# Between two new items.
CREATE_PAUSE_S = 60


@dataclass(frozen=True, slots=True)
class RelayDesk:
    """A channel and its extension, both locked."""

    channel: Channel
    agent: RelayAgent


class RelayCaller(Acting, Protocol):
    """The extension behind a request."""

    @property
    def channel_id(self) -> UUID: ...


class RelayTools(HasDb, HasClock, HasRelay, Protocol):
    """What work is handed out with."""


async def lock_desk(session: WriteSession, channel_id: UUID) -> RelayDesk | None:
    """None where the channel is gone or has no extension."""
    channel = await channel_for_update(session, channel_id)
    agent = None if channel is None else await agent_for_update(session, channel_id)
    return None if channel is None or agent is None else RelayDesk(channel, agent)


async def job_of_lease(session: WriteSession, agent: RelayAgent) -> ChannelJob | None:
    """The job that the extension has, locked; None where it has none, or the job was taken from it."""
    if agent.lease_id is None or agent.lease_ends_at is None or agent.lease_job_id is None:
        return None
    job = await channel_job_for_update(session, agent.lease_job_id)
    if job is None or job.status is not ChannelJobStatus.RUNNING or job.run_id != agent.lease_id:
        return None
    return job


def renew_lease(agent: RelayAgent, *, now: datetime) -> None:
    agent.lease_ends_at = now + timedelta(seconds=LEASE_S)


def close_lease(agent: RelayAgent) -> None:
    """The lease's id stays, so that a report that is sent again gets the same answer."""
    agent.lease_ends_at = None


def seen_until(rules: RelayRules, last_call_by: datetime) -> datetime:
    """When an item or a message is seen at the site at the latest, if its call was begun by then."""
    return last_call_by + timedelta(seconds=CALL_TIMEOUT_S + rules.listing_delay_s)
