"""Jobs with marketplaces as clients ask for them, list, watch, cancel and repeat them; and who may."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import Rejected
from models.audit.actor import ActorKind
from models.channel_jobs.job import ChannelJobKind, SubjectKind
from models.channels.abilities import ChannelAbility
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.products.product import Product, ProductStatus
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.channel_jobs import syncing
from services.channel_jobs.requests import JobWish
from services.channel_jobs.syncing import tick_channels
from services.channel_jobs.work import ChannelRun
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.channel_jobs import ChannelJobWorld, channel_job_world, seller

JOB = """id kind status done total waitReason resumesAt attempt version queuedAt startedAt finishedAt
  channel { id } subject { id } requestedBy { kind } error { code message retryable }
  problems { code message field }"""
ERRORS = "userErrors { code field message }"
SYNC = f"""mutation ($id: ID!, $kinds: [ChannelJobKind!], $since: DateTime) {{
  syncChannel(id: $id, kinds: $kinds, since: $since) {{ jobs {{ {JOB} }} {ERRORS} }} }}"""
CANCEL = f"mutation ($id: ID!) {{ cancelChannelJob(id: $id) {{ job {{ {JOB} }} {ERRORS} }} }}"
RETRY = f"mutation ($id: ID!) {{ retryChannelJob(id: $id) {{ job {{ {JOB} }} {ERRORS} }} }}"
LIST = f"""query ($filter: ChannelJobFilter) {{
  channelJobs(filter: $filter) {{ totalCount nodes {{ {JOB} }} }} }}"""
OF_CHANNELS = """query ($filter: ChannelJobFilter) { channels { nodes {
  id nextSyncAt jobs(first: 1, filter: $filter) { totalCount nodes { kind } } } } }"""
WATCH = f"subscription ($id: ID!) {{ channelJobProgress(jobId: $id) {{ {JOB} }} }}"


@pytest.fixture
async def world(tools: Toolbox, monkeypatch: pytest.MonkeyPatch) -> ChannelJobWorld:
    can = (ChannelAbility.LISTINGS, ChannelAbility.ORDERS, ChannelAbility.SHIP)
    monkeypatch.setattr(syncing, "ABILITIES", {ChannelKind.EBAY: can, ChannelKind.SHOP: can})
    return await channel_job_world(tools)


async def ask(world: ChannelJobWorld, query: str, role: Role = Role.MANAGER, **given: Any) -> Answer:
    return await Door(world.tools, world.team.as_role(role)).ask(query, **given)


async def told(world: ChannelJobWorld, query: str, **given: Any) -> Any:
    """The payload of a mutation, or the answer's one field."""
    answer = await ask(world, query, **given)
    assert answer.codes == [], answer.messages
    [payload] = answer.data.values()
    return payload


def channel_id(channel: Channel) -> str:
    return encode_id("Channel", channel.id)


async def test_a_channel_is_read_by_all_that_it_can_and_once_at_a_time(world: ChannelJobWorld) -> None:
    first = await told(world, SYNC, id=channel_id(world.channel))
    assert [job["kind"] for job in first["jobs"]] == ["SYNC_LISTINGS", "SYNC_ORDERS"]
    assert {job["requestedBy"]["kind"] for job in first["jobs"]} == {"USER"}
    again = await told(world, SYNC, id=channel_id(world.channel), kinds=["SYNC_ORDERS", "CHECK", "SYNC_ORDERS"])
    assert [job["kind"] for job in again["jobs"]] == ["SYNC_ORDERS", "CHECK"]
    assert again["jobs"][0]["id"] == first["jobs"][1]["id"]
    assert (await told(world, LIST))["totalCount"] == 3


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"kinds": ["SYNC_CASES"]}, "NOT_SUPPORTED", ["kinds"]),
        ({"kinds": ["REFUND"]}, "NOT_SUPPORTED", ["kinds"]),
        ({"kinds": []}, "INVALID", ["kinds"]),
        ({"since": "2099-01-01T00:00:00Z"}, "INVALID", ["since"]),
        ({"since": "1999-12-31T23:59:59Z"}, "INVALID", ["since"]),
        ({"since": "1990-01-01T00:00:00Z", "kinds": ["SYNC_LISTINGS"]}, "INVALID", ["since"]),
        ({"id": "nothing"}, "INVALID", ["id"]),
    ],
)
async def test_what_cannot_be_read_is_refused_before_anything_is_queued(
    world: ChannelJobWorld, given: dict[str, Any], code: str, field: list[str]
) -> None:
    payload = await told(world, SYNC, **{"id": channel_id(world.channel)} | given)
    assert [(each["code"], each["field"]) for each in payload["userErrors"]] == [(code, field)]
    assert (await told(world, LIST))["totalCount"] == 0


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"kind": ChannelKind.SHOP}, "NOT_SUPPORTED"),
        ({"status": ChannelStatus.DISCONNECTED, "disconnected_at": "now"}, "FORBIDDEN"),
        ({"frozen_at": "now"}, "QUOTA_EXCEEDED"),
    ],
)
async def test_shops_and_closed_channels_are_not_read(
    world: ChannelJobWorld, values: dict[str, Any], code: str
) -> None:
    given = {name: world.clock() if value == "now" else value for name, value in values.items()}
    payload = await told(world, SYNC, id=channel_id(await seller(world.team, **given)))
    assert [each["code"] for each in payload["userErrors"]] == [code]


@pytest.mark.parametrize("mutation", [SYNC, CANCEL, RETRY])
async def test_viewers_change_nothing(world: ChannelJobWorld, mutation: str) -> None:
    job = await world.asked()
    node = channel_id(world.channel) if mutation is SYNC else encode_id("ChannelJob", job.id)
    assert (await ask(world, mutation, Role.VIEWER, id=node)).codes == ["FORBIDDEN"]
    assert (await world.row(job)).version == job.version


