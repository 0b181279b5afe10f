"""What a sale does to a live listing, and what comes back when it is cancelled."""

from tests.sandbox.ebay.case_texts import act_on_cancellation, graphql
from tests.sandbox.ebay.ebay_client import EbayClient
from tests.sandbox.ebay.shelf import listed, read_offer
from tests.sandbox.ebay.signers import new_signer

ORDERS = "/sell/fulfillment/v1/order"


async def sell(ebay: EbayClient, listing_id: str, quantity: int = 1) -> int:
    body = {"seller": "EBAY_DE", "lines": [{"listing_id": listing_id, "quantity": quantity}]}
    return (await ebay.send("POST", "/_sandbox/orders", body, **{"X-Sandbox-Token": "admin"})).status


async def test_a_sale_takes_from_offer_and_item_until_nothing_is_left(ebay: EbayClient) -> None:
    offer_id, listing_id = await listed(ebay, "sold-1")
    assert await sell(ebay, listing_id) == 200
    offer = await read_offer(ebay, offer_id)
    assert (offer["availableQuantity"], offer["listing"]["soldQuantity"]) == (1, 1)
    assert await sell(ebay, listing_id, 2) == 422
    assert await sell(ebay, listing_id) == 200
    offer = await read_offer(ebay, offer_id)
    assert (offer["availableQuantity"], offer["listing"]["listingStatus"]) == (0, "OUT_OF_STOCK")
    assert await sell(ebay, listing_id) == 422
    newest = (await ebay.call("GET", ORDERS)).body["orders"][-1]["lineItems"][0]
    assert (newest["sku"], newest["legacyItemId"], newest["lineItemCost"]["value"]) == ("sold-1", listing_id, "12.34")


async def test_what_is_cancelled_can_be_on_sale_again(ebay: EbayClient) -> None:
    offer_id, listing_id = await listed(ebay, "sold-2")
    assert await sell(ebay, listing_id, 2) == 200
    order_id = (await ebay.call("GET", ORDERS)).body["orders"][-1]["orderId"]
    wanted = {"orderId": order_id, "contractCancellationReason": "OUT_OF_STOCK", "relistAllItems": True}
    text = act_on_cancellation("createOrderCancellation", "CreateOrderCancellationInput")
    await graphql(ebay, text, wanted, seller="EBAY_DE")
    assert (await read_offer(ebay, offer_id))["availableQuantity"] == 0
    signer = await new_signer(ebay)
    done = await graphql(ebay, text, wanted, seller="EBAY_DE", signer=signer)
    assert done.body["data"]["createOrderCancellation"]["__typename"] == "CreateOrderCancellationSuccess"
    offer = await read_offer(ebay, offer_id)
    assert (offer["availableQuantity"], offer["listing"]["listingStatus"]) == (2, "ACTIVE")
