"""Owns how the site tells its terms."""

from sandbox.vinted.calls import Object, VintedCall, VintedReply, VintedRoute, whole_number
from sandbox.vinted.errors import missing, wrong
from sandbox.vinted.state import VintedSandbox
from sandbox.vinted.terms.catalogue import (
    BRANDS,
    CATALOGS,
    COLOURS,
    CONDITIONS,
    MATERIALS,
    PARCELS,
    SIZE_GROUPS,
    SIZES,
    TREE,
    Catalog,
)

_MOST_BRANDS = 50


def _shown(node: Catalog) -> Object:
    return {
        "id": node.catalog_id,
        "title": node.title,
        "size_group_ids": [node.size_group] if node.size_group else [],
        "catalogs": [_shown(each) for each in node.below],
    }


def list_catalogs(_sandbox: VintedSandbox, _call: VintedCall) -> VintedReply:
    """All of the tree at once."""
    return VintedReply({"catalogs": [_shown(node) for node in TREE], "code": 0})


def list_conditions(_sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    _named(call, "catalog_id")
    return VintedReply({"conditions": [_titled(number, title) for number, title in CONDITIONS.items()], "code": 0})


def list_colours(_sandbox: VintedSandbox, _call: VintedCall) -> VintedReply:
    found = [
        {"id": number, "title": title, "hex": colour, "code": title.upper()}
        for number, (title, colour) in COLOURS.items()
    ]
    return VintedReply({"colors": found, "code": 0})


def list_brands(_sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """Those with the keyword in their name; without one, all."""
    keyword = call.query.get("keyword", "").lower()
    found = [_titled(number, title) for number, title in BRANDS.items() if keyword in title.lower()]
    return VintedReply({"brands": found[:_MOST_BRANDS], "code": 0})


def list_sizes(_sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """None for a category whose things have no sizes."""
    group = _named(call, "catalog_ids").size_group
    groups = [] if group is None else [{"id": group, "title": SIZE_GROUPS[group], "sizes": _titled_all(SIZES[group])}]
    return VintedReply({"size_groups": groups, "code": 0})


def list_parcels(_sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    if call.id("catalog_id") not in CATALOGS:
        raise missing()
    found = [{"id": number, "title": title, "code": code} for number, (title, code) in PARCELS.items()]
    return VintedReply({"package_sizes": found, "code": 0})


def list_attributes(_sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """What else a category asks: a POST that changes nothing."""
    wanted = call.body().get("attributes")
    node = None
    for each in wanted if isinstance(wanted, list) else []:
        value = each.get("value") if isinstance(each, dict) and each.get("code") == "category" else None
        if isinstance(value, list) and len(value) == 1 and type(value[0]) is int:
            node = CATALOGS.get(value[0])
    if node is None:
        raise wrong("category", "Choose a category.")
    found = [_attribute("condition", CONDITIONS, is_required=True), _attribute("material", MATERIALS)]
    if node.size_group is not None:
        found.append(_attribute("size", SIZES[node.size_group], is_required=True))
    return VintedReply({"attributes": found, "code": 0})


def _attribute(code: str, options: dict[int, str], *, is_required: bool = False) -> Object:
    groups = [{"title": code.title(), "options": _titled_all(options)}]
    return {"code": code, "configuration": {"title": code.title(), "required": is_required, "options": groups}}


def _named(call: VintedCall, name: str) -> Catalog:
    node = CATALOGS.get(whole_number(call.query.get(name, "")) or 0)
    if node is None:
        raise wrong(name, "Choose a category.")
    return node


def _titled(number: int, title: str) -> Object:
    return {"id": number, "title": title}


def _titled_all(titles: dict[int, str]) -> list[Object]:
    return [_titled(number, title) for number, title in titles.items()]


CALLS = (
    VintedRoute("GET", "/item_upload/catalogs", "terms.catalogs", list_catalogs),
    VintedRoute("GET", "/item_upload/conditions", "terms.conditions", list_conditions),
    VintedRoute("GET", "/item_upload/colors", "terms.colours", list_colours),
    VintedRoute("GET", "/item_upload/brands", "terms.brands", list_brands),
    VintedRoute("GET", "/size_groups", "terms.sizes", list_sizes),
    VintedRoute("GET", "/catalogs/{catalog_id}/package_sizes", "terms.parcels", list_parcels),
    VintedRoute("POST", "/item_upload/attributes", "terms.attributes", list_attributes),
)
