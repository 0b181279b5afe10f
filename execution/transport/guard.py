"""Guard: looks again and again whether a viewer may stay connected, for sockets and streams of events."""

import asyncio
from typing import Any

import structlog

from errors import AppError, Unauthenticated
from execution.transport.door import Door

log = structlog.get_logger(__name__)

# Together with the time of a check this keeps the promise that a revoked session or key ends within 30 seconds.
RECHECK_EVERY_S = 20.0
_AGAIN_S = 1.0


async def end_of_stay(door: Door, context: Any, left_s: float | None, *, every_s: float) -> Unauthenticated | None:
    """Waits until the viewer may no longer be connected and answers why; None at once for somebody without a token.

    `left_s` are the seconds until the token ends.
    """
    while left_s is not None:
        wait_s = max(0.0, min(left_s, every_s))
        await asyncio.sleep(wait_s)
        try:
            left_s = await door.recheck(context)
        except Unauthenticated as error:
            return error
        # The database is away: check again later. The pause is as long as before, so a token ends when it should.
        except AppError as error:
            log.warning("viewer_not_rechecked", code=error.code)
            left_s = max(wait_s, _AGAIN_S)
    return None
