"""A marketplace in memory that hands out tokens as the strictest ones do: each renewal ends the pair before it."""

import asyncio
from dataclasses import dataclass, field

from integrations.errors import AccessRevoked
from integrations.selling.records import SellerTokens

REFUSED = "The seller took the access back: connect the channel again."


@dataclass(frozen=True, slots=True)
class SessionOfToken:
    access: str
    market: str | None


@dataclass
class RotatingMarketplace:
    """`valid` is the refresh token that works; `renewals` are those that were asked for, in order."""

    name: str = "Stand-in"
    settings: str = "STAND_IN_ID"
    is_set_up: bool = True
    scopes: tuple[str, ...] = ("sell", "read")
    valid: str = "refresh-0"
    keeps_refresh: bool = False
    renewals: list[str] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    # The answer is on its way until all of them are set.
    meanwhile: list[asyncio.Event] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def renewed_tokens(self, refresh: str) -> SellerTokens:
        self.renewals.append(refresh)
        self.asked.set()
        await asyncio.sleep(0)
        for event in self.meanwhile:
            await event.wait()
        if self.failures:
            raise self.failures.pop(0)
        if refresh != self.valid:
            raise AccessRevoked(REFUSED)
        number = len(self.renewals)
        if self.keeps_refresh:
            return SellerTokens(f"access-{number}", 7200)
        self.valid = f"refresh-{number}"
        return SellerTokens(f"access-{number}", 7200, self.valid, 86_400)

    def session(self, access: str, market: str | None) -> SessionOfToken:
        return SessionOfToken(access, market)
