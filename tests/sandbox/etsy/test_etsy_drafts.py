"""What the stand-in of Etsy takes for a draft, and what it says to everything else."""

from typing import Any

import pytest

from tests.sandbox.etsy.etsy_client import EtsyClient, Got
from tests.sandbox.etsy.shelf import LISTINGS, draft_body, drafted, read


async def create(etsy: EtsyClient, **changes: Any) -> Got:
    return await etsy.call("POST", LISTINGS, draft_body(etsy, **changes))


async def test_a_draft_has_a_price_in_its_divisor_and_is_nobody_elses(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy, title="Tea & 'Cups'", tags=["mug", "blau"])
    found = await read(etsy, listing_id)
    assert (found["state"], found["quantity"], found["tags"]) == ("draft", 3, ["mug", "blau"])
    assert found["price"] == {"amount": 1234, "divisor": 100, "currency_code": "EUR"}
    assert found["title"] == "Tea &amp; &#39;Cups&#39;"
    [product] = found["inventory"]["products"]
    assert (product["sku"], product["property_values"]) == ("", [])
    assert (await etsy.call("GET", f"/listings/{listing_id}", shop="US")).status == 404
    assert (await etsy.call("PATCH", f"{LISTINGS}/{listing_id}", {}, shop="US")).status == 404
    assert (await etsy.call("DELETE", f"/listings/{listing_id}", shop="US")).status == 403
    assert (await etsy.call("GET", f"/listings/{listing_id}/inventory", shop="US")).status == 403
    yen = await read(etsy, await drafted(etsy, "JP", price=1200), "JP")
    assert yen["price"] == {"amount": 1200, "divisor": 1, "currency_code": "JPY"}


async def test_a_form_says_the_same_as_json(etsy: EtsyClient) -> None:
    body = draft_body(etsy, is_supply="false", tags="mug, blue", price="7.5")
    got = await etsy.form("POST", LISTINGS, body)
    assert (got.status, got.body["tags"], got.body["price"]["amount"]) == (201, ["mug", "blue"], 750)
    wrong = await etsy.form("POST", LISTINGS, body | {"quantity": "many"})
    assert wrong.seen == (400, "Expected int value for 'quantity' (got string)")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": None, "price": None}, "Missing Input Parameter: [title, price]"),
        ({"shipping_profile_id": None}, "A shipping_profile_id is required for physical listings."),
        ({"readiness_state_id": None}, "A readiness_state_id is required for physical listings."),
        ({"readiness_state_id": 7}, "Could not find a readiness state definition with readiness_state_id = 7"),
        ({"shipping_profile_id": 7}, "Could not find a shipping profile with shipping_profile_id = 7"),
        ({"taxonomy_id": 7}, "Could not find a taxonomy node with taxonomy_id = 7"),
        ({"quantity": "3"}, "Expected int value for 'quantity' (got string)"),
        ({"quantity": True}, "Expected int value for 'quantity' (got bool)"),
        ({"price": "12.34"}, "Expected float value for 'price' (got string)"),
        ({"price": {"amount": 1234, "divisor": 100}}, "Expected float value for 'price' (got object)"),
        ({"title": 5}, "Expected string value for 'title' (got int)"),
        ({"is_supply": "no"}, "Expected bool value for 'is_supply' (got string)"),
        ({"tags": "mug"}, "Expected array value for 'tags' (got string)"),
        ({"who_made": "me"}, "Invalid value for 'who_made'. Must be one of: i_did, someone_else, collective"),
        ({"is_personalizable": True}, "The parameters [is_personalizable] are deprecated."),
    ],
    ids=str,
)
async def test_a_draft_that_lacks_something_is_refused_in_a_sentence(
    etsy: EtsyClient, changes: dict[str, Any], words: str
) -> None:
    got = await create(etsy, **changes)
    assert got.status in (400, 404)
    assert got.error.startswith(words)


@pytest.mark.parametrize(
    ("changes", "path", "kind"),
    [
        ({"images": []}, "/images", "array_too_short"),
        ({"image_ids": []}, "/images", "array_too_short"),
        ({"title": "x" * 141}, "/title", "string_too_long"),
        ({"title": " "}, "/title", "empty"),
        ({"title": "Cup \u2603"}, "/title/1", "invalid_characters"),
        ({"title": "a & b & c"}, "/title", "invalid"),
        ({"description": ""}, "/description", "empty"),
        ({"return_policy_id": None}, "/return/policy", "invalid"),
        ({"quantity": 0}, "/quantity", "invalid"),
        ({"quantity": 1000}, "/quantity", "invalid"),
        ({"price": 0.19}, "/price", "invalid"),
        ({"price": 50_001}, "/price", "invalid"),
        ({"tags": ["x" * 21]}, "/tags", "invalid"),
        ({"tags": ["no!"]}, "/tags", "invalid"),
        ({"tags": [f"tag {n}" for n in range(14)]}, "/tags", "invalid"),
        ({"item_weight": 0}, "/item_weight", "invalid"),
    ],
    ids=str,
)
async def test_a_value_that_cannot_be_is_told_in_a_list(
    etsy: EtsyClient, changes: dict[str, Any], path: str, kind: str
) -> None:
    got = await create(etsy, **changes)
    assert (got.status, type(got.body)) == (400, list)
    assert [(each["path"], each["type"]) for each in got.body] == [(path, kind)]


async def test_the_years_of_when_made_move(etsy: EtsyClient) -> None:
    await etsy.control("POST", "clock", {"now": "2026-05-01T12:00:00Z"})
    for band in (
        "2020_2026",
        "2010_2019",
        "2007_2009",
        "2000_2006",
        "before_2007",
        "1990s",
        "1900s",
        "1800s",
        "1700s",
        "before_1700",
    ):
        assert (await create(etsy, when_made=band)).status == 201
    for band in ("1900s", "1800s", "1700s", "before_1700"):
        assert (await create(etsy, when_made=band)).status == 201
    for band in ("2020_2025", "2020_2027", "2006_2009", "1890s", ""):
        assert (await create(etsy, when_made=band)).status == 400
    await etsy.control("POST", "clock", {"now": "2027-05-01T12:00:00Z"})
    etsy.tokens.clear()
    assert [(await create(etsy, when_made=f"2020_{year}")).status for year in (2026, 2027)] == [400, 201]


async def test_a_download_needs_neither_profile_nor_policy(etsy: EtsyClient) -> None:
    nothing = dict.fromkeys(("shipping_profile_id", "readiness_state_id", "return_policy_id"))
    assert (await create(etsy, type="download", **nothing)).status == 201


async def test_bodies_that_are_none_are_refused(etsy: EtsyClient) -> None:
    for body in (b"{", b"[]", b"", b"[" * 5_000):
        got = await etsy.call("POST", LISTINGS, body)
        assert got.status == 400
    # JSON under a form's content type says nothing at all.
    typed = {"Content-Type": "application/x-www-form-urlencoded"}
    got = await etsy.call("POST", LISTINGS, draft_body(etsy), **typed)
    assert got.error.startswith("Missing Input Parameter: [quantity, title")
