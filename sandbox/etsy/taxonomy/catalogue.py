"""Owns the categories that the sandbox knows, with their properties; must not know who asks."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scale:
    scale_id: int
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ListingProperty:
    """`values` by their id; properties without scales have none."""

    property_id: int
    name: str
    values: tuple[tuple[int, str], ...] = ()
    scales: tuple[Scale, ...] = ()
    is_required: bool = False
    has_variations: bool = True
    is_multivalued: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    node_id: int
    name: str
    parent_id: int | None
    properties: tuple[ListingProperty, ...] = ()


_COLORS = ((1, "Black"), (2, "Blue"), (4, "Green"), (9, "Red"), (10, "White"))
_MORE_COLORS = (
    *_COLORS,
    (3, "Brown"),
    (5, "Gray"),
    (6, "Orange"),
    (7, "Pink"),
    (11, "Yellow"),
    (1213, "Beige"),
    (1214, "Gold"),
    (1219, "Clear"),
)
_COLOR = ListingProperty(200, "Primary color", _COLORS)
_HOME_COLOR = ListingProperty(200, "Primary color", _MORE_COLORS)
_MATERIAL = ListingProperty(507, "Materials", ((114, "Ceramic"), (283, "Walnut"), (203, "Pine")), is_multivalued=True)
_SIZE = ListingProperty(100, "Size", scales=(Scale(327, "Inches", "Inches"), Scale(330, "Centimeters", "Centimeters")))
_CAPACITY = ListingProperty(
    54142602013, "Capacity", scales=(Scale(20, "Fluid ounces", ""), Scale(21, "Milliliters", ""))
)
_SHOE_SIZE = ListingProperty(
    55_300, "Shoe size", ((1370, "15"), (1371, "16"), (1372, "17")), (Scale(18, "EU", "EU"),), is_required=True
)
_CRAFT_TYPE = ListingProperty(49_999, "Craft type", ((1, "Pottery"), (2, "Woodworking")), has_variations=False)
_ALL = (
    Node(1, "Accessories", None),
    Node(891, "Home & Living", None),
    Node(1061, "Kitchen & Dining", 891),
    Node(1062, "Drink & Barware", 1061),
    Node(1063, "Drinkware", 1062),
    Node(1064, "Mugs", 1063, (_COLOR, _CAPACITY, _CRAFT_TYPE)),
    Node(1065, "Glassware", 1063, (_COLOR, _CAPACITY)),
    Node(891_100, "Furniture", 891, (_COLOR, _MATERIAL, _SIZE)),
    Node(891_101, "Lighting", 891, (_HOME_COLOR,)),
    Node(891_102, "Bedding", 891, (_HOME_COLOR,)),
    Node(891_103, "Tables & Chairs", 891, (_HOME_COLOR,)),
    Node(891_104, "Rugs", 891, (_HOME_COLOR,)),
    Node(891_105, "Home Decor", 891, (_HOME_COLOR,)),
    Node(891_106, "Bathroom", 891, (_HOME_COLOR,)),
    Node(891_107, "Curtains & Window Treatments", 891, (_HOME_COLOR,)),
    Node(891_108, "Candles & Holders", 891, (_HOME_COLOR,)),
    Node(891_109, "Cookware & Tableware", 891, (_HOME_COLOR,)),
    Node(891_110, "Outdoor & Garden", 891, (_HOME_COLOR,)),
    Node(1429, "Shoes", None),
    Node(1440, "Girls' Shoes", 1429, (_COLOR, _SHOE_SIZE)),
)
NODES = MappingProxyType({node.node_id: node for node in _ALL})


def tree(parent_id: int | None = None, path: tuple[int, ...] = ()) -> list[Object]:
    """The nodes under one, as the API shows them: each with all that are under it."""
    return [
        {
            "id": node.node_id,
            "level": len(path),
            "name": node.name,
            "parent_id": node.parent_id,
            "children": tree(node.node_id, (*path, node.node_id)),
            "full_path_taxonomy_ids": [*path, node.node_id],
        }
        for node in _ALL
        if node.parent_id == parent_id
    ]


def shown_property(each: ListingProperty) -> Object:
    scales = [
        {"scale_id": scale.scale_id, "display_name": scale.name, "description": scale.description}
        for scale in each.scales
    ]
    scale_id = each.scales[0].scale_id if each.scales else None
    values: list[Object] = [
        {"value_id": value_id, "name": name, "scale_id": scale_id, "equal_to": []} for value_id, name in each.values
    ]
    return {
        "property_id": each.property_id,
        "name": each.name,
        "display_name": each.name,
        "scales": scales,
        "is_required": each.is_required,
        "supports_attributes": True,
        "supports_variations": each.has_variations,
        "is_multivalued": each.is_multivalued,
        "max_values_allowed": 5 if each.is_multivalued else None,
        "possible_values": values,
        "selected_values": [],
    }
