"""Extensions that are not there, or too old: their jobs and channels say so, and no more once one has come."""

from datetime import datetime, timedelta

from models.acting import TenantScope
from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from models.channel_jobs.job_queries import channel_job_for_update
from models.channels.channel import Channel, ChannelIssue, ChannelStatus
from models.database import WriteSession
from models.listener import notify_changes
from models.relay.step import jobs_with_wanted_steps
from models.relay.waiting import channels_without_agent
from services.channel_jobs import states
from services.channel_jobs.of_channels import resume_jobs
from services.relay.leases import RelayDesk, RelayTools, lock_desk

# After so long without a word jobs say what they wait for, and after so long the channel does.
AWAY_AFTER = timedelta(minutes=5)
MISSING_AFTER = timedelta(minutes=15)
# Of one channel at a time.
_MOST_JOBS = 500
_OPEN_BROWSER = "Open the browser that has the extension of this channel: the job goes on by itself then."
_MISSING = "The browser extension was not there for a while: open the browser that has it, and all goes on by itself."
_ENDED_BY_COMING = (ChannelIssue.AGENT_MISSING, ChannelIssue.AGENT_OUTDATED)


async def note_seen(session: WriteSession, desk: RelayDesk, *, version: str, now: datetime) -> None:
    """The extension has asked for work: what waited for it goes on. The caller has locked both."""
    agent, channel = desk.agent, desk.channel
    was_away = agent.seen_at is None or now - agent.seen_at > AWAY_AFTER
    agent.seen_at, agent.version = now, version
    session.add(agent)
    if was_away:
        await _take_words_back(session, channel)
    if channel.status is ChannelStatus.ATTENTION and channel.issue in _ENDED_BY_COMING:
        await _set(session, channel, ChannelStatus.CONNECTED, None, None, now=now)
        await resume_jobs(session, channel.id)


async def note_outdated(session: WriteSession, desk: RelayDesk, *, version: str, reason: str, now: datetime) -> None:
    """The extension that has asked is not served any more; where the channel needs somebody already, it stays so."""
    agent, channel = desk.agent, desk.channel
    agent.seen_at, agent.version = now, version
    session.add(agent)
    is_missing = channel.issue is ChannelIssue.AGENT_MISSING
    if channel.status is ChannelStatus.CONNECTED or is_missing:
        await _set(session, channel, ChannelStatus.ATTENTION, ChannelIssue.AGENT_OUTDATED, reason, now=now)


async def tell_of_missing_agents(tools: RelayTools) -> int:
    """Says of jobs, and later of channels, that the extension is not there; answers of how many, over all tenants."""
    async with tools.db.sweep(reason="look for browser extensions that are not there") as session:
        found = await channels_without_agent(session, before=tools.clock() - AWAY_AFTER)
    told = 0
    for tenant_id, channel_id in found:
        async with tools.db.write(TenantScope(tenant_id)) as session:
            desk = await lock_desk(session, channel_id)
            told += desk is not None and await _tell(session, desk, now=tools.clock())
    return told


async def _tell(session: WriteSession, desk: RelayDesk, *, now: datetime) -> int:
    channel, seen_at = desk.channel, desk.agent.seen_at
    jobs = await _jobs_of_agent(session, channel)
    away_since = max([min((job.queued_at for job in jobs), default=now), *([seen_at] if seen_at else [])])
    if channel.status is not ChannelStatus.CONNECTED or now - away_since < AWAY_AFTER:
        return 0
    told = 0
    for job in jobs:
        if job.status is ChannelJobStatus.QUEUED or job.resumes_at is not None:
            await states.wait(session, job, reason=_OPEN_BROWSER, until=None)
            told += 1
    if now - away_since >= MISSING_AFTER:
        await _set(session, channel, ChannelStatus.ATTENTION, ChannelIssue.AGENT_MISSING, _MISSING, now=now)
        told += 1
    return told


async def _take_words_back(session: WriteSession, channel: Channel) -> None:
    for job in await _jobs_of_agent(session, channel):
        if job.wait_reason == _OPEN_BROWSER:
            await states.requeue(session, job)


async def _jobs_of_agent(session: WriteSession, channel: Channel) -> list[ChannelJob]:
    """The jobs that wait for the extension, locked."""
    ids = await jobs_with_wanted_steps(session, channel.id, most=_MOST_JOBS)
    found = [await channel_job_for_update(session, job_id) for job_id in ids]
    waiting = (ChannelJobStatus.QUEUED, ChannelJobStatus.WAITING)
    return [job for job in found if job is not None and job.status in waiting]


async def _set(
    session: WriteSession,
    channel: Channel,
    status: ChannelStatus,
    issue: ChannelIssue | None,
    reason: str | None,
    *,
    now: datetime,
) -> None:
    channel.status, channel.issue, channel.reason = status, issue, reason
    channel.version, channel.updated_at = channel.version + 1, now
    session.add(channel)
    await session.flush()
    await notify_changes(session, "CHANNEL", [channel.id])
