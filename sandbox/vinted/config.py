"""Owns what a sandbox of Vinted is started with; must not read the environment."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class VintedConfig:
    """Every seeded member signs in with `password`; the first one has `items` things in the wardrobe.

    `listing_delay_s` is how long a new item is missing from the wardrobe's list. `per_minute` limits the calls of a
    member. `state_path` keeps everything over restarts.
    """

    admin_token: str = field(repr=False)
    password: str = field(default="sandbox", repr=False)
    items: int = 120
    seed: int = 7
    today: date | None = None
    state_path: Path | None = None
    latency_s: float = 0.0
    listing_delay_s: float = 0.0
    per_minute: int = 1_000
