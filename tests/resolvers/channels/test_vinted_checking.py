"""CHECK of a member of Vinted: who is signed in connects the channel, and nobody else keeps it so."""

from typing import Any

import pytest

from integrations.vinted.relay import RelayErrorCode
from models.channel_jobs.job import ChannelJobErrorCode, ChannelJobKind, ChannelJobStatus
from models.channels.channel import ChannelIssue, ChannelStatus
from models.channels.policy import policies_by_channel
from services.toolbox import Toolbox
from tests.stand_ins.relay import failed
from tests.worlds.relayed import RelayedWorld, relayed_world

S = ChannelJobStatus
CHECK = ChannelJobKind.CHECK
PENDING: dict[str, Any] = {"status": ChannelStatus.PENDING, "external_id": None, "account_name": None}


@pytest.fixture
async def world(tools: Toolbox) -> RelayedWorld:
    made = await relayed_world(tools, **PENDING, sync_every_minutes=60)
    made.site.terms["PACKAGE_SIZE"] = [{"id": "1", "name": "Small"}, {"id": "2", "name": "Large"}]
    return made


async def test_the_first_check_connects_the_channel_of_who_is_signed_in(world: RelayedWorld) -> None:
    waiting = await world.run(await world.asked(ChannelJobKind.SYNC_LISTINGS))
    assert waiting.status is S.WAITING
    assert (await world.synced(CHECK)).status is S.SUCCEEDED
    channel = await world.seen_channel()
    assert (channel.status, channel.issue, channel.reason) == (ChannelStatus.CONNECTED, None, None)
    assert (channel.external_id, channel.account_name) == ("501", "lou")
    assert channel.next_sync_at == world.tools.clock()
    assert (await world.worked(await world.job(waiting.id))).status is S.SUCCEEDED
    async with world.tools.db.read(world.team.viewer) as session:
        [parcels] = await policies_by_channel(session, [channel.id])
    # What was chosen stays so.
    assert {(each.external_id, each.name, each.is_default) for each in parcels} == {
        ("1", "Small", True),
        ("2", "Large", False),
    }


async def test_a_member_who_has_a_channel_already_gets_no_second_one(world: RelayedWorld) -> None:
    await world.another_channel(kind="VINTED", name="Lou's first", external_id="501", market="vinted.fr")
    job = await world.synced(CHECK)
    assert (job.status, job.error_code) == (S.FAILED, ChannelJobErrorCode.REJECTED)
    channel = await world.seen_channel()
    assert (channel.status, channel.issue, channel.external_id) == (
        ChannelStatus.ATTENTION,
        ChannelIssue.CONFIGURATION,
        None,
    )
    assert "Lou's first" in (channel.reason or "")
    # As somebody else it is.
    world.site.member = {"id": "502", "name": "max"}
    assert (await world.synced(CHECK)).status is S.SUCCEEDED
    channel = await world.seen_channel()
    assert (channel.status, channel.issue, channel.external_id) == (ChannelStatus.CONNECTED, None, "502")
    assert channel.next_sync_at is not None


async def test_another_member_than_before_is_asked_to_sign_in_as_that_one(world: RelayedWorld) -> None:
    await world.synced(CHECK)
    world.site.member = {"id": "502", "name": "max"}
    job = await world.synced(CHECK)
    channel = await world.seen_channel()
    assert (job.status, channel.status, channel.issue) == (S.FAILED, ChannelStatus.ATTENTION, ChannelIssue.SIGN_IN)
    assert "sign in as lou" in (channel.reason or "")
    assert (channel.external_id, channel.account_name) == ("501", "lou")
    waiting = await world.run(await world.asked(ChannelJobKind.SYNC_LISTINGS))
    assert (waiting.status, waiting.wait_reason) == (S.WAITING, channel.reason)
    world.site.member = {"id": "501", "name": "lou.2"}
    assert (await world.synced(CHECK)).status is S.SUCCEEDED
    channel = await world.seen_channel()
    assert (channel.status, channel.account_name) == (ChannelStatus.CONNECTED, "lou.2")
    assert (await world.job(waiting.id)).status is S.QUEUED


@pytest.mark.parametrize(
    ("error", "issue", "code"),
    [
        (RelayErrorCode.SIGNED_OUT, ChannelIssue.SIGN_IN, ChannelJobErrorCode.REJECTED),
        (RelayErrorCode.CHALLENGE, ChannelIssue.CHALLENGE, ChannelJobErrorCode.CHALLENGE),
        (RelayErrorCode.FORBIDDEN, ChannelIssue.FORBIDDEN, ChannelJobErrorCode.REJECTED),
    ],
)
@pytest.mark.parametrize("step", ["whoami", "terms-PACKAGE_SIZE--"])
async def test_a_check_that_is_barred_says_why_and_is_asked_for_anew(
    world: RelayedWorld, step: str, error: RelayErrorCode, issue: ChannelIssue, code: ChannelJobErrorCode
) -> None:
    world.relay.fates[step] = failed(error)
    job = await world.synced(CHECK)
    channel = await world.seen_channel()
    assert (job.status, job.error_code) == (S.FAILED, code)
    assert (channel.status, channel.issue, channel.reason) == (ChannelStatus.ATTENTION, issue, job.error_message)
    assert (await world.synced(CHECK)).status is S.SUCCEEDED
    assert (await world.seen_channel()).status is ChannelStatus.CONNECTED


async def test_without_sizes_of_parcels_the_channel_is_connected_all_the_same(world: RelayedWorld) -> None:
    world.relay.fates["terms-PACKAGE_SIZE--"] = failed(RelayErrorCode.INVALID)
    assert (await world.synced(CHECK)).status is S.SUCCEEDED
    channel = await world.seen_channel()
    assert (channel.status, channel.reason) == (ChannelStatus.CONNECTED, None)
