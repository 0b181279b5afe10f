"""Turns: long computations go on for a few milliseconds at a time, one of them after the other.

Between two turns the event loop does everything else that waits, so that a request for little is answered meanwhile.
"""

import asyncio
from collections import deque
from time import monotonic
from weakref import WeakKeyDictionary

TURN_S = 0.005
# How many rounds of the loop `behind_all` waits for the objects that were begun last to reach the loader: twice as many
# as they take.
STEPS = 10


class Turns:
    """The turns of one event loop: in each round of the loop at most one of the waiting computations goes on."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._began = 0.0
        self._is_going = False

    async def mine(self) -> None:
        """Returns at once if the present turn is not over, otherwise when the caller's turn has come."""
        if self.is_over():
            await self._next()

    def is_over(self) -> bool:
        """Whether the present turn is over: who goes on must wait for the next one."""
        return monotonic() - self._began > TURN_S

    async def behind_all(self) -> None:
        """Returns when everybody who waits now has had a turn, and the last of them STEPS rounds of the loop more."""
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
        while self._waiting and self._waiting[0].done():  # cancelled by its caller
            self._waiting.popleft()
        self._is_going = bool(self._waiting)
        if self._is_going:
            turn = self._waiting.popleft()
            turn.set_result(None)
            # Scheduled behind the computation that was woken, so that no two of them run in one round.
            turn.get_loop().call_soon(self._go)


_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def turns() -> Turns:
    """The turns of the running event loop, which all its operations share."""
    loop = asyncio.get_running_loop()
    found = _of_loops.get(loop)
    if found is None:
        found = _of_loops[loop] = Turns()
    return found


async def behind_all() -> None:
    await turns().behind_all()
