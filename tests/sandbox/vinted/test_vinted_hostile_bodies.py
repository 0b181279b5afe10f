"""Whatever is sent, the site answers a refusal: never an error of its own."""

from typing import Any

import pytest

from tests.sandbox.vinted.site_browser import SiteBrowser

BODIES: list[Any] = [
    b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 5_000, {}, {"item": None}, {"item": []}, {"item": "x"},
    {"item": {"title": "\x00", "price": "1e999999", "catalog_id": 1e300, "assigned_photos": {}, "item_attributes": 5}},
    {"item": {"title": "\U0001f600" * 100, "description": "x" * 900_000, "color_ids": [None], "brand": {}}},
]  # fmt: skip
IDS = [str(place) for place in range(len(BODIES))]


@pytest.mark.parametrize("body", BODIES, ids=IDS)
async def test_bodies_that_nobody_expects_are_refused(site: SiteBrowser, body: Any) -> None:
    item_id = next(item.item_id for item in site.member.items.values() if item.state == "live")
    talk_id = next(iter(site.member.talks))
    before = len(site.member.items)
    for method, path in (
        ("POST", "/item_upload/items"),
        ("PUT", f"/item_upload/items/{item_id}"),
        ("PUT", f"/items/{item_id}/is_hidden"),
        ("POST", f"/conversations/{talk_id}/replies"),
        ("POST", "/item_upload/attributes"),
        ("POST", "/photos"),
    ):
        got = await site.call(method, path, body)
        assert got.refusal == (400, "validation_error"), path
        assert got.fields
    assert len(site.member.items) == before


@pytest.mark.parametrize("number", ["0", "-1", "x", "1e3", "9" * 30, "%00", "٣"])
async def test_numbers_that_name_nothing_are_not_found(site: SiteBrowser, number: str) -> None:
    for path in (f"/item_upload/items/{number}", f"/transactions/{number}", f"/conversations/{number}"):
        assert (await site.call("GET", path)).refusal == (404, "not_found")
    for path in (f"/items/{number}", f"/member/{number}", f"/inbox/{number}", f"/images/{number}.jpeg"):
        assert (await site.visit(path)).status == 404
