"""What one seller's token can read and change at eBay; the calls themselves are in the modules beside this one."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import datetime

from analytics.clock import Clock
from integrations.ebay.account import policies_of, seller_of
from integrations.ebay.app import VENDOR
from integrations.ebay.calls import EbayRest
from integrations.ebay.cases.acting import act_on_case, cancel_order
from integrations.ebay.cases.disputes import KIND, act_on_dispute, dispute_pages, one_dispute
from integrations.ebay.cases.reading import SOURCES, graph_case, graph_cases
from integrations.ebay.drafts import problems_of
from integrations.ebay.fulfilment import refund, ship
from integrations.ebay.listings import listing_pages
from integrations.ebay.orders import one_order, order_pages
from integrations.ebay.publishing import change_listing, end_listing, migrate, publish
from integrations.ebay.taxonomy import Taxonomy
from integrations.ebay.terms import NAMES, terms_of
from integrations.errors import ObjectMissing, Rejected
from integrations.selling.aspects import aspect_problems, named_aspects
from integrations.selling.marketplace import Tell
from integrations.selling.records import (
    CasePage,
    CaseStep,
    ListingChange,
    ListingDraft,
    ListingPage,
    ListingRef,
    MarketTerm,
    OrderPage,
    Parcel,
    RecordProblem,
    RefundOrder,
    RemoteCase,
    RemoteListing,
    RemoteOrder,
    RemoteRefund,
    Seller,
    SellerPolicy,
)


class EbaySession:
    """A SellerSession. `market` is where new listings go, and what GraphQL is told of the caller."""

    # Every change of an order is in eBay's list of changes.
    placed_orders: None = None

    def __init__(self, rest: EbayRest, taxonomy: Taxonomy, market: str | None, clock: Clock) -> None:
        self._rest = rest
        self._clock = clock
        self._taxonomy = taxonomy
        self._market = market

    async def seller(self) -> Seller:
        return await seller_of(self._rest)

    async def policies(self, markets: Sequence[str]) -> Sequence[SellerPolicy]:
        return await policies_of(self._rest, markets)

    async def terms(self, kind: str, *, market: str, parent: str | None, search: str | None) -> Sequence[MarketTerm]:
        return await terms_of(self._taxonomy, kind, market=market, parent=parent, search=search)

    async def draft_problems(self, draft: ListingDraft) -> Sequence[RecordProblem]:
        found = problems_of(draft, self._rest.app.api_url)
        if any(problem.field in ("category_id", "market") for problem in found):
            return found
        try:
            aspects = await self._taxonomy.aspects(draft.market, draft.category_id or "")
        except Rejected as error:
            return [*found, RecordProblem(error.advice or str(error), "category_id")]
        named = replace(draft, aspects=named_aspects(draft.aspects, aspects, NAMES))
        return [*found, *aspect_problems(named, aspects, VENDOR)]

    async def publish(self, draft: ListingDraft, tell: Tell) -> RemoteListing:
        try:
            aspects = await self._taxonomy.aspects(draft.market, draft.category_id or "")
        except Rejected:
            # A category that eBay does not know: publishing tells so, with all else that is wrong.
            return await publish(self._rest, draft, tell)
        named = replace(draft, aspects=named_aspects(draft.aspects, aspects, NAMES))
        return await publish(self._rest, named, tell)

    async def change(self, listing: ListingRef, change: ListingChange) -> None:
        await change_listing(self._rest, listing, change)

    async def end(self, listing: ListingRef) -> None:
        await end_listing(self._rest, listing)

    async def migrate(self, external_ids: Sequence[str]) -> Sequence[RecordProblem]:
        return await migrate(self._rest, external_ids)

    def listings(self) -> AsyncGenerator[ListingPage, None]:
        """Those of the Inventory API alone."""
        return listing_pages(self._rest)

    def orders(self, since: datetime, until: datetime) -> AsyncGenerator[OrderPage, None]:
        """As of two years ago at most; `until` must not be in the future."""
        return order_pages(self._rest, since, until)

    async def order(self, external_id: str) -> RemoteOrder:
        return await one_order(self._rest, external_id)

    async def ship(self, order_external_id: str, parcel: Parcel) -> None:
        await ship(self._rest, order_external_id, parcel)

    async def refund(self, order_external_id: str, wish: RefundOrder) -> RemoteRefund:
        return await refund(self._rest, order_external_id, wish, self._clock())

    async def cancel(self, order_external_id: str, reason: str) -> None:
        await cancel_order(self._rest, order_external_id, reason, market=self._market)

    async def cases(self, since: datetime) -> AsyncGenerator[CasePage, None]:
        """The open ones of any age, and those that were opened since: one that has closed is read by `case`."""
        now = self._clock()
        for source in SOURCES.values():
            async for page in graph_cases(self._rest, source, since, now, market=self._market):
                yield page
        async for page in dispute_pages(self._rest, since, now):
            yield page

    async def case(self, kind: str, external_id: str) -> RemoteCase:
        if kind == KIND:
            return await one_dispute(self._rest, external_id)
        if kind not in SOURCES:
            raise ObjectMissing(f"eBay has no {kind.lower()}.")
        return await graph_case(self._rest, SOURCES[kind], external_id, market=self._market)

    async def act(self, case: RemoteCase, step: CaseStep) -> None:
        if case.kind == KIND:
            await act_on_dispute(self._rest, case.external_id, step)
        else:
            await act_on_case(self._rest, case, step, market=self._market)
