"""`ebay`: npm's ebay-api reads eBay's stand-in, and both sides sign and check what the other has signed."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from analytics.clock import utc_now
from integrations.ebay.app import EbayApp
from integrations.ebay.marketplace import EbayMarketplace
from integrations.ebay.signatures import EbaySigningKey, signed_headers
from integrations.http import HttpClient
from sandbox.ebay.app import ORDERS as CONTROLS
from sandbox.ebay.config import EbayConfig
from sandbox.ebay.control import shop_of
from sandbox.ebay.server import EbayServer, run_ebay
from sandbox.ebay.sign_in.grants import full_scopes, grant
from sandbox.ebay.signing.keys import make_key
from sandbox.marketplaces.control import carried_out
from tests.conformance.node import installed, node

SOURCE = Path(__file__).with_name("ebay_api")
SELLER = "EBAY_DE"
ORDERS, LISTINGS, HOLES_EVERY = 650, 60, 50
BODY = {"reasonForRefund": "BUYER_CANCEL", "orderLevelRefundAmount": {"value": "1.00", "currency": "EUR"}}
SECRET = "secret"


@dataclass(frozen=True, slots=True)
class EbayGuest:
    """The npm package beside a stand-in; `token` is a consent of its seller."""

    server: EbayServer
    folder: Path
    token: str

    async def did(self, what: str, **given: Any) -> Any:
        """What the program prints."""
        return await guest_did(self.folder, what, self.server.url, self.token, **given)

    def control(self, path: str, **body: Any) -> Any:
        return carried_out(CONTROLS, self.server.sandbox, path, **{"seller": SELLER, **body})


async def guest_did(folder: Path, what: str, url: str, token: str, **given: Any) -> Any:
    """What `reader.mjs` prints; its errors come with an exit code, which raises RuntimeError."""
    command = (node(), SOURCE / "reader.mjs", what, url, token, json.dumps(given))
    process = await asyncio.create_subprocess_exec(*map(str, command), cwd=folder, stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"ebay-api: {what} ended with code {process.returncode}")
    return json.loads(printed)


async def _orders(guest: EbayGuest) -> bool:
    """Every order that the list has, to the cent; those that it leaves out are in no page."""
    guest.control("orders/generate", count=ORDERS, holes_every=HOLES_EVERY)
    shelf = shop_of(guest.server.sandbox, SELLER).orders
    assert shelf.lazy is not None
    now = datetime.fromtimestamp(guest.server.sandbox.now_s, UTC)
    window = now - timedelta(days=80), now
    told = "..".join(f"{each:%Y-%m-%dT%H:%M:%S}.000Z" for each in window)
    theirs = {
        each[0]: Decimal(each[1]) for each in (await guest.did("orders", filter=f"lastmodifieddate:[{told}]"))["orders"]
    }
    ours = await _read_by_us(guest, window)
    return len(theirs) == ORDERS - ORDERS // HOLES_EVERY and theirs == ours


async def _read_by_us(guest: EbayGuest, window: tuple[datetime, datetime]) -> dict[str, Decimal]:
    url, http = guest.server.url, HttpClient()
    app = EbayApp("client", SECRET, guest.server.sandbox.config.ru_name, url, url, url, guest.server.graphql_url)
    try:
        session = EbayMarketplace(app, http, utc_now).session(guest.token, SELLER)
        return {order.external_id: order.total async for page in session.orders(*window) for order in page.orders}
    finally:
        await http.close()


async def _inventory(guest: EbayGuest) -> bool:
    """Every item with its quantity and its live offer, over pages whose offsets count pages."""
    made = guest.control("listings/ready", count=LISTINGS, price="12.34", quantity=5)["listings"]
    found = await guest.did("inventory")
    wanted = [[each["sku"], 5, [["PUBLISHED", "12.34", each["listingId"]]]] for each in made]
    return sorted(found) == sorted(wanted)


async def _their_signature(guest: EbayGuest) -> bool:
    """A refund that the package signs is taken; one under the key of another is not."""
    key, private = make_key("ED25519", guest.server.sandbox.now_s)
    guest.server.sandbox.book.signing_keys[key.id] = key
    order_id = guest.control("orders", lines=[{}])["orderId"]
    stranger = make_key("ED25519", guest.server.sandbox.now_s)[1]
    refused, taken = [
        await guest.did("refund", orderId=order_id, body=BODY, signature={"jwe": key.jwe, "privateKey": each})
        for each in (stranger, private)
    ]
    return refused["status"] == 403 and "refundId" in taken


async def _our_signature(guest: EbayGuest) -> bool:
    """What we sign is byte for byte what the package signs, of calls with a body and without one."""
    key, private = make_key("ED25519", guest.server.sandbox.now_s)
    created = datetime(2026, 11, 21, 12, tzinfo=UTC)
    own = EbaySigningKey(key.id, private, key.jwe, created, created)
    return all(
        [await _is_signed_alike(guest, own, created, method, body) for method, body in (("POST", "{}"), ("GET", ""))]
    )


async def _is_signed_alike(guest: EbayGuest, key: EbaySigningKey, created: datetime, method: str, body: str) -> bool:
    url = "https://api.ebay.com/sell/fulfillment/v1/order/1/issue_refund"
    ours = signed_headers(key, method, url, body=body.encode() or None, created=created)
    known = {name.lower(): value for name, value in ours.items()}
    theirs = await guest.did(
        "sign",
        headers={name: known[name] for name in ("x-ebay-signature-key", "content-digest") if name in known},
        parts={"method": method, "authority": "api.ebay.com", "path": url.partition(".com")[2]},
        body=body,
        created=int(created.timestamp()),
        privateKey=key.private_key,
    )
    told = {"content-digest": theirs["digest"], "signature-input": theirs["input"], "signature": theirs["signature"]}
    return all(known.get(name) == value for name, value in told.items())


PROOFS: dict[str, Callable[[EbayGuest], Any]] = {
    f"orders over {ORDERS // 200 + 1} pages with holes": _orders,
    f"inventory, {LISTINGS} items with offers": _inventory,
    "a refund that ebay-api signs": _their_signature,
    "what we sign, beside ebay-api's words": _our_signature,
}


async def main() -> int:
    folder = installed(SOURCE)
    worst = 0
    async with run_ebay(EbayConfig("client", SECRET, "admin", fetches_pictures=False)) as server:
        sandbox = server.sandbox
        _, token = grant(sandbox, shop_of(sandbox, SELLER).seller.user_id, full_scopes(sandbox.config.scopes))
        guest = EbayGuest(server, folder, token)
        for name, proof in PROOFS.items():
            is_right = await proof(guest)
            sys.stdout.write(f"ebay-api: {name:44} {'as it should be' if is_right else 'WRONG'}\n")
            worst = max(worst, int(not is_right))
    return worst
