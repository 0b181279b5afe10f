"""Owns what a seller may say of a listing: which fields there are, and what is wrong with a value; must not keep it."""

import re
import unicodedata
from typing import Any

from sandbox.etsy.errors import EtsyRefusal, field_refusal, missing, too_short
from sandbox.etsy.fields import Fields
from sandbox.etsy.money import mills_of
from sandbox.etsy.shops import EtsyShop
from sandbox.etsy.taxonomy.catalogue import NODES

Object = dict[str, Any]
_TEXTS = ("title", "description", "who_made", "when_made", "type", "item_weight_unit", "item_dimensions_unit")
_WHOLES = ("taxonomy_id", "shipping_profile_id", "return_policy_id", "shop_section_id", "featured_rank")
_FLAGS = ("is_supply", "should_auto_renew", "is_taxable", "is_customizable")
_SIZES = ("item_weight", "item_length", "item_width", "item_height")
_LISTS = ("tags", "materials", "styles")
# Of personalisation, which has calls of its own since 2026.
_GONE = (
    "is_personalizable",
    "personalization_is_required",
    "personalization_char_count_max",
    "personalization_instructions",
)
_WHO, _TYPES = ("i_did", "someone_else", "collective"), ("physical", "download", "both")
# What belongs together: who says one of them has to say all.
_MADE = ("who_made", "when_made", "is_supply")
LONGEST_TITLE, LONGEST_SKU = 140, 32
_ONCE = "%:&+"
_TITLE_KINDS, _TITLE_SIGNS = ("L", "Nd", "P", "Sm", "Zs"), "™©®"
# Of tags and materials: how many, how long, of what.
_WORD_RULES = {
    "tags": (13, 20, re.compile(r"[\w\s\-'™©®]+")),
    "materials": (13, 45, re.compile(r"[\w\s]+")),
    "styles": (2, 45, re.compile(r"[\w\s]+")),
}
_LEAST_PRICE, _HIGHEST_PRICE, _HIGHEST_QUANTITY = 200, 50_000_000, 999
# A currency without cents has larger numbers.
_WITHOUT_CENTS = 100
_VINTAGE_YEARS = 19


def when_made_choices(year: int) -> tuple[str, ...]:
    """The bands move: what is older than twenty years is vintage."""
    vintage = year - _VINTAGE_YEARS
    ages = tuple(f"{age}s" for age in (*range(1990, 1890, -10), 1800, 1700))
    return (
        "made_to_order",
        f"2020_{year}",
        "2010_2019",
        f"{vintage}_2009",
        f"before_{vintage}",
        f"2000_{vintage - 1}",
        *ages,
        "before_1700",
    )


def read_given(fields: Fields) -> Object:
    """What a body says of a listing, by type, without what it does not say. What Etsy does not know, it ignores."""
    gone = [name for name in _GONE if name in fields]
    if gone:
        raise EtsyRefusal(f"The parameters [{', '.join(gone)}] are deprecated. Use listing personalization.")
    for name in ("images", "image_ids"):
        if fields.values.get(name) in ([], ""):
            raise too_short("images")
    found: Object = {name: fields.text(name) for name in _TEXTS}
    found |= {name: fields.whole(name) for name in _WHOLES}
    found |= {name: fields.flag(name) for name in _FLAGS}
    found |= {name: None if (size := fields.decimal(name)) is None else float(size) for name in _SIZES}
    found |= {name: fields.words(name) for name in _LISTS}
    return {name: value for name, value in found.items() if value is not None}


def check_given(shop: EtsyShop, given: Object, *, year: int) -> None:
    """Raises EtsyRefusal for the first value that cannot be."""
    made = [name for name in _MADE if name in given]
    if made and len(made) < len(_MADE):
        raise EtsyRefusal("who_made, when_made and is_supply have to be set together.")
    if "title" in given:
        _check_title(given["title"])
    if not given.get("description", "x").strip():
        raise field_refusal("description", "cannot be empty", "empty")
    _check_choice(given, "who_made", _WHO)
    _check_choice(given, "when_made", when_made_choices(year))
    _check_choice(given, "type", _TYPES)
    for name in _WORD_RULES:
        _check_words(name, given.get(name, []))
    for name in _SIZES:
        if given.get(name, 1) <= 0:
            raise field_refusal(name, "must be greater than 0")
    _check_ids(shop, given)


def check_price(shop: EtsyShop, price: Any) -> int:
    """Of a price in decimals its thousandths."""
    try:
        mills = mills_of(price)
    except ValueError as error:
        raise field_refusal("price", str(error)) from None
    highest = _HIGHEST_PRICE if shop.purse.divisor > 1 else _HIGHEST_PRICE * _WITHOUT_CENTS
    if mills < _LEAST_PRICE:
        raise field_refusal("price", "must be at least 0.20")
    if mills > highest:
        raise field_refusal("price", f"must be at most {highest // 1000}")
    return mills


def check_quantity(quantity: int, *, least: int = 1) -> int:
    if not least <= quantity <= _HIGHEST_QUANTITY:
        raise field_refusal("quantity", f"must be between {least} and {_HIGHEST_QUANTITY}")
    return quantity


def check_readiness(shop: EtsyShop, readiness_state_id: int) -> int:
    if readiness_state_id not in shop.readiness_states:
        raise missing("readiness state definition", readiness_state_id=readiness_state_id)
    return readiness_state_id


def _check_title(title: str) -> None:
    if not title.strip():
        raise field_refusal("title", "cannot be empty", "empty")
    if len(title) > LONGEST_TITLE:
        raise field_refusal("title", f"cannot be longer than {LONGEST_TITLE} characters", "string_too_long")
    kinds = [(sign, unicodedata.category(sign)) for sign in title]
    if any(not kind.startswith(_TITLE_KINDS) and sign not in _TITLE_SIGNS for sign, kind in kinds):
        raise field_refusal("title/1", "contains invalid characters", "invalid_characters")
    if any(title.count(sign) > 1 for sign in _ONCE):
        raise field_refusal("title", f"can have each of {' '.join(_ONCE)} only once")


def _check_choice(given: Object, name: str, choices: tuple[str, ...]) -> None:
    if name in given and given[name] not in choices:
        raise EtsyRefusal(f"Invalid value for '{name}'. Must be one of: {', '.join(choices)}")


def _check_words(name: str, words: list[str]) -> None:
    most, longest, pattern = _WORD_RULES[name]
    if len(words) > most:
        raise field_refusal(name, f"cannot have more than {most} items")
    for word in words:
        if len(word) > longest or not pattern.fullmatch(word):
            raise field_refusal(name, f"'{word}' is too long or has invalid characters")


def _check_ids(shop: EtsyShop, given: Object) -> None:
    kept = {
        "taxonomy_id": (NODES, "taxonomy node"),
        "shipping_profile_id": (shop.shipping_profiles, "shipping profile"),
        "return_policy_id": (shop.return_policies, "return policy"),
        "shop_section_id": (shop.sections, "shop section"),
    }
    for name, (known, what) in kept.items():
        if name in given and given[name] not in known:
            raise missing(what, **{name: given[name]})
