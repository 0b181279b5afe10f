"""How a listing of the stand-in of Etsy goes on sale, pauses, sells out, ends, and what each of it costs."""

from typing import Any

import pytest

from tests.sandbox.etsy.etsy_client import EtsyClient, Got, jpeg
from tests.sandbox.etsy.shelf import LISTINGS, active, drafted, put_body, read

DAYS_120 = 120 * 86_400


async def patch(etsy: EtsyClient, listing_id: int, **body: Any) -> Got:
    return await etsy.call("PATCH", f"{LISTINGS}/{listing_id}", body)


async def sell(etsy: EtsyClient, listing_id: int, quantity: int = 1) -> None:
    await etsy.control("POST", "sell", {"shop": "DE", "lines": [{"listing_id": listing_id, "quantity": quantity}]})


def fees(etsy: EtsyClient, listing_id: int) -> list[str]:
    return [fee.kind for fee in etsy.shop().fees if fee.listing_id == listing_id]


async def test_a_draft_goes_on_sale_with_a_picture_and_for_a_fee(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy)
    assert (await patch(etsy, listing_id, state="active")).seen == (
        400,
        "A listing must have at least one image to be active.",
    )
    assert (await patch(etsy, listing_id, state="inactive")).status == 400
    await etsy.upload(listing_id, jpeg())
    assert (await patch(etsy, listing_id, state="active")).body["state"] == "active"
    assert (await patch(etsy, listing_id, state="active")).status == 200
    assert fees(etsy, listing_id) == ["publish"]
    found = await etsy.call("GET", f"/listings/{listing_id}", shop="US")
    assert found.body["readiness_state_id"] == next(iter(etsy.shop().readiness_states))


async def test_a_pause_costs_nothing_until_the_four_months_are_over(etsy: EtsyClient) -> None:
    listing_id = await active(etsy)
    assert (await patch(etsy, listing_id, state="inactive")).body["state"] == "inactive"
    assert (await etsy.call("GET", f"/listings/{listing_id}", shop="US")).status == 404
    await patch(etsy, listing_id, state="active")
    assert fees(etsy, listing_id) == ["publish"]
    await patch(etsy, listing_id, state="inactive")
    await etsy.control("POST", "clock", {"skew_s": DAYS_120 + 60})
    etsy.tokens.clear()
    await patch(etsy, listing_id, state="active")
    assert fees(etsy, listing_id) == ["publish", "renew"]


async def test_what_is_over_expires_or_is_renewed(etsy: EtsyClient) -> None:
    over = await active(etsy)
    renewed = await active(etsy, should_auto_renew=True)
    await etsy.control("POST", "clock", {"skew_s": DAYS_120 + 60})
    etsy.tokens.clear()
    assert [(await read(etsy, each))["state"] for each in (over, renewed)] == ["expired", "active"]
    assert (fees(etsy, over), fees(etsy, renewed)) == (["publish"], ["publish", "renew"])
    listed = await etsy.call("GET", f"{LISTINGS}?state=expired")
    assert over in [each["listing_id"] for each in listed.body["results"]]
    assert (await patch(etsy, over, state="active")).body["state"] == "active"
    assert fees(etsy, over) == ["publish", "renew"]


async def test_what_is_sold_out_comes_back_with_one_and_a_fee(etsy: EtsyClient) -> None:
    listing_id = await active(etsy)
    await sell(etsy, listing_id, 2)
    assert ((await read(etsy, listing_id))["state"], (await read(etsy, listing_id))["quantity"]) == ("active", 1)
    await sell(etsy, listing_id)
    assert ((await read(etsy, listing_id))["state"], (await read(etsy, listing_id))["quantity"]) == ("sold_out", 0)
    assert (await patch(etsy, listing_id, state="inactive")).error == (
        "There was a problem with /quantity : cannot be empty"
    )
    # Another inventory does not put it on sale again.
    assert (await etsy.call("PUT", f"/listings/{listing_id}/inventory", put_body(etsy))).status == 200
    assert (await read(etsy, listing_id))["state"] == "sold_out"
    assert fees(etsy, listing_id) == ["publish"]
    assert (await patch(etsy, listing_id, state="active")).body["quantity"] == 1
    assert fees(etsy, listing_id) == ["publish", "renew"]


