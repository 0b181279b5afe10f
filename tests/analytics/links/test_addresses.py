"""Which addresses are of one page, which are not, and what is no address at all."""

from random import Random
from time import thread_time
from urllib.parse import quote

import pytest

from analytics.links.addresses import address_key, parameters, query_of

SAME = [
    (
        "https://shop.example/p/lamp",
        "http://shop.example/p/lamp",
        "HTTPS://WWW.Shop.EXAMPLE/p/lamp/",
        "https://shop.example:443/p/lamp",
        "http://shop.example:80/p/lamp//",
        "https://shop.example./p/lamp",
        "https://user:secret@shop.example/p/lamp",
        "https://shop.example/p/lamp#top",
        "https://shop.example/p/lamp?",
        "https://shop.example/p/lamp?utm_source=fb&UTM_Content=x&fbclid=1&gclid=2&msclkid=3&ttclid=4&ScCid=5",
        "https://shop.example/p/lamp?ad={{ad.id}}&{{x}}=1",
        "https://shop.example/p/l%61mp",
        "  https://shop.example/p/lamp\n",
        "shop.example/p/lamp",
        "www.shop.example:443/p/lamp",
    ),
    ("https://shop.example", "http://www.shop.example/", "shop.example", "https://shop.example?fbclid=1"),
    ("https://shop.example/?b=2&a=1&a=0", "https://shop.example/?a=0&a=1&utm_id=9&b=2", "https://shop.example?a=1&b=2&a=0"),
    ("https://shop.example/?q=a+b", "https://shop.example/?q=a%20b"),
    ("https://b\u00fccher.example/x", "https://xn--bcher-kva.example/x", "https://B%C3%BCcher.example/x"),
    ("https://shop.example/caf\u00e9", "https://shop.example/caf%C3%A9", "https://shop.example/cafe\u0301", "https://shop.example/caf%c3%a9"),
    ("https://shop.example/a%ffb", "https://shop.example/a%FFb"),
    ("https://shop.example:8443/x", "http://shop.example:8443/x/"),
]  # fmt: skip
OTHER = [
    ("https://shop.example/p", "https://shop.example/P"),
    ("https://shop.example/p", "https://de.shop.example/p"),
    ("https://shop.example/p", "https://shop.example:8443/p"),
    ("https://shop.example/p?variant=1", "https://shop.example/p?variant=2"),
    ("https://shop.example/p?variant=1", "https://shop.example/p"),
    ("https://shop.example/a/b", "https://shop.example/a%2Fb"),
    ("https://shop.example/a?b", "https://shop.example/a%3Fb"),
    ("https://shop.example/a%2561", "https://shop.example/a%61"),
    ("https://www.example", "https://example"),
]
NO_PAGES = [
    "", " ", "/p/lamp", "lamp", "fb://page/1", "myapp://shop.example/p", "mailto:me@shop.example", "tel:123",
    "javascript:alert(1)", "{{product.url}}", "https://{{product.host}}/p", "https://shop.example/{{product.id}}",
    "https://", "https:///p", "https://[::1", "https://shop.example:port/", "https://shop.example:99999/",
    "https://shop.example:0/", "https://shop .example/", "https://shop%2fx.example/",
    f"https://{'x' * 70}\u00fc.example/",
]  # fmt: skip


@pytest.mark.parametrize("addresses", SAME)
def test_these_are_one_page(addresses: tuple[str, ...]) -> None:
    assert len({address_key(each) for each in addresses}) == 1
    assert address_key(addresses[0]) is not None


@pytest.mark.parametrize("addresses", OTHER)
def test_these_are_two(addresses: tuple[str, str]) -> None:
    assert None not in {address_key(each) for each in addresses}
    assert address_key(addresses[0]) != address_key(addresses[1])


@pytest.mark.parametrize("text", NO_PAGES)
def test_this_is_no_page(text: str) -> None:
    assert address_key(text) is None


def test_a_key_is_its_own_key() -> None:
    for addresses in (*SAME, *OTHER):
        for address in addresses:
            key = address_key(address)
            assert key is not None
            assert address_key(key) == key


def test_nothing_is_refused_with_an_error() -> None:
    random, letters = Random(7), "htps:/.%?#&=[]@{}\\ \t\x00\u00e9\ud800\U0001f4a1a1\u3002"
    for _ in range(5_000):
        text = "https://"[: random.randrange(9)] + "".join(random.choices(letters, k=random.randrange(30)))
        key = address_key(text)
        assert key is None or address_key(key) == key, text
        parameters(query_of(text))


def test_addresses_of_enormous_length_are_read() -> None:
    path = "/".join(quote(f"\u00e9{number}") for number in range(2_000))
    assert (address_key(f"https://shop.example/{path}") or "").startswith("https://shop.example/\u00e90/")
    query = "&".join(f"utm_{number}=1" for number in range(5_000))
    assert address_key(f"https://shop.example/?{query}&v=1") == "https://shop.example?v=1"


@pytest.mark.parametrize("text", ["a." * 5_000 + "@", "." * 10_000, "a" * 10_000 + "@"])
def test_what_is_no_address_is_seen_at_once_however_long_it_is(text: str) -> None:
    """Regular expressions hold the interpreter: one that goes back over a text stops the whole process."""
    began = thread_time()
    assert [address_key(text) for _ in range(20)] == [None] * 20
    assert thread_time() - began < 2


def test_parameters_have_their_names_in_lower_case() -> None:
    address = "https://shop.example/p?UTM_Content=A+1&empty=&broken=%zz#utm_term=no"
    assert parameters(query_of(address)) == [("utm_content", "A 1"), ("empty", ""), ("broken", "%zz")]
    assert parameters("?utm_term=x") == [("utm_term", "x")]
    assert query_of("shop.example/p") == ""
