"""Owns the marketplaces that a sandbox knows; must not know sellers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EbayMarket:
    """`tree_id` names the tree of its categories, `language` what its listings are written in."""

    country: str
    currency: str
    language: str
    tree_id: str


MARKETS = {
    "EBAY_US": EbayMarket("US", "USD", "en-US", "0"),
    "EBAY_GB": EbayMarket("GB", "GBP", "en-GB", "3"),
    "EBAY_DE": EbayMarket("DE", "EUR", "de-DE", "77"),
    "EBAY_FR": EbayMarket("FR", "EUR", "fr-FR", "71"),
    "EBAY_IT": EbayMarket("IT", "EUR", "it-IT", "101"),
    "EBAY_ES": EbayMarket("ES", "EUR", "es-ES", "186"),
    "EBAY_AT": EbayMarket("AT", "EUR", "de-AT", "16"),
}
LANGUAGES = frozenset({market.language for market in MARKETS.values()} | {"en-CA", "en-AU", "fr-CA", "nl-NL", "pl-PL"})
