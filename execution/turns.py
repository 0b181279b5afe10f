"""Turns: what computes for long does so a few milliseconds at a time, one after the other; others run in between."""

import asyncio
from collections import deque
from time import monotonic
from weakref import WeakKeyDictionary

TURN_S = 0.005


class Turns:
    """Of one event loop. In each of its rounds at most one of those who wait goes on."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._began = 0.0
        self._is_going = False

    def is_over(self) -> bool:
        return monotonic() - self._began > TURN_S

    async def next(self) -> None:
        """Returns when it is this one's turn, which begins then."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.append(turn)
        if not self._is_going:
            self._is_going = True
            loop.call_soon(self._go)
        await turn
        self._began = monotonic()

    def _go(self) -> None:
        while self._waiting and self._waiting[0].done():  # cancelled: its caller has gone
            self._waiting.popleft()
        self._is_going = bool(self._waiting)
        if self._is_going:
            turn = self._waiting.popleft()
            turn.set_result(None)
            # Behind the one that was woken, so that two never share a round.
            turn.get_loop().call_soon(self._go)


_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def turns() -> Turns:
    """Those of the running loop, shared by all its operations."""
    return _of_loops.setdefault(asyncio.get_running_loop(), Turns())
