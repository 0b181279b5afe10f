"""The terms that items are described by, as the site tells them."""

from typing import Any

import pytest

from tests.sandbox.vinted.site_browser import SiteBrowser

ATTRIBUTES = "/item_upload/attributes"


def leaves(nodes: list[dict[str, Any]]) -> set[int]:
    return {each for node in nodes for each in (leaves(node["catalogs"]) if node["catalogs"] else {node["id"]})}


async def test_categories_are_one_tree(site: SiteBrowser) -> None:
    got = await site.call("GET", "/item_upload/catalogs")
    assert leaves(got.body["catalogs"]) == {1037, 10, 156, 97, 1936, 1939, 1922, 1923}


async def test_lists_have_ids_and_titles(site: SiteBrowser) -> None:
    for path, name in (
        ("/item_upload/conditions?catalog_id=1936", "conditions"),
        ("/item_upload/colors", "colors"),
        ("/item_upload/brands?category_id=1037", "brands"),
        ("/catalogs/1936/package_sizes", "package_sizes"),
    ):
        found = (await site.call("GET", path)).body[name]
        assert found
        assert all(isinstance(each["id"], int) and each["title"] for each in found)


async def test_brands_are_looked_for_by_a_part_of_their_name(site: SiteBrowser) -> None:
    got = await site.call("GET", "/item_upload/brands?keyword=NIK")
    assert got.body["brands"] == [{"id": 53, "title": "Nike"}]
    assert (await site.call("GET", "/item_upload/brands?keyword=%00%25")).body["brands"] == []


async def test_sizes_are_of_a_category(site: SiteBrowser) -> None:
    got = await site.call("GET", "/size_groups?catalog_ids=1037")
    assert [each["title"] for each in got.body["size_groups"][0]["sizes"]][:2] == ["XS / 34", "S / 36"]
    assert (await site.call("GET", "/size_groups?catalog_ids=1936")).body["size_groups"] == []


async def test_a_category_tells_what_else_it_asks(site: SiteBrowser) -> None:
    got = await site.call("POST", ATTRIBUTES, {"attributes": [{"code": "category", "value": [1037]}]})
    found = {each["code"]: each["configuration"] for each in got.body["attributes"]}
    assert [(code, each["required"]) for code, each in found.items()] == [
        ("condition", True), ("material", False), ("size", True),
    ]  # fmt: skip
    assert {"id": 6, "title": "New with tags"} in found["condition"]["options"][0]["options"]


@pytest.mark.parametrize(
    "body", [{}, {"attributes": 5}, {"attributes": [None]}, {"attributes": [{"code": "category", "value": ["1"]}]}]
)
async def test_without_a_category_nothing_is_told(site: SiteBrowser, body: Any) -> None:
    assert (await site.call("POST", ATTRIBUTES, body)).fields == ["category"]


async def test_unknown_categories_have_no_terms(site: SiteBrowser) -> None:
    assert (await site.call("GET", "/item_upload/conditions")).fields == ["catalog_id"]
    assert (await site.call("GET", "/size_groups?catalog_ids=x")).fields == ["catalog_ids"]
    assert (await site.call("GET", "/catalogs/5555/package_sizes")).refusal == (404, "not_found")


async def test_terms_are_for_members(site: SiteBrowser) -> None:
    site.http.cookie_jar.clear()
    assert (await site.call("GET", "/item_upload/catalogs")).status == 401
