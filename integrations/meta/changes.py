"""Writes changes of Meta's campaigns, ad sets and ads, and reads what became of them.

What an outcome means for a person is not decided here. A write is sent once: repeating one whose answer was lost could
undo what somebody else has changed meanwhile.
"""

from collections.abc import Mapping

import msgspec

from integrations.ads.records import EntityState
from integrations.errors import InvalidResponse, Rejected
from integrations.meta.decoding import MetaRow, Tolerant
from integrations.meta.entities import delivery_status
from integrations.meta.graph import Graph
from integrations.meta.records import Id
from integrations.meta.values import Notes, instant_or_none, major_units


class _Done(msgspec.Struct, frozen=True):
    success: bool | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        # Without this check an error that comes with status 200 would be decoded as an answer.
        if self.success is None and self.id is None:
            raise ValueError("no answer to a write")


class _StateRow(MetaRow, frozen=True):
    id: Id
    status: str
    updated_time: str | None = None
    effective_status: str | None = None
    daily_budget: str | None = None


_DONE = msgspec.json.Decoder(_Done, strict=False)
_STATE: Tolerant[_StateRow] = Tolerant("state", _StateRow, _StateRow)
_STATE_FIELDS = ("id", "status", "effective_status", "updated_time")
_BUDGET_FIELDS = ("daily_budget",)


async def write(graph: Graph, external_id: str, values: Mapping[str, str]) -> None:
    """Returns when Meta has confirmed the change.

    Throttled, PermissionMissing, AccessRevoked and Rejected mean that nothing was changed; after any other
    IntegrationError it is not known whether something was.
    """
    done = await graph.post(external_id, values, _DONE, is_idempotent=False)
    if done.success is False:
        raise Rejected("Meta refused the change.")


async def read_state(graph: Graph, external_id: str, *, currency: str, has_budget: bool) -> EntityState:
    """The object as Meta shows it now; `has_budget` is false for ads, which have no budget.

    Raises InvalidResponse for a budget that cannot be read, and whatever a call may raise.
    """
    fields = (*_STATE_FIELDS, *(_BUDGET_FIELDS if has_budget else ()))
    row = await graph.get(external_id, {"fields": ",".join(fields)}, _STATE)
    untold = {"daily_budget"}.intersection(row.untold)
    if not row.effective_status:
        untold.add("status")  # every object has a status, so an absent one is not known
    try:
        return EntityState(
            switch=row.status,
            status=delivery_status(row.effective_status),
            daily_budget=major_units(row.daily_budget, currency),
            updated_at=Notes("state", row.id, graph.spoiled).value(instant_or_none, row.updated_time, "updated_time"),
            untold=frozenset(untold),
        )
    except (ValueError, ArithmeticError):
        pass
    raise InvalidResponse("Meta sent a budget that cannot be read.")
