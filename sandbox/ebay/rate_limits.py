"""Owns what the app is told of its calls of the day, as the Analytics API of eBay tells it."""

from sandbox.ebay.calls import CallRoute, EbayCall, EbayReply
from sandbox.ebay.quotas import DAY_S, limit_of, resets_at, used
from sandbox.ebay.state import EbaySandbox

# Name, in eBay's spelling, of each API whose calls are counted.
_APIS = {
    "sell.account": "Account",
    "sell.inventory": "Inventory",
    "sell.fulfillment": "Fulfillment",
    "sell.finances": "Finances",
    "commerce.taxonomy": "Taxonomy",
    "commerce.identity": "Identity",
    "commerce.notification": "Notification",
}


def read_limits(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """Of all APIs, or of those that `api_context` and `api_name` name; 204 when there is none."""
    found = []
    for api, name in _APIS.items():
        context = api.partition(".")[0]
        is_asked = call.query.get("api_context", context) == context
        if is_asked and call.query.get("api_name", name).lower() == name.lower():
            found.append(_limits(sandbox, api, context=context, name=name))
    return EbayReply({"rateLimits": found}) if found else EbayReply(status=204)


def _limits(sandbox: EbaySandbox, api: str, *, context: str, name: str) -> dict[str, object]:
    limit, count = limit_of(sandbox, api), used(sandbox, f"calls:{api}")
    reset = f"{resets_at(sandbox):%Y-%m-%dT%H:%M:%S}.000Z"
    rate = {"count": count, "limit": limit, "remaining": limit - count, "reset": reset, "timeWindow": DAY_S}
    return {
        "apiContext": context,
        "apiName": name,
        "apiVersion": "v1",
        "resources": [{"name": api, "rates": [rate]}],
    }


_PATH = "/developer/analytics/v1_beta/rate_limit"
CALLS = tuple(CallRoute("GET", path, "analytics.rate_limits", ("",), read_limits) for path in (_PATH, f"{_PATH}/"))
