"""Owns the web application that stands in for Etsy: the lists of its calls and orders; must not bind a port."""

from starlette.applications import Starlette
from starlette.routing import Route

from sandbox.etsy import control, profiles
from sandbox.etsy.calls import PREFIX, EtsyRoute
from sandbox.etsy.config import EtsyConfig
from sandbox.etsy.endpoint import endpoint_of, mint_endpoint, unknown_endpoint
from sandbox.etsy.listings import changes, drafts, images, inventory, properties, reading
from sandbox.etsy.listings import control as listing_control
from sandbox.etsy.receipts import calls as receipts
from sandbox.etsy.receipts import control as receipt_control
from sandbox.etsy.sign_in.dialog import dialog_routes
from sandbox.etsy.state import open_etsy
from sandbox.etsy.taxonomy import calls as taxonomy
from sandbox.etsy.webhooks import control as webhook_control
from sandbox.marketplaces.control import ControlRoute
from sandbox.marketplaces.serving import marketplace_app

CALLS: tuple[EtsyRoute, ...] = (
    *profiles.CALLS,
    *taxonomy.CALLS,
    *drafts.CALLS,
    *changes.CALLS,
    *images.CALLS,
    *inventory.CALLS,
    *properties.CALLS,
    *reading.CALLS,
    *receipts.CALLS,
)
ORDERS: tuple[ControlRoute, ...] = (
    *control.CONTROL,
    *listing_control.CONTROL,
    *receipt_control.CONTROL,
    *webhook_control.CONTROL,
)


def create_etsy_app(config: EtsyConfig) -> Starlette:
    """Its URL is known once it has a port."""
    routes = [
        *dialog_routes(),
        Route("/v3/public/oauth/token", mint_endpoint, methods=["POST"]),
        *(Route(PREFIX + route.path, endpoint_of(route), methods=[route.method]) for route in CALLS),
    ]
    return marketplace_app(open_etsy(config), ORDERS, routes, unknown=unknown_endpoint)
