"""The tokens of a channel: renewed once however many ask, stored before use, given up in words when refused."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import text

from integrations.errors import AccessRevoked, TimedOut, Unavailable
from integrations.selling.marketplace import OAuthMarketplace
from integrations.selling.records import SellerTokens
from models.channels.access import ChannelAccess, access_of_channel
from models.channels.channel import Channel, ChannelIssue, ChannelKind, ChannelStatus, channels_by_ids
from models.ids import new_id
from services import channel_access
from services.channel_access import fresh_session, give_up, refresh_token_of, seal
from services.toolbox import Toolbox
from tests.stand_ins.marketplace import REFUSED, RotatingMarketplace, SessionOfToken
from tests.worlds.ads import NOON, EntityWorld, entity_world


@dataclass
class World:
    tools: Toolbox
    team: EntityWorld
    marketplace: RotatingMarketplace
    channel: Channel

    async def session(self) -> SessionOfToken:
        return cast(SessionOfToken, await fresh_session(self.tools, self.team.viewer, self.channel))

    async def stored(self) -> tuple[Channel, ChannelAccess]:
        async with self.tools.db.read(self.team.viewer) as session:
            [channel] = await channels_by_ids(session, [self.channel.id])
            access = await access_of_channel(session, channel.id)
        assert access is not None
        return channel, access

    async def change(self, what: str, **given: Any) -> None:
        async with self.tools.db.write(self.team.viewer) as session:
            statement = text(f"update channel_access set {what} where tenant_id = :tenant")
            await (await session.connection()).execute(statement, {"tenant": self.team.tenant_id, **given})

    async def actions(self) -> list[str]:
        async with self.tools.db.read(self.team.viewer) as session:
            query = text("select action from audit_log where tenant_id = :tenant order by id")
            rows = await (await session.connection()).execute(query, {"tenant": self.team.tenant_id})
            return [row[0] for row in rows]


@pytest.fixture
async def world(tools: Toolbox) -> World:
    """A channel whose access token ends in four minutes."""
    team, marketplace = await entity_world(tools.db), RotatingMarketplace()
    selling = {ChannelKind.EBAY: cast(OAuthMarketplace, marketplace)}
    own = replace(tools, clock=lambda: NOON, vendors=replace(tools.vendors, selling=selling))
    channel = Channel(
        tenant_id=team.tenant_id,
        id=new_id(),
        kind=ChannelKind.EBAY,
        name="eBay",
        status=ChannelStatus.CONNECTED,
        external_id="seller-1",
        market="EBAY_DE",
    )
    await team.keep(channel)
    access = ChannelAccess(tenant_id=team.tenant_id, id=channel.id, access_enc="", access_ends_at=NOON, refresh_enc="")
    tokens = SellerTokens("access-0", 240, "refresh-0", None, ("sell", "read"))
    seal(own.cipher, access, tokens, NOON - timedelta(hours=2))
    access.access_ends_at = NOON + timedelta(minutes=4)
    await team.keep(access)
    return World(own, team, marketplace, channel)


async def test_a_token_that_lasts_is_used_and_one_that_ends_soon_is_renewed_first(world: World) -> None:
    assert await world.session() == SessionOfToken("access-1", "EBAY_DE")
    _, access = await world.stored()
    assert (access.access_ends_at, access.stored_at) == (NOON + timedelta(hours=2), NOON)
    assert refresh_token_of(world.tools.cipher, access) == "refresh-1"
    assert access.scopes == ["sell", "read"]
    assert await world.session() == SessionOfToken("access-1", "EBAY_DE")
    assert world.marketplace.renewals == ["refresh-0"]


async def test_refresh_tokens_are_not_lost_by_two_workers(world: World) -> None:
    """The fault of etsy/open-api 353: each worker renews, and the pair that is stored last is dead."""
    found = await asyncio.gather(*(world.session() for _ in range(20)))
    assert set(found) == {SessionOfToken("access-1", "EBAY_DE")}
    assert world.marketplace.renewals == ["refresh-0"]


async def test_a_pair_that_was_handed_out_is_stored_when_whoever_asked_is_cancelled(world: World) -> None:
    """A worker stops, or a client leaves, while the answer with the new pair is on its way."""
    go = asyncio.Event()
    world.marketplace.meanwhile = [go]
    asking = asyncio.create_task(world.session())
    await world.marketplace.asked.wait()
    asking.cancel()
    await asyncio.sleep(0)
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    _, access = await world.stored()
    assert refresh_token_of(world.tools.cipher, access) == world.marketplace.valid == "refresh-1"
    assert (await world.session()).access == "access-1"


async def test_a_marketplace_that_keeps_the_refresh_token_leaves_it_stored(world: World) -> None:
    world.marketplace.keeps_refresh = True
    await world.session()
    _, access = await world.stored()
    assert refresh_token_of(world.tools.cipher, access) == "refresh-0"


async def test_refused_tokens_end_the_channel_in_words_once(world: World) -> None:
    world.marketplace.valid = "another"
    for _ in range(2):
        with pytest.raises(AccessRevoked, match="took the access back"):
            await world.session()
    channel, _ = await world.stored()
    assert (channel.status, channel.issue, channel.reason) == (
        ChannelStatus.ATTENTION, ChannelIssue.REAUTHORIZE, REFUSED
    )  # fmt: skip
    assert await world.actions() == ["channel.access_ended"]


async def test_what_somebody_stored_meanwhile_is_tried_before_the_channel_is_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seller signs in again while a renewal with the old token is on its way."""

    async def given_up_later(*args: Any, **named: Any) -> bool:
        # The row is free by now, and Postgres may give it to either of the two.
        await storing
        return await give_up(*args, **named)

    monkeypatch.setattr(channel_access, "give_up", given_up_later)
    go = asyncio.Event()
    world.marketplace.valid, world.marketplace.meanwhile = "signed-in-anew", [go]
    asking = asyncio.create_task(world.session())
    await world.marketplace.asked.wait()
    _, access = await world.stored()
    fresh = SellerTokens("access-new", 7200, "signed-in-anew", None, ("sell", "read"))
    seal(world.tools.cipher, access, fresh, NOON + timedelta(seconds=1))
    storing = asyncio.create_task(
        world.change(
            "access_enc = :access, refresh_enc = :refresh, access_ends_at = :ends, stored_at = :stored",
            access=access.access_enc,
            refresh=access.refresh_enc,
            ends=access.access_ends_at,
            stored=access.stored_at,
        )
    )
    go.set()
    assert (await asking).access == "access-new"
    assert (await world.stored())[0].status is ChannelStatus.CONNECTED


