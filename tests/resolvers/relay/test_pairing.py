"""Codes that pair a browser extension: shown to a member, traded once for a token, and gone when a newer one comes."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from auth.relay.secrets import new_code
from errors import Forbidden, Refused
from models.channels.channel import ChannelStatus
from models.tenants.membership import Role
from services.channels.disconnecting import disconnect_channel
from services.toolbox import Toolbox
from services.tools import RelayRules
from tests.worlds.pairing import CHANNEL, PairingWorld
from tests.worlds.people import people_world
from tests.worlds.sign_in import said

AUDIT = "select action, actor_kind from audit_log where tenant_id = :tenant and action like 'channel%' order by at, id"
JOBS = "select kind, requested_by_kind from channel_job where tenant_id = :tenant"


async def refusal(world: PairingWorld, **wish: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as found:
        await world.code(**wish)
    return said(found.value)[0], found.value.field


async def test_a_code_is_traded_for_a_token_and_the_channel_is_checked(world: PairingWorld) -> None:
    shown = await world.code(name="Wardrobe")
    assert (shown.channel.status, shown.channel.market, shown.channel.name) == (
        ChannelStatus.PENDING, "vinted.fr", "Wardrobe"
    )  # fmt: skip
    [before] = (await world.world.say(CHANNEL, world.owner))["channels"]["nodes"]
    assert before["agent"] is None
    told = await world.told(shown.code)
    assert (told["channelName"], told["market"], told["userErrors"]) == ("Wardrobe", "vinted.fr", [])
    assert await world.is_let_in(told["token"])
    [after] = (await world.world.say(CHANNEL, world.owner))["channels"]["nodes"]
    assert (after["status"], after["agent"]["isConnected"], after["agent"]["version"]) == ("PENDING", True, "1.0.0")
    assert await world.values(JOBS) == [("CHECK", "AGENT")]
    assert await world.values(AUDIT) == [("channel.pairing_code_made", "USER"), ("channel.paired", "AGENT")]


async def test_neither_code_nor_token_is_stored(world: PairingWorld) -> None:
    token, _ = await world.paired()
    shown = await world.code(key="one", channel_id=await world.spare())
    tables = ("relay_secret", "relay_agent", "audit_log", "idempotency_key")
    of_team = "select kept::text from {0} kept where {1} = :tenant"
    queries = [of_team.format(each, "in_tenant_id" if each == "relay_secret" else "tenant_id") for each in tables]
    stored = str([await world.values(query) for query in queries])
    assert len(stored) > 100
    assert token not in stored
    assert token[-10:] not in stored
    assert shown.code not in stored


async def test_a_code_works_once_however_it_is_typed(world: PairingWorld) -> None:
    shown = await world.code()
    typed = f" {shown.code[:4].lower()}-{shown.code[4:]} "
    assert (await world.told(typed))["token"]
    assert await world.refused(shown.code) == ["TOKEN_INVALID"]


async def test_of_two_who_type_a_code_at_once_one_is_let_in(world: PairingWorld) -> None:
    shown = await world.code()
    told = await asyncio.gather(*(world.told(shown.code) for _ in range(4)))
    assert sorted(bool(each["token"]) for each in told) == [False, False, False, True]
    assert await world.values("select kind from relay_secret where in_tenant_id = :tenant") == ["TOKEN"]


async def test_a_wrong_code_tells_nothing(world: PairingWorld) -> None:
    used, old = await world.code(), await world.code(channel_id=await world.spare())
    await world.told(used.code)
    world.world.clock.move(minutes=10)
    wrong = [used.code, old.code, new_code(), "", " ", "0O1Il5S8", "x" * 100_000, "\U0001f642" * 8, "ACDE\x00FGH"]
    told = [(await world.told(each))["userErrors"] for each in wrong]
    assert {str(each) for each in told} == {str(told[0])}
    assert (told[0][0]["code"], told[0][0]["field"]) == ("TOKEN_INVALID", ["code"])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"version": "0.9.9"}, "AGENT_OUTDATED"),
        ({"version": "0"}, "AGENT_OUTDATED"),
        ({"protocol": 0}, "AGENT_OUTDATED"),
        ({"protocol": 2}, "AGENT_OUTDATED"),
        ({"version": ""}, "INVALID"),
        ({"version": "one"}, "INVALID"),
        ({"version": "1.0.0.0.0"}, "INVALID"),
        ({"version": "9" * 10_000}, "INVALID"),
        ({"version": "1.0.٣"}, "INVALID"),
    ],
)
async def test_an_extension_that_is_too_old_uses_no_code_up(
    world: PairingWorld, given: dict[str, Any], code: str
) -> None:
    shown = await world.code()
    assert await world.refused(shown.code, **given) == [code]
    # Whether there is such a code is not told either.
    assert await world.refused(new_code(), **given) == [code]
    assert (await world.told(shown.code, version="1.0"))["token"]


async def test_the_oldest_version_that_is_served_is_a_setting(tools: Toolbox) -> None:
    async with people_world(replace(tools, relay=RelayRules(oldest_agent="1.10"))) as people:
        world = PairingWorld(people, await people.person())
        shown = await world.code()
        assert await world.refused(shown.code, version="1.9.9") == ["AGENT_OUTDATED"]
        assert (await world.told(shown.code, version="1.10.0"))["token"]


async def test_pairing_anew_ends_the_token_before_at_once(world: PairingWorld) -> None:
    token, channel = await world.paired()
    shown = await world.code(channel_id=channel.id)
    assert shown.channel.id == channel.id
    assert not await world.is_let_in(token)
    [seen] = (await world.world.say(CHANNEL, world.owner))["channels"]["nodes"]
    assert (seen["status"], seen["agent"]["isConnected"], seen["agent"]["lastSeenAt"]) == ("PENDING", False, None)
    newer = await world.code(channel_id=channel.id)
    assert await world.refused(shown.code) == ["TOKEN_INVALID"]
    assert await world.is_let_in((await world.told(newer.code))["token"])


async def test_a_code_needs_a_site_that_there_is(world: PairingWorld) -> None:
    for market in (None, "", "vinted.xx", "EBAY_DE", "https://www.vinted.fr", "VINTED.FR", "x" * 10_000):
        assert await refusal(world, market=market) == ("INVALID", "market")
    shown = await world.code()
    assert await refusal(world, channel_id=shown.channel.id, market="vinted.de") == ("NOT_SUPPORTED", "market")
    assert await refusal(world, channel_id=uuid4()) == ("NOT_FOUND", "channel_id")
    assert await refusal(world, name="x" * 101) == ("INVALID", "name")
    assert (await world.code(channel_id=shown.channel.id, market="vinted.fr")).channel.market == "vinted.fr"


async def test_a_channel_of_another_team_or_kind_is_not_paired(world: PairingWorld) -> None:
    other = PairingWorld(world.world, await world.world.person())
    theirs = (await other.code()).channel
    assert await refusal(world, channel_id=theirs.id) == ("NOT_FOUND", "channel_id")
    shop = "mutation { connectChannel(input: { kind: SHOP }) { channel { id } } }"
    await world.world.say(shop, world.owner)
    [shop_id] = await world.values("select id from channel where tenant_id = :tenant")
    assert await refusal(world, channel_id=shop_id) == ("INVALID", "kind")


async def test_a_repeated_call_shows_the_same_code_to_the_same_person_alone(world: PairingWorld) -> None:
    first, again = await world.code(key="one"), await world.code(key="one")
    assert (first.code, first.channel.id) == (again.code, again.channel.id)
    with pytest.raises(Refused, match="another input"):
        await world.code(await world.member(), key="one")


async def test_a_program_pairs_nothing(world: PairingWorld) -> None:
    key = replace(world.owner.viewer, user_id=None, api_key_id=uuid4(), key_maker_id=world.owner.viewer.user_id)
    with pytest.raises(Forbidden):
        await world.code(replace(world.owner, viewer=key))
    for role in (Role.MANAGER, Role.VIEWER):
        with pytest.raises(Forbidden):
            await world.code(replace(world.owner, viewer=replace(world.owner.viewer, role=role)))
    assert await world.values("select id from channel where tenant_id = :tenant") == []


async def test_a_channel_that_waits_for_its_extension_counts_for_the_plan(world: PairingWorld) -> None:
    first = (await world.code()).channel
    # A team on the free plan has room for one.
    assert await refusal(world) == ("QUOTA_EXCEEDED", None)
    await disconnect_channel(world.world.tools, world.owner.viewer, first.id)
    assert (await world.code()).channel.status is ChannelStatus.PENDING
    assert await refusal(world, channel_id=first.id) == ("QUOTA_EXCEEDED", None)


async def test_a_frozen_channel_is_not_paired(world: PairingWorld) -> None:
    frozen = (await world.code()).channel
    await world.change("update channel set frozen_at = now() where tenant_id = :tenant")
    assert await refusal(world, channel_id=frozen.id) == ("QUOTA_EXCEEDED", "channel_id")
