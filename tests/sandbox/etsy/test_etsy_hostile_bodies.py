"""Whatever comes, the stand-in of Etsy answers in Etsy's shape: it takes it or says what is wrong."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.etsy.app import CALLS
from sandbox.etsy.calls import EtsyRoute
from tests.sandbox.etsy.etsy_client import EtsyClient, Got, jpeg
from tests.sandbox.etsy.shelf import LISTINGS, draft_body, drafted, put_body, read

ROUTES = {route.name: route for route in CALLS if route.method in ("POST", "PUT", "PATCH")}
BODIES = (b"", b"{", b"null", b"[]", b"1", b'"x"', b"\xff", b'{"a":' * 2_000, b'{"products":[{}]}', b"[" * 100_000)
VALUES: tuple[Any, ...] = (None, "", "x" * 2_000, [], [None], {}, 0, -1, 10**30, 1.5, True, "\u0000", [[]])
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def in_etsys_shape(got: Got) -> bool:
    """A sentence, or a list of faults."""
    if got.status < 300:
        return True
    faults = got.body if isinstance(got.body, list) else [{"message": got.body.get("error")}]
    return got.status < 500 and bool(faults) and all(isinstance(each["message"], str) for each in faults)


def spoiled(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The body with each field, also inside, absent and each of the values."""
    for name, value in body.items():
        yield {key: kept for key, kept in body.items() if key != name}
        yield from ({**body, name: odd} for odd in VALUES)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from ({**body, name: [inner, *value[1:]]} for inner in spoiled(value[0]))


@pytest.mark.parametrize("name", ROUTES)
async def test_bodies_that_are_none(etsy: EtsyClient, name: str) -> None:
    route: EtsyRoute = ROUTES[name]
    made = await etsy.control("POST", "sell", {"shop": "DE", "lines": [{"price": "1.00"}]})
    ids = {"shop_id": "{shop}", "listing_id": await drafted(etsy), "receipt_id": made["receipt_id"]}
    ids["property_id"] = 200
    path = route.path.format(**ids)
    for body in BODIES:
        for headers in ({}, FORM, {"Content-Type": "text/plain"}):
            assert in_etsys_shape(await etsy.call(route.method, path, body, **headers)), body[:20]


@pytest.mark.parametrize(
    "number", ["0", "-1", "\u00b2", "\u0661", "9" * 5_000, "1.5", "null"], ids=lambda text: text[:4]
)
async def test_numbers_that_are_none(etsy: EtsyClient, number: str) -> None:
    for path in (f"/listings/{number}", f"/shops/{number}/receipts", f"/listings/batch?listing_ids={number}"):
        got = await etsy.call("GET", path)
        assert in_etsys_shape(got), path
    assert in_etsys_shape(await etsy.form("POST", LISTINGS, draft_body(etsy, quantity=number, image_ids=number)))
    assert in_etsys_shape(await etsy.call("GET", f"/shops/{{shop}}/receipts?limit={number}"))


async def test_drafts_with_one_odd_field(etsy: EtsyClient) -> None:
    for body in spoiled(draft_body(etsy, tags=["a"], item_weight=1.5)):
        made = await etsy.call("POST", LISTINGS, body)
        assert in_etsys_shape(made), body
        if made.status < 300:
            listing_id = made.body["listing_id"]
            await etsy.upload(listing_id, jpeg(10, 10))
            assert in_etsys_shape(await etsy.call("PATCH", f"{LISTINGS}/{listing_id}", {"state": "active"})), body
            assert (await read(etsy, listing_id))["quantity"] > 0, body


async def test_changes_with_one_odd_field(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy)
    for body in spoiled(draft_body(etsy, state="inactive", shop_section_id=1)):
        assert in_etsys_shape(await etsy.call("PATCH", f"{LISTINGS}/{listing_id}", body)), body
        assert (await read(etsy, listing_id))["state"] == "draft", body


async def test_inventories_with_one_odd_field(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy)
    whole = put_body(etsy)
    whole["products"][0]["property_values"] = [
        {"property_id": 200, "property_name": "Color", "scale_id": None, "value_ids": [1], "values": ["Red"]}
    ]
    for body in spoiled(whole):
        assert in_etsys_shape(await etsy.call("PUT", f"/listings/{listing_id}/inventory", body)), body
        assert (await read(etsy, listing_id))["quantity"] > 0, body
