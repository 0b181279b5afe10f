"""Vinted as the product asks it; there is nothing to set up, since each member's own browser makes the calls."""

from collections.abc import Sequence

from analytics.clock import Clock
from integrations.selling.records import ListingDraft, RecordProblem
from integrations.vinted.drafts import problems_of
from integrations.vinted.markets import CURRENCIES, VENDOR
from integrations.vinted.orders import KnownOrders, nothing_known
from integrations.vinted.relay import RelayCalls
from integrations.vinted.session import VintedSession


class VintedMarketplace:
    """A Marketplace without an app, a dialog and tokens."""

    name = VENDOR

    @property
    def markets(self) -> Sequence[str]:
        return tuple(CURRENCIES)

    def problems_of(self, draft: ListingDraft) -> Sequence[RecordProblem]:
        return problems_of(draft)

    def session(
        self, calls: RelayCalls, market: str, clock: Clock, known: KnownOrders = nothing_known
    ) -> VintedSession:
        """`known` tells what is stored of orders."""
        return VintedSession(calls, market, clock, known)
