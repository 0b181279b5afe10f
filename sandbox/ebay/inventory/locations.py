"""Owns the places that a seller ships from: made once, with a key and an address that stay."""

from sandbox.ebay.calls import NO_CONTENT, CallRoute, EbayCall, EbayReply, page_of
from sandbox.ebay.errors import EbayRefusal
from sandbox.ebay.inventory.problems import LOCATION_INPUT, LOCATION_THERE, NO_LOCATION
from sandbox.ebay.inventory.requests import READS, WRITES, paged
from sandbox.ebay.inventory.shapes import LocationBody
from sandbox.ebay.state import EbaySandbox

_LONGEST_KEY = 36


def create_location(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    shop, key = call.shop, call.ids["key"]
    if key in shop.locations:
        raise EbayRefusal(LOCATION_THERE, parameters={"merchantLocationKey": key})
    body = call.read(LocationBody)
    address = body.location.address
    is_placed = bool(address.postal_code or (address.city and address.state_or_province))
    if len(key) > _LONGEST_KEY or not address.country or not is_placed:
        said = "A location has a key of at most 36 characters, a country, and a postal code or a city with its state."
        raise EbayRefusal(LOCATION_INPUT, said)
    shop.locations[key] = {
        "locationTypes": ["WAREHOUSE"],
        **call.json(),
        "merchantLocationKey": key,
        "merchantLocationStatus": body.merchant_location_status,
    }
    return NO_CONTENT


def read_location(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    found = call.shop.locations.get(call.ids["key"])
    if found is None:
        raise EbayRefusal(NO_LOCATION, parameters={"merchantLocationKey": call.ids["key"]})
    return EbayReply(found)


def list_locations(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    limit, page = page_of(call, default=100, most=100)
    return EbayReply(paged(call, list(call.shop.locations.values()), name="locations", page=(limit, page)))


def delete_location(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    if call.shop.locations.pop(call.ids["key"], None) is None:
        raise EbayRefusal(NO_LOCATION, parameters={"merchantLocationKey": call.ids["key"]})
    return NO_CONTENT


_PATH = "/sell/inventory/v1/location"
_KEYED = f"{_PATH}/{{key}}"
CALLS = (
    CallRoute("GET", _PATH, "inventory.locations", READS, list_locations),
    CallRoute("GET", _KEYED, "inventory.location", READS, read_location),
    CallRoute("POST", _KEYED, "inventory.create_location", WRITES, create_location),
    CallRoute("DELETE", _KEYED, "inventory.delete_location", WRITES, delete_location),
)
