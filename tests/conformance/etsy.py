"""`etsy`: a seller's SDK sells at the sandbox of Etsy, and a judge of webhooks takes its messages or refuses them."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, cast

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from analytics.clock import utc_now
from integrations.selling.notices import NoticeCall, UntrustedNotice
from integrations.selling.standard_webhooks import key_of, proved
from sandbox.etsy.app import ORDERS
from sandbox.etsy.config import EtsyConfig
from sandbox.etsy.server import EtsyServer, run_etsy
from sandbox.etsy.sign_in.grants import grant
from sandbox.etsy.webhooks.announcing import messages
from sandbox.etsy.webhooks.records import MessageMode, OrderEvent
from sandbox.etsy.webhooks.signing import new_secret
from sandbox.marketplaces.control import carried_out
from sandbox.server import serve
from tests.conformance.guests import python_of

_SCOPES = ["listings_r", "listings_w", "listings_d", "transactions_r", "transactions_w", "shops_r"]
_GUEST = Path(__file__).with_name("etsy_guest.py")
# What the guest has to report, in this order; the messages come last.
EXPECTED: dict[str, object] = {
    "own shop": True,
    "limits": ["1000", "1000000"],
    "profiles": [2, 2, 2],
    "draft": ["draft", {"amount": 1250, "divisor": 100, "currency_code": "EUR"}],
    "without a picture": [400, "A listing must have at least one image to be active."],
    "pictures": [1, 1],
    "inventory": ["SKU-1", 4],
    "published": ["active", 1],
    "receipts": [1, "Paid", 1],
    "sent": "Completed",
    "deleted": 204,
}
_TAKEN = {"NORMAL": True, "FORGED": False, "CHANGED": False, "STALE": False, "EARLY": False}


async def main() -> int:
    key = "keystring", "shared-secret"
    async with run_etsy(EtsyConfig(*key, "admin")) as server:
        seller = next(iter(server.sandbox.book.shops.values())).seller
        pair = grant(server.sandbox, seller.user_id, _SCOPES)
        given = {
            "url": server.url,
            "key": ":".join(key),
            "tokens": [pair.access_token, pair.refresh_token],
            "admin": "admin",
            "shop": seller.shop_id,
            "secret": new_secret(),
        }
        came = await _messages(server, str(given["secret"]))
        given["messages"] = came
        found = await _reported(given)
    expected = EXPECTED | {f"message {mode}": is_taken for mode, is_taken in _TAKEN.items()}
    expected |= {f"ours of {mode}": is_taken for mode, is_taken in _TAKEN.items()} | {"ours of the judge's": True}
    found |= _ours(str(given["secret"]), came, found.get("signed"))
    wrong = {name: found.get(name) for name, told in expected.items() if found.get(name) != told}
    for name in expected:
        sys.stdout.write(f"{name:20} {'as expected' if name not in wrong else f'{wrong[name]!r}'}\n")
    sys.stdout.write(f"{len(expected) - len(wrong)} of {len(expected)}\n")
    return 1 if wrong else 0


async def _reported(given: dict[str, object]) -> dict[str, object]:
    process = await asyncio.create_subprocess_exec(
        str(python_of("etsy")), str(_GUEST), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(json.dumps(given).encode())
    return dict(json.loads(output)) if process.returncode == 0 else {}


def _ours(secret: str, messages: list[list[object]], signed: Any) -> dict[str, object]:
    """What the product's own door takes: the same messages, and one that the judge has signed."""
    found: dict[str, object] = {
        f"ours of {mode}": _is_taken(secret, NoticeCall(cast("dict[str, str]", headers), str(body).encode()))
        for headers, body, mode in messages
    }
    if signed is not None:
        message_id, timestamp, signature, body = signed
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        headers = dict(zip(names, (message_id, timestamp, signature), strict=True))
        found["ours of the judge's"] = _is_taken(secret, NoticeCall(headers, body.encode()))
    return found


def _is_taken(secret: str, call: NoticeCall) -> bool:
    try:
        proved(call, keys=[key_of(secret)], now=utc_now())
    except UntrustedNotice:
        return False
    return True


async def _messages(server: EtsyServer, secret: str) -> list[list[object]]:
    """Of each mode what came over HTTP: its headers and its body."""
    got: list[list[object]] = []

    async def take(request: Request) -> Response:
        got.append([dict(request.headers), (await request.body()).decode()])
        return Response()

    async with serve(Starlette(routes=[Route("/", take, methods=["POST"])])) as url:
        portal = {"endpoint": f"{url}/", "secrets": [new_secret(), secret], "pauses_s": []}
        carried_out(ORDERS, server.sandbox, "webhooks", **portal)
        shop = next(iter(server.sandbox.book.shops.values()))
        for mode in _TAKEN:
            for message, write in messages(server.sandbox, OrderEvent.PAID, shop, receipt_id=5, mode=MessageMode(mode)):
                await server.sandbox.courier.deliver(message.endpoint, write, message.statuses)
                got[-1].append(mode)
    return got
