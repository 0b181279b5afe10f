"""What one seller's token can read and change at Etsy; the calls themselves are in the modules beside this one."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import datetime

from analytics.clock import Clock
from integrations.errors import ObjectMissing
from integrations.etsy.account import ShopIds, currency_of, policies_of, seller_of
from integrations.etsy.app import VENDOR
from integrations.etsy.calls import EtsyRest
from integrations.etsy.drafts import problems_of
from integrations.etsy.fulfilment import ship
from integrations.etsy.listings import listing_pages
from integrations.etsy.publishing import DraftPlace, change_listing, end_listing, publish
from integrations.etsy.receipts import ReceiptReader
from integrations.etsy.taxonomy import CategoryProperty, EtsyTaxonomy
from integrations.etsy.terms import NAMES, terms_of
from integrations.selling.aspects import aspect_problems, named_aspects
from integrations.selling.marketplace import AskOrders, Tell
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
from integrations.selling.refusals import not_offered


class EtsySession:
    """A SellerSession. Etsy has one market, and no calls for refunds, cancellations and cases."""

    def __init__(self, rest: EtsyRest, shops: ShopIds, taxonomy: EtsyTaxonomy, clock: Clock) -> None:
        self._rest = rest
        self._shops = shops
        self._taxonomy = taxonomy
        self._clock = clock
        self._receipts: ReceiptReader | None = None
        self._sold_in: tuple[str | None] | None = None

    async def seller(self) -> Seller:
        return await seller_of(self._rest, self._shops)

    async def policies(self, markets: Sequence[str]) -> Sequence[SellerPolicy]:  # noqa: ARG002 - one market
        return await policies_of(self._rest, await self._shop_id())

    async def terms(
        self,
        kind: str,
        *,
        market: str,  # noqa: ARG002 - one market
        parent: str | None,
        search: str | None,
    ) -> Sequence[MarketTerm]:
        return await terms_of(self._taxonomy, kind, year=self._clock().year, parent=parent, search=search)

    async def draft_problems(self, draft: ListingDraft) -> Sequence[RecordProblem]:
        found = problems_of(draft, self._clock().year)
        sold_in = await self._currency()
        if sold_in is not None and sold_in != draft.currency:
            found.append(RecordProblem(f"The shop sells in {sold_in}, not in {draft.currency}.", "currency"))
        if any(problem.field == "category_id" for problem in found):
            return found
        properties = await self._properties(draft)
        if properties is None:
            return [*found, RecordProblem("Etsy does not know the category.", "category_id")]
        return [*found, *aspect_problems(_named(draft, properties), [each.aspect for each in properties], VENDOR)]

    async def publish(self, draft: ListingDraft, tell: Tell) -> RemoteListing:
        # Of a category that Etsy does not know, publishing tells so, with all else that is wrong.
        properties = await self._properties(draft) or ()
        place = DraftPlace(await self._shop_id(), properties, self._clock())
        return await publish(self._rest, _named(draft, properties), place, tell)

    async def change(self, listing: ListingRef, change: ListingChange) -> None:
        await change_listing(self._rest, await self._shop_id(), listing, change)

    async def end(self, listing: ListingRef) -> None:
        await end_listing(self._rest, await self._shop_id(), listing)

    async def migrate(self, external_ids: Sequence[str]) -> Sequence[RecordProblem]:
        reason = "Etsy's listings need no migration: all of them are read."
        return [RecordProblem(reason, None, each) for each in external_ids]

    async def listings(self) -> AsyncGenerator[ListingPage, None]:
        async for page in listing_pages(self._rest, await self._shop_id()):
            yield page

    async def orders(self, since: datetime, until: datetime) -> AsyncGenerator[OrderPage, None]:
        async for page in (await self._orders()).pages(since, until):
            yield page

    @property
    def placed_orders(self) -> AskOrders:
        return self._placed

    async def order(self, external_id: str) -> RemoteOrder:
        return await (await self._orders()).one(external_id)

    async def ship(self, order_external_id: str, parcel: Parcel) -> None:
        await ship(self._rest, await self._orders(), order_external_id, parcel)

    async def refund(self, order_external_id: str, wish: RefundOrder) -> RemoteRefund:  # noqa: ARG002 - not offered
        raise not_offered(VENDOR, "refunds")

    async def cancel(self, order_external_id: str, reason: str) -> None:  # noqa: ARG002 - not offered
        raise not_offered(VENDOR, "cancelling orders")

    def cases(self, since: datetime) -> AsyncGenerator[CasePage, None]:  # noqa: ARG002 - not offered
        raise not_offered(VENDOR, "cases")

    async def case(self, kind: str, external_id: str) -> RemoteCase:  # noqa: ARG002 - not offered
        raise not_offered(VENDOR, "cases")

    async def act(self, case: RemoteCase, step: CaseStep) -> None:  # noqa: ARG002 - not offered
        raise not_offered(VENDOR, "cases")

    async def _placed(self, since: datetime, until: datetime) -> AsyncGenerator[OrderPage, None]:
        async for page in (await self._orders()).placed(since, until):
            yield page

    async def _shop_id(self) -> str:
        return await self._shops.of_token(self._rest)

    async def _currency(self) -> str | None:
        """Asked once, however many drafts are looked at."""
        if self._sold_in is None:
            self._sold_in = (await currency_of(self._rest, await self._shop_id()),)
        return self._sold_in[0]

    async def _orders(self) -> ReceiptReader:
        if self._receipts is None:
            self._receipts = ReceiptReader(self._rest, await self._shop_id())
        return self._receipts

    async def _properties(self, draft: ListingDraft) -> Sequence[CategoryProperty] | None:
        """None for a category that Etsy does not know."""
        category_id = draft.category_id or ""
        if category_id not in await self._taxonomy.nodes():
            return None
        try:
            return await self._taxonomy.properties(category_id)
        except ObjectMissing:
            return None


def _named(draft: ListingDraft, properties: Sequence[CategoryProperty]) -> ListingDraft:
    aspects = [each.aspect for each in properties]
    return replace(draft, aspects=named_aspects(draft.aspects, aspects, NAMES))
