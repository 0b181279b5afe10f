"""Inventories as Etsy sends them, and what becomes of them in a write."""

import json
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import IntegrationError, Misshapen
from integrations.etsy.inventory import written_inventory
from integrations.selling.records import ListingChange, ListingRef
from integrations.selling.refusals import RefusedFields
from integrations.selling.values import Fields
from tests.integrations.etsy.conftest import EtsyWorld

Raw = dict[str, Any]
CHANGE = ListingChange(quantity=2)


def offering(**more: object) -> Raw:
    raw: Raw = {
        "offering_id": 9,
        "quantity": 5,
        "is_enabled": True,
        "is_deleted": False,
        "price": {"amount": 1250, "divisor": 100, "currency_code": "EUR"},
        "readiness_state_id": 4,
    }
    return raw | more


def product(**more: object) -> Raw:
    raw: Raw = {
        "product_id": 8,
        "sku": "A&amp;B",
        "is_deleted": False,
        "offerings": [offering()],
        "property_values": [],
    }
    return raw | more


def inventory(**more: object) -> Raw:
    return {"products": [product()], "price_on_property": [], "listing": None, **more}


def test_what_etsy_does_not_take_back_is_left_out_and_all_else_is_kept() -> None:
    values = [
        {
            "property_id": 200,
            "value_ids": [1],
            "values": ["Red"],
            "scale_id": None,
            "scale_name": "x",
            "value_pairs": [],
        }
    ]
    gone = product(product_id=7, is_deleted=True)
    read = inventory(products=[product(property_values=values), gone], quantity_on_property=[200])
    assert written_inventory(Fields(read)) == {
        "products": [
            {
                "sku": "A&B",
                "property_values": [{"property_id": 200, "value_ids": [1], "values": ["Red"], "scale_id": None}],
                "offerings": [{"quantity": 5, "is_enabled": True, "price": 12.5, "readiness_state_id": 4}],
            }
        ],
        "price_on_property": [],
        "quantity_on_property": [200],
        "sku_on_property": [],
        "readiness_state_on_property": [],
    }


@pytest.mark.parametrize("price", [None, 12.5, {}, {"amount": 1250, "divisor": 0, "currency_code": "EUR"}])
def test_an_inventory_whose_price_is_unknown_is_not_written(price: object) -> None:
    with pytest.raises(Misshapen):
        written_inventory(Fields(inventory(products=[product(offerings=[offering(price=price)])])))


async def change(etsy: EtsyWorld, read: object) -> list[str]:
    """Changes the quantity of a listing whose inventory is answered so; the calls that wrote something."""
    [made] = etsy.control("listings/ready", sku="READY")["listings"]
    etsy.spoil("listings.inventory", status=200, body=json.dumps(read), times=None)
    before = len(etsy.calls())
    listing = ListingRef(str(made["listing_id"]), None, None, None, "EUR")
    try:
        await etsy.session().change(listing, CHANGE)
    finally:
        written = [call for call in etsy.calls()[before:] if call == "listings.replace_inventory"]
    return written


@pytest.mark.parametrize(
    "products",
    [
        [product(), product(product_id=9)],
        [product(offerings=[offering(), offering(offering_id=10)])],
        [product(property_values=[{"property_id": 200}])],
        [product(property_values=["odd"])],
    ],
)
async def test_what_has_variations_is_refused(etsy: EtsyWorld, products: object) -> None:
    with pytest.raises(RefusedFields) as caught:
        await change(etsy, inventory(products=products))
    assert caught.value.problems[0].field == "quantity"
    assert "listings.replace_inventory" not in etsy.calls()


@pytest.mark.parametrize(
    "read",
    [
        None,
        [],
        {},
        {"products": None},
        {"products": []},
        {"products": "many"},
        {"products": [None]},
        {"products": [7]},
        inventory(products=[product(is_deleted=True)]),
        inventory(products=[product(offerings=[])]),
        inventory(products=[product(offerings=None)]),
        inventory(products=[product(offerings=[None])]),
        inventory(products=[product(offerings=[offering(price=None)])]),
        inventory(products=[product(offerings=[offering(price=[12.5])])]),
    ],
)
async def test_an_inventory_that_cannot_be_read_is_never_written(etsy: EtsyWorld, read: object) -> None:
    with pytest.raises(IntegrationError):
        await change(etsy, read)
    assert "listings.replace_inventory" not in etsy.calls()


@pytest.mark.parametrize("ids", [None, 7, "200", {}, True])
async def test_lists_of_properties_that_are_none_are_empty(etsy: EtsyWorld, ids: object) -> None:
    readiness = next(iter(etsy.shop.readiness_states))
    read = inventory(
        products=[product(offerings=[offering(readiness_state_id=readiness)])],
        price_on_property=ids,
        readiness_state_on_property=ids,
    )
    assert await change(etsy, read) == ["listings.replace_inventory"]
    [made] = etsy.shop.listings.values()
    assert (made.inventory.quantity, made.inventory.products[0].sku) == (2, "A&B")
    assert Decimal(made.inventory.offerings[0].price) == 12_500
