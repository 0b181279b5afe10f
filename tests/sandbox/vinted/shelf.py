"""Owns things to put up: items that the site takes as they are, for tests to spoil one field at a time."""

from typing import Any

from tests.sandbox.vinted.site_browser import SiteBrowser

ITEMS = "/item_upload/items"


async def photographed(site: SiteBrowser, temp_uuid: str = "session-1", count: int = 1) -> list[int]:
    """Ids of photos that are no item's yet."""
    found = []
    for _ in range(count):
        got = await site.upload(temp_uuid)
        assert got.status == 200, got
        found.append(got.body["id"])
    return found


def item_body(photo_ids: list[int], temp_uuid: str = "session-1", **changes: Any) -> dict[str, Any]:
    """A change to None takes the field away."""
    body: dict[str, Any] = {
        "title": "Ribbed vase",
        "description": "A vase.\nBB-1013",
        "price": 12.5,
        "currency": "EUR",
        "catalog_id": 1936,
        "color_ids": [1, 7],
        "package_size_id": 1,
        "item_attributes": [{"code": "condition", "ids": [6]}, {"code": "material", "ids": [150]}],
        "temp_uuid": temp_uuid,
        "assigned_photos": [{"id": photo_id, "orientation": 0} for photo_id in photo_ids],
    }
    return {"item": {name: value for name, value in (body | changes).items() if value is not None}}


async def put_up(site: SiteBrowser, **changes: Any) -> int:
    """The id of a new item."""
    got = await site.call("POST", ITEMS, item_body(await photographed(site), **changes))
    assert got.status == 200, got
    return int(got.body["item"]["id"])


async def edited(site: SiteBrowser, item_id: int) -> dict[str, Any]:
    """As the form for changing it is filled."""
    got = await site.call("GET", f"{ITEMS}/{item_id}")
    assert got.status == 200, got
    found: dict[str, Any] = got.body["item"]
    return found


async def wardrobe(site: SiteBrowser, per_page: int = 96) -> list[dict[str, Any]]:
    """All pages, to the end that the site tells."""
    found: list[dict[str, Any]] = []
    page = total = 1
    while page <= total:
        got = await site.call("GET", f"/wardrobe/{{me}}/items?page={page}&per_page={per_page}")
        found += got.body["items"]
        page, total = page + 1, got.body["pagination"]["total_pages"]
    return found
