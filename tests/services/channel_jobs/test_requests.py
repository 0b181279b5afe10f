"""Asking for channel jobs: one for the same thing, whoever asks and however many at once."""

import asyncio

import pytest

from auth.permissions import permissions_of
from errors import Refused, UserErrorCode
from models.audit.actor import ActorKind
from models.channel_jobs.job import ChannelJobKind, ChannelJobStatus, SubjectKind
from models.channels.channel import ChannelStatus
from models.ids import new_id
from models.tenants.membership import Role
from services.channel_jobs.requests import PERMISSIONS, JobWish, refuse_closed_channel
from tests.worlds.ads import NOON
from tests.worlds.channel_jobs import SHIP, SYNC, ChannelJobWorld, audited, seller


async def test_what_is_asked_for_many_times_at_once_is_one_job_of_one_queue_job(world: ChannelJobWorld) -> None:
    jobs = await asyncio.gather(*(world.asked() for _ in range(6)))
    assert len({job.id for job in jobs}) == 1
    assert (jobs[0].status, await world.queue(jobs[0])) == (ChannelJobStatus.QUEUED, ["todo"])
    assert await audited(world) == ["channel_job.requested"]


async def test_other_things_other_channels_and_finished_jobs_are_no_twins(world: ChannelJobWorld) -> None:
    first = await world.asked()
    shipped = JobWish(ChannelJobKind.SHIP, SubjectKind.ORDER, new_id())
    others = [
        await world.asked(SHIP),
        await world.asked(shipped),
        await world.asked(JobWish(ChannelJobKind.SHIP, SubjectKind.ORDER, new_id())),
        await world.asked(channel=await seller(world.team)),
    ]
    assert (await world.asked(shipped)).id == others[1].id
    await world.run(first)
    assert len({first.id, (await world.asked()).id, *(job.id for job in others)}) == 6


async def test_what_a_schedule_asks_for_names_no_person_and_is_not_in_the_audit_log(world: ChannelJobWorld) -> None:
    job = await world.asked(by=ActorKind.SCHEDULE)
    assert (job.requested_by_kind, job.requested_by_user_id) == (ActorKind.SCHEDULE, None)
    assert await audited(world) == []


async def test_a_channel_that_is_disconnected_or_frozen_is_refused(world: ChannelJobWorld) -> None:
    gone = await seller(world.team, status=ChannelStatus.DISCONNECTED, disconnected_at=NOON)
    frozen = await seller(world.team, frozen_at=NOON)
    refuse_closed_channel(world.channel, field="id")
    for channel, code in ((gone, UserErrorCode.FORBIDDEN), (frozen, UserErrorCode.QUOTA_EXCEEDED)):
        with pytest.raises(Refused) as refused:
            refuse_closed_channel(channel, field="id")
        assert (refused.value.user_code, refused.value.field) == (code, "id")


def test_every_kind_needs_a_permission_that_viewers_do_not_have() -> None:
    assert PERMISSIONS.keys() == set(ChannelJobKind)
    assert not set(PERMISSIONS.values()) & permissions_of(Role.VIEWER)


async def test_all_wishes_have_a_sameness_of_their_kind(world: ChannelJobWorld) -> None:
    jobs = [await world.asked(JobWish(kind)) for kind in ChannelJobKind]
    assert len({job.id for job in jobs}) == len(ChannelJobKind)
    assert (await world.asked(SYNC)).id in {job.id for job in jobs}
