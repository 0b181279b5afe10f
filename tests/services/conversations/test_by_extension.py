"""Conversations of a channel that a browser extension works: steps are done between runs, and each run begins anew."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from integrations.selling.marketplace import SellerSession
from integrations.vinted.marketplace import VintedMarketplace
from integrations.vinted.relay import RelayOperation, StepWish
from jobs.channels import WORKSHOP
from models.acting import TenantScope
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.relay.step import RelayStep, RelayStepState, steps_of
from services.channel_jobs.relaying import StepsOfRun
from services.channel_jobs.requests import JobWish
from services.channel_jobs.work import ChannelRun, Workshop
from services.toolbox import Toolbox
from tests.stand_ins.relay import SITE, WardrobeSite
from tests.worlds.ads import NOON
from tests.worlds.conversations import ConversationWorld, conversation_world

S, R = ChannelJobStatus, RelayStepState
HELLO = "Yes, it is."


@dataclass
class ExtensionWorld(ConversationWorld):
    """`site` is where the extension works."""

    site: WardrobeSite = field(default_factory=WardrobeSite)

    @property
    def workshop(self) -> Workshop:
        async def opened(run: ChannelRun) -> SellerSession:
            return VintedMarketplace().session(StepsOfRun(run), SITE, run.tools.clock)

        return Workshop(WORKSHOP.by_kind, opened)

    def talks_there(self, talk_id: str, *texts: str, minute: int = 0) -> None:
        """Somebody has written these, a minute after one another."""
        self.site.talk_rows = [each for each in self.site.talk_rows if each["id"] != talk_id]
        row = {"id": talk_id, "with": "mia", "isUnread": True, "updatedAt": at(minute)}
        self.site.talk_rows.insert(0, row)
        messages = self.site.talks.get(talk_id, {"messages": []})["messages"]
        for number, each in enumerate(texts):
            sent_at = at(minute + number - len(texts))
            messages.append({"id": f"b{len(messages) + 1}", "fromUs": False, "text": each, "sentAt": sent_at})
        self.site.talks[talk_id] = {**row, "messages": messages}

    async def steps(self, job: ChannelJob) -> list[RelayStep]:
        async with self.tools.db.read(TenantScope(job.tenant_id)) as session:
            return [*await steps_of(session, job.id)]

    async def work(self, job: ChannelJob, *, lost: str = "", most: int = 1) -> None:
        """The extension does the next steps, up to `most`; the answer to one whose key is `lost` never comes."""
        async with self.tools.db.write(TenantScope(job.tenant_id)) as session:
            wanted = [step for step in await steps_of(session, job.id) if step.state is R.WANTED]
            for step in wanted[:most]:
                result = self.site.result(StepWish(RelayOperation(step.operation), step.arguments, step.key))
                step.started_at = self.clock()
                step.state, step.result = (R.UNKNOWN, None) if step.key == lost else (R.DONE, result)
                session.add(step)

    async def until_ended(self, job: ChannelJob, *, lost: str = "", most: int = 1) -> ChannelJob:
        for _ in range(100):
            job = await self.run(job)
            if job.status in (S.SUCCEEDED, S.FAILED):
                return job
            await self.work(job, lost=lost, most=most)
        raise AssertionError(f"no end: {job.status}, {[step.key for step in await self.steps(job)]}")

    async def read(self, **payload: Any) -> ChannelJob:
        return await self.until_ended(await self.asked(JobWish(ChannelJobKind.SYNC_CONVERSATIONS, payload=payload)))


def at(minute: int) -> str:
    return (NOON + timedelta(minutes=minute)).isoformat()


@pytest.fixture
async def world(tools: Toolbox) -> ExtensionWorld:
    made = await conversation_world(tools)
    world = ExtensionWorld(made.tools, made.clock, made.team, made.channel)
    world.site.now = NOON
    return world


async def test_a_reading_that_begins_anew_with_every_step_stores_everything_once(world: ExtensionWorld) -> None:
    world.site.per_page = 3
    for number in reversed(range(7)):
        world.talks_there(f"t-{number}", "Hello", f"{number}?", minute=-4 * number)
    job = await world.read()
    assert (job.status, job.problems, job.done, job.total) == (S.SUCCEEDED, [], 7, 7)
    found = await world.talks()
    assert set(found) == {f"t-{number}" for number in range(7)}
    assert {each.version for each in found.values()} == {1}
    assert list((await world.words("t-3")).values()) == ["Hello", "3?"]
    # Answers tell of buyers, and go with the end of the job.
    assert await world.steps(job) == []
    asked = len(world.site.done)
    world.clock.move(hours=1)
    assert (await world.read()).status is S.SUCCEEDED
    # The pages of the list, and only those who wrote within the ten minutes before the newest change.
    assert [wish.key for wish in world.site.done[asked:] if wish.operation is RelayOperation.GET_CONVERSATION] == [
        f"conversation-t-{number}" for number in range(3)
    ]


async def test_a_message_is_sent_once_and_is_the_one_that_the_next_reading_brings(world: ExtensionWorld) -> None:
    world.talks_there("t-1", "Still there?")
    await world.read()
    await world.send(HELLO)
    [job] = await world.jobs()
    assert (await world.until_ended(job)).status is S.SUCCEEDED
    assert list((await world.words()).values()) == ["Still there?", HELLO]
    world.talks_there("t-1", "Great!", minute=5)
    await world.read()
    assert list((await world.words()).values()) == ["Still there?", HELLO, "Great!"]
    assert [wish.operation for wish in world.site.done].count(RelayOperation.SEND_MESSAGE) == 1


@pytest.mark.parametrize("has_arrived", [True, False])
async def test_after_a_lost_answer_the_site_is_asked_before_anything_is_sent_again(
    world: ExtensionWorld, has_arrived: bool
) -> None:
    world.talks_there("t-1", "Still there?")
    await world.read()
    await world.send(HELLO)
    [job] = await world.jobs()
    await world.run(job)
    await world.work(job, lost="send-1")
    if not has_arrived:
        world.site.talks["t-1"]["messages"].pop()
    assert (await world.until_ended(job)).status is S.SUCCEEDED
    there = [each["text"] for each in world.site.talks["t-1"]["messages"]]
    assert there == ["Still there?", HELLO]
    assert list((await world.words()).values()) == there
    sent = [wish.key for wish in world.site.done if wish.operation is RelayOperation.SEND_MESSAGE]
    assert sent == (["send-1"] if has_arrived else ["send-1", "send-2"])


async def test_a_retry_after_the_steps_are_gone_looks_first_all_the_same(world: ExtensionWorld) -> None:
    """What an attempt knew of its steps goes when it ends; that it may have sent the message stays."""
    world.talks_there("t-1", "Still there?")
    await world.read()
    await world.send(HELLO)
    [job] = await world.jobs()
    await world.run(job)
    await world.work(job, lost="send-1")
    await world.change("delete from relay_step where tenant_id = :tenant")
    await world.change(
        """update channel_job set memo = '{"unsafe": "Sending"}' where tenant_id = :tenant and id = :id""", id=job.id
    )
    assert (await world.until_ended(job)).status is S.SUCCEEDED
    assert [each["text"] for each in world.site.talks["t-1"]["messages"]] == ["Still there?", HELLO]
