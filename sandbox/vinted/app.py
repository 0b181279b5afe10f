"""Owns the web application that stands in for the site: the lists of its calls and orders; must not bind a port."""

from starlette.applications import Starlette
from starlette.routing import Route

from sandbox.marketplaces.control import ControlRoute
from sandbox.marketplaces.serving import marketplace_app
from sandbox.vinted import control, seeding
from sandbox.vinted.calls import PREFIX, VintedRoute
from sandbox.vinted.config import VintedConfig
from sandbox.vinted.endpoint import endpoint_of, unknown_endpoint
from sandbox.vinted.pages.routes import page_routes
from sandbox.vinted.sales import calls as sales
from sandbox.vinted.sales import control as sale_control
from sandbox.vinted.state import open_vinted
from sandbox.vinted.talks import calls as talks
from sandbox.vinted.talks import control as talk_control
from sandbox.vinted.terms import calls as terms
from sandbox.vinted.wardrobe import changes, photos, reading
from sandbox.vinted.wardrobe import control as wardrobe_control

CALLS: tuple[VintedRoute, ...] = (
    *reading.CALLS,
    *photos.CALLS,
    *changes.CALLS,
    *sales.CALLS,
    *talks.CALLS,
    *terms.CALLS,
)
ORDERS: tuple[ControlRoute, ...] = (
    *control.CONTROL,
    *seeding.CONTROL,
    *wardrobe_control.CONTROL,
    *sale_control.CONTROL,
    *talk_control.CONTROL,
)


def create_vinted_app(config: VintedConfig) -> Starlette:
    """Its URL is known once it has a port."""
    sandbox = open_vinted(config)
    seeding.furnish(sandbox)
    routes = [
        *(Route(PREFIX + route.path, endpoint_of(route), methods=[route.method]) for route in CALLS),
        *page_routes(),
    ]
    return marketplace_app(sandbox, ORDERS, routes, unknown=unknown_endpoint)
