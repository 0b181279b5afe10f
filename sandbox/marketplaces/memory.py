"""Owns what the stand-in of every marketplace remembers beside its own things, and the file it is kept in."""

from collections import deque
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec

from sandbox.marketplaces.courier import NoticeCourier
from sandbox.marketplaces.faults import CallFaultBook
from sandbox.meta.clock import Clock

_LOGGED = 20_000


@dataclass(frozen=True, slots=True)
class CallLogEntry:
    """`call` is the name in the table of calls; `seller_id` None is the app, or nobody. `status` 0 is no answer."""

    number: int
    call: str
    method: str
    path: str
    query: str
    seller_id: str | None
    status: int
    fault: str | None


class MarketplaceConfig(Protocol):
    """What every stand-in is started with, whichever options it has beside."""

    @property
    def admin_token(self) -> str: ...

    @property
    def today(self) -> date | None: ...

    @property
    def state_path(self) -> Path | None: ...

    @property
    def latency_s(self) -> float: ...


class NumberedBook(Protocol):
    """What survives a restart; `last_number` makes ids."""

    last_number: int


Config = TypeVar("Config", bound=MarketplaceConfig)
Book = TypeVar("Book", bound=NumberedBook)


@dataclass
class MarketplaceSandbox(Generic[Config, Book]):
    """What a call passes on its way, what control sets, and the book. `url` is known once the sandbox has a port."""

    config: Config
    book: Book
    courier: NoticeCourier
    url: str = ""
    clock: Clock = field(init=False)
    latency_s: float = field(init=False)
    faults: CallFaultBook = field(default_factory=CallFaultBook)
    log: deque[CallLogEntry] = field(default_factory=lambda: deque(maxlen=_LOGGED))
    logged: int = 0
    # Requests that the dialog has shown, by ticket: for one click each.
    tickets: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock, self.latency_s = Clock(self.config.today), self.config.latency_s

    @property
    def now_s(self) -> int:
        return self.clock.now_s()

    def number(self) -> int:
        """For an id: it never repeats, also after a restart."""
        return self.first_of(1)

    def first_of(self, count: int) -> int:
        """The first of so many numbers that follow each other."""
        first = self.book.last_number + 1
        self.book.last_number += count
        return first

    def save(self) -> None:
        """At once or not at all; without a path nothing is kept."""
        path = self.config.state_path
        if path is not None:
            fresh = path.with_suffix(".new")
            fresh.write_bytes(msgspec.json.encode(self.book))
            fresh.replace(path)


def kept_book(config: MarketplaceConfig, shape: type[Book]) -> Book | None:
    """None where nothing was kept."""
    path = config.state_path
    if path is None or not path.exists():
        return None
    return msgspec.json.decode(path.read_bytes(), type=shape)