async def test_what_moves_money_is_cancelled_by_who_may_ask_for_it(world: ChannelJobWorld) -> None:
    job = await world.asked(JobWish(ChannelJobKind.REFUND))
    assert (await ask(world, CANCEL, Role.MANAGER, id=encode_id("ChannelJob", job.id))).codes == ["FORBIDDEN"]
    answer = await ask(world, CANCEL, Role.ADMIN, id=encode_id("ChannelJob", job.id))
    assert answer.data["cancelChannelJob"]["job"]["status"] == "CANCELLED"


async def test_a_job_shows_what_it_is_about_why_it_failed_and_what_it_left_out(world: ChannelJobWorld) -> None:
    async def work(run: ChannelRun) -> None:
        run.progress(1, 2)
        run.problem("It has no price.", path=["orders", "17"])
        raise Rejected("The marketplace refuses the title.")

    [product] = await world.team.keep(
        Product(
            tenant_id=world.team.tenant_id,
            sku="A",
            title="A",
            currency="EUR",
            price=Decimal(1),
            quantity=1,
            status=ProductStatus.PUBLISHED,
        )
    )
    assert isinstance(product, Product)
    world.deed.steps = [work]
    await world.run(await world.asked(JobWish(ChannelJobKind.PUBLISH, SubjectKind.PRODUCT, product.id)))
    [shown] = (await told(world, LIST, filter={"status": ["FAILED"], "kind": ["PUBLISH"]}))["nodes"]
    assert shown["subject"] == {"id": encode_id("Product", product.id)}
    assert (shown["channel"]["id"], shown["done"], shown["total"]) == (channel_id(world.channel), 1, 2)
    assert shown["error"] == {
        "code": "REJECTED",
        "message": "The marketplace refuses the title.",
        "retryable": True,
    }
    assert shown["problems"] == [{"code": "INVALID", "message": "It has no price.", "field": ["orders", "17"]}]
    retried = await told(world, RETRY, id=shown["id"])
    assert (retried["job"]["status"], retried["job"]["attempt"], retried["job"]["error"]) == ("QUEUED", 2, None)
    assert [each["code"] for each in (await told(world, RETRY, id=shown["id"]))["userErrors"]] == ["NOT_RETRYABLE"]


async def test_jobs_are_listed_by_channel_kind_and_status(world: ChannelJobWorld) -> None:
    other = await seller(world.team)
    await world.asked()
    await world.asked(channel=other)
    await world.asked(JobWish(ChannelJobKind.CHECK), channel=other)
    assert (await told(world, LIST, filter={"channelIds": [channel_id(other)]}))["totalCount"] == 2
    assert (await told(world, LIST, filter={"kind": ["CHECK"]}))["totalCount"] == 1
    assert (await told(world, LIST, filter={"status": []}))["totalCount"] == 0
    found = (await told(world, OF_CHANNELS, filter={"kind": ["SYNC_ORDERS"]}))["nodes"]
    assert [each["jobs"] for each in found] == [{"totalCount": 1, "nodes": [{"kind": "SYNC_ORDERS"}]}] * 2


async def test_a_due_channel_is_read_by_its_schedule_and_no_other(world: ChannelJobWorld) -> None:
    frozen = await seller(world.team, sync_every_minutes=15, next_sync_at=world.clock(), frozen_at=world.clock())
    later = await seller(world.team, sync_every_minutes=15, next_sync_at=world.clock() + timedelta(minutes=1))
    await world.set_channel(sync_every_minutes=15, next_sync_at=world.clock())
    await tick_channels(world.tools)
    await tick_channels(world.tools)
    nodes = {each["id"]: each for each in (await told(world, OF_CHANNELS))["nodes"]}
    numbers = [nodes[channel_id(each)]["jobs"]["totalCount"] for each in (world.channel, frozen, later)]
    assert numbers == [2, 0, 0]
    assert nodes[channel_id(world.channel)]["nextSyncAt"] == "2026-11-21T12:15:00+00:00"
    [job, _] = (await told(world, LIST))["nodes"]
    assert job["requestedBy"]["kind"] == ActorKind.SCHEDULE


async def test_progress_tells_the_state_each_change_and_the_end(world: ChannelJobWorld) -> None:
    job = await world.asked()
    seen: list[Any] = []
    go_on = asyncio.Event()

    async def work(run: ChannelRun) -> None:
        run.progress(1, 2)
        await run.tell("Reading orders")
        await go_on.wait()

    world.deed.steps = [work]
    door = Door(world.tools, world.team.as_role(Role.VIEWER))
    async with aclosing(door.watch(WATCH, id=encode_id("ChannelJob", job.id))) as answers, asyncio.TaskGroup() as group:
        async for answer in answers:
            assert answer.codes == []
            seen.append(answer.data["channelJobProgress"])
            if len(seen) == 1:
                group.create_task(world.run(job))
            elif seen[-1]["done"]:
                go_on.set()
    assert [seen[0]["status"], seen[-1]["status"]] == ["QUEUED", "SUCCEEDED"]
    assert [each["version"] for each in seen] == sorted({each["version"] for each in seen})


async def test_nobody_watches_what_is_not_theirs(world: ChannelJobWorld, tools: Toolbox) -> None:
    theirs = await channel_job_world(tools)
    job = await theirs.asked()
    door = Door(world.tools, world.team.as_role(Role.OWNER))
    for wrong in (encode_id("ChannelJob", job.id), encode_id("RefreshJob", job.id), "x"):
        async with aclosing(door.watch(WATCH, id=wrong)) as answers:
            [codes] = [answer.codes async for answer in answers]
        assert codes in (["NOT_FOUND"], ["BAD_USER_INPUT"])
