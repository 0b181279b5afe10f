"""Every inventory that is put replaces the whole of the one before, at the stand-in of Etsy as at Etsy."""

from typing import Any

import pytest

from tests.sandbox.etsy.etsy_client import EtsyClient, Got
from tests.sandbox.etsy.shelf import drafted, put_body, read


async def put(etsy: EtsyClient, listing_id: int, body: dict[str, Any]) -> Got:
    return await etsy.call("PUT", f"/listings/{listing_id}/inventory", body)


def varied(etsy: EtsyClient, *products: tuple[str, str, float], **changes: Any) -> dict[str, Any]:
    """Products by SKU, colour and price."""
    made = []
    for sku, color, price in products:
        [product] = put_body(etsy, sku=sku, price=price)["products"]
        product["property_values"] = [
            {"property_id": 200, "property_name": "Color", "scale_id": None, "value_ids": [], "values": [color]}
        ]
        made.append(product)
    return put_body(etsy) | {"products": made, "price_on_property": [200], "sku_on_property": [200]} | changes


async def test_an_inventory_has_a_price_in_decimals_and_answers_in_divisors(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy)
    got = await put(etsy, listing_id, put_body(etsy, sku="CUP-1", price=20.5, quantity=5))
    [product] = got.body["products"]
    [offering] = product["offerings"]
    assert (product["sku"], offering["quantity"], offering["price"]["amount"]) == ("CUP-1", 5, 2050)
    found = await read(etsy, listing_id)
    assert (found["quantity"], found["price"]["amount"], found["skus"]) == (5, 2050, ["CUP-1"])
    again = await put(etsy, listing_id, put_body(etsy, quantity=4))
    assert again.body["products"][0]["product_id"] == product["product_id"]


async def test_what_is_not_sent_again_is_gone(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy)
    both = await put(etsy, listing_id, varied(etsy, ("RED", "Red", 10), ("BLUE", "Blue", 12)))
    assert (both.status, [each["sku"] for each in both.body["products"]]) == (200, ["RED", "BLUE"])
    assert (await read(etsy, listing_id))["has_variations"] is True
    one = await put(etsy, listing_id, varied(etsy, ("BLUE", "Blue", 12)))
    assert [each["sku"] for each in one.body["products"]] == ["BLUE"]
    assert one.body["products"][0]["product_id"] == both.body["products"][1]["product_id"]
    [value] = one.body["products"][0]["property_values"]
    assert (len(value["value_ids"]), value["value_pairs"][0]["value"]) == (1, "Blue")


async def test_what_a_get_answers_a_put_does_not_take(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy)
    await put(etsy, listing_id, varied(etsy, ("RED", "Red", 10)))
    found = (await etsy.call("GET", f"/listings/{listing_id}/inventory")).body
    refused = await put(etsy, listing_id, found)
    assert refused.seen == (400, "Unexpected Input Parameter: [products.product_id, products.is_deleted]")
    for product in found["products"]:
        del product["product_id"], product["is_deleted"]
    assert "property_values.scale_name, property_values.value_pairs" in (await put(etsy, listing_id, found)).error
    for product in found["products"]:
        for value in product["property_values"]:
            del value["scale_name"], value["value_pairs"]
    assert "offerings.offering_id, offerings.is_deleted" in (await put(etsy, listing_id, found)).error
    for product in found["products"]:
        for offering in product["offerings"]:
            del offering["offering_id"], offering["is_deleted"]
    assert (await put(etsy, listing_id, found)).error == "Expected float value for 'price' (got object)"
    for product in found["products"]:
        for offering in product["offerings"]:
            offering["price"] = offering["price"]["amount"] / offering["price"]["divisor"]
    assert (await put(etsy, listing_id, found)).status == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quantity": 0}, "The listing must have at least one enabled offering with a quantity greater than 0."),
        ({"is_enabled": False}, "The listing must have at least one enabled offering"),
        ({"quantity": 1000}, "There was a problem with /quantity"),
        ({"price": 0.1}, "There was a problem with /price"),
        ({"price": None}, "Missing Input Parameter: [price]"),
        ({"readiness_state_id": None}, "A readiness_state_id is required for physical listings."),
        ({"readiness_state_id": 5}, "Could not find a readiness state definition"),
        ({"sku": "x" * 33}, "There was a problem with /sku"),
        ({"colour": "red"}, "Unexpected Input Parameter: [offerings.colour]"),
    ],
    ids=str,
)
async def test_a_wrong_offering_is_refused_and_changes_nothing(
    etsy: EtsyClient, changes: dict[str, Any], words: str
) -> None:
    listing_id = await drafted(etsy)
    before = (await read(etsy, listing_id))["inventory"]
    got = await put(etsy, listing_id, put_body(etsy, **changes))
    assert (got.status in (400, 404), got.error[: len(words)]) == (True, words)
    assert (await read(etsy, listing_id))["inventory"] == before


async def test_products_differ_by_what_the_inventory_says(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy)
    two = (("RED", "Red", 10.0), ("BLUE", "Blue", 12.0))
    for body, words in (
        (varied(etsy, *two, price_on_property=[]), "price_on_property: must be consistent"),
        (varied(etsy, *two, sku_on_property=[]), "sku_on_property: must be consistent"),
        (varied(etsy, *two, price_on_property=[513]), "price_on_property: property IDs must be in the same order"),
        (varied(etsy, two[0], two[0]), "Two products have the same property values."),
        (put_body(etsy) | {"products": []}, None),
        ({"products": "x"}, "Expected array value for 'products' (got string)"),
        ({"price_on_property": []}, "Missing Input Parameter: [products]"),
    ):
        got = await put(etsy, listing_id, body)
        assert got.status == 400, body
        assert words is None or got.error.startswith(words)
    mixed = varied(etsy, *two)
    mixed["products"][1]["property_values"] = []
    assert (await put(etsy, listing_id, mixed)).error.startswith("All products must have the same properties")
    foreign = varied(etsy, *two)
    foreign["products"][0]["property_values"][0]["property_id"] = 49_999
    assert "cannot be used for variations" in (await put(etsy, listing_id, foreign)).error
    empty = varied(etsy, *two)
    empty["products"][0]["property_values"][0]["values"] = []
    assert (await put(etsy, listing_id, empty)).error == "Property values can't be empty"


async def test_a_listing_varies_by_two_properties_or_by_three_on_request(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy)
    body = varied(etsy, ("RED", "Red", 10))
    body["products"][0]["property_values"] += [
        {"property_id": property_id, "property_name": "Custom", "scale_id": None, "value_ids": [], "values": ["x"]}
        for property_id in (513, 514)
    ]
    assert (await put(etsy, listing_id, body)).error == "A listing can vary by at most 2 properties."
    path = f"/listings/{listing_id}/inventory?max_variations_supported="
    assert [(await etsy.call("PUT", path + most, body)).status for most in ("3", "4")] == [200, 400]


async def test_a_form_is_no_inventory(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy)
    got = await etsy.form("PUT", f"/listings/{listing_id}/inventory", {"products": "[]"})
    assert got.status == 400
