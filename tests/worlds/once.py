"""What several tests only look at: made once for all of them."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar, TypeVarTuple

from services.toolbox import Toolbox

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@dataclass(slots=True)
class Once:
    """Whichever test comes first pays for it, since the order of tests is random and each may run alone."""

    tools: Toolbox
    _made: dict[Hashable, Any] = field(default_factory=dict)

    async def made(self, make: Callable[[Toolbox, *Ts], Awaitable[T]], *arguments: *Ts) -> T:
        """What `make` returns for the tools and the arguments, which are hashable; called once for each of them."""
        key = (make, arguments)
        if key not in self._made:
            self._made[key] = await make(self.tools, *arguments)
        made: T = self._made[key]
        return made
