"""Sells at the sandbox of Etsy with PyPI's etsy-python, and judges messages with standardwebhooks; has its own Python.

What it is given comes as JSON on stdin, what it found goes as JSON to stdout.
"""

import json
import sys
import urllib.request
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

from etsy_python.v3.common.Env import environment  # type: ignore[import-not-found] # never a dependency
from etsy_python.v3.enums.Listing import Includes, State, WhenMade, WhoMade  # type: ignore[import-not-found] # the same
from etsy_python.v3.exceptions.RequestException import RequestException  # type: ignore[import-not-found] # the same
from etsy_python.v3.models.Listing import (  # type: ignore[import-not-found] # the same
    CreateDraftListingRequest,
    UpdateListingInventoryRequest,
    UpdateListingRequest,
    UploadListingImageRequest,
)
from etsy_python.v3.models.Product import Product  # type: ignore[import-not-found] # the same
from etsy_python.v3.models.Receipt import CreateReceiptShipmentRequest  # type: ignore[import-not-found] # the same
from etsy_python.v3.resources.Listing import ListingResource  # type: ignore[import-not-found] # the same
from etsy_python.v3.resources.ListingImage import ListingImageResource  # type: ignore[import-not-found] # the same
from etsy_python.v3.resources.ListingInventory import ListingInventoryResource  # type: ignore[import-not-found] # same
from etsy_python.v3.resources.Payment import PaymentResource  # type: ignore[import-not-found] # the same
from etsy_python.v3.resources.ProcessingProfile import ProcessingProfileResource  # type: ignore[import-not-found] # same
from etsy_python.v3.resources.Receipt import ReceiptResource  # type: ignore[import-not-found] # the same
from etsy_python.v3.resources.Session import EtsyClient  # type: ignore[import-not-found] # the same
from etsy_python.v3.resources.ShippingProfile import ShippingProfileResource  # type: ignore[import-not-found] # the same
from etsy_python.v3.resources.ShopReturnPolicy import ShopReturnPolicyResource  # type: ignore[import-not-found] # same
from etsy_python.v3.resources.User import UserResource  # type: ignore[import-not-found] # the same
from standardwebhooks import Webhook, WebhookVerificationError  # type: ignore[import-not-found] # the same

# A pixel, as a GIF.
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def control(given: dict[str, Any], path: str, body: object) -> None:
    headers = {"X-Sandbox-Token": given["admin"]}
    raw = json.dumps(body).encode()
    urllib.request.urlopen(urllib.request.Request(f"{given['url']}/_sandbox/{path}", raw, headers))


def sold(given: dict[str, Any], client: Any) -> dict[str, Any]:
    shop, listings = given["shop"], ListingResource(client)
    me = UserResource(client).get_me()
    found: dict[str, Any] = {
        "own shop": me.message["shop_id"] == shop,
        "limits": [me.rate_limits.limit_per_second, me.rate_limits.limit_per_day],
    }
    profiles = [
        ShippingProfileResource(client).get_shop_shipping_profiles(shop).message["results"],
        ProcessingProfileResource(client).get_shop_readiness_state_definitions(shop).message["results"],
        ShopReturnPolicyResource(client).get_shop_return_policies(shop).message["results"],
    ]
    found["profiles"] = [len(each) for each in profiles]
    readiness = profiles[1][0]["readiness_state_id"]
    draft = listings.create_draft_listing(
        shop,
        CreateDraftListingRequest(
            quantity=3, title="Cup", description="A cup", price=12.5, who_made=WhoMade.I_DID,
            when_made=WhenMade.MADE_TO_ORDER, taxonomy_id=1064, is_supply=False,
            shipping_profile_id=profiles[0][0]["shipping_profile_id"], readiness_state_id=readiness,
            return_policy_id=profiles[2][0]["return_policy_id"],
        ),
    ).message  # fmt: skip
    listing_id = draft["listing_id"]
    found["draft"] = [draft["state"], draft["price"]]
    active = UpdateListingRequest(state=State.ACTIVE)
    try:
        listings.update_listing(shop, listing_id, active)
    except RequestException as refused:
        found["without a picture"] = [refused.code, refused.error]
    images = ListingImageResource(client)
    rank = images.upload_listing_image(shop, listing_id, UploadListingImageRequest(PIXEL, rank=1)).message["rank"]
    found["pictures"] = [rank, images.get_listing_images(listing_id).message["count"]]
    offering = {"quantity": 4, "is_enabled": True, "price": 13.75, "readiness_state_id": readiness}
    wish = UpdateListingInventoryRequest([Product("SKU-1", [], [offering])], [], [], [], [])
    [product] = ListingInventoryResource(client).update_listing_inventory(listing_id, wish).message["products"]
    found["inventory"] = [product["sku"], product["offerings"][0]["quantity"]]
    state = listings.update_listing(shop, listing_id, active).message["state"]
    listed = listings.get_listings_by_shop(shop, State.ACTIVE, includes=[Includes.IMAGES, Includes.INVENTORY])
    found["published"] = [state, listed.message["count"]]
    control(given, "sell", {"shop": shop, "lines": [{"listing_id": listing_id}]})
    return found | shipped(client, shop) | {"deleted": listings.delete_listing(listing_id).code}


def shipped(client: Any, shop: int) -> dict[str, Any]:
    receipts = ReceiptResource(client)
    listed = receipts.get_shop_receipts(shop, min_last_modified=1_700_000_000, was_paid=True).message
    [receipt] = listed["results"]
    payments = PaymentResource(client).get_shop_payment_by_receipt_id(shop, receipt["receipt_id"]).message["count"]
    parcel = CreateReceiptShipmentRequest(tracking_code="1", carrier_name="dhl", send_bcc=False)
    sent = receipts.create_receipt_shipment(shop, receipt["receipt_id"], parcel).message["status"]
    return {"receipts": [listed["count"], receipt["status"], payments], "sent": sent}


def is_taken(secret: str, headers: dict[str, str], body: str) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def main() -> None:
    given = json.load(sys.stdin)
    environment.request_url = f"{given['url']}/v3/application"
    environment.token_url = f"{given['url']}/v3/public/oauth/token"
    client = EtsyClient(given["key"], *given["tokens"], datetime.now(UTC) + timedelta(hours=1))
    found = sold(given, client)
    for headers, body, mode in given["messages"]:
        found[f"message {mode}"] = is_taken(given["secret"], headers, body)
    now, body = datetime.now(UTC), '{"event_type": "order.paid", "shop_id": 7}'
    signature = Webhook(given["secret"]).sign("msg_of_the_judge", now, body)
    found["signed"] = ["msg_of_the_judge", str(int(now.timestamp())), signature, body]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
