"""Finds the item that was made for a SKU, when nobody knows whether it was made; makes nothing.

The wardrobe's list tells no descriptions, and so no marks: what may be the item is asked for alone. What was in the
wardrobe before the item was asked for is none of it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.selling.records import RemoteListing, RemoteStatus
from integrations.selling.sku_mark import is_marked
from integrations.selling.values import Fields
from integrations.vinted.items import description_in, listing_of
from integrations.vinted.lists import ListAsk, ReadList, read_whole_list
from integrations.vinted.relay import RelayErrorCode, RelayOperation, StepAnswer, StepWish
from integrations.vinted.steps import Steps, failure_of
from integrations.vinted.values import id_in, money_in, text_in


@dataclass(frozen=True, slots=True)
class SoughtItem:
    """What an item was asked to be."""

    sku: str
    title: str
    price: Decimal

    @classmethod
    def of_arguments(cls, sku: str, arguments: Mapping[str, Any]) -> "SoughtItem":
        asked = Fields.of(dict(arguments))
        price = money_in(asked, "price")
        return cls(sku, text_in(asked, "title") or "", price.value if price else Decimal(0))

    def looks_like(self, row: Fields) -> bool:
        """By title and price. Sites change spaces and letters of titles."""
        price, title = money_in(row, "price"), text_in(row, "title") or ""
        return price is not None and price.value == self.price and _bare(title) == _bare(self.title)


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """A reading of the wardrobe, by a key of its own within the job."""

    steps: Steps
    market: str
    key: str
    read: ReadList

    @classmethod
    async def of(cls, steps: Steps, market: str, key: str) -> "Wardrobe":
        ask = ListAsk(RelayOperation.LIST_ITEMS, "items", key)
        return cls(steps, market, key, await read_whole_list(steps, ask))

    @property
    def by_id(self) -> dict[str, Fields]:
        return {item_id: row for row in self.read.rows if (item_id := id_in(row, "id")) is not None}

    async def offered(self, sought: SoughtItem) -> RemoteListing | None:
        """An item with the mark that is for sale; None where there is none."""
        rows = {item_id: row for item_id, row in self.by_id.items() if sought.looks_like(row)}
        for answer in await self._items(rows):
            found, item = self._listing(answer), Fields.of(answer.result)
            if found is not None and found.status is RemoteStatus.LIVE and is_marked(description_in(item), sought.sku):
                return found
        return None

    async def made(self, sought: SoughtItem, before: Collection[str]) -> RemoteListing | None:
        """The item that is new since `before`, whatever has become of it; None where it was not made.

        What is sold at once cannot be read alone any more, and other sites may tell no description: then title and
        price say whether it is it.
        """
        rows = {item_id: row for item_id, row in self.by_id.items() if item_id not in before}
        for row, answer in zip(rows.values(), await self._items(rows), strict=True):
            found, text = self._listing(answer), description_in(Fields.of(answer.result))
            is_it = sought.looks_like(row) if text is None else is_marked(text, sought.sku)
            if is_it and (found or (found := listing_of(row, self.market))) is not None:
                return found
        return None

    async def _items(self, item_ids: Collection[str]) -> list[StepAnswer]:
        """What is told of each; one that cannot be read alone is answered without a result."""
        wishes = [StepWish(RelayOperation.GET_ITEM, {"id": each}, f"{self.key}-item-{each}") for each in item_ids]
        answers = await self.steps.answers(wishes)
        for answer in answers:
            if answer.error not in (None, RelayErrorCode.NOT_FOUND):
                raise failure_of(answer)
        return answers

    def _listing(self, answer: StepAnswer) -> RemoteListing | None:
        return listing_of(Fields.of(answer.result), self.market)


def _bare(title: str) -> str:
    return "".join(title.casefold().split())