@pytest.mark.parametrize("failure", [TimedOut("No answer."), Unavailable("Broken.")])
async def test_a_renewal_that_fails_changes_nothing_and_the_next_one_works(world: World, failure: Exception) -> None:
    world.marketplace.failures = [failure]
    with pytest.raises(type(failure)):
        await world.session()
    channel, access = await world.stored()
    assert (channel.status, refresh_token_of(world.tools.cipher, access)) == (ChannelStatus.CONNECTED, "refresh-0")
    assert (await world.session()).access == "access-2"


async def test_a_marketplace_that_never_answers_holds_the_row_for_a_short_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_access, "RENEWAL_PATIENCE_S", 0.01)
    world.marketplace.meanwhile = [asyncio.Event()]
    with pytest.raises(TimedOut, match="Stand-in does not answer"):
        await world.session()
    assert (await world.stored())[0].status is ChannelStatus.CONNECTED


async def test_an_update_that_needs_more_permissions_asks_for_a_new_consent(world: World) -> None:
    world.marketplace.scopes = ("sell", "read", "dispute")
    with pytest.raises(AccessRevoked, match=r"more permissions of Stand-in .* allow dispute"):
        await world.session()
    channel, _ = await world.stored()
    assert channel.issue is ChannelIssue.REAUTHORIZE
    assert world.marketplace.renewals == []


@pytest.mark.parametrize("column", ["access_enc", "refresh_enc"])
async def test_tokens_of_another_row_or_of_a_lost_key_open_nothing(world: World, column: str) -> None:
    if column == "access_enc":
        await world.change("access_ends_at = :ends", ends=NOON + timedelta(hours=1))
    await world.change(f"{column} = :value", value="enc:v1:00000000:x")
    with pytest.raises(AccessRevoked, match="cannot be read any more"):
        await world.session()
    assert (await world.stored())[0].status is ChannelStatus.ATTENTION


async def test_a_channel_without_tokens_asks_to_be_connected_again(world: World) -> None:
    async with world.tools.db.write(world.team.viewer) as session:
        statement = text("delete from channel_access where tenant_id = :tenant")
        await (await session.connection()).execute(statement, {"tenant": world.team.tenant_id})
    with pytest.raises(AccessRevoked, match="not signed in"):
        await world.session()


async def test_a_marketplace_that_is_not_set_up_is_not_asked(world: World) -> None:
    world.marketplace.is_set_up = False
    with pytest.raises(Unavailable, match="set STAND_IN_ID"):
        await world.session()


async def test_tokens_that_were_stored_after_the_refusal_are_left_alone(world: World) -> None:
    async with world.tools.db.write(world.team.viewer) as session:
        is_over = await give_up(
            session, world.team.viewer, world.channel.id, reason=REFUSED, known_at=NOON - timedelta(hours=3), now=NOON
        )
    assert not is_over
    assert (await world.stored())[0].status is ChannelStatus.CONNECTED
