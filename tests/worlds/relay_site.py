"""A site of the tests' own that makes and lists items late, as one behind queues and caches does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integrations.vinted.relay import RelayOperation

_PER_PAGE = 2


@dataclass(frozen=True, slots=True)
class SiteItem:
    """`listed_at`: from then on it is seen by those who ask, and not before."""

    id: str
    made_at: datetime
    listed_at: datetime
    told: Mapping[str, Any]

    def shown(self, *, with_text: bool) -> dict[str, Any]:
        text = {"description": self.told.get("description", "")} if with_text else {}
        price, title = self.told["price"], self.told["title"]
        made_at = self.made_at.isoformat()
        return {"id": self.id, "title": title, "price": price, "status": "LIVE", "createdAt": made_at, **text}


@dataclass
class SlowSite:
    """`delay_s` is how long after it was made an item is in no list yet."""

    clock: Callable[[], datetime]
    delay_s: float = 60
    items: list[SiteItem] = field(default_factory=list)

    def make(self, told: Mapping[str, Any], *, late_s: float) -> str:
        """The item, which the site makes `late_s` after the call."""
        made_at = self.clock() + timedelta(seconds=late_s)
        item = SiteItem(f"i{len(self.items) + 1}", made_at, made_at + timedelta(seconds=self.delay_s), {**told})
        self.items.append(item)
        return item.id

    def named(self, title: str) -> list[str]:
        return [item.id for item in self.items if item.told["title"] == title]

    def answer(self, operation: RelayOperation, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What the site answers at once, of calls that may be repeated."""
        listed = [item for item in self.items if item.listed_at <= self.clock()]
        match operation:
            case RelayOperation.LIST_ITEMS:
                page = arguments["page"]
                rows = [item.shown(with_text=False) for item in reversed(listed)]
                pages = max(1, -(-len(rows) // _PER_PAGE))
                return {"items": rows[(page - 1) * _PER_PAGE : page * _PER_PAGE], "page": page, "totalPages": pages}
            case RelayOperation.GET_ITEM:
                found = [item.shown(with_text=True) for item in listed if item.id == arguments["id"]]
                return found[0] if found else {}
            case _:
                return {"id": "p1"}
