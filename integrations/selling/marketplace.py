"""The protocols of a marketplace and of a session with one seller there; no marketplace is known here.

A new marketplace with an API needs a class with the methods of OAuthMarketplace, sessions with those of SellerSession,
and an entry in `startup/vendors.py`. One without an API is a Marketplace alone, and whoever opens its sessions knows
it. Each method that changes something may be called again after a lost answer: it looks first whether the marketplace
has done it already, so that the same call made twice does it once.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from integrations.selling.records import (
    CallsOfDay,
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
    SellerTokens,
)

# Told before each step of a change, in words for people.
Tell = Callable[[str], Awaitable[None]]
# The pages of a list of orders between two instants, both included.
AskOrders = Callable[[datetime, datetime], AsyncGenerator[OrderPage, None]]


class Marketplace(Protocol):
    """What can be said of a marketplace without asking it."""

    @property
    def name(self) -> str:
        """The marketplace's name in texts for users."""
        ...

    @property
    def markets(self) -> Sequence[str]:
        """The markets in which new listings can be made; none where there is one only."""
        ...

    def problems_of(self, draft: ListingDraft) -> Sequence[RecordProblem]:
        """What it would refuse of the draft, as far as that can be seen without asking it."""
        ...


class OAuthMarketplace(Marketplace, Protocol):
    """A marketplace for the one app that the installation has there, to which sellers grant access in a dialog."""

    @property
    def dialog_name(self) -> str:
        """Its name in the address to which its dialog sends the browser back."""
        ...

    @property
    def settings(self) -> str:
        """The names of the settings that it needs, for the operator."""
        ...

    @property
    def is_set_up(self) -> bool: ...

    @property
    def scopes(self) -> Sequence[str]:
        """All permissions that the dialog asks for: a token that lacks one needs a new consent."""
        ...

    @property
    def day(self) -> CallsOfDay | None:
        """What its answers told this process of the calls that are left; None where calls are not counted by the day.

        By it the readings of all channels are paced.
        """
        ...

    def dialog_url(self, *, state: str, code_verifier: str) -> str:
        """The address of the dialog in which a seller grants access."""
        ...

    async def tokens_for_code(self, *, code: str, code_verifier: str) -> SellerTokens:
        """The tokens for the dialog's code, which works once; raises Rejected for a code that is not valid."""
        ...

    async def renewed_tokens(self, refresh: str) -> SellerTokens:
        """New tokens; raises AccessRevoked when the seller has to consent anew."""
        ...

    async def revoke(self, refresh: str) -> None:
        """Ends the access at the marketplace, where that is possible."""
        ...

    def session(self, access: str, market: str | None) -> "SellerSession": ...


class SellerSession(Protocol):
    """What can be read and changed for one seller at a marketplace; every method may raise an IntegrationError."""

    async def seller(self) -> Seller: ...

    async def policies(self, markets: Sequence[str]) -> Sequence[SellerPolicy]: ...

    async def terms(self, kind: str, *, market: str, parent: str | None, search: str | None) -> Sequence[MarketTerm]:
        """What the marketplace calls things of a kind of attribute, e.g. CATEGORY below `parent`."""
        ...

    async def draft_problems(self, draft: ListingDraft) -> Sequence[RecordProblem]:
        """What the marketplace would refuse of the draft, as far as it can be asked without offering anything."""
        ...

    async def publish(self, draft: ListingDraft, tell: Tell) -> RemoteListing:
        """Offers the product, or goes on where an earlier call broke off: there is exactly one listing afterwards."""
        ...

    async def change(self, listing: ListingRef, change: ListingChange) -> None: ...

    async def end(self, listing: ListingRef) -> None:
        """Ends the listing; one that has ended already is no error."""
        ...

    async def migrate(self, external_ids: Sequence[str]) -> Sequence[RecordProblem]:
        """Takes over listings that were made by other means, where that is possible; answers what was refused."""
        ...

    def listings(self) -> AsyncGenerator[ListingPage, None]: ...

    def orders(self, since: datetime, until: datetime) -> AsyncGenerator[OrderPage, None]:
        """Every order that was changed in between, to the marketplace's own end mark."""
        ...

    @property
    def placed_orders(self) -> AskOrders | None:
        """Every order that was placed in between, whenever it changed; None where `orders` misses no change.

        What a list has no room for is not asked for: orders that lack it are among the `incomplete` ones of their page.
        """
        ...

    async def order(self, external_id: str) -> RemoteOrder: ...

    async def ship(self, order_external_id: str, parcel: Parcel) -> None: ...

    async def refund(self, order_external_id: str, wish: RefundOrder) -> RemoteRefund:
        """Refunds, and answers what the marketplace says of it; it may settle later."""
        ...

    async def cancel(self, order_external_id: str, reason: str) -> None: ...

    def cases(self, since: datetime) -> AsyncGenerator[CasePage, None]: ...

    async def case(self, kind: str, external_id: str) -> RemoteCase: ...

    async def act(self, case: RemoteCase, step: CaseStep) -> None: ...
