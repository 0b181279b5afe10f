"""Whatever comes, the stand-in of eBay answers in eBay's shape: it takes it or names what is wrong."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.ebay.account import policies, programs
from sandbox.ebay.calls import CallRoute
from sandbox.ebay.inventory import bulk, items, locations, offers, publishing
from tests.sandbox.ebay.ebay_client import EbayClient, Got
from tests.sandbox.ebay.shelf import INVENTORY, item_body, offer_body, publish

OURS = (policies, programs, items, locations, offers, publishing, bulk)
ROUTES = {route.name: route for module in OURS for route in module.CALLS if route.method in ("POST", "PUT")}
BODIES = (b"", b"{", b"null", b"[]", b"1", b'"x"', b"\xff", b'{"a":' * 2_000, b'{"requests":[{}]}', b"[" * 100_000)
VALUES: tuple[Any, ...] = (None, "", "x" * 2_000, [], [None], {}, 0, -1, 10**30, 1.5, True, "\u0000", [[]])


def in_ebays_shape(got: Got) -> bool:
    return got.status < 300 or (got.status < 500 and bool(got.error_ids))


@pytest.mark.parametrize("name", ROUTES)
async def test_bodies_that_are_none(ebay: EbayClient, name: str) -> None:
    route: CallRoute = ROUTES[name]
    path = route.path.format(sku="sku", key="key", offer_id="1", policy_id="1")
    for body in BODIES:
        assert in_ebays_shape(await ebay.call(route.method, path, body)), body[:20]


def spoiled(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The body with each field, also inside, absent and each of the values."""
    for name, value in body.items():
        yield {key: kept for key, kept in body.items() if key != name}
        yield from ({**body, name: odd} for odd in VALUES)
        if isinstance(value, dict):
            yield from ({**body, name: inner} for inner in spoiled(value))


async def test_items_with_one_odd_field(ebay: EbayClient) -> None:
    await ebay.call("PUT", f"{INVENTORY}/inventory_item/odd", item_body())
    made = await ebay.call("POST", f"{INVENTORY}/offer", await offer_body(ebay, "odd"))
    for body in spoiled(item_body()):
        put = await ebay.call("PUT", f"{INVENTORY}/inventory_item/odd", body)
        assert in_ebays_shape(put), body
        if put.status < 300:
            assert in_ebays_shape(await publish(ebay, made.body["offerId"])), body
            await ebay.call("POST", f"{INVENTORY}/offer/{made.body['offerId']}/withdraw")
            assert (await ebay.call("GET", f"{INVENTORY}/inventory_item/odd")).status == 200, body


async def test_offers_with_one_odd_field(ebay: EbayClient) -> None:
    await ebay.call("PUT", f"{INVENTORY}/inventory_item/odd-offer", item_body())
    whole = await offer_body(ebay, "odd-offer")
    made = await ebay.call("POST", f"{INVENTORY}/offer", whole)
    offer = f"{INVENTORY}/offer/{made.body['offerId']}"
    for body in spoiled(whole):
        put = await ebay.call("PUT", offer, body)
        assert in_ebays_shape(put), body
        if put.status < 300:
            assert in_ebays_shape(await publish(ebay, made.body["offerId"])), body
            await ebay.call("POST", f"{offer}/withdraw")
            assert (await ebay.call("GET", offer)).status == 200, body
