"""Random signs by which ads and products are known, and the links that follow from them, by plain loops."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar
from uuid import UUID

from sqlalchemy import text

from models.ads.ad import Ad
from models.products.product import Product
from services.ad_links.finding import find_ad_links
from tests.worlds.revenue import Store

# Two differ in nothing but case, and one is too short to be looked for in names.
SKUS = ("AB12-X", "ab12-x", "Lamp 77", "XY1", "QRST22", "Z-9-9")
_WORDS = (*SKUS, "sale", "video", "Lamp", "AB12", "77", "qrst22")
_PAGES = range(8)
_FORMS = (
    "https://shop.example/p/{}",
    "http://www.shop.example/p/{}/?utm_source=fb&fbclid=abc",
    "HTTPS://Shop.Example:443/p/{}#top",
    "https://shop.example/%70/{}?ad={{{{ad.id}}}}",
)
_TAG = "product"

T = TypeVar("T")


@dataclass
class Said:
    """What an ad says of products: a tag, pages by their numbers, and words of its name or of its parameters."""

    tag: str | None
    pages: list[int]
    words: list[str]


@dataclass
class Signs:
    """`pages` are those of each product; `by_hand` and `removed` are what people said of each ad."""

    random: Random
    pages: dict[UUID, list[int]] = field(default_factory=dict)
    said: dict[UUID, Said] = field(default_factory=dict)
    by_hand: dict[UUID, set[UUID]] = field(default_factory=dict)
    removed: dict[UUID, set[UUID]] = field(default_factory=dict)

    async def product(self, store: Store, sku: str) -> Product:
        pages = self.random.sample(_PAGES, self.random.randrange(4))
        product = await store.product(sku, page_urls=[self._address(page) for page in pages])
        self.pages[product.id] = pages
        return product

    async def say(self, store: Store, ad: Ad) -> None:
        """Lets an ad say something."""
        random = self.random
        said = Said(
            random.choice((None, None, *SKUS, "other")),
            random.choices(_PAGES, k=random.choice((0, 0, 1, 1, 3))),
            random.choices(_WORDS, k=random.choice((0, 1, 1, 3))),
        )
        self.said[ad.id] = said
        words, is_name = "|".join(said.words), random.random() < 0.5
        values = {
            "tenant_id": ad.tenant_id,
            "id": ad.id,
            "name": f"new|{words}" if is_name else "An ad",
            "urls": [self._address(page) for page in said.pages],
            "tags": None if is_name else f"utm_source=fb&utm_content={words.replace(' ', '+')}",
        }
        change = (
            "update ad set name = :name, landing_urls = :urls, url_tags = :tags"
            " where tenant_id = :tenant_id and id = :id"
        )
        async with store.entities.db.write(store.entities.viewer) as session:
            await (await session.connection()).execute(text(change), values)
        if said.tag is not None:
            await store.entities.tag(ad, **{_TAG: said.tag})

    def links(self, products: Iterable[Product], ad_id: UUID) -> set[UUID]:
        """The products that the ad is linked to in the end."""
        if by_hand := self.by_hand.get(ad_id):
            return by_hand
        said, skus = self.said[ad_id], {each.id: each.sku.casefold() for each in products}
        tags = [] if said.tag is None else [said.tag.casefold()]
        words = [word.casefold() for word in said.words if len(word) >= 4]
        whose = (
            _alone(tags, {each: [sku] for each, sku in skus.items()}),
            _alone(said.pages, self.pages),
            _alone(words, {each: [sku] for each, sku in skus.items()}),
        )
        found = [each - self.removed.get(ad_id, set()) for each in whose]
        return next((each for each in found if each), set())

    def _address(self, page: int) -> str:
        return self.random.choice(_FORMS).format(page)


def _alone(said: Iterable[T], of_products: Mapping[UUID, list[T]]) -> set[UUID]:
    """The products that have something of this, which no other has."""
    found = set()
    for each in said:
        having = [product_id for product_id, own in of_products.items() if each in own]
        if len(having) == 1:
            found.add(having[0])
    return found


async def find(store: Store) -> None:
    """As the queue's job does, once the tenant has said which field holds SKUs."""
    async with store.entities.db.write(store.entities.viewer) as session:
        change = text("update tenant set product_tag = :tag where id = :id")
        await (await session.connection()).execute(change, {"tag": _TAG, "id": store.entities.tenant_id})
    await find_ad_links(store.entities.db, lambda: store.now, store.entities.tenant_id)
