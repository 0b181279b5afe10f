"""Putting items up, changing and deleting them, as strictly as the site is known to be."""

from typing import Any

import pytest

from tests.sandbox.vinted.shelf import ITEMS, edited, item_body, photographed, put_up, wardrobe
from tests.sandbox.vinted.site_browser import SiteBrowser


async def test_an_item_is_put_up_and_shown(site: SiteBrowser) -> None:
    item_id = await put_up(site)
    shown = await edited(site, item_id)
    assert (shown["title"], shown["description"], shown["price"]) == ("Ribbed vase", "A vase.\nBB-1013", 12.5)
    assert (shown["color1_id"], shown["color2_id"], shown["catalog_id"]) == (1, 7, 1936)
    assert shown["item_attributes"] == [{"code": "condition", "ids": [6]}, {"code": "material", "ids": [150]}]
    listed = (await wardrobe(site))[0]
    assert (listed["id"], listed["price"]) == (item_id, {"amount": "12.5", "currency_code": "EUR"})
    assert (listed["status"], listed["is_closed"], "description" in listed) == ("New with tags", False, False)
    assert "Ribbed vase" in (await site.visit(f"/items/{item_id}-ribbed-vase")).body


async def test_money_is_an_object_for_who_asks(site: SiteBrowser) -> None:
    got = await site.call("GET", f"{ITEMS}/{await put_up(site)}", **{"X-Money-Object": "true"})
    assert got.body["item"]["price"] == {"amount": "12.5", "currency_code": "EUR"}


async def test_the_same_request_again_makes_another_item(site: SiteBrowser) -> None:
    first, second = await put_up(site), await put_up(site)
    assert first != second
    assert {first, second} <= {item["id"] for item in await wardrobe(site)}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("title", None, "title"),
        ("title", "  ", "title"),
        ("title", 5, "title"),
        ("title", "x" * 101, "title"),
        ("description", None, "description"),
        ("description", "x" * 2001, "description"),
        ("price", None, "price"),
        ("price", "cheap", "price"),
        ("price", True, "price"),
        ("price", 0.99, "price"),
        ("price", 30_000.01, "price"),
        ("price", "NaN", "price"),
        ("price", "1e400", "price"),
        ("price", 12.345, "price"),
        ("price", {"amount": "5", "currency_code": "EUR"}, "price"),
        ("currency", None, "currency"),
        ("currency", "PLN", "currency"),
        ("catalog_id", None, "category"),
        ("catalog_id", 1918, "category"),
        ("catalog_id", 999_999, "category"),
        ("catalog_id", "1936", "category"),
        ("item_attributes", None, "condition"),
        ("item_attributes", [{"code": "condition", "ids": [99]}], "condition"),
        ("item_attributes", {"condition": 6}, "condition"),
        ("item_attributes", [None, {"code": "condition", "ids": [6, 1]}], "condition"),
        ("color_ids", [1, 7, 9], "color_ids"),
        ("color_ids", ["1"], "color_ids"),
        ("package_size_id", None, "package_size_id"),
        ("package_size_id", 9, "package_size_id"),
        ("brand_id", 123_456, "brand_id"),
        ("brand", "x" * 51, "brand"),
        ("assigned_photos", None, "photos"),
        ("assigned_photos", [], "photos"),
        ("assigned_photos", [5], "photos"),
        ("assigned_photos", [{"id": "5"}], "photos"),
        ("assigned_photos", [{"id": 5}], "photos"),
        ("temp_uuid", None, "photos"),
        ("temp_uuid", "another-session", "photos"),
    ],
)
async def test_a_wrong_field_is_told(site: SiteBrowser, field: str, value: Any, told: str) -> None:
    before = len(site.member.items)
    got = await site.call("POST", ITEMS, item_body(await photographed(site), **{field: value}))
    assert (got.refusal, got.body["code"], got.fields) == ((400, "validation_error"), 99, [told])
    assert len(site.member.items) == before


async def test_all_wrong_fields_are_told_at_once(site: SiteBrowser) -> None:
    got = await site.call("POST", ITEMS, {"item": {"title": "Vase"}})
    assert got.fields == ["category", "description", "price", "currency", "condition", "package_size_id"]


