"""Which products an ad advertises, by its tag, its addresses and its words, and what is too vague to say so."""

import re
from random import Random
from time import thread_time
from uuid import UUID

import pytest

from analytics.links.finder import AdLinkSource, AdSigns, FoundLink, LinkFinder, ProductSigns
from analytics.links.skus import SkuFinder

TAG, URL, SKU = AdLinkSource.TAG, AdLinkSource.URL, AdLinkSource.SKU
LAMP, MUG, BED = (UUID(int=number) for number in (1, 2, 3))
SHOP = "https://shop.example"
FINDER = LinkFinder(
    [
        ProductSigns(LAMP, "LAMP-1", [f"{SHOP}/lamp", f"{SHOP}/both"]),
        ProductSigns(MUG, "Mug 22", [f"{SHOP}/mug", f"{SHOP}/both", "no address"]),
        ProductSigns(BED, "bed", []),
    ]
)


def found(name: str = "An ad", *urls: str, tags: str | None = None, tag: str | None = None) -> list[tuple[UUID, str]]:
    return [(each.product_id, each.source) for each in FINDER.links_of(AdSigns(name, urls, tags, tag))]


def test_the_first_source_that_says_something_counts() -> None:
    name, urls = "sale_bed mug 22", (f"{SHOP}/lamp?utm_source=fb",)
    assert found(name, *urls, tag="BED") == [(BED, TAG)]
    assert found(name, *urls, tag="unknown") == [(LAMP, URL)]
    assert found(name, *urls) == [(LAMP, URL)]
    assert found(name) == [(MUG, SKU)]
    assert found() == []


def test_it_is_told_what_matched_as_the_product_has_it() -> None:
    signs = AdSigns("x", ["http://www.shop.example/lamp/?fbclid=1"])
    assert FINDER.links_of(signs) == [FoundLink(LAMP, URL, f"{SHOP}/lamp")]
    assert FINDER.links_of(AdSigns("new MUG 22 ad")) == [FoundLink(MUG, SKU, "Mug 22")]
    assert FINDER.links_of(AdSigns("x", tag=" lamp-1 ")) == [FoundLink(LAMP, TAG, "LAMP-1")]


def test_an_ad_may_lead_to_several_products_and_name_several() -> None:
    assert found("x", f"{SHOP}/mug", f"{SHOP}/lamp", f"{SHOP}/mug/", SHOP) == [(MUG, URL), (LAMP, URL)]
    assert found("lamp-1 + mug 22, lamp-1") == [(LAMP, SKU), (MUG, SKU)]


def test_a_page_of_two_products_says_nothing_of_either() -> None:
    assert found("x", f"{SHOP}/both") == []
    assert found("lamp-1", f"{SHOP}/both") == [(LAMP, SKU)]


def test_a_sku_that_two_products_have_but_for_its_case_says_nothing() -> None:
    both = LinkFinder(
        [ProductSigns(LAMP, "Lamp-1", []), ProductSigns(MUG, "LAMP-1", []), ProductSigns(BED, "LAMP", [])]
    )
    assert both.links_of(AdSigns("lamp-1", tag="lamp-1")) == []
    assert [each.product_id for each in both.links_of(AdSigns("a lamp"))] == [BED]


def test_what_a_person_took_away_is_not_found_again_and_what_comes_after_it_is() -> None:
    signs = AdSigns("mug 22", [f"{SHOP}/lamp"])
    assert [each.product_id for each in FINDER.links_of(signs, without={LAMP})] == [MUG]
    assert FINDER.links_of(signs, without={LAMP, MUG}) == []


@pytest.mark.parametrize(
    "name", ["LAMP-1", "new_lamp-1_DE", "2026|Lamp-1|video", "(lamp-1)", "\u00bblamp-1\u00ab", "a lamp-1"]
)
def test_a_whole_token_is_found_in_a_name(name: str) -> None:
    assert found(name) == [(LAMP, SKU)]


@pytest.mark.parametrize(
    "name", ["lamp-12", "xlamp-1", "lamp 1", "lamp_1", "lamp", "", "bed", "mug  22", "\u00e9lamp-1"]
)
def test_a_part_of_a_token_is_none(name: str) -> None:
    assert found(name) == []


def test_parameters_that_name_what_an_ad_shows_are_read() -> None:
    for query in ("utm_content=lamp-1", "UTM_TERM=new+lamp-1", "x=1&utm_content=v2_lamp-1"):
        assert found("x", f"https://elsewhere.example/?{query}") == [(LAMP, SKU)]
        assert found(tags=query) == [(LAMP, SKU)]
        assert found(tags=f"?{query}") == [(LAMP, SKU)]
    for query in ("utm_campaign=lamp-1", "content=lamp-1", "utm_content={{lamp-1}}", "utm_content=%zz", "utm_content"):
        assert found("x", f"https://elsewhere.example/?{query}", tags=query) == []


def test_placeholders_that_are_never_closed_are_read_at_once() -> None:
    began = thread_time()
    for text in ("{{" * 5_000, "{" * 10_000, "{{x}}" + "{{" * 5_000, "{{\n" * 3_000 + "}}"):
        assert [*SkuFinder(["lamp-1"]).found_in(f"{text} lamp-1")] == ["lamp-1"]
    assert thread_time() - began < 1
    assert [*SkuFinder(["lamp-1"]).found_in("{{a\nlamp-1}} b}} {{lamp-1}}")] == []


def test_the_longest_sku_counts_and_each_place_once() -> None:
    skus = SkuFinder(["lamp", "lamp-1", "1-de", "lamp-1-de-x"])
    assert [*skus.found_in("lamp-1-de, lamp-2, lamp-1-de-x")] == ["lamp-1", "lamp", "lamp-1-de-x"]


def test_skus_are_found_as_plain_search_finds_them() -> None:
    """Where no SKU begins with another: each that has no letter or digit beside it."""
    random, parts = Random(3), ["ab12", "cd", "7", "\u00fcx", "-", "_", " ", ".", "lamp"]
    for _ in range(2_000):
        sku = "".join(random.choices(parts, k=3))
        text = "".join(random.choices([*parts, sku], k=6))
        is_sku = len(sku) >= 4 and sku[0].isalnum() and sku[-1].isalnum()
        plain = is_sku and re.search(rf"(?<![^\W_]){re.escape(sku)}(?![^\W_])", text) is not None
        assert (sku in [*SkuFinder([sku]).found_in(text)]) is plain, (sku, text)