async def test_what_etsy_removed_stays_removed(etsy: EtsyClient) -> None:
    listing_id = await active(etsy)
    await etsy.control("POST", "listings/state", {"listing_id": listing_id, "state": "removed"})
    assert (await patch(etsy, listing_id, state="active")).error.startswith(
        f"Cannot activate a listing in this state: state = removed, listing_id = {listing_id}"
    )
    assert (await etsy.call("DELETE", f"/listings/{listing_id}")).status == 409
    await etsy.control("POST", "listings/state", {"listing_id": listing_id, "state": "edit"})
    assert (await read(etsy, listing_id))["state"] == "edit"


async def test_a_deleted_listing_is_gone(etsy: EtsyClient) -> None:
    listing_id = await active(etsy)
    poor = await etsy.token("DE", ["listings_w"])
    refused = await etsy.call("DELETE", f"/listings/{listing_id}", Authorization=f"Bearer {poor}")
    assert refused.seen == (403, "insufficient_scope")
    assert (await etsy.call("DELETE", f"/listings/{listing_id}")).status == 204
    for method, path in (("GET", f"/listings/{listing_id}"), ("DELETE", f"/listings/{listing_id}")):
        assert (await etsy.call(method, path)).status == 404


async def test_a_change_ignores_price_and_quantity_without_a_word(etsy: EtsyClient) -> None:
    listing_id = await active(etsy)
    got = await patch(etsy, listing_id, title="Anders", price=99.0, quantity=9, sku="NEW")
    assert (got.status, got.body["title"]) == (200, "Anders")
    found = await read(etsy, listing_id)
    assert (found["price"]["amount"], found["quantity"], found["skus"]) == (1234, 3, [])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"state": "sold_out"}, "Invalid value for 'state'. Must be one of: active, inactive"),
        ({"title": "x" * 141}, "There was a problem with /title : cannot be longer than 140 characters"),
        ({"who_made": "i_did"}, "who_made, when_made and is_supply have to be set together."),
        ({"tags": ["a", 5]}, "Expected array value for 'tags' (got array)"),
        ({"shipping_profile_id": 1}, "Could not find a shipping profile with shipping_profile_id = 1"),
    ],
    ids=str,
)
async def test_a_wrong_change_changes_nothing(etsy: EtsyClient, body: dict[str, Any], words: str) -> None:
    listing_id = await drafted(etsy)
    before = await read(etsy, listing_id)
    got = await patch(etsy, listing_id, description="Neu", **body)
    assert (got.status in (400, 404), got.error) == (True, words)
    assert await read(etsy, listing_id) == before


async def test_lists_have_one_state_and_pages(etsy: EtsyClient) -> None:
    batch = {"shop": "US", "count": 5, "sku": "PAGED"}
    made = (await etsy.control("POST", "listings/ready", batch))["listings"]
    ids = sorted((each["listing_id"] for each in made), reverse=True)
    path = f"{LISTINGS}?state=active&limit=2&includes=Images&includes=Inventory"
    pages = [(await etsy.call("GET", f"{path}&offset={offset}", shop="US")).body for offset in (0, 2, 4, 6)]
    assert [page["count"] for page in pages] == [5, 5, 5, 5]
    assert [each["listing_id"] for page in pages for each in page["results"]] == ids
    first = pages[0]["results"][0]
    assert (first["skus"], len(first["images"]), first["images"][0]["rank"]) == (["PAGED-5"], 1, 1)
    assert (await etsy.call("GET", f"{LISTINGS}?state=draft", shop="US")).body == {"count": 0, "results": []}
    assert len((await etsy.call("GET", "/shops/{shop}/listings/active", shop="US")).body["results"]) == 5
    for single in (f"/listings/{ids[0]}?includes=", f"/listings/batch?listing_ids={ids[0]}&includes="):
        seen = [
            (await etsy.call("GET", single + name, shop="US")).status for name in ("Videos", "Inventory", "Shipping")
        ]
        assert seen == [200, 400, 400]
    batch_path = f"/listings/batch?listing_ids={ids[0]},{ids[1]},5"
    assert (await etsy.call("GET", batch_path, shop="US")).body["count"] == 2
    for query in ("limit=0", "limit=101", "limit=x", "offset=-1", "state=everything", "includes=All"):
        assert (await etsy.call("GET", f"{LISTINGS}?{query}", shop="US")).status == 400


async def test_answers_can_be_spoilt(etsy: EtsyClient) -> None:
    listing_id = await active(etsy)
    await etsy.control("POST", "listings/spoil", {"listing_id": listing_id, "fields": {"price": None, "state": "new"}})
    found = await read(etsy, listing_id)
    assert (found["price"], found["state"]) == (None, "new")
