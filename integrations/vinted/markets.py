"""Vinted's sites: the currency in which each sells, and the addresses of their pages."""

from collections.abc import Mapping
from types import MappingProxyType

VENDOR = "Vinted"
# By the site that the member uses. Vinted's sites have no list of their own: these are the ones of which public sources
# tell a currency. A site that is opened later is a line here and a host in the extension's manifest.
CURRENCIES: Mapping[str, str] = MappingProxyType(
    {
        "vinted.at": "EUR",
        "vinted.be": "EUR",
        "vinted.co.uk": "GBP",
        "vinted.com": "USD",
        "vinted.cz": "CZK",
        "vinted.de": "EUR",
        "vinted.dk": "DKK",
        "vinted.es": "EUR",
        "vinted.fi": "EUR",
        "vinted.fr": "EUR",
        "vinted.gr": "EUR",
        "vinted.hr": "EUR",
        "vinted.hu": "HUF",
        "vinted.ie": "EUR",
        "vinted.it": "EUR",
        "vinted.lt": "EUR",
        "vinted.lu": "EUR",
        "vinted.nl": "EUR",
        "vinted.pl": "PLN",
        "vinted.pt": "EUR",
        "vinted.ro": "RON",
        "vinted.se": "SEK",
        "vinted.sk": "EUR",
    }
)


def item_url(market: str, item_id: str) -> str:
    """The page of an item that buyers see."""
    return f"https://www.{market}/items/{item_id}"
