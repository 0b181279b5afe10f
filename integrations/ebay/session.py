"""What one seller's token can read and change at eBay; the calls themselves are in the modules beside this one."""

from collections.abc import Sequence

from integrations.ebay.account import policies_of, seller_of
from integrations.ebay.calls import EbayRest
from integrations.selling.records import Seller, SellerPolicy


class EbaySession:
    """A SellerSession. `market` is where new listings go, and what GraphQL is told of the caller."""

    def __init__(self, calls: EbayRest, market: str | None) -> None:
        self._calls = calls
        self._market = market

    async def seller(self) -> Seller:
        return await seller_of(self._calls)

    async def policies(self, markets: Sequence[str]) -> Sequence[SellerPolicy]:
        return await policies_of(self._calls, markets)
