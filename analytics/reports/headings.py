"""What the columns of a report file are called: the one table of spellings, and how a line of headings is known."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from analytics.enums import Breakdown
from analytics.metrics.catalogue import MEASURES
from analytics.metrics.definition import camel_case
from analytics.metrics.facts import FACTS_BY_NAME
from analytics.metrics.formula import Fact


class ReportPart(StrEnum):
    """What a column says of its line besides numbers; BREAKDOWN divides the line's day further."""

    DAY = "DAY"
    STARTS = "STARTS"
    ENDS = "ENDS"
    ACCOUNT_ID = "ACCOUNT_ID"
    CAMPAIGN_ID = "CAMPAIGN_ID"
    CAMPAIGN_NAME = "CAMPAIGN_NAME"
    AD_SET_ID = "AD_SET_ID"
    AD_SET_NAME = "AD_SET_NAME"
    AD_ID = "AD_ID"
    AD_NAME = "AD_NAME"
    LEVEL = "LEVEL"
    CURRENCY = "CURRENCY"
    ATTRIBUTION = "ATTRIBUTION"
    BREAKDOWN = "BREAKDOWN"


class ReportLayout(StrEnum):
    """ADS_MANAGER: as Ads Manager writes reports. OWN: as an export of this product writes ad-days."""

    ADS_MANAGER = "ADS_MANAGER"
    OWN = "OWN"


# English first, then French. Ads Manager has changed some spellings over the years; capitals do not count.
_PARTS: Mapping[ReportPart, tuple[str, ...]] = {
    ReportPart.DAY: ("Day", "Date", "Jour"),
    ReportPart.STARTS: ("Reporting starts", "Début des rapports"),
    ReportPart.ENDS: ("Reporting ends", "Fin des rapports"),
    ReportPart.ACCOUNT_ID: ("Account ID", "Identifiant du compte", "ID du compte"),
    ReportPart.CAMPAIGN_ID: ("Campaign ID", "Identifiant de la campagne", "ID de la campagne"),
    ReportPart.CAMPAIGN_NAME: ("Campaign name", "Nom de la campagne"),
    ReportPart.AD_SET_ID: ("Ad set ID", "Identifiant de l'ensemble de publicités", "ID de l'ensemble de publicités"),
    ReportPart.AD_SET_NAME: ("Ad set name", "Nom de l'ensemble de publicités"),
    ReportPart.AD_ID: ("Ad ID", "Identifiant de la publicité", "ID de la publicité"),
    ReportPart.AD_NAME: ("Ad name", "Nom de la publicité"),
    ReportPart.CURRENCY: ("Currency", "Devise"),
    ReportPart.ATTRIBUTION: ("Attribution setting", "Paramètre d'attribution"),
    ReportPart.BREAKDOWN: (
        "Age",
        "Gender",
        "Country",
        "Region",
        "DMA region",
        "Platform",
        "Placement",
        "Device platform",
        "Impression device",
        "Conversion device",
        "Product ID",
        "Time of day (ad account time zone)",
        "Time of day (viewer's time zone)",
        "Âge",
        "Genre",
        "Sexe",
        "Pays",
        "Région",
        "Plateforme",
        "Appareil d'impression",
    ),
}
# By base fact. Columns of results are not among them: what they count differs from one campaign to the next.
_FACTS: Mapping[str, tuple[str, ...]] = {
    "spend": ("Amount spent", "Montant dépensé"),
    "impressions": ("Impressions",),
    "reach": ("Reach", "Couverture", "Portée"),
    "clicks_all": ("Clicks (all)", "Clics (tous)"),
    "unique_clicks": ("Unique clicks (all)", "Clics uniques (tous)"),
    "link_clicks": ("Link clicks", "Clics sur un lien", "Clics sur le lien"),
    "outbound_clicks": ("Outbound clicks", "Clics sortants"),
    "landing_page_views": ("Landing page views", "Vues de page de destination"),
    "post_engagements": ("Post engagements", "Post engagement"),
    "reactions": ("Post reactions",),
    "comments": ("Post comments",),
    "shares": ("Post shares",),
    "saves": ("Post saves",),
    "video_starts": ("Video plays",),
    "video_views_3s": ("3-second video plays",),
    "thruplays": ("ThruPlays", "ThruPlay"),
    "video_p25": ("Video plays at 25%",),
    "video_p50": ("Video plays at 50%",),
    "video_p75": ("Video plays at 75%",),
    "video_p95": ("Video plays at 95%",),
    "video_p100": ("Video plays at 100%",),
    "adds_to_cart": ("Adds to cart", "Ajouts au panier"),
    "checkouts": ("Checkouts initiated", "Paiements initiés"),
    "purchases": ("Purchases", "Achats"),
    "purchase_value": ("Purchases conversion value", "Valeur de conversion des achats"),
    "leads": ("Leads", "Prospects"),
    "registrations": ("Registrations completed", "Inscriptions terminées"),
}
_OWN_PARTS: Mapping[ReportPart, str] = {
    ReportPart.STARTS: camel_case("period_start"),
    ReportPart.ENDS: camel_case("period_end"),
    ReportPart.LEVEL: "level",
    ReportPart.AD_ID: camel_case("external_id"),
    ReportPart.AD_NAME: "name",
    ReportPart.CURRENCY: "currency",
}
# What must be there of our own layout, so that a report that merely has a column called "name" is not taken for it.
_MARKS_OF_OWN = frozenset({ReportPart.STARTS, ReportPart.ENDS, ReportPart.LEVEL, ReportPart.AD_ID})
_CURRENCY = re.compile(r"(?P<heading>.*\S)\s*\((?P<currency>[a-z]{3})\)")
_THREE_NAMES = frozenset({ReportPart.CAMPAIGN_NAME, ReportPart.AD_SET_NAME, ReportPart.AD_NAME})
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\ufeff": "", "\u200b": ""})


