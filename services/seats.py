"""Seats: how many tasks of a kind a process does at once, in all and of one tenant; who finds none is sent away."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from errors import RateLimited


class Seats:
    """Counts what runs; nobody waits, since what is waited for would take its memory and its files meanwhile."""

    def __init__(self, *, of_process: int, of_tenant: int) -> None:
        self._of_process = of_process
        self._of_tenant = of_tenant
        self._taken = Counter[UUID]()

    @contextmanager
    def taken(self, tenant_id: UUID, *, refusal: str, retry_after_s: int) -> Iterator[None]:
        """Holds a seat while the block runs; raises RateLimited with this text where there is none."""
        if self._taken[tenant_id] >= self._of_tenant or self._taken.total() >= self._of_process:
            raise RateLimited(refusal, retry_after_s=retry_after_s)
        self._taken[tenant_id] += 1
        try:
            yield
        finally:
            self._taken[tenant_id] -= 1
            self._taken += Counter()  # forgets those that have none
