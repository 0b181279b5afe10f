"""Reading wardrobes page by page: the end, holes, items that appear late."""

import pytest

from tests.sandbox.vinted.shelf import put_up, wardrobe
from tests.sandbox.vinted.site_browser import SiteBrowser


async def test_pages_end_where_the_site_says(other: SiteBrowser) -> None:
    await other.control("POST", "items/ready", {"member": 2, "count": 120, "title": "Many"})
    first = await other.call("GET", "/wardrobe/{me}/items?page=1&per_page=96")
    assert first.body["pagination"] == {"current_page": 1, "total_pages": 2, "total_entries": 123, "per_page": 96}
    assert len(await wardrobe(other)) == len({item["id"] for item in await wardrobe(other, 7)}) == 123
    past = await other.call("GET", "/wardrobe/{me}/items?page=99")
    assert (past.status, past.body["items"]) == (200, [])


async def test_96_a_page_are_the_most(site: SiteBrowser) -> None:
    await site.control("POST", "items/ready", {"count": 100})
    got = await site.call("GET", "/wardrobe/{me}/items?per_page=500")
    assert (len(got.body["items"]), got.body["pagination"]["per_page"]) == (96, 96)


async def test_a_page_may_have_holes(site: SiteBrowser) -> None:
    made = (await site.control("POST", "items/ready", {"count": 5}))["items"]
    whole = await site.call("GET", "/wardrobe/{me}/items?per_page=5")
    await site.control("POST", "items/hole", {"item_id": made[1]["id"]})
    got = await site.call("GET", "/wardrobe/{me}/items?per_page=5")
    assert (len(whole.body["items"]), len(got.body["items"])) == (5, 4)
    assert got.body["pagination"] == whole.body["pagination"]


async def test_new_items_appear_late(site: SiteBrowser) -> None:
    await site.control("POST", "clock", {"now": "2027-03-01T12:00:00Z"})
    await site.control("POST", "pace", {"listing_delay_s": 40})
    item_id = await put_up(site)
    assert item_id not in [item["id"] for item in await wardrobe(site)]
    assert (await site.call("GET", f"/item_upload/items/{item_id}")).status == 200
    await site.control("POST", "clock", {"now": "2027-03-01T12:00:40Z"})
    assert item_id in [item["id"] for item in await wardrobe(site)]
    await site.control("POST", "items/late", {"item_id": item_id, "seconds": 5})
    assert item_id not in [item["id"] for item in await wardrobe(site)]


async def test_answers_may_say_what_nobody_expects(site: SiteBrowser) -> None:
    item_id = await put_up(site)
    await site.control("POST", "items/spoil", {"item_id": item_id, "fields": {"price": None, "title": 7}})
    await site.control("POST", "items/liked", {"item_id": item_id, "views": 3, "favourites": 2})
    shown = next(item for item in await wardrobe(site) if item["id"] == item_id)
    assert (shown["price"], shown["title"], shown["view_count"], shown["favourite_count"]) == (None, 7, 3, 2)


async def test_wardrobes_and_members_are_public(site: SiteBrowser) -> None:
    site.http.cookie_jar.clear()
    assert (await site.call("GET", "/users/{me}")).body["user"]["login"] == site.member.login
    got = await site.call("GET", "/wardrobe/{me}/items")
    assert got.status == 200
    assert not any(item["is_draft"] or item["is_hidden"] for item in got.body["items"])
    assert (await site.call("GET", "/users/5")).refusal == (404, "not_found")
    assert (await site.call("GET", "/wardrobe/x/items")).refusal == (404, "not_found")


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "per_page=0", "per_page=1e3", "page=" + "9" * 40])
async def test_pages_are_numbers(site: SiteBrowser, query: str) -> None:
    for path in ("/wardrobe/{me}/items", "/my_orders", "/inbox"):
        assert (await site.call("GET", f"{path}?{query}")).refusal == (400, "validation_error")


async def test_photos_of_items_are_pictures(site: SiteBrowser) -> None:
    item = (await wardrobe(site))[0]
    async with site.http.get(item["photos"][0]["full_size_url"]) as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
    assert (await site.visit("/images/5.jpeg")).status == 404
