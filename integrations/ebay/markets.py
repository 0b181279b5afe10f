"""eBay's markets: the language that their listings are written in, and the addresses of their pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Market:
    """`language` is what the header Content-Language names; `site` the host of the pages that buyers see."""

    language: str
    site: str


# eBay's page "Marketplace ID values". A market that eBay added later has no line: listings of it are read, not made.
MARKETS: Mapping[str, Market] = MappingProxyType(
    {
        "EBAY_AT": Market("de-AT", "www.ebay.at"),
        "EBAY_AU": Market("en-AU", "www.ebay.com.au"),
        "EBAY_BE": Market("nl-BE", "www.ebay.be"),
        "EBAY_CA": Market("en-CA", "www.ebay.ca"),
        "EBAY_CH": Market("de-CH", "www.ebay.ch"),
        "EBAY_DE": Market("de-DE", "www.ebay.de"),
        "EBAY_ES": Market("es-ES", "www.ebay.es"),
        "EBAY_FR": Market("fr-FR", "www.ebay.fr"),
        "EBAY_GB": Market("en-GB", "www.ebay.co.uk"),
        "EBAY_HK": Market("zh-HK", "www.ebay.com.hk"),
        "EBAY_IE": Market("en-IE", "www.ebay.ie"),
        "EBAY_IT": Market("it-IT", "www.ebay.it"),
        "EBAY_NL": Market("nl-NL", "www.ebay.nl"),
        "EBAY_PL": Market("pl-PL", "www.ebay.pl"),
        "EBAY_SG": Market("en-SG", "www.ebay.com.sg"),
        "EBAY_US": Market("en-US", "www.ebay.com"),
    }
)


def listing_url(market: str | None, listing_id: str) -> str:
    """The page of a listing; every one of eBay's sites shows the listings of all."""
    known = MARKETS.get(market or "")
    return f"https://{known.site if known else 'www.ebay.com'}/itm/{listing_id}"
