"""Who made a thing, when, and whether it is a supply: what Etsy asks of every listing, as one term for each.

Etsy has no conditions of goods. A term such as `someone_else.1990s` is what a condition of ours is mapped to, with
`.supply` behind it for supplies of a craft; without one a thing counts as made by the seller of late.
"""

import re
from dataclasses import dataclass

from integrations.selling.records import MarketTerm

WHO: tuple[tuple[str, str], ...] = (
    ("i_did", "Made by me"),
    ("someone_else", "Made by somebody else"),
    ("collective", "Made by a member of the shop"),
)
# The bands of 2026. Two of them move with each year: `{now}` is this year, `{vintage}` the latest year that is not yet
# twenty years ago, and `{old}` the year before that.
BANDS: tuple[tuple[str, str], ...] = (
    ("made_to_order", "made to order"),
    ("2020_{now}", "2020 to {now}"),
    ("2010_2019", "2010 to 2019"),
    ("{vintage}_2009", "{vintage} to 2009"),
    ("before_{vintage}", "before {vintage}"),
    ("2000_{old}", "2000 to {old}"),
    *((f"{year}s", f"in the {year}s") for year in range(1990, 1890, -10)),
    ("1800s", "in the 1800s"),
    ("1700s", "in the 1700s"),
    ("before_1700", "before 1700"),
)
_VINTAGE_YEARS = 19
_SUPPLY = "supply"
# Bands of any year that mean what the moving ones of this year do.
_MOVING: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"2020_20\d\d"), "2020_{now}"),
    (re.compile(r"20\d\d_2009"), "{vintage}_2009"),
    (re.compile(r"before_20\d\d"), "before_{vintage}"),
    (re.compile(r"2000_20\d\d"), "2000_{old}"),
)


@dataclass(frozen=True, slots=True)
class Made:
    """The three fields of a listing, in Etsy's words."""

    who: str
    when: str
    is_supply: bool

    @property
    def fields(self) -> dict[str, object]:
        return {"who_made": self.who, "when_made": self.when, "is_supply": self.is_supply}


def made_of(term: str | None, year: int, *, is_to_order: bool) -> Made | None:
    """What a term says; None for one that Etsy does not know.

    Without one: made by the seller, to order where `is_to_order`, else of late. A band that moves is that of `year`,
    whichever year's the term has.
    """
    when = "made_to_order" if is_to_order else _of_year("2020_{now}", year)
    if not term:
        return Made(WHO[0][0], when, is_supply=False)
    who, _, rest = term.partition(".")
    told, _, supply = rest.partition(".")
    known = {band for band, _ in _bands(year)}
    told = next((_of_year(band, year) for pattern, band in _MOVING if pattern.fullmatch(told)), told) or when
    if who not in dict(WHO) or told not in known or supply not in ("", _SUPPLY):
        return None
    return Made(who, told, is_supply=bool(supply))


def made_terms(year: int) -> list[MarketTerm]:
    """Every term, the likeliest first."""
    found = [MarketTerm(f"{who}.{band}", f"{maker}, {time}") for who, maker in WHO for band, time in _bands(year)]
    return found + [MarketTerm(f"{each.external_id}.{_SUPPLY}", f"Supply: {each.name}") for each in found]


def _bands(year: int) -> list[tuple[str, str]]:
    return [(_of_year(band, year), _of_year(words, year)) for band, words in BANDS]


def _of_year(band: str, year: int) -> str:
    return band.format(now=year, vintage=year - _VINTAGE_YEARS, old=year - _VINTAGE_YEARS - 1)
