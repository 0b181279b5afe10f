"""Owns everything a running Stripe sandbox remembers, kept in a file when there is one; must not speak HTTP."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sandbox.stripe.config import API_VERSION, SandboxPrice, StripeConfig
from sandbox.stripe.couriers import Courier

Object = dict[str, Any]


class Book(msgspec.Struct):
    """By id, as the API shows them; what a key answered, with what it was asked."""

    customers: dict[str, Object] = {}
    subscriptions: dict[str, Object] = {}
    checkouts: dict[str, Object] = {}
    portals: dict[str, Object] = {}
    answers: dict[str, Object] = {}


@dataclass
class Ledger:
    """`clock` is in seconds since the epoch."""

    config: StripeConfig
    courier: Courier
    url: str = ""
    clock: Callable[[], float] = time.time
    book: Book = field(default_factory=Book)
    events: list[Object] = field(default_factory=list)

    @property
    def now(self) -> int:
        return int(self.clock())

    @property
    def prices(self) -> dict[str, SandboxPrice]:
        return {price.id: price for price in self.config.prices}

    def save(self) -> None:
        path = self.config.state_path
        if path is not None:
            fresh = path.with_suffix(".new")
            fresh.write_bytes(msgspec.json.encode(self.book))
            fresh.replace(path)

    def tell(self, kind: str, about: Object) -> Object:
        """Makes an event about an object as it is now, and hands it to the courier."""
        event = {
            "id": made_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
            "data": {"object": msgspec.json.decode(msgspec.json.encode(shown(about)))},
        }
        self.events.append(event)
        self.save()
        self.courier.post(event)
        return event


def open_ledger(config: StripeConfig) -> Ledger:
    ledger = Ledger(config, Courier(config))
    if config.state_path is not None and config.state_path.exists():
        ledger.book = msgspec.json.decode(config.state_path.read_bytes(), type=Book)
    return ledger


def shown(found: Object) -> Object:
    """What the API shows of an object; names of our own begin with an underscore."""
    return {key: value for key, value in found.items() if not key.startswith("_")}


def made_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"
