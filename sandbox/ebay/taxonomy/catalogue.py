"""Owns the categories of the sandbox and their aspects, in English and in German; must not speak HTTP."""

from dataclasses import dataclass

SELECTION_ONLY, FREE_TEXT = "SELECTION_ONLY", "FREE_TEXT"


@dataclass(frozen=True, slots=True)
class EbayAspect:
    """Names and values as (English, German)."""

    names: tuple[str, str]
    is_required: bool = False
    mode: str = FREE_TEXT
    is_multiple: bool = False
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class EbayCategory:
    """Things are listed in leaves alone. `words` lead to it, besides its names."""

    category_id: str
    names: tuple[str, str]
    parent_id: str | None = None
    aspects: tuple[EbayAspect, ...] = ()
    words: tuple[str, ...] = ()


_BRAND = EbayAspect(("Brand", "Marke"), is_required=True)
_COLOR = EbayAspect(("Color", "Farbe"), is_required=True, is_multiple=True, values=(("Blue", "Blau"), ("Red", "Rot")))
_SIZE = EbayAspect(("Size", "Größe"), is_required=True, values=(("S", "S"), ("M", "M"), ("L", "L"), ("XL", "XL")))
_DEPARTMENT = EbayAspect(
    ("Department", "Abteilung"),
    is_required=True,
    mode=SELECTION_ONLY,
    values=(("Men", "Herren"), ("Women", "Damen"), ("Unisex Adults", "Unisex")),
)
_MATERIAL = EbayAspect(("Material", "Material"), values=(("Ceramic", "Keramik"), ("Glass", "Glas")))
_CLOTHES = (_BRAND, _COLOR, _SIZE, _DEPARTMENT)
_HOME = (EbayAspect(("Color", "Farbe"), is_multiple=True), _MATERIAL)
_LANGUAGE = EbayAspect(
    ("Language", "Sprache"), is_required=True, values=(("English", "Englisch"), ("German", "Deutsch"))
)
_TITLE = EbayAspect(("Book Title", "Buchtitel"), is_required=True)
_AUTHOR = EbayAspect(("Author", "Autor"), is_required=True, is_multiple=True)
CATEGORIES = {
    category.category_id: category
    for category in (
        EbayCategory("11450", ("Clothing, Shoes & Accessories", "Kleidung & Accessoires")),
        EbayCategory(
            "57988",
            ("Coats, Jackets & Vests", "Jacken & Mäntel"),
            "11450",
            _CLOTHES,
            ("jacket", "jacke", "coat", "mantel"),
        ),
        EbayCategory("63861", ("Dresses", "Kleider"), "11450", _CLOTHES, ("dress", "kleid")),
        EbayCategory("11700", ("Home & Garden", "Möbel & Wohnen")),
        EbayCategory("20696", ("Mugs", "Becher & Tassen"), "11700", (_MATERIAL,), ("mug", "cup", "tasse", "becher")),
        # At eBay these have categories below them.
        EbayCategory("20697", ("Lamps, Lighting & Ceiling Fans", "Beleuchtung"), "11700", _HOME, ("lamp", "lampe")),
        EbayCategory("20444", ("Bedding", "Bettwaren"), "11700", _HOME),
        EbayCategory("3197", ("Furniture", "Möbel"), "11700", _HOME, ("table", "chair", "tisch", "stuhl")),
        EbayCategory("20571", ("Rugs & Carpets", "Teppiche"), "11700", _HOME, ("rug", "teppich")),
        EbayCategory("20625", ("Kitchen, Dining & Bar", "Kochen & Genießen"), "11700", _HOME, ("cookware", "glass")),
        EbayCategory("10033", ("Home Décor", "Dekoration"), "11700", _HOME, ("vase", "frame", "cushion", "decor")),
        EbayCategory("26677", ("Bath", "Badzubehör"), "11700", _HOME, ("towel", "handtuch")),
        EbayCategory("63514", ("Window Treatments", "Gardinen & Vorhänge"), "11700", _HOME, ("curtain", "vorhang")),
        EbayCategory("262975", ("Candles & Home Fragrance", "Kerzen & Raumdüfte"), "11700", _HOME, ("candle", "kerze")),
        EbayCategory("159912", ("Yard, Garden & Outdoor Living", "Garten & Terrasse"), "11700", _HOME, ("planter",)),
        EbayCategory("267", ("Books & Magazines", "Bücher & Zeitschriften")),
        EbayCategory("261186", ("Books", "Bücher"), "267", (_AUTHOR, _TITLE, _LANGUAGE), ("book", "buch")),
    )
}
_PARENTS = {category.parent_id for category in CATEGORIES.values()}


def is_leaf(category_id: str) -> bool:
    return category_id in CATEGORIES and category_id not in _PARENTS


def spoken(names: tuple[str, str], language: str) -> str:
    """In German for German speakers, else in English."""
    return names[language.startswith("de")]


def suggested(query: str) -> list[EbayCategory]:
    """Leaves for what people type, the best first."""
    asked = query.lower().split()

    def score(category: EbayCategory) -> int:
        known = {*category.words, *" ".join(category.names).lower().replace(",", "").split()}
        return sum(word in known for word in asked)

    ranked = sorted(CATEGORIES.values(), key=lambda category: (-score(category), category.category_id))
    return [category for category in ranked if is_leaf(category.category_id) and score(category)]
