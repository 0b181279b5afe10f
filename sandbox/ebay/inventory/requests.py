"""Owns what the calls of the Inventory API have in common: headers, SKUs, pages, and one write of a SKU at a time."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.ebay.calls import EbayCall
from sandbox.ebay.errors import EbayRefusal
from sandbox.ebay.inventory.problems import BUSY, INVALID_SKU, INVALID_VALUE
from sandbox.ebay.markets import LANGUAGES
from sandbox.ebay.sellers import Object
from sandbox.ebay.state import EbaySandbox, shown

WRITES = ("sell.inventory",)
READS = ("sell.inventory", "sell.inventory.readonly")
# eBay speaks of letters and digits, and takes these signs too.
_SKU = re.compile(r"[A-Za-z0-9._-]{1,50}")


def invalid(field_name: str, text: str = "") -> EbayRefusal:
    """25709, which is what eBay says of most fields."""
    return EbayRefusal(
        INVALID_VALUE, text or f"Invalid value for {field_name}.", parameters={"additionalInfo": field_name}
    )


def check_language(call: EbayCall) -> str:
    """The language of what is written, as `de_DE`; raises EbayRefusal without the header, or with an unknown one."""
    language = call.headers.get("content-language", "")
    if language not in LANGUAGES:
        raise invalid("Content-Language", "Invalid value for header Content-Language.")
    return language.replace("-", "_")


def sku_of(call: EbayCall) -> str:
    sku = call.ids["sku"]
    if not _SKU.fullmatch(sku):
        raise EbayRefusal(INVALID_SKU, parameters={"additionalInfo": sku})
    return sku


def paged(call: EbayCall, rows: list[Object], *, name: str, page: tuple[int, int]) -> Object:
    """A page of eBay's: here `offset` counts pages, not rows, as its documentation says of this API."""
    limit, number = page
    found = rows[limit * number : limit * (number + 1)]
    answer: Object = {
        "href": _page_url(call, limit, number),
        "limit": limit,
        "offset": number,
        "size": len(found),
        "total": len(rows),
        name: [shown(row) for row in found],
    }
    if limit * (number + 1) < len(rows):
        answer["next"] = _page_url(call, limit, number + 1)
    if number:
        answer["prev"] = _page_url(call, limit, number - 1)
    return answer


def _page_url(call: EbayCall, limit: int, number: int) -> str:
    kept = "".join(f"{name}={value}&" for name, value in call.query.items() if name not in ("limit", "offset"))
    return f"{call.path}?{kept}limit={limit}&offset={number}"


@asynccontextmanager
async def writing_sku(sandbox: EbaySandbox, call: EbayCall, sku: str) -> AsyncIterator[None]:
    """A second write of that SKU before the block ends is refused with 25025."""
    key = (call.shop.seller.user_id, sku)
    if key in sandbox.writing:
        raise EbayRefusal(BUSY)
    sandbox.writing.add(key)
    try:
        if sandbox.write_s:
            await asyncio.sleep(sandbox.write_s)
        yield
    finally:
        sandbox.writing.discard(key)
