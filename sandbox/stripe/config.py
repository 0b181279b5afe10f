"""Owns what a Stripe sandbox is started with; must not read the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True, slots=True)
class SandboxPrice:
    """`amount` in cents; `interval` is month or year."""

    id: str
    product: str
    amount: int
    interval: str
    currency: str = "usd"


@dataclass(frozen=True, slots=True)
class StripeConfig:
    """`webhook_url` gets every event; `state_path` keeps what was bought over restarts.

    `gifts` are prices by the names of customers who have bought them as soon as they are made: those of a demo.
    """

    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    webhook_url: str
    admin_token: str = field(repr=False)
    prices: tuple[SandboxPrice, ...]
    state_path: Path | None = None
    gifts: Mapping[str, str] = field(default_factory=dict)
    # Pauses between the tries of an event that was not accepted.
    retry_pauses_s: tuple[float, ...] = (0.5, 2.0, 8.0)
