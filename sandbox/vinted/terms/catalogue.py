"""Owns the terms that the sandbox knows: some of the site's, with ids of ours where no report has them."""

import msgspec


class Catalog(msgspec.Struct, frozen=True):
    """A category. Only leaves take items; `size_group` where its things have sizes."""

    catalog_id: int
    title: str
    below: tuple["Catalog", ...] = ()
    size_group: int | None = None
    needs_brand: bool = False


TREE = (
    Catalog(
        1904,
        "Women",
        (
            Catalog(
                4,
                "Clothing",
                (
                    Catalog(1037, "Coats", size_group=4, needs_brand=True),
                    Catalog(10, "Dresses", size_group=4, needs_brand=True),
                ),
            ),
            Catalog(19, "Bags", (Catalog(156, "Shoulder bags", needs_brand=True),)),
        ),
    ),
    Catalog(5, "Men", (Catalog(82, "Accessories", (Catalog(97, "Watches", needs_brand=True),)),)),
    Catalog(
        1918,
        "Home",
        (
            Catalog(1934, "Home accessories", (Catalog(1936, "Vases"), Catalog(1939, "Candles"))),
            Catalog(1920, "Textiles", (Catalog(1922, "Cushions"), Catalog(1923, "Table linen"))),
        ),
    ),
)
CONDITIONS = {6: "New with tags", 1: "New without tags", 2: "Very good", 3: "Good", 4: "Satisfactory"}
# Title and colour.
COLOURS = {
    1: ("Black", "000000"), 3: ("Grey", "919191"), 12: ("White", "FFFFFF"), 20: ("Cream", "F8F8E1"),
    4: ("Beige", "F4E0C8"), 7: ("Red", "CC3300"), 9: ("Blue", "007BC4"), 10: ("Green", "369A3D"),
    2: ("Brown", "663300"), 15: ("Multi", ""),
}  # fmt: skip
# 1 is the site's way to say that there is none.
BRANDS = {1: "Without a brand", 53: "Nike", 14: "adidas", 12: "Zara", 7: "H&M", 10: "Levi's", 88: "Uniqlo"}
SIZES = {4: {2: "XS / 34", 3: "S / 36", 4: "M / 38", 5: "L / 40", 6: "XL / 42"}}
SIZE_GROUPS = {4: "Women's sizes"}
MATERIALS = {44: "Cotton", 46: "Wool", 49: "Silk", 146: "Linen", 43: "Leather", 45: "Polyester", 150: "Ceramic"}
PARCELS = {1: ("Small", "SMALL"), 2: ("Medium", "MEDIUM"), 3: ("Large", "LARGE")}
MOST_COLOURS, MOST_MATERIALS = 2, 3


def _flat(nodes: tuple[Catalog, ...]) -> dict[int, Catalog]:
    found: dict[int, Catalog] = {}
    for node in nodes:
        found[node.catalog_id] = node
        found |= _flat(node.below)
    return found


CATALOGS = _flat(TREE)
