"""What was sold, asked for and set up is there after a restart."""

from datetime import timedelta
from pathlib import Path

import aiohttp

from sandbox.ebay.server import run_ebay
from tests.sandbox.ebay.case_texts import RETURNS, asked
from tests.sandbox.ebay.ebay_client import EbayClient, ebay_config
from tests.sandbox.ebay.signers import MessageSigner, new_signer

ORDERS = "/sell/fulfillment/v1/order"


async def test_orders_cases_disputes_and_keys_survive(tmp_path: Path) -> None:
    kept = ebay_config(state_path=tmp_path / "ebay.json")
    async with run_ebay(kept) as server, aiohttp.ClientSession() as http:
        ebay = EbayClient(server, http)
        german = {"seller": "EBAY_DE", "order_id": (await _sold(ebay, "EBAY_DE"))}
        signer = await new_signer(ebay)
        american = {"seller": "EBAY_US", "order_id": (await _sold(ebay, "EBAY_US"))}
        batch = {"seller": "EBAY_US", "count": 50, "step_s": 10, "holes_every": 7}
        first = (await ebay.control("POST", "orders/generate", batch))["first"]
        await ebay.control("POST", "orders/change", {"seller": "EBAY_US", "order_id": first, "fields": {"x": 1}})
        case = await ebay.control("POST", "cases", american | {"kind": "RETURN"})
        dispute = await ebay.control("POST", "disputes", american)
        await ebay.control("POST", "orders/refund", german)
        await ebay.control("POST", "notifications/rotate")
        before = (await ebay.call("GET", ORDERS, seller="EBAY_US")).body
        keys = server.sandbox.book.notices.keys
    async with run_ebay(kept) as server, aiohttp.ClientSession() as http:
        ebay = EbayClient(server, http)
        after = (await ebay.call("GET", ORDERS, seller="EBAY_US")).body
        assert (after["total"], after["orders"]) == (51, before["orders"])
        (found,) = (await asked(ebay, RETURNS, {"initialPage": {}}))["orderReturns"]
        assert found["returnId"] == case["caseId"]
        path = f"/sell/fulfillment/v1/payment_dispute/{dispute['disputeId']}"
        assert (await ebay.call("GET", path, seller="EBAY_US")).status == 200
        assert server.sandbox.book.notices.keys == keys
        server.sandbox.clock.skew = timedelta(minutes=6)
        settled = (await ebay.call("GET", f"{ORDERS}/{german['order_id']}")).body
        assert settled["orderPaymentStatus"] == "FULLY_REFUNDED"
        here = MessageSigner(signer.jwe, signer.private_key, server.url.removeprefix("http://"))
        refund = f"{ORDERS}/{german['order_id']}/issue_refund"
        body = b'{"reasonForRefund": "BUYER_CANCEL"}'
        assert (await ebay.call("POST", refund, body, **here.headers("POST", refund, body))).error_ids == [34905]


async def _sold(ebay: EbayClient, seller: str) -> str:
    made = await ebay.control("POST", "orders", {"seller": seller, "lines": [{"price": "10.00"}]})
    return str(made["orderId"])
