"""Toolbox: everything that use cases work with, made once per process (startup/tools.py).

Only what calls use cases holds the whole of it: the resolvers' context, the routes, the registry of jobs and the
commands. A function of `services` names what it needs instead (`services/tools.py`).
"""

from asyncio import Semaphore
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from uuid import UUID

from analytics.clock import Clock
from auth.limits.limiter import Limiter
from auth.memory import Memory
from auth.signed_links import SignedLinks
from auth.token_cipher import TokenCipher
from integrations.storage.door import FileStorage
from models.ads.entity_counts import EntityCounts
from models.database import Database
from models.listener import Hub
from services.seats import Seats
from services.tools import Credentials, PublicAddresses, RelayRules, Vendors


@dataclass(frozen=True, slots=True)
class Retention:
    """After how many days unused sessions and audit entries are deleted; with 0 audit entries are kept for ever."""

    session_days: int = 90
    audit_days: int = 0


@dataclass(frozen=True, slots=True)
class Toolbox:
    db: Database
    clock: Clock
    cipher: TokenCipher
    limiter: Limiter
    hub: Hub
    credentials: Credentials
    vendors: Vendors
    addresses: PublicAddresses
    files: FileStorage
    chart_links: SignedLinks
    workspace: Path
    retention: Retention = Retention()
    relay: RelayRules = field(default_factory=RelayRules)
    # An import takes a thread, room on the disk and a long transaction.
    imports: Seats = field(default_factory=lambda: Seats(of_process=2, of_tenant=1))
    # A picture of 50 megapixels takes up to 450 MB while it is decoded.
    decoding: Semaphore = field(default_factory=lambda: Semaphore(2))
    # How many entities and channels each tenant has, believed for some seconds.
    entity_counts: Memory[UUID, EntityCounts] = field(default_factory=lambda: Memory(monotonic))
    channel_counts: Memory[UUID, int] = field(default_factory=lambda: Memory(monotonic))
