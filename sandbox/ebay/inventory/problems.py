"""Owns what the Inventory API says when it refuses or warns, by eBay's numbers."""

from sandbox.ebay.errors import EbayProblem

_DOMAIN = "API_INVENTORY"


def _problem(error_id: int, message: str, *, status: int = 400, category: str = "REQUEST") -> EbayProblem:
    return EbayProblem(error_id, status, message, _DOMAIN, category)


USER_ERROR = _problem(25002, "A user error has occurred.")
INVALID_PRICE = _problem(25003, "Invalid price.")
INVALID_QUANTITY = _problem(25004, "Invalid quantity.")
INVALID_CATEGORY = _problem(25005, "Invalid category.")
INVALID_FULFILLMENT = _problem(25007, "Invalid Shipping policy information.")
INVALID_PAYMENT = _problem(25008, "Invalid Payment policy information.")
INVALID_RETURN = _problem(25009, "Invalid Return policy information.")
INVALID_LOCATION = _problem(25012, "Invalid location.")
INVALID_PICTURES = _problem(25014, "Invalid pictures.")
INVALID_PICTURE_URL = _problem(25015, "Invalid picture URL.")
INVALID_FIELD = _problem(25016, "Invalid value for a field.")
MISSING_FIELD = _problem(25017, "Missing information in fields.")
NO_REVISION = _problem(25019, "Cannot revise the listing.")
INVALID_CONDITION = _problem(25021, "Invalid condition information.")
BUSY = _problem(
    25025,
    "Concurrent access of the same Inventory or Inventory Item Group object is not allowed. Please try again later.",
    status=500,
    category="APPLICATION",
)
ON_HOLD = _problem(
    25096, "This listing is on hold due to a policy violation. You may revise it to resolve the situation."
)
LOCKED = _problem(25097, "This listing is on hold due to a policy violation, and revisions are not possible.")
NO_SKU = _problem(25702, "The SKU could not be found or is not available in the system.", status=404)
INVALID_SKU = _problem(25707, "Invalid sku. sku has to be alphanumeric with upto 50 characters in length")
INVALID_VALUE = _problem(25709, "Invalid request.")
NOT_FOUND = _problem(25710, "We didn't find the resource you are requesting. Please verify the request.", status=404)
NO_OFFER = _problem(25713, "This Offer is not available.", status=404)
LOCATION_INPUT = _problem(25802, "Input error.")
LOCATION_THERE = _problem(25803, "The merchantLocationKey already exists.", status=409)
NO_LOCATION = _problem(25804, "The merchantLocationKey was not found.", status=404)
