"""Categories and aspects as eBay may send them, whatever single records are."""

from typing import Any

import msgspec
import pytest

from integrations.errors import InvalidResponse
from tests.integrations.ebay.conftest import EbayWorld

Raw = dict[str, Any]
CATEGORY: Raw = {"categoryId": "57988", "categoryName": "Jackets"}


def answered(ebay: EbayWorld, call: str, body: object) -> None:
    ebay.spoil(call, status=200, body=msgspec.json.encode(body).decode(), times=None)


@pytest.mark.parametrize(
    ("suggestions", "found"),
    [
        ([{"category": CATEGORY}], [("57988", "Jackets", None)]),
        ([{"category": CATEGORY | {"categoryId": 57988}}], [("57988", "Jackets", None)]),
        ([{"category": CATEGORY, "categoryTreeNodeAncestors": None}], [("57988", "Jackets", None)]),
        (
            [{"category": CATEGORY, "categoryTreeNodeAncestors": [{"categoryId": "1", "categoryName": "Clothes"}, 7]}],
            [("57988", "Clothes > Jackets", "1")],
        ),
        ([{"category": CATEGORY | {"categoryId": None}}, {"category": [CATEGORY]}, 7, None, {}], []),
        ("many", []),
        (None, []),
    ],
)
async def test_a_category_is_read_or_left_out(ebay: EbayWorld, suggestions: object, found: list[Any]) -> None:
    answered(ebay, "taxonomy.suggestions", {"categorySuggestions": suggestions})
    terms = await ebay.session().terms("CATEGORY", market="EBAY_DE", parent=None, search="jackets")
    assert [(term.external_id, term.name, term.parent) for term in terms] == found


@pytest.mark.parametrize(
    ("aspects", "found"),
    [
        ([{"localizedAspectName": "Farbe", "aspectValues": [{"localizedValue": "Blau"}]}], ["Blau"]),
        ([{"localizedAspectName": "Farbe", "aspectValues": [{"localizedValue": None}, 7, {}]}], []),
        ([{"localizedAspectName": "Farbe", "aspectValues": None, "aspectConstraint": "odd"}], []),
        ([{"localizedAspectName": None, "aspectValues": [{"localizedValue": "Blau"}]}, 7, None], []),
        ("many", []),
        (None, []),
    ],
)
async def test_an_aspect_is_read_or_left_out(ebay: EbayWorld, aspects: object, found: list[str]) -> None:
    answered(ebay, "taxonomy.aspects", {"aspects": aspects})
    terms = await ebay.session().terms("COLOUR", market="EBAY_DE", parent="57988", search=None)
    assert [term.external_id for term in terms] == found


@pytest.mark.parametrize("tree", [None, "", "../x", [77], {}])
async def test_a_market_without_a_tree_is_told(ebay: EbayWorld, tree: object) -> None:
    answered(ebay, "taxonomy.default_tree", {"categoryTreeId": tree})
    with pytest.raises(InvalidResponse):
        await ebay.session().terms("COLOUR", market="EBAY_DE", parent="57988", search=None)
