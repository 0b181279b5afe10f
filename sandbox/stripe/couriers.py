"""Owns how events travel to the webhook: signed, and as badly as the mode says; must not make events."""

import asyncio
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

import aiohttp
import msgspec

from sandbox.stripe.config import StripeConfig

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_OK = range(200, 300)


class Delivery(StrEnum):
    """How events travel. HELD keeps them until they are released."""

    NORMAL = "NORMAL"
    DUPLICATE = "DUPLICATE"
    REORDERED = "REORDERED"
    DELAYED = "DELAYED"
    DROPPED = "DROPPED"
    WRONG_SECRET = "WRONG_SECRET"  # noqa: S105 - a mode, no secret
    HELD = "HELD"


def sign(body: bytes, secret: str, at: int) -> str:
    """The Stripe-Signature header."""
    signature = hmac.new(secret.encode(), b"%d." % at + body, sha256).hexdigest()
    return f"t={at},v1={signature}"


@dataclass
class Courier:
    """`delay_s` is how long DELAYED waits, and how long REORDERED collects before it sends the last one first."""

    config: StripeConfig
    mode: Delivery = Delivery.NORMAL
    delay_s: float = 1.0
    clock: Callable[[], float] = time.time
    held: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def post(self, event: dict[str, Any]) -> None:
        match self.mode:
            case Delivery.NORMAL | Delivery.WRONG_SECRET:
                self._start([event])
            case Delivery.DUPLICATE:
                for _ in range(3):
                    self._start([event])
            case Delivery.DELAYED:
                self._start([event], after_s=self.delay_s)
            case Delivery.REORDERED | Delivery.HELD:
                self.held.append(event)
                if self.mode is Delivery.REORDERED and len(self.held) == 1:
                    self._track(self._backwards())
            case Delivery.DROPPED:
                pass

    def release(self) -> list[dict[str, Any]]:
        """The events that were held, in their order, none of them sent."""
        released, self.held = self.held, []
        return released

    async def settle(self) -> None:
        """Until nothing is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def send(self, event: dict[str, Any], *, secret: str | None = None, at: int | None = None) -> int:
        """One try, now; the webhook's status, 0 when nobody answers."""
        body = msgspec.json.encode(event)
        moment = int(self.clock()) if at is None else at
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(body, secret or self.config.webhook_secret, moment),
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.post(self.config.webhook_url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            status = 0
        self.statuses.append(status)
        return status

    async def stop(self) -> None:
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)

    def _start(self, events: list[dict[str, Any]], *, after_s: float = 0.0) -> None:
        self._track(self._deliver(events, after_s))

    def _track(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _backwards(self) -> None:
        await asyncio.sleep(self.delay_s)
        await self._deliver(self.release()[::-1], 0.0)

    async def _deliver(self, events: list[dict[str, Any]], after_s: float) -> None:
        await asyncio.sleep(after_s)
        secret = "whsec_of_somebody_else" if self.mode is Delivery.WRONG_SECRET else None
        for event in events:
            for pause_s in (*self.config.retry_pauses_s, None):
                if await self.send(event, secret=secret) in _OK or pause_s is None:
                    break
                await asyncio.sleep(pause_s)
