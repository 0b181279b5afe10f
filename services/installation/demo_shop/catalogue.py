"""What the demo's shop sells: an invented catalogue of things for the home; pure.

The stand-in of Meta names the same pages in its ads, so that links of ads to products are found by themselves.
"""

from dataclasses import dataclass
from decimal import Decimal

SHOP_NAME = "Bluebird Home"
CURRENCY = "USD"
_SITE = "https://bluebird-home.example"


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """`slug` ends the address of its page, `cost` is None where nobody has entered it, `shape` is what is drawn of it.

    The last three are keys of the shared vocabulary. `weight` is how often it is bought besides what an ad led to; one
    of 0 is a draft that nobody can buy yet.
    """

    sku: str
    slug: str
    title: str
    price: Decimal
    cost: Decimal | None
    weight: int
    shape: str
    category: str
    colour: str
    material: str

    @property
    def page(self) -> str:
        return f"{_SITE}/products/{self.slug}"

    @property
    def is_draft(self) -> bool:
        return self.weight == 0


def _product(words: str, price: str, cost: str | None, weight: int) -> DemoProduct:
    """`words` are SKU, slug, title, shape, category, colour and material, apart by bars."""
    sku, slug, title, shape, category, colour, material = (word.strip() for word in words.split("|"))
    paid = None if cost is None else Decimal(cost)
    return DemoProduct(sku, slug, title, Decimal(price), paid, weight, shape, category, colour, material)


PRODUCTS: tuple[DemoProduct, ...] = (
    _product("BB-1001 | arc-floor-lamp | Arc floor lamp | lamp | lighting | black | metal", "189.00", "71.00", 4),
    _product("BB-1002 | linen-duvet-set | Linen duvet set | cloth | bedding | beige | linen", "219.00", "96.00", 5),
    _product("BB-1003 | walnut-side-table | Walnut side table | table | tables | brown | wood", "149.00", "63.50", 3),
    _product("BB-1004 | wool-rug-8x10 | Wool rug, 8 x 10 ft | cloth | rugs | cream | wool", "349.00", "158.00", 3),
    _product(
        "BB-1005 | stoneware-dinner-set | Stoneware dinner set, 16 pieces | vase | tableware | grey | stone",
        "129.00",
        "48.00",
        4,
    ),
    _product("BB-1006 | velvet-cushion | Velvet cushion | cloth | textiles | mustard | velvet", "39.00", "11.20", 9),
    _product("BB-1007 | paper-pendant | Paper pendant light | lamp | lighting | white | paper", "79.00", "24.00", 6),
    _product("BB-1008 | oak-bookcase | Oak bookcase | table | storage | tan | wood", "299.00", "141.00", 2),
    _product("BB-1009 | waffle-towels | Waffle towels, 4 | cloth | towels | white | cotton", "59.00", "18.90", 7),
    _product("BB-1010 | brass-desk-lamp | Brass desk lamp | lamp | lighting | gold | brass", "119.00", "47.00", 5),
    _product("BB-1011 | cast-iron-skillet | Cast iron skillet | vase | cookware | black | metal", "69.00", "22.00", 5),
    _product("BB-1012 | linen-curtains | Linen curtains | cloth | curtains | light-blue | linen", "109.00", None, 4),
    _product("BB-1013 | ribbed-vase | Ribbed vase | vase | vases | green | ceramic", "49.00", "14.50", 6),
    _product("BB-1014 | boucle-armchair | Bouclé armchair | chair | chairs | cream | wool", "289.00", "132.00", 2),
    _product(
        "BB-1015 | carafe-and-glasses | Carafe and glasses | vase | glassware | transparent | glass",
        "54.00",
        None,
        6,
    ),
    _product("BB-1016 | jute-runner | Jute runner | cloth | rugs | tan | hemp", "89.00", "31.00", 4),
    _product("BB-1017 | soy-candle-trio | Soy candles, 3 | candle | candles | rose | glass", "34.00", "9.80", 9),
    _product("BB-1018 | oak-frame | Oak frame, A3 | table | pictures-and-frames | tan | wood", "44.00", "13.00", 7),
    _product("BB-1019 | wool-throw | Wool throw | cloth | textiles | burgundy | wool", "99.00", "38.00", 6),
    _product("BB-1020 | dining-chair | Dining chair, beech | chair | chairs | black | wood", "139.00", "58.00", 5),
    _product("BB-1021 | beeswax-tapers | Beeswax tapers, 6 | candle | candles | yellow | paper", "24.00", None, 8),
    _product("BB-1022 | enamel-planter | Enamel planter | vase | garden | navy | metal", "64.00", "21.00", 5),
    _product("BB-1023 | reading-chair | Reading chair | chair | chairs | green | velvet", "329.00", None, 0),
    _product("BB-1024 | glass-nightlight | Glass night light | lamp | lighting | orange | glass", "47.00", "16.00", 0),
)
# A gift card is no product: nothing is known of what it costs, and its line is linked to none.
GIFT_CARD, GIFT_CARD_PRICE = "Gift card", Decimal("50.00")
