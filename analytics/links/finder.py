"""Finds which products an ad advertises, by a field of its name, by where it leads, else by a SKU in its words."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from analytics.links.addresses import address_key, parameters, query_of
from analytics.links.skus import SkuFinder

# Parameters in which advertisers name what an ad shows.
_NAMING = frozenset({"utm_content", "utm_term"})
# Keys of addresses that are remembered, since many ads lead to one page.
_MOST_KEPT = 50_000


class AdLinkSource(StrEnum):
    MANUAL = "MANUAL"
    TAG = "TAG"
    URL = "URL"
    SKU = "SKU"


@dataclass(frozen=True, slots=True)
class ProductSigns:
    """By what a product is known."""

    product_id: UUID
    sku: str
    page_urls: Sequence[str]


@dataclass(frozen=True, slots=True)
class AdSigns:
    """What an ad says of its products; `tag` is the value of the naming field that holds SKUs."""

    name: str
    landing_urls: Sequence[str] = ()
    url_tags: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class FoundLink:
    """`matched` is the product's SKU or page, as the product has it."""

    product_id: UUID
    source: AdLinkSource
    matched: str


class LinkFinder:
    """Finds links to these products. A SKU or a page that two of them have says nothing of either."""

    def __init__(self, products: Iterable[ProductSigns]) -> None:
        skus: defaultdict[str, list[FoundLink]] = defaultdict(list)
        pages: defaultdict[str, dict[UUID, str]] = defaultdict(dict)
        for each in products:
            skus[each.sku.casefold()].append(FoundLink(each.product_id, AdLinkSource.SKU, each.sku))
            for page in each.page_urls:
                if (key := address_key(page)) is not None:
                    pages[key].setdefault(each.product_id, page)
        self._by_sku = {sku: found[0] for sku, found in skus.items() if len(found) == 1}
        self._by_page = {
            key: FoundLink(product_id, AdLinkSource.URL, page)
            for key, found in pages.items()
            for product_id, page in found.items()
            if len(found) == 1
        }
        # With those that say nothing, so that no shorter SKU is found in their place.
        self._finder = SkuFinder(skus)
        self._keys: dict[str, str | None] = {}

    def links_of(self, ad: AdSigns, *, without: Collection[UUID] = ()) -> list[FoundLink]:
        """The links of the first source that has any; `without` are products that a person took away from the ad."""
        for found in (self._by_tag(ad), self._by_urls(ad), self._by_words(ad)):
            # An ad may lead to a product by several ways: the first one is told.
            links = dict[UUID, FoundLink]()
            for each in found:
                if each.product_id not in without:
                    links.setdefault(each.product_id, each)
            if links:
                return [*links.values()]
        return []

    def _by_tag(self, ad: AdSigns) -> Iterator[FoundLink]:
        link = self._by_sku.get(ad.tag.strip().casefold()) if ad.tag is not None else None
        if link is not None:
            yield FoundLink(link.product_id, AdLinkSource.TAG, link.matched)

    def _by_urls(self, ad: AdSigns) -> Iterator[FoundLink]:
        for address in ad.landing_urls:
            link = self._by_page.get(self._key(address) or "")
            if link is not None:
                yield link

    def _by_words(self, ad: AdSigns) -> Iterator[FoundLink]:
        for text in _words(ad):
            for sku in self._finder.found_in(text):
                if (link := self._by_sku.get(sku)) is not None:
                    yield link

    def _key(self, address: str) -> str | None:
        if address not in self._keys:
            if len(self._keys) >= _MOST_KEPT:
                self._keys.clear()
            self._keys[address] = address_key(address)
        return self._keys[address]


def _words(ad: AdSigns) -> Iterator[str]:
    """The texts in which a SKU may stand."""
    yield ad.name
    for query in (*map(query_of, ad.landing_urls), ad.url_tags or ""):
        if "utm_" in query.lower():
            yield from (value for name, value in parameters(query) if name in _NAMING)
