"""Owns the calls of the Taxonomy API; a token of the app is enough for them."""

from sandbox.ebay.calls import CallRoute, EbayCall, EbayReply
from sandbox.ebay.errors import EbayProblem, EbayRefusal
from sandbox.ebay.markets import MARKETS
from sandbox.ebay.state import EbaySandbox
from sandbox.ebay.taxonomy.catalogue import CATEGORIES, EbayAspect, EbayCategory, is_leaf, spoken, suggested

_VERSION = "127"
_DOMAIN = "API_TAXONOMY"
_LONGEST_VALUE = 65
NO_MARKET = EbayProblem(62003, 400, "The specified marketplace ID was not found.", _DOMAIN)
NO_TREE = EbayProblem(62004, 404, "The specified category tree ID was not found.", _DOMAIN)
NO_CATEGORY = EbayProblem(62005, 400, "The specified category ID was not found in the category tree.", _DOMAIN)
NOT_A_LEAF = EbayProblem(62007, 400, "The specified category ID must be a leaf category.", _DOMAIN)
NO_QUERY = EbayProblem(62008, 400, "The query must not be empty.", _DOMAIN)
_LANGUAGES = {market.tree_id: market.language for market in MARKETS.values()}


def read_default_tree(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    market = MARKETS.get(call.query.get("marketplace_id", ""))
    if market is None:
        raise EbayRefusal(NO_MARKET)
    return EbayReply(_tree(market.tree_id))


def suggest(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """Without the list when nothing fits."""
    language, query = _language(call), call.query.get("q", "").strip()
    if not query:
        raise EbayRefusal(NO_QUERY)
    found = [_suggestion(category, language) for category in suggested(query)]
    return EbayReply(_tree(call.ids["tree_id"]) | ({"categorySuggestions": found} if found else {}))


def list_aspects(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    language, category_id = _language(call), call.query.get("category_id", "")
    if category_id not in CATEGORIES:
        raise EbayRefusal(NO_CATEGORY)
    if not is_leaf(category_id):
        raise EbayRefusal(NOT_A_LEAF)
    return EbayReply({"aspects": [_aspect(aspect, language) for aspect in CATEGORIES[category_id].aspects]})


def _tree(tree_id: str) -> dict[str, object]:
    return {"categoryTreeId": tree_id, "categoryTreeVersion": _VERSION}


def _language(call: EbayCall) -> str:
    if call.ids["tree_id"] not in _LANGUAGES:
        raise EbayRefusal(NO_TREE)
    return _LANGUAGES[call.ids["tree_id"]]


def _suggestion(category: EbayCategory, language: str) -> dict[str, object]:
    parent = CATEGORIES[category.parent_id or ""]
    ancestor = {
        "categoryId": parent.category_id,
        "categoryName": spoken(parent.names, language),
        "categoryTreeNodeLevel": 1,
    }
    return {
        "category": {"categoryId": category.category_id, "categoryName": spoken(category.names, language)},
        "categoryTreeNodeAncestors": [ancestor],
        "categoryTreeNodeLevel": 2,
        "relevancy": "",
    }


def _aspect(aspect: EbayAspect, language: str) -> dict[str, object]:
    shown: dict[str, object] = {
        "localizedAspectName": spoken(aspect.names, language),
        "aspectConstraint": {
            "aspectDataType": "STRING",
            "itemToAspectCardinality": "MULTI" if aspect.is_multiple else "SINGLE",
            "aspectMode": aspect.mode,
            "aspectRequired": aspect.is_required,
            "aspectUsage": "RECOMMENDED" if aspect.is_required else "OPTIONAL",
            "aspectEnabledForVariations": False,
            "aspectMaxLength": _LONGEST_VALUE,
        },
    }
    if aspect.values:
        shown["aspectValues"] = [{"localizedValue": spoken(value, language)} for value in aspect.values]
    return shown


_PATH = "/commerce/taxonomy/v1"
_TREE = f"{_PATH}/category_tree/{{tree_id}}"
CALLS = (
    CallRoute("GET", f"{_PATH}/get_default_category_tree_id", "taxonomy.default_tree", ("",), read_default_tree),
    CallRoute("GET", f"{_TREE}/get_category_suggestions", "taxonomy.suggestions", ("",), suggest),
    CallRoute("GET", f"{_TREE}/get_item_aspects_for_category", "taxonomy.aspects", ("",), list_aspects),
)
