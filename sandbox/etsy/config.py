"""Owns what an Etsy sandbox is started with; must not read the environment."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

# Every scope that Etsy documents: an app may ask for any of them.
SCOPES = (
    "address_r", "address_w", "billing_r", "cart_r", "cart_w", "email_r", "favorites_r", "favorites_w", "feedback_r",
    "listings_d", "listings_r", "listings_w", "profile_r", "profile_w", "recommend_r", "recommend_w", "shops_r",
    "shops_w", "transactions_r", "transactions_w",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EtsyConfig:
    """`redirect_uris` are the addresses that are registered for the app, byte for byte.

    `per_second` and `per_day` (rolling 24 hours) limit all calls of the app; a new app of Etsy's has 10 and 10,000.
    `state_path` keeps everything over restarts. `demo_code` stands for the consent of the demo's
    shop. Messages go to `webhook_url`, signed with each of `webhook_secrets`
    (`whsec_` and base64); without an address none are sent.
    """

    keystring: str
    shared_secret: str = field(repr=False)
    admin_token: str = field(repr=False)
    redirect_uris: tuple[str, ...] = ("http://127.0.0.1:8000/auth/etsy/callback",)
    seed: int = 7
    today: date | None = None
    state_path: Path | None = None
    demo_code: str = field(default="", repr=False)
    latency_s: float = 0.0
    per_second: int = 1_000
    per_day: int = 1_000_000
    has_limit_headers: bool = True
    webhook_url: str | None = None
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    most_images: int = 20