@dataclass(frozen=True, slots=True)
class ReportHeadings:
    """Where what stands in a line: `parts` and `facts` by place of the column, and `width` columns in all.

    `currency` is that of a heading such as "Amount spent (EUR)". `unread` are headings that nothing is known of or
    that stand there twice.
    """

    layout: ReportLayout
    width: int
    parts: Mapping[ReportPart, int]
    facts: Mapping[str, int]
    breakdowns: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def has_day(self) -> bool:
        return ReportPart.DAY in self.parts or self.parts.keys() >= {ReportPart.STARTS, ReportPart.ENDS}

    @property
    def has_ad(self) -> bool:
        return ReportPart.AD_ID in self.parts or self.parts.keys() >= _THREE_NAMES

    @property
    def has_money(self) -> bool:
        return any(FACTS_BY_NAME[fact].is_money for fact in self.facts)

    @property
    def names_currency(self) -> bool:
        return bool(self.currencies) or ReportPart.CURRENCY in self.parts

    @property
    def is_whole(self) -> bool:
        """Whether a line below says which ad had which numbers on which day."""
        return self.has_day and self.has_ad and bool(self.facts)


def _plain(heading: str) -> str:
    """Capitals, kinds of apostrophes and blanks do not count."""
    text = unicodedata.normalize("NFKC", heading.translate(_APOSTROPHES))
    return " ".join(text.split()).casefold()


_PART_OF = {_plain(spelling): part for part, spellings in _PARTS.items() for spelling in spellings}
_FACT_OF = {_plain(spelling): fact for fact, spellings in _FACTS.items() for spelling in spellings}
_OWN_PART_OF = {_plain(spelling): part for part, spelling in _OWN_PARTS.items()} | {
    _plain(camel_case(each.value.lower())): ReportPart.BREAKDOWN for each in Breakdown
}
_OWN_FACT_OF = {
    _plain(measure.key): measure.expression.name
    for measure in MEASURES.values()
    if isinstance(measure.expression, Fact)
}


def headings_of(fields: Sequence[str]) -> ReportHeadings:
    """What is known of the columns with these headings; `is_whole` says whether the line is one of headings at all."""
    plain = [_plain(field) for field in fields]
    is_own = {_OWN_PART_OF.get(each) for each in plain} >= _MARKS_OF_OWN
    part_of, fact_of = (_OWN_PART_OF, _OWN_FACT_OF) if is_own else (_PART_OF, _FACT_OF)
    parts: dict[ReportPart, int] = {}
    facts: dict[str, int] = {}
    breakdowns, currencies, unread = [], [], []
    for place, heading in enumerate(plain):
        part = part_of.get(heading)
        fact, currency = _fact_of(fact_of, heading)
        if part is ReportPart.BREAKDOWN:
            breakdowns.append(fields[place].strip())
        elif part is not None and part not in parts:
            parts[part] = place
        elif fact is not None and fact not in facts:
            facts[fact] = place
            currencies += [currency] if currency else []
        elif heading:
            unread.append(fields[place].strip())
    return ReportHeadings(
        layout=ReportLayout.OWN if is_own else ReportLayout.ADS_MANAGER,
        width=len(fields),
        parts=parts,
        facts=facts,
        breakdowns=tuple(breakdowns),
        currencies=tuple(dict.fromkeys(currencies)),
        unread=tuple(unread),
    )


def _fact_of(fact_of: Mapping[str, str], heading: str) -> tuple[str | None, str]:
    """The fact of a heading, and the currency that stands behind it in brackets."""
    if heading in fact_of:
        return fact_of[heading], ""
    found = _CURRENCY.fullmatch(heading)
    fact = fact_of.get(found["heading"]) if found else None
    if found is None or fact is None or not FACTS_BY_NAME[fact].is_money:
        return None, ""
    return fact, found["currency"].upper()
