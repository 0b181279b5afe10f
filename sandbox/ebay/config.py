"""Owns what an eBay sandbox is started with; must not read the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

# Mints of tokens a day and app, as eBay publishes them.
MINTS = MappingProxyType({"client_credentials": 1_000, "authorization_code": 10_000, "refresh_token": 50_000})
# Scopes that the app may ask for, in short; "" is the general one.
SCOPES = (
    "",
    "sell.inventory",
    "sell.inventory.readonly",
    "sell.account",
    "sell.account.readonly",
    "sell.fulfillment",
    "sell.fulfillment.readonly",
    "sell.finances",
    "sell.payment.dispute",
    "commerce.identity.readonly",
    "commerce.notification.subscription",
    "commerce.notification.subscription.readonly",
    "sell.cancellation",
    "sell.cancellation.read",
    "sell.return",
    "sell.return.read",
    "sell.inquiry",
    "sell.inquiry.read",
)
_DAILY_CALLS = 2_000_000
# The listings of one day may be revised this often, each.
_REVISIONS = 250


@dataclass(frozen=True, slots=True)
class EbayConfig:
    """`accept_url` and `decline_url` are the addresses that are registered with `ru_name`: the dialog knows no others.

    `daily_calls` limits every API and day, `daily_calls_by_api` single ones by names as `sell.inventory`. `state_path`
    keeps everything over restarts. `demo_code` stands for the consent of the demo's
    seller. With `fetches_pictures` publishing fetches each picture, as eBay does.
    """

    client_id: str
    client_secret: str = field(repr=False)
    admin_token: str = field(repr=False)
    ru_name: str = "Sandbox-Sandbox-SBX-abcdef"
    accept_url: str = "http://127.0.0.1:8000/oauth/ebay/callback"
    decline_url: str = "http://127.0.0.1:8000/oauth/ebay/declined"
    scopes: tuple[str, ...] = SCOPES
    seed: int = 7
    today: date | None = None
    state_path: Path | None = None
    demo_code: str = field(default="", repr=False)
    latency_s: float = 0.0
    # How long a write holds its SKU: a second write in that time is refused with 25025.
    write_s: float = 0.0
    fetches_pictures: bool = True
    daily_calls: int = _DAILY_CALLS
    daily_calls_by_api: Mapping[str, int] = field(default_factory=dict)
    daily_mints: Mapping[str, int] = field(default_factory=lambda: MINTS)
    daily_revisions: int = _REVISIONS
