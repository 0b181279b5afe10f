"""What a member's browser extension can read and change at Vinted; the steps themselves are in the modules beside this.

Every method may raise StepsWanted in place of an answer, and is called again when the steps are answered.
"""

from collections.abc import AsyncGenerator, Collection, Sequence
from datetime import datetime

from analytics.clock import Clock
from integrations.errors import Misshapen
from integrations.selling.conversations import ConversationPage, RemoteConversation, RemoteMessage
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
from integrations.selling.refusals import not_offered
from integrations.selling.values import Fields
from integrations.vinted.conversations import conversation_pages, one_conversation, send
from integrations.vinted.drafts import PARCEL, problems_of
from integrations.vinted.items import listing_pages
from integrations.vinted.markets import VENDOR
from integrations.vinted.orders import KnownOrders, OrderReader
from integrations.vinted.publishing import change_item, end_item, publish
from integrations.vinted.relay import RelayCalls, RelayOperation, StepWish
from integrations.vinted.steps import Steps
from integrations.vinted.terms import PARCELS, ask_for_terms, terms_in
from integrations.vinted.values import id_in, text_in

_NO_MEMBER = f"The extension does not tell who is signed in at {VENDOR}."


class VintedSession:
    """A MessagingSession with one site. Vinted sends parcels, pays back and cancels by itself, on its own pages."""

    def __init__(self, calls: RelayCalls, market: str, clock: Clock, known: KnownOrders) -> None:
        self._steps = Steps(calls)
        self._market = market
        self._clock = clock
        self._orders = OrderReader(self._steps, clock, known)

    async def seller(self) -> Seller:
        raw = await self._steps.result(StepWish(RelayOperation.WHOAMI, {}, "whoami"))
        member_id = id_in(raw, "id")
        if member_id is None:
            raise Misshapen(_NO_MEMBER)
        return Seller(member_id, text_in(raw, "name") or member_id, self._market)

    async def policies(self, markets: Sequence[str]) -> Sequence[SellerPolicy]:  # noqa: ARG002 - one site
        """Sizes of parcels, which Vinted wants of each item: which is usual is chosen as a policy is."""
        [answer] = await self._steps.answers([ask_for_terms(PARCELS)])
        # Without them Vinted itself says what it lacks.
        found = terms_in(Fields.of(answer.result))
        return [SellerPolicy(PARCEL, each.external_id, each.name, self._market) for each in found]

    async def terms(
        self,
        kind: str,
        *,
        market: str,  # noqa: ARG002 - one site
        parent: str | None,
        search: str | None,
    ) -> Sequence[MarketTerm]:
        return terms_in(await self._steps.result(ask_for_terms(kind, parent=parent, search=search)), parent)

    async def term_lists(self, places: Sequence[tuple[str, str, str]]) -> list[list[MarketTerm]]:
        """What lies at each kind, parent and search, asked for together; nothing of what the site does not tell."""
        wishes = [ask_for_terms(kind, parent=parent, search=search) for kind, parent, search in places]
        answers = await self._steps.answers(wishes)
        return [
            terms_in(Fields.of(answer.result), parent or None)
            for (_, parent, _), answer in zip(places, answers, strict=True)
        ]

    async def draft_problems(self, draft: ListingDraft) -> Sequence[RecordProblem]:
        found = problems_of(draft)
        if draft.market != self._market:
            reason = f"This member sells at {self._market}, not at {draft.market or 'no site'}."
            found.append(RecordProblem(reason, "market"))
        return found

    async def publish(self, draft: ListingDraft, tell: Tell) -> RemoteListing:
        return await publish(self._steps, draft, self._market, tell)

    async def change(self, listing: ListingRef, change: ListingChange) -> None:
        await change_item(self._steps, listing, change)

    async def end(self, listing: ListingRef) -> None:
        await end_item(self._steps, listing)

    async def migrate(self, external_ids: Sequence[str]) -> Sequence[RecordProblem]:
        reason = f"{VENDOR}'s items need no migration: all of them are read."
        return [RecordProblem(reason, None, each) for each in external_ids]

    async def listings(self) -> AsyncGenerator[ListingPage, None]:
        async for page in listing_pages(self._steps, self._market):
            yield page

    async def orders(self, since: datetime, until: datetime) -> AsyncGenerator[OrderPage, None]:
        async for page in self._orders.pages(since, until):
            yield page

    @property
    def placed_orders(self) -> None:
        """None: what may have changed is among `orders`."""
        return

    async def order(self, external_id: str) -> RemoteOrder:
        return await self._orders.one(external_id)

    async def conversations(self, since: datetime | None) -> AsyncGenerator[ConversationPage, None]:
        async for page in conversation_pages(self._steps, self._clock, since):
            yield page

    async def conversation(self, external_id: str) -> RemoteConversation:
        return await one_conversation(self._steps, self._clock, external_id)

    async def send_message(
        self, external_id: str, text: str, known_ids: Collection[str], tell: Tell
    ) -> RemoteMessage | None:
        return await send(self._steps, external_id, text, known_ids, tell)

    async def ship(self, order_external_id: str, parcel: Parcel) -> None:  # noqa: ARG002 - not offered
        raise not_offered(VENDOR, "parcels")

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
