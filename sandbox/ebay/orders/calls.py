"""Owns the orders of the Fulfillment API: the list, one order, and the table of calls."""

from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from sandbox.ebay.calls import CallRoute, EbayCall, EbayReply
from sandbox.ebay.orders.filters import check_groups, read_ids, read_page, read_window
from sandbox.ebay.orders.refunds import issue_refund
from sandbox.ebay.orders.search import find_order, orders_by_ids, search_orders, settle_refunds, shown_order
from sandbox.ebay.orders.shipping import get_shipment, list_shipments, ship
from sandbox.ebay.problems import refusal, warning
from sandbox.ebay.state import EbaySandbox

ROOT = "/sell/fulfillment/v1"
_READS = ("sell.fulfillment", "sell.fulfillment.readonly")
_WRITES = ("sell.fulfillment",)
_UNENCODED = frozenset("[]{}|")


def list_orders(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    settle_refunds(call.shop.orders, sandbox.now_s)
    if not _UNENCODED.isdisjoint(call.raw_query):
        raise refusal(30800, "Brackets, braces and bars have to be percent-encoded")
    check_groups(call.query)
    ids = read_ids(call.query)
    if ids is not None:
        by_ids = orders_by_ids(call.shop, ids)
        return EbayReply({"href": _href(sandbox, call), "total": by_ids.total, "orders": by_ids.orders})
    limit, offset = read_page(call.query)
    window = read_window(call.query.get("filter"), sandbox.now_s)
    found = search_orders(call.shop, window, limit=limit, offset=offset)
    page = {
        "href": _href(sandbox, call),
        "total": found.total,
        "limit": limit,
        "offset": offset,
        "orders": found.orders,
    }
    if offset + limit < found.total:
        page["next"] = _href(sandbox, call, limit=limit, offset=offset + limit)
    if offset > 0:
        page["prev"] = _href(sandbox, call, limit=limit, offset=max(0, offset - limit))
    if found.left_out:
        page["warnings"] = [warning(30500, "Some orders have errors and are left out of this page")]
    return EbayReply(page)


def get_order(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    settle_refunds(call.shop.orders, sandbox.now_s)
    check_groups(call.query)
    order = find_order(call.shop, call.ids["order_id"])
    if order is None:
        raise refusal(32100, f"Invalid order ID: {call.ids['order_id']}", status=404)
    return EbayReply(shown_order(call.shop, order))


def _href(sandbox: EbaySandbox, call: EbayCall, **page: int) -> str:
    query: QueryParams = call.query
    asked = dict(query) | {name: str(value) for name, value in page.items()}
    return f"{sandbox.url}{call.path}?{urlencode(asked)}" if asked else f"{sandbox.url}{call.path}"


_ORDER = f"{ROOT}/order/{{order_id}}"
CALLS = (
    CallRoute("GET", f"{ROOT}/order", "fulfillment.list_orders", _READS, list_orders),
    CallRoute("GET", _ORDER, "fulfillment.get_order", _READS, get_order),
    CallRoute(
        "POST", f"{_ORDER}/issue_refund", "fulfillment.issue_refund", ("sell.finances",), issue_refund, moves_money=True
    ),
    CallRoute("POST", f"{_ORDER}/shipping_fulfillment", "fulfillment.ship", _WRITES, ship),
    CallRoute("GET", f"{_ORDER}/shipping_fulfillment", "fulfillment.list_shipments", _READS, list_shipments),
    CallRoute(
        "GET", f"{_ORDER}/shipping_fulfillment/{{shipment_id}}", "fulfillment.get_shipment", _READS, get_shipment
    ),
)
