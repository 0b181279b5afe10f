"""What one seller's token can read and change at eBay; the calls themselves are in the modules beside this one."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from integrations.ebay.account import policies_of, seller_of
from integrations.ebay.calls import EbayRest
from integrations.ebay.orders import one_order, order_pages
from integrations.selling.records import OrderPage, RemoteOrder, Seller, SellerPolicy


class EbaySession:
    """A SellerSession. `market` is where new listings go, and what GraphQL is told of the caller."""

    def __init__(self, rest: EbayRest, market: str | None) -> None:
        self._rest = rest
        self._market = market

    async def seller(self) -> Seller:
        return await seller_of(self._rest)

    async def policies(self, markets: Sequence[str]) -> Sequence[SellerPolicy]:
        return await policies_of(self._rest, markets)

    def orders(self, since: datetime, until: datetime) -> AsyncGenerator[OrderPage, None]:
        """As of two years ago at most; `until` must not be in the future."""
        return order_pages(self._rest, since, until)

    async def order(self, external_id: str) -> RemoteOrder:
        return await one_order(self._rest, external_id)
