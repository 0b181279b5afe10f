"""channelTerms of Vinted: what the extension has read, and what it is asked to read by the question."""

from typing import Any

import pytest
from sqlmodel import select

from integrations.vinted.relay import RelayErrorCode
from models.audit.actor import ActorKind
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channels import term_list as lists
from models.channels.channel import ChannelStatus
from models.channels.term_list import ChannelTermList
from models.tenants.membership import Role
from services.toolbox import Toolbox
from tests.stand_ins.relay import failed
from tests.worlds.relayed import RelayedWorld, relayed_world

S = ChannelJobStatus
TERMS = """
query ($id: ID!, $kind: AttributeKind!, $parent: String, $search: String, $market: String, $first: Int = 50) {
  channelTerms(channelId: $id, kind: $kind, parent: $parent, search: $search, market: $market, first: $first) {
    externalId name parent isLeaf } }"""
WOMEN = {"id": "1904", "name": "Women", "isLeaf": False}
MEN = {"id": "5", "name": "Men", "isLeaf": False}
DRESSES = {"id": "10", "name": "Dresses"}


@pytest.fixture
async def world(tools: Toolbox) -> RelayedWorld:
    made = await relayed_world(tools)
    made.site.terms = {
        "PACKAGE_SIZE": [{"id": "1", "name": "Small"}],
        "CATEGORY": [WOMEN, MEN],
        "CONDITION": [{"id": "6", "name": "New"}],
        "COLOUR": [{"id": "12", "name": "Black"}, {"id": "7", "name": "Red"}],
        "BRAND": [{"id": "53", "name": "Nike"}],
    }
    return made


async def terms(world: RelayedWorld, kind: str, **given: Any) -> Any:
    return (await world.told(TERMS, id=world.channel_id, kind=kind, **given))["channelTerms"]


async def asked(world: RelayedWorld) -> list[ChannelJob]:
    """The jobs that wait to be run."""
    return [each for each in await world.jobs() if each.status is S.QUEUED]


async def kept(world: RelayedWorld) -> list[ChannelTermList]:
    async with world.tools.db.read(world.team.viewer) as session:
        mine = select(ChannelTermList).where(ChannelTermList.tenant_id == world.team.tenant_id)
        return [*(await session.exec(mine)).all()]


async def test_a_check_reads_what_mappings_begin_with_once_a_day(world: RelayedWorld) -> None:
    assert (await world.synced(ChannelJobKind.CHECK)).status is S.SUCCEEDED
    assert await terms(world, "CATEGORY") == [
        {"externalId": "1904", "name": "Women", "parent": None, "isLeaf": False},
        {"externalId": "5", "name": "Men", "parent": None, "isLeaf": False},
    ]
    assert [each["name"] for each in await terms(world, "CONDITION")] == ["New"]
    assert [each["name"] for each in await terms(world, "COLOUR", search="RE")] == ["Red"]
    assert [each["name"] for each in await terms(world, "COLOUR", first=1)] == ["Black"]
    assert await asked(world) == []
    count = len(world.site.done)
    assert (await world.synced(ChannelJobKind.CHECK)).status is S.SUCCEEDED
    assert [each.key for each in world.site.done[count:]] == ["whoami", "terms-PACKAGE_SIZE--"]
    world.move(days=1)
    assert [each["name"] for each in await terms(world, "CONDITION")] == ["New"]
    # What is older than a day is answered, and read anew.
    assert len(await asked(world)) == 1


async def test_what_is_not_known_yet_is_empty_and_read_by_one_job(world: RelayedWorld) -> None:
    await world.synced(ChannelJobKind.CHECK)
    world.site.terms["CATEGORY"] = [DRESSES]
    for _ in range(3):
        assert await terms(world, "CATEGORY", parent="1904") == []
    [job] = await asked(world)
    assert (job.kind, job.requested_by_kind) == (ChannelJobKind.CHECK, ActorKind.SYSTEM)
    count = len(world.site.done)
    assert (await world.worked(job)).status is S.SUCCEEDED
    assert [each.arguments for each in world.site.done[count:]] == [{}, {"kind": "CATEGORY", "parent": "1904"}]
    [below] = await terms(world, "CATEGORY", parent="1904")
    assert below == {"externalId": "10", "name": "Dresses", "parent": "1904", "isLeaf": True}
    # And below that.
    assert await terms(world, "SIZE", parent="10") == []
    assert len(await asked(world)) == 1


