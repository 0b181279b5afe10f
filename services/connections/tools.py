"""The tools that everything shares that calls a platform with a grant."""

from typing import Protocol

from services.tools import HasCipher, HasClock, HasDb, HasVendors


class ConnectionTools(HasDb, HasClock, HasCipher, HasVendors, Protocol):
    """What uses grants: their tokens are stored encrypted, and the platforms are among the vendors."""
