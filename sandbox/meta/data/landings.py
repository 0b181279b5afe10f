"""Owns where ads lead: pages of the advertisers' shops; must not know which fields of a creative name them."""

from dataclasses import dataclass

_SITE = "https://shop.example"
# The account whose shop the demo has, with the products there that it advertises.
_WITH_SHOP, _SHOP = "1002", "https://bluebird-home.example"
_PRODUCTS = (
    "arc-floor-lamp",
    "linen-duvet-set",
    "walnut-side-table",
    "wool-rug-8x10",
    "stoneware-dinner-set",
    "velvet-cushion",
    "paper-pendant",
    "oak-bookcase",
    "waffle-towels",
    "brass-desk-lamp",
    "cast-iron-skillet",
    "linen-curtains",
    "ribbed-vase",
    "boucle-armchair",
    "carafe-and-glasses",
    "jute-runner",
    "soy-candle-trio",
)
# So many assets in a row advertise a product each, and the one behind them the whole shop.
_BETWEEN_WHOLE_SHOPS = 6
_CARDS = 3


@dataclass(frozen=True, slots=True)
class Landings:
    """`page` is where a click on the ad leads, `cards` where one on each card of a carousel does."""

    page: str
    cards: tuple[str, ...]


def landings_of(account_id: str, asset_number: int) -> Landings:
    """Where the ads of an asset lead."""
    if account_id != _WITH_SHOP:
        page = f"{_SITE}/{account_id}"
        return Landings(page, tuple(f"{page}/{card}" for card in range(1, _CARDS + 1)))
    turn, place = divmod(asset_number, _BETWEEN_WHOLE_SHOPS + 1)
    first = turn * _BETWEEN_WHOLE_SHOPS + place
    shown = [_PRODUCTS[(first + card) % len(_PRODUCTS)] for card in range(_CARDS)]
    cards = tuple(f"{_SHOP}/products/{each}" for each in shown)
    return Landings(f"{_SHOP}/sale" if place == _BETWEEN_WHOLE_SHOPS else cards[0], cards)