async def test_brands_are_asked_for_by_their_names(world: RelayedWorld) -> None:
    await world.synced(ChannelJobKind.CHECK)
    assert await terms(world, "BRAND", search=" Nike ") == []
    [job] = await asked(world)
    await world.worked(job)
    assert [each["name"] for each in await terms(world, "BRAND", search="NIKE")] == ["Nike"]


@pytest.mark.parametrize("error", [RelayErrorCode.NOT_FOUND, RelayErrorCode.INVALID])
async def test_what_the_site_does_not_tell_is_kept_as_nothing(world: RelayedWorld, error: RelayErrorCode) -> None:
    await world.synced(ChannelJobKind.CHECK)
    await terms(world, "CATEGORY", parent="5")
    world.relay.fates["terms-CATEGORY-5-"] = failed(error)
    [job] = await asked(world)
    assert (await world.worked(job)).status is S.SUCCEEDED
    assert await terms(world, "CATEGORY", parent="5") == []
    assert await asked(world) == []


@pytest.mark.parametrize("error", [RelayErrorCode.SERVER_ERROR, RelayErrorCode.TIMEOUT])
async def test_a_channel_is_connected_though_its_terms_cannot_be_read(tools: Toolbox, error: RelayErrorCode) -> None:
    world = await relayed_world(tools, status=ChannelStatus.PENDING, external_id=None, account_name=None)
    world.site.terms["PACKAGE_SIZE"] = []
    world.relay.fates["terms-PACKAGE_SIZE--"] = failed(error)
    job = await world.synced(ChannelJobKind.CHECK)
    assert job.status is S.WAITING
    assert (await world.seen_channel()).status is ChannelStatus.CONNECTED


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "SEASON"}, "these kinds"),
        ({"kind": "CATEGORY", "parent": "404"}, "`parent`"),
        ({"kind": "CATEGORY", "parent": "x" * 1_000}, "`parent`"),
        ({"kind": "SIZE", "parent": "'; drop table"}, "`parent`"),
        ({"kind": "BRAND", "search": "x" * 101}, "`search`"),
        ({"kind": "BRAND", "search": "a\nb"}, "`search`"),
        ({"kind": "CATEGORY", "market": "vinted.xx"}, "markets"),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_no_job_is_made_of_it(
    world: RelayedWorld, given: dict[str, Any], words: str
) -> None:
    await world.synced(ChannelJobKind.CHECK)
    answer = await world.ask(TERMS, id=world.channel_id, **given)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert words in answer.messages[0]
    assert await asked(world) == []


async def test_a_channel_that_waits_for_somebody_is_asked_nothing(world: RelayedWorld) -> None:
    await world.change(world.channel, status=ChannelStatus.ATTENTION)
    assert await terms(world, "CATEGORY") == []
    assert await world.jobs() == []


async def test_only_so_many_lists_are_kept_the_latest_ones(
    world: RelayedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_LISTS", 3)
    await world.synced(ChannelJobKind.CHECK)
    world.move(minutes=1)
    for brand in ("nike", "zara"):
        await terms(world, "BRAND", search=brand)
        [job] = await asked(world)
        await world.worked(job)
        world.move(minutes=1)
    assert sorted(each.search for each in await kept(world)) == ["", "nike", "zara"]


async def test_terms_need_edit_catalog_and_are_the_tenants_own(world: RelayedWorld, tools: Toolbox) -> None:
    await world.synced(ChannelJobKind.CHECK)
    other = await relayed_world(tools)
    assert (await other.told(TERMS, id=world.channel_id, kind="CATEGORY"))["channelTerms"] is None
    world.role = Role.VIEWER
    assert (await world.ask(TERMS, id=world.channel_id, kind="CATEGORY")).codes == ["FORBIDDEN"]