@pytest.mark.parametrize("price", [1, 30_000, "12.50", 12.5])
async def test_prices_at_their_bounds_are_taken(site: SiteBrowser, price: Any) -> None:
    assert (await edited(site, await put_up(site, price=price)))["price"] == float(price)


async def test_a_condition_may_stand_where_it_stood_before(site: SiteBrowser) -> None:
    shown = await edited(site, await put_up(site, item_attributes=None, status_id=3))
    assert shown["item_attributes"] == [{"code": "condition", "ids": [3]}]


async def test_clothes_need_a_brand_and_a_size(site: SiteBrowser) -> None:
    photos = await photographed(site)
    bare = await site.call("POST", ITEMS, item_body(photos, catalog_id=1037))
    assert bare.fields == ["brand", "size_id"]
    named = await site.call("POST", ITEMS, item_body(photos, catalog_id=1037, brand="Own make", size_id=3))
    assert named.body["item"]["brand_dto"] == {"id": None, "title": "Own make"}
    wrong = [{"code": "condition", "ids": [6]}, {"code": "size", "ids": [99]}]
    assert (
        await site.call("POST", ITEMS, item_body(photos, catalog_id=1037, brand_id=53, item_attributes=wrong))
    ).fields == ["size_id"]
    attributes = [{"code": "condition", "ids": [6]}, {"code": "size", "ids": [4]}]
    known = await put_up(site, catalog_id=1037, brand_id=53, item_attributes=attributes)
    assert (await edited(site, known))["item_attributes"] == attributes
    assert ((await wardrobe(site))[0]["id"], (await wardrobe(site))[0]["size"]) == (known, "M / 38")


async def test_a_photo_is_of_one_item_once(site: SiteBrowser, other: SiteBrowser) -> None:
    photos = await photographed(site, count=2)
    assert (await other.call("POST", ITEMS, item_body(photos))).fields == ["photos"]
    assert (await site.call("POST", ITEMS, item_body([photos[0], photos[0]]))).fields == ["photos"]
    assert (await site.call("POST", ITEMS, item_body(photos[:1]))).status == 200
    assert (await site.call("POST", ITEMS, item_body(photos))).fields == ["photos"]
    assert (await site.call("POST", ITEMS, item_body(photos[1:]))).status == 200


async def test_20_photos_are_the_most(site: SiteBrowser) -> None:
    photos = await photographed(site, count=21)
    assert (await site.call("POST", ITEMS, item_body(photos))).fields == ["photos"]
    got = await site.call("POST", ITEMS, item_body(photos[::-1][:20]))
    assert [photo["id"] for photo in got.body["item"]["photos"]] == photos[::-1][:20]


