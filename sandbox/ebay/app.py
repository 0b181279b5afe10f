"""Owns the web application that stands in for eBay: the lists of its calls, gates and orders; must not bind a port."""

from starlette.applications import Starlette
from starlette.routing import Route

from sandbox.ebay import control, identity, rate_limits
from sandbox.ebay.account import policies, programs
from sandbox.ebay.calls import CallRoute, Gate
from sandbox.ebay.cases import control as case_control
from sandbox.ebay.cases import endpoint as cases
from sandbox.ebay.config import EbayConfig
from sandbox.ebay.disputes import calls as disputes
from sandbox.ebay.disputes import control as dispute_control
from sandbox.ebay.endpoint import endpoint_of, mint_endpoint, unknown_endpoint
from sandbox.ebay.inventory import bulk, items, listings, locations, offers, publishing, ready_made
from sandbox.ebay.notifications import calls as notifications
from sandbox.ebay.notifications import control as notice_control
from sandbox.ebay.notifications import subscriptions
from sandbox.ebay.orders import calls as order_calls
from sandbox.ebay.orders import control as order_control
from sandbox.ebay.sign_in.dialog import dialog_routes
from sandbox.ebay.signing import calls as signing_calls
from sandbox.ebay.signing.calls import signature_gate
from sandbox.ebay.state import open_ebay
from sandbox.ebay.taxonomy import calls as taxonomy
from sandbox.marketplaces.control import ControlRoute
from sandbox.marketplaces.serving import marketplace_app

CALLS: tuple[CallRoute, ...] = (
    *identity.CALLS,
    *policies.CALLS,
    *programs.CALLS,
    *taxonomy.CALLS,
    *rate_limits.CALLS,
    *locations.CALLS,
    *items.CALLS,
    *offers.CALLS,
    *publishing.CALLS,
    *bulk.CALLS,
    *order_calls.CALLS,
    *signing_calls.CALLS,
    *cases.CALLS,
    *disputes.CALLS,
    *notifications.CALLS,
    *subscriptions.CALLS,
)
# Run before every call, in this order.
GATES: tuple[Gate, ...] = (signature_gate,)
ORDERS: tuple[ControlRoute, ...] = (
    *control.CONTROL,
    *listings.CONTROL,
    *ready_made.CONTROL,
    *order_control.CONTROL,
    *case_control.CONTROL,
    *dispute_control.CONTROL,
    *notice_control.CONTROL,
)


def create_ebay_app(config: EbayConfig) -> Starlette:
    """Its URL is known once it has a port."""
    routes = [
        *dialog_routes(),
        Route("/identity/v1/oauth2/token", mint_endpoint, methods=["POST"]),
        *(Route(route.path, endpoint_of(route, GATES), methods=[route.method]) for route in CALLS),
    ]
    return marketplace_app(open_ebay(config), ORDERS, routes, unknown=unknown_endpoint)
