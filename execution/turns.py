"""Turns: what computes for long does so a few milliseconds at a time, one after the other; others run in between."""

import asyncio
from collections import deque
from time import monotonic
from weakref import WeakKeyDictionary

TURN_S = 0.005
STEPS = 10  # rounds of the loop from an object to the questions of those below it; twice as many as it takes


class Turns:
    """Of one event loop. In each of its rounds at most one of those who wait goes on."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._began = 0.0
        self._is_going = False

    async def mine(self) -> None:
        """Returns at once in a turn that is not over, else when it is this one's turn."""
        if monotonic() - self._began > TURN_S:
            await self._next()

    async def behind_all(self) -> None:
        """Returns when everybody who waits at this moment has had their turn, and those behind the last its steps."""
        if self._waiting:
            await self._next()
            for _ in range(STEPS):
                await asyncio.sleep(0)

    async def _next(self) -> None:
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
    loop = asyncio.get_running_loop()
    found = _of_loops.get(loop)
    if found is None:
        found = _of_loops[loop] = Turns()
    return found


async def behind_all() -> None:
    await turns().behind_all()
