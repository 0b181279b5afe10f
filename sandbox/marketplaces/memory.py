"""Owns what the stand-in of every marketplace remembers beside its own things, and the file it is kept in."""

from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from sandbox.marketplaces.faults import CallFaultBook
from sandbox.meta.clock import Clock

_LOGGED = 20_000
Book = TypeVar("Book")


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


class ControlledConfig(Protocol):
    @property
    def admin_token(self) -> str: ...


class ControlledSandbox(Protocol):
    """What control and the way of a call need of a sandbox."""

    @property
    def config(self) -> ControlledConfig: ...

    clock: Clock
    faults: CallFaultBook
    log: deque[CallLogEntry]
    logged: int
    latency_s: float

    def save(self) -> None: ...


def new_log() -> deque[CallLogEntry]:
    return deque(maxlen=_LOGGED)


def write_book(path: Path | None, book: object) -> None:
    """At once or not at all; without a path nothing is kept."""
    if path is not None:
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(book))
        fresh.replace(path)


def read_book(path: Path | None, shape: type[Book]) -> Book | None:
    """None where nothing was kept."""
    if path is None or not path.exists():
        return None
    return msgspec.json.decode(path.read_bytes(), type=shape)
