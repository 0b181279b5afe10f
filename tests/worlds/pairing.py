"""What the tests of pairing share: a team whose channel of Vinted has a browser extension, over real HTTP."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from errors import Unauthenticated
from models.acting import TenantScope
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.ids import new_id
from models.tenants.membership import Role
from services.channels.wishes import ChannelWish
from services.people.sessions import SignedIn
from services.relay.pairing import ShownCode, new_pairing_code
from tests.worlds.people import PeopleWorld
from tests.worlds.sign_in import ORIGIN
from tests.worlds.tenants import Team

PAIR = """
mutation ($code: String!, $version: String! = "1.0.0", $protocol: Int! = 1) {
  pairRelay(code: $code, agentVersion: $version, protocol: $protocol) {
    token channelName market userErrors { code message field }
  }
}
"""
BELL = "subscription { relayBell { waiting } }"
CHANNEL = "{ channels { nodes { id name status agent { isConnected version lastSeenAt } } } }"


@dataclass(frozen=True, slots=True)
class PairingWorld:
    world: PeopleWorld
    owner: SignedIn

    @property
    def tenant_id(self) -> UUID:
        return self.team.tenant_id

    @property
    def team(self) -> Team:
        return Team(self.world, self.owner)

    async def code(self, by: SignedIn | None = None, **wish: Any) -> ShownCode:
        """A code for a new channel, or for the one that the wish names."""
        if "channel_id" not in wish:
            wish = {"market": "vinted.fr"} | wish
        viewer = (by or self.owner).viewer
        key = wish.pop("key", None)
        return await new_pairing_code(
            self.world.tools, viewer, ChannelWish(ChannelKind.VINTED, **wish), idempotency_key=key
        )

    async def paired(self, by: SignedIn | None = None, **wish: Any) -> tuple[str, Channel]:
        """The token of an extension that is paired, and its channel."""
        shown = await self.code(by, **wish)
        told = await self.told(shown.code)
        assert told["userErrors"] == []
        return told["token"], shown.channel

    async def spare(self) -> UUID:
        """A channel that waits for its extension, above what the plan has room for."""
        channel = Channel(
            tenant_id=self.tenant_id,
            id=new_id(),
            kind=ChannelKind.VINTED,
            name="Spare",
            status=ChannelStatus.PENDING,
            market="vinted.fr",
        )
        async with self.world.db.write(TenantScope(self.tenant_id)) as session:
            session.add(channel)
        return channel.id

    async def told(self, code: str, **given: Any) -> Any:
        return (await self.world.say(PAIR, None, code=code, **given))["pairRelay"]

    async def refused(self, code: str, **given: Any) -> list[str]:
        told = await self.told(code, **given)
        assert (told["token"], told["channelName"], told["market"]) == (None, None, None)
        return [each["code"] for each in told["userErrors"]]

    async def is_let_in(self, token: str) -> bool:
        """Whether an extension with this token is recognised at this moment."""
        with suppress(Unauthenticated):
            return await self.world.tools.credentials.authenticator.agent(f"Bearer {token}", ORIGIN) is not None
        return False

    async def member(self, role: Role = Role.ADMIN) -> SignedIn:
        return await self.team.member(role)

    async def values(self, query: str) -> list[Any]:
        async with self.world.db.read(TenantScope(self.tenant_id)) as session:
            found = await (await session.connection()).execute(text(query), {"tenant": self.tenant_id})
            return [row[0] if len(row) == 1 else tuple(row) for row in found]

    async def change(self, statement: str) -> None:
        async with self.world.db.write(TenantScope(self.tenant_id)) as session:
            await (await session.connection()).execute(text(statement), {"tenant": self.tenant_id})


async def pairing_world(world: PeopleWorld) -> PairingWorld:
    return PairingWorld(world, await world.person())
