"""Finds the item that was made for a SKU, when nobody knows whether it was made; makes nothing.

The wardrobe's list tells no descriptions, and so no marks: what may be the item is asked for alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from integrations.selling.records import RemoteListing, RemoteStatus
from integrations.selling.sku_mark import mark_in
from integrations.selling.values import Fields
from integrations.vinted.items import description_in, listing_of
from integrations.vinted.lists import ListAsk, read_whole_list
from integrations.vinted.relay import RelayErrorCode, RelayOperation, StepWish
from integrations.vinted.steps import Steps, failure_of
from integrations.vinted.values import id_in, instant_in, money_in, text_in

# The site's clock and the browser's may differ; a mark is not looked for among what is older.
_OLDER = timedelta(hours=1)
# Without a description nothing but title, price and time tell an item from another one.
_JUST_BEFORE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SoughtItem:
    """What an item was to be. `begun_at` is when its making was begun; None where that is not known.

    `is_offered`: only one that is for sale now.
    """

    sku: str
    title: str
    price: Decimal
    begun_at: datetime | None
    is_offered: bool = False

    @classmethod
    def of_arguments(cls, sku: str, arguments: Mapping[str, Any], begun_at: datetime | None) -> "SoughtItem":
        asked = Fields.of(dict(arguments))
        price = money_in(asked, "price")
        return cls(sku, text_in(asked, "title") or "", price.value if price else Decimal(0), begun_at)

    def may_be(self, row: Fields) -> bool:
        """By what a list tells: whether it is worth a question."""
        made_at = instant_in(row, "createdAt")
        is_named, is_priced = self._is_named(row), self._is_priced(row)
        if self.begun_at is None or made_at is None:
            return is_named and is_priced
        return made_at >= self.begun_at - _OLDER and (is_named or is_priced)

    def is_it(self, item: Fields) -> bool:
        """By its mark; where no description is told, by title, price and time."""
        text = description_in(item)
        if text is not None:
            return mark_in(text) == self.sku
        made_at = instant_in(item, "createdAt")
        is_new = self.begun_at is not None and made_at is not None and made_at >= self.begun_at - _JUST_BEFORE
        return is_new and self._is_named(item) and self._is_priced(item)

    def _is_named(self, row: Fields) -> bool:
        return _bare(text_in(row, "title") or "") == _bare(self.title)

    def _is_priced(self, row: Fields) -> bool:
        price = money_in(row, "price")
        return price is not None and price.value == self.price


async def look_for(steps: Steps, sought: SoughtItem, market: str, *, key: str) -> RemoteListing | None:
    """The newest item that it is; None where there is none. `key` names the look-up within the job."""
    found = await read_whole_list(steps, ListAsk(RelayOperation.LIST_ITEMS, "items", key))
    ids = [item_id for row in found.rows if sought.may_be(row) and (item_id := id_in(row, "id")) is not None]
    wishes = [StepWish(RelayOperation.GET_ITEM, {"id": each}, f"{key}-item-{each}") for each in ids]
    for answer in await steps.answers(wishes):
        if answer.error is RelayErrorCode.NOT_FOUND:
            continue
        if answer.error is not None:
            raise failure_of(answer)
        item = Fields.of(answer.result)
        listing = listing_of(item, market)
        is_fit = listing is not None and (listing.status is RemoteStatus.LIVE or not sought.is_offered)
        if is_fit and sought.is_it(item):
            return listing
    return None


def _bare(title: str) -> str:
    """Sites change spaces and letters of titles."""
    return "".join(title.casefold().split())