def written_back(shown: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What an item says of itself, as the form sends it."""
    body = {name: shown[name] for name in ("id", "title", "description", "price", "currency", "catalog_id")}
    body |= {name: shown[name] for name in ("brand_id", "size_id", "package_size_id", "item_attributes")}
    body["color_ids"] = [each for each in (shown["color1_id"], shown["color2_id"]) if each is not None]
    body["assigned_photos"] = [{"id": photo["id"], "orientation": 0} for photo in shown["photos"]]
    return {"item": body | changes}


async def test_what_is_written_back_whole_stays(site: SiteBrowser) -> None:
    item_id = await put_up(site)
    before = await edited(site, item_id)
    assert (await site.call("PUT", f"{ITEMS}/{item_id}", written_back(before, price=9))).status == 200
    assert await edited(site, item_id) == before | {"price": 9.0}


async def test_what_a_change_does_not_say_is_gone(site: SiteBrowser) -> None:
    first, second = await photographed(site, count=2)
    item_id = (await site.call("POST", ITEMS, item_body([first, second]))).body["item"]["id"]
    sent = written_back(await edited(site, item_id), assigned_photos=[{"id": second}])
    del sent["item"]["color_ids"]
    assert (await site.call("PUT", f"{ITEMS}/{item_id}", sent)).status == 200
    shown = await edited(site, item_id)
    assert ([photo["id"] for photo in shown["photos"]], shown["color1_id"]) == ([second], None)
    assert (await site.call("PUT", f"{ITEMS}/{item_id}", {"item": {"price": 9}})).status == 400
    again = written_back(shown, assigned_photos=[{"id": first}, {"id": second}], temp_uuid="session-1")
    assert (await site.call("PUT", f"{ITEMS}/{item_id}", again)).fields == ["photos"]


async def test_a_change_may_bring_new_photos_of_its_session(site: SiteBrowser) -> None:
    item_id = await put_up(site)
    shown = await edited(site, item_id)
    photos = [{"id": each} for each in (*await photographed(site, "later"), shown["photos"][0]["id"])]
    assert (await site.call("PUT", f"{ITEMS}/{item_id}", written_back(shown, assigned_photos=photos))).status == 400
    sent = written_back(shown, assigned_photos=photos, temp_uuid="later")
    assert (await site.call("PUT", f"{ITEMS}/{item_id}", sent)).status == 200
    assert (await site.call("PUT", f"{ITEMS}/{item_id}", written_back(shown, id=5))).fields == ["id"]


async def test_a_deleted_item_is_gone(site: SiteBrowser) -> None:
    item_id = await put_up(site)
    assert (await site.call("POST", f"/items/{item_id}/delete")).status == 200
    for method, path in (
        ("GET", f"{ITEMS}/{item_id}"),
        ("PUT", f"{ITEMS}/{item_id}"),
        ("POST", f"/items/{item_id}/delete"),
    ):
        assert (await site.call(method, path)).refusal == (404, "not_found")
    assert (await site.visit(f"/items/{item_id}")).status == 404


async def test_what_is_sold_cannot_be_changed(site: SiteBrowser) -> None:
    item_id = await put_up(site)
    shown = await edited(site, item_id)
    await site.control("POST", "sell", {"item_ids": [item_id]})
    for method, path, body in (
        ("GET", f"{ITEMS}/{item_id}", None),
        ("PUT", f"{ITEMS}/{item_id}", written_back(shown)),
        ("POST", f"/items/{item_id}/delete", None),
        ("PUT", f"/items/{item_id}/is_hidden", {"is_hidden": True}),
    ):
        assert (await site.call(method, path, body)).refusal == (403, "access_denied")
    listed = next(item for item in await wardrobe(site) if item["id"] == item_id)
    assert (listed["is_closed"], listed["item_closing_action"], "created_at_ts" in listed) == (True, "sold", False)


async def test_hidden_items_and_drafts_are_the_owners(site: SiteBrowser, other: SiteBrowser) -> None:
    item_id, draft_id = await put_up(site), await put_up(site)
    assert (await site.call("PUT", f"/items/{item_id}/is_hidden", {"is_hidden": "yes"})).fields == ["is_hidden"]
    assert (await site.call("PUT", f"/items/{item_id}/is_hidden", {"is_hidden": True})).status == 200
    await site.control("POST", "items/state", {"item_id": draft_id, "state": "draft"})
    path = f"/wardrobe/{site.member.member_id}/items?per_page=96"
    theirs = {item["id"] for item in (await other.call("GET", path)).body["items"]}
    mine = {item["id"]: item for item in await wardrobe(site)}
    assert (mine[item_id]["is_hidden"], mine[draft_id]["is_draft"]) == (True, True)
    assert {item_id, draft_id}.isdisjoint(theirs)
    assert (await other.visit(f"/items/{item_id}")).status == 404


async def test_a_restricted_member_reads_and_changes_nothing(site: SiteBrowser) -> None:
    item_id = await put_up(site)
    body = item_body(await photographed(site))
    await site.control("POST", "members/restrict", {"member": 1})
    for method, path in (("POST", ITEMS), ("PUT", f"{ITEMS}/{item_id}"), ("POST", f"/items/{item_id}/delete")):
        assert (await site.call(method, path, body)).refusal == (403, "access_denied")
    assert (await site.call("GET", "/users/current")).status == 200
    await site.control("POST", "members/restrict", {"is_restricted": False})
    assert (await site.call("POST", ITEMS, body)).status == 200
