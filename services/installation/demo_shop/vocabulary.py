"""Maps the shared values that the demo's products have to the terms of the marketplaces' stand-ins.

A stand-in has some categories of its own, so an installation that sells at the real marketplaces gets none of these.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol
from uuid import UUID

from auth.viewer import Viewer
from models.channels.channel import ChannelKind
from models.keyset import Window
from models.products.attribute import AttributeKind
from models.products.vocabulary import Attribute, AttributeFilter
from services.installation.demo_shop.catalogue import PRODUCTS, DemoProduct
from services.products.attribute_wishes import AttributeWish, MappingWish
from services.products.vocabulary import list_attributes, save_attribute
from services.tools import HasClock, HasDb


class MappingTools(HasDb, HasClock, Protocol):
    """What changes the vocabulary."""


ValueKey = tuple[AttributeKind, str]
_CATEGORY, _COLOUR, _MATERIAL = AttributeKind.CATEGORY, AttributeKind.COLOUR, AttributeKind.MATERIAL
_CONDITION = AttributeKind.CONDITION
_CONDITION_KEY = "new-with-tags"
_PAGE = Window(500)
# The category of eBay's stand-in and of Etsy's.
_CATEGORIES: Mapping[str, tuple[str, str]] = {
    "lighting": ("20697", "891101"),
    "bedding": ("20444", "891102"),
    "tables": ("3197", "891103"),
    "chairs": ("3197", "891103"),
    "storage": ("3197", "891103"),
    "rugs": ("20571", "891104"),
    "tableware": ("20625", "891109"),
    "cookware": ("20625", "891109"),
    "glassware": ("20625", "891109"),
    "textiles": ("10033", "891105"),
    "vases": ("10033", "891105"),
    "pictures-and-frames": ("10033", "891105"),
    "towels": ("26677", "891106"),
    "curtains": ("63514", "891107"),
    "candles": ("262975", "891108"),
    "garden": ("159912", "891110"),
}
# Etsy has fewer colours to choose from; where it has one of the name, the label is the term.
_ETSY_COLOURS = {
    "burgundy": "Red",
    "cream": "Beige",
    "grey": "Gray",
    "light-blue": "Blue",
    "mustard": "Yellow",
    "navy": "Blue",
    "rose": "Pink",
    "tan": "Brown",
    "transparent": "Clear",
}


def value_keys(product: DemoProduct) -> list[ValueKey]:
    """The shared values that describe a product."""
    return [
        (_CATEGORY, product.category),
        (_COLOUR, product.colour),
        (_MATERIAL, product.material),
        (_CONDITION, _CONDITION_KEY),
    ]


async def load_values(tools: HasDb, owner: Viewer) -> dict[ValueKey, Attribute]:
    """Those of the shared values that the installation still has."""
    wanted = {key for product in PRODUCTS for key in value_keys(product)}
    return {
        (kind, each.key): each
        for kind in sorted({kind for kind, _ in wanted})
        for each in (await list_attributes(tools.db, owner, AttributeFilter(kind), _PAGE)).rows
        if each.is_active and each.shared and (kind, each.key) in wanted
    }


async def map_values(tools: MappingTools, owner: Viewer, channel_kind: ChannelKind) -> None:
    """Gives the values a mapping for a marketplace, as staff does, where they have none for it: nothing is replaced."""
    staff = replace(owner, is_staff=True)
    for value in (await load_values(tools, owner)).values():
        if all(each["channel_kind"] != channel_kind for each in value.mappings):
            kept = [_mapping(each) for each in value.mappings]
            wish = AttributeWish(
                value.kind,
                value.key,
                value.label,
                attribute_id=value.id,
                is_new=False,
                parent_id=value.parent_id,
                is_shared=True,
                mappings=[*kept, MappingWish(channel_kind, None, _term(value, channel_kind))],
            )
            await save_attribute(tools.db, tools.clock, staff, wish)


def ids_of(product: DemoProduct, values: Mapping[ValueKey, Attribute]) -> list[UUID]:
    return [values[key].id for key in value_keys(product) if key in values]


def _mapping(kept: Mapping[str, Any]) -> MappingWish:
    return MappingWish(ChannelKind(kept["channel_kind"]), kept["market"], kept["external_id"])


def _term(value: Attribute, channel_kind: ChannelKind) -> str:
    is_ebay = channel_kind is ChannelKind.EBAY
    if value.kind is _CATEGORY:
        return _CATEGORIES[value.key][0 if is_ebay else 1]
    if value.kind is _CONDITION:
        return "NEW" if is_ebay else "i_did.2020_2026"
    return value.label if is_ebay else _ETSY_COLOURS.get(value.key, value.label)
