"""A step that must not happen twice: made once, and looked up where its answer is lost or a refusal."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from integrations.errors import IntegrationError, InvalidResponse, Rejected, Unavailable

T = TypeVar("T")


async def once(act: Callable[[], Awaitable[T]], look: Callable[[], Awaitable[T | None]]) -> T:
    """What `act` answers; where it fails, what `look` finds done already. Raises the failure when that is nothing."""
    try:
        return await act()
    except (Unavailable, InvalidResponse, Rejected) as error:
        failure: IntegrationError = error
    found = await look()
    if found is None:
        raise failure
    return found


async def done_once(act: Callable[[], Awaitable[object]], is_done: Callable[[], Awaitable[bool]]) -> None:
    """The same for a step whose answer nobody needs, and of which it is known only whether it is done."""

    async def acted() -> bool:
        await act()
        return True

    async def seen() -> bool | None:
        return await is_done() or None

    await once(acted, seen)
