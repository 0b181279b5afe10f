"""RelayAgent: the browser extension that works a channel without an API, and the bell by which it hears of work."""

from datetime import datetime

import strawberry

from resolvers.relay import reading
from schema.field import field


@strawberry.type(description="The browser extension that works a channel.")
class RelayAgent:
    is_connected: bool = field(
        reading.is_connected, description="Whether it was heard of within the last 3 minutes; it asks once a minute."
    )
    version: str | None = field(description="The version of the extension that was heard of last.")
    last_seen_at: datetime | None = field(
        reading.last_seen_at, description="When it was heard of last; null: not since a code was made."
    )


@strawberry.type(description="How much work there is for a browser extension.")
class RelayBell:
    waiting: int = field(description="How many jobs wait for it; only a hint, `claimRelayWork` tells.")
