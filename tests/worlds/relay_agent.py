"""A browser extension of the tests' own: it keeps the protocol's promises, and otherwise anything happens to it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from integrations.vinted.relay import RelayErrorCode, RelayOperation
from services.relay.claiming import LeasedStep, RelayLease
from services.relay.leases import CALL_TIMEOUT_S
from services.relay.reporting import ReportedState
from tests.worlds.relay import RelayWorld
from tests.worlds.relay_site import SlowSite

SPACING_S = 5
_ASLEEP_S = 600


class Fate(Enum):
    """What happens at a step; where nothing is said of it, the extension goes on with the next."""

    FINE = auto()
    # The process ends, and all that it knew is gone.
    DIES_BEFORE = auto()
    DIES_BEGUN = auto()
    DIES_IN_CALL = auto()
    # A report does not arrive, or its answer does not: then it is sent again.
    STARTED_LOST = auto()
    STARTED_UNANSWERED = auto()
    DONE_LOST = auto()
    DONE_UNANSWERED = auto()
    # The machine sleeps for ten minutes: before the call, or before it says how that ended.
    SLEEPS_BEFORE_CALL = auto()
    SLEEPS_AFTER_CALL = auto()
    # No answer in time, of what the site does all the same, and of what it does not.
    TIMES_OUT_DONE = auto()
    TIMES_OUT_UNDONE = auto()
    BREAKS_DONE = auto()
    LIMITED = auto()
    SIGNED_OUT = auto()


@dataclass(frozen=True, slots=True)
class Lot:
    """What happens at one step, how late its effect is, and for how long the machine dozes.

    It does so before it reports and, for `pause_s`, before it calls.
    """

    fate: Fate = Fate.FINE
    late_s: int = 0
    doze_s: int = 0
    pause_s: int = 0


_FAILS: Mapping[Fate, RelayErrorCode] = {
    Fate.TIMES_OUT_DONE: RelayErrorCode.TIMEOUT,
    Fate.TIMES_OUT_UNDONE: RelayErrorCode.TIMEOUT,
    Fate.BREAKS_DONE: RelayErrorCode.NETWORK,
    Fate.LIMITED: RelayErrorCode.RATE_LIMITED,
    Fate.SIGNED_OUT: RelayErrorCode.SIGNED_OUT,
}
_NOT_DONE = (Fate.TIMES_OUT_UNDONE, Fate.LIMITED, Fate.SIGNED_OUT)


class WorkDropped(Exception):
    """The extension is gone, or leaves a lease which is over or which it cannot keep."""


@dataclass
class ModelAgent:
    """`passes` lets time pass, in which others go on. `heeds_deadline`: no call of it outlasts its lease."""

    world: RelayWorld
    site: SlowSite
    passes: Callable[[float], Awaitable[None]]
    heeds_deadline: bool = True
    lots: list[Lot] = field(default_factory=list)

    async def visit(self) -> bool:
        """Asks for work and does it; False where there is none."""
        asked_at = self.world.clock()
        lease = (await self.world.claim()).lease
        if lease is None:
            return False
        ends_at = asked_at + timedelta(seconds=lease.expires_in)
        try:
            for step in lease.steps:
                ends_at = await self._do(lease, step, ends_at, self.lots.pop(0) if self.lots else Lot())
                await self.passes(SPACING_S)
        except WorkDropped:
            pass
        return True

    async def _do(self, lease: RelayLease, step: LeasedStep, ends_at: datetime, lot: Lot) -> datetime:
        if lot.fate is Fate.DIES_BEFORE:
            raise WorkDropped
        if step.is_unsafe:
            ends_at = await self._begin(lease, step, lot)
        if lot.fate is Fate.DIES_BEGUN:
            raise WorkDropped
        await self.passes(_ASLEEP_S if lot.fate is Fate.SLEEPS_BEFORE_CALL else lot.pause_s)
        if self.heeds_deadline and self.world.clock() + timedelta(seconds=CALL_TIMEOUT_S) > ends_at:
            raise WorkDropped
        result = self._call(step, lot)
        if lot.fate is Fate.DIES_IN_CALL:
            raise WorkDropped
        if lot.fate in (Fate.TIMES_OUT_DONE, Fate.TIMES_OUT_UNDONE):
            await self.passes(CALL_TIMEOUT_S)
        await self.passes(_ASLEEP_S if lot.fate is Fate.SLEEPS_AFTER_CALL else lot.doze_s)
        return await self._end(lease, step, lot, result)

    async def _begin(self, lease: RelayLease, step: LeasedStep, lot: Lot) -> datetime:
        if lot.fate is Fate.STARTED_LOST:
            raise WorkDropped
        if lot.fate is Fate.STARTED_UNANSWERED:
            await self._report(lease, step, ReportedState.STARTED)
            await self.passes(CALL_TIMEOUT_S)
        return await self._report(lease, step, ReportedState.STARTED)

    def _call(self, step: LeasedStep, lot: Lot) -> dict[str, Any]:
        if lot.fate in _NOT_DONE:
            return {}
        if step.operation is RelayOperation.CREATE_ITEM:
            return {"id": self.site.make(step.arguments, late_s=lot.late_s)}
        return self.site.answer(step.operation, step.arguments)

    async def _end(self, lease: RelayLease, step: LeasedStep, lot: Lot, result: dict[str, Any]) -> datetime:
        error = _FAILS.get(lot.fate)
        if error is not None:
            await self._report(lease, step, ReportedState.FAILED, error=error)
            raise WorkDropped
        if lot.fate is Fate.DONE_LOST:
            raise WorkDropped
        if lot.fate is Fate.DONE_UNANSWERED:
            await self._report(lease, step, ReportedState.DONE, result=result)
        return await self._report(lease, step, ReportedState.DONE, result=result)

    async def _report(self, lease: RelayLease, step: LeasedStep, state: ReportedState, **told: Any) -> datetime:
        """The end of the lease from now on, counted from when this was sent."""
        asked_at = self.world.clock()
        answer = await self.world.report(lease, state, index=step.index, **told)
        if not answer.accepted or answer.stop:
            raise WorkDropped
        return asked_at + timedelta(seconds=answer.expires_in or 0)
