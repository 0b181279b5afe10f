"""What a line of a report says: which ad had which numbers on which day; or what is wrong with it, in words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, auto

from analytics.enums import EntityLevel
from analytics.metrics.facts import FACTS_BY_NAME, UNIQUE_FACTS, BaseFact, FactKind
from analytics.periods import FIRST_DAY
from analytics.reports.dates import day_of
from analytics.reports.headings import ReportHeadings, ReportLayout, ReportPart
from analytics.reports.lines import Record
from analytics.reports.numbers import number_of
from analytics.reports.survey import Survey

LONGEST_NAME = 1_000
# Counts are added up in 64 bits: so millions of ad-days of the largest have a sum.
_LARGEST = {FactKind.COUNT: Decimal(10**12), FactKind.AMOUNT: Decimal(10**15)}
_MOST_PLACES = 6  # of what is stored
_PLACES = Decimal(10) ** -_MOST_PLACES
_ID = re.compile(r"[\w:.-]{1,64}", re.ASCII)
# What a spreadsheet makes of a long id: its last digits are lost.
_SHORTENED = re.compile(r"[0-9]([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
# What an export puts an apostrophe before, so that no spreadsheet runs it.
_GUARDED = re.compile(r"'[-=+@\t\r]")
_NOTHING_WRITTEN = frozenset({"", "-", "\u2013", "\u2014", "N/A", "n/a"})
_UNIQUE = frozenset(fact.name for fact in UNIQUE_FACTS)
_MOST_TOLD = 40


class Left(Enum):
    """A line that is none of data: an empty one, or one of totals, which names no day or no ad."""

    BLANK = auto()
    TOTALS = auto()


class LineFault(Exception):
    """What is wrong with a line. `is_period`: it is of several days together."""

    def __init__(self, message: str, *, is_period: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.is_period = is_period


@dataclass(frozen=True, slots=True)
class NamedAd:
    """An ad as a file names it: by its id on the platform, or by three names; what the file lacks is ''.

    `is_shortened`: a spreadsheet has spoilt its id, so that names alone say which ad it is.
    """

    ad_id: str
    ad_name: str
    ad_set_id: str
    ad_set_name: str
    campaign_id: str
    campaign_name: str
    is_shortened: bool = False

    @property
    def names(self) -> tuple[str, str, str]:
        return self.campaign_name, self.ad_set_name, self.ad_name


@dataclass(frozen=True, slots=True)
class ReportBounds:
    """What must be true of every line: the account with its currency, and the last day that can have numbers."""

    account_id: str
    currency: str
    last_day: date


@dataclass(frozen=True, slots=True)
class ReportRow:
    """An ad's day; `values` are those of the facts of the headings, in their order."""

    line: int
    day: date
    ad: NamedAd
    values: Sequence[Decimal | None]


class RowReader:
    """Reads the lines of one file."""

    def __init__(self, survey: Survey, expected: ReportBounds) -> None:
        self._survey = survey
        self._expected = expected
        self._headings: ReportHeadings = survey.opening.headings
        self._facts = [(FACTS_BY_NAME[name], place) for name, place in self._headings.facts.items()]
        self.facts = tuple(fact.name for fact, _ in self._facts)

    def row(self, record: Record) -> ReportRow | Left:
        """What the line says; raises LineFault where that cannot be known, or cannot be true."""
        if record.fault:
            raise LineFault(record.fault)
        if record.is_blank:
            return Left.BLANK
        says = {part: record.fields[place].strip() for part, place in self._headings.parts.items()}
        if self._is_totals(says):
            return Left.TOTALS
        self._check(says)
        ad, day = self._ad(says), self._day(says)
        values = [self._value(fact, record.fields[place].strip()) for fact, place in self._facts]
        return ReportRow(record.line, day, ad, values)

    def _is_totals(self, says: Mapping[ReportPart, str]) -> bool:
        if self._headings.layout is ReportLayout.OWN:  # an export has none
            return False
        day = says.get(ReportPart.DAY, says.get(ReportPart.STARTS, ""))
        return not day or not (says.get(ReportPart.AD_ID) or says.get(ReportPart.AD_NAME))

    def _check(self, says: Mapping[ReportPart, str]) -> None:
        expected = self._expected
        level = says.get(ReportPart.LEVEL, EntityLevel.AD.value)
        if level != EntityLevel.AD.value:
            raise LineFault(f"The line is of the level {_told(level)}: days of ads alone can be read.")
        currency = says.get(ReportPart.CURRENCY) or expected.currency
        if currency.upper() != expected.currency:
            raise LineFault(f"The line is in {_told(currency)}, and the ad account in {expected.currency}.")
        account_id = says.get(ReportPart.ACCOUNT_ID, "").removeprefix("act_")
        if (
            account_id
            and account_id != expected.account_id.removeprefix("act_")
            and not _SHORTENED.fullmatch(account_id)
        ):
            raise LineFault(f"The line is of another ad account, {_told(account_id)}.")

    def _ad(self, says: Mapping[ReportPart, str]) -> NamedAd:
        ad_id, is_shortened = _id(says.get(ReportPart.AD_ID, ""))
        is_own = self._headings.layout is ReportLayout.OWN
        names = [says.get(part, "") for part in (ReportPart.AD_NAME, ReportPart.AD_SET_NAME, ReportPart.CAMPAIGN_NAME)]
        if is_own:
            names = [name[1:] if _GUARDED.match(name) else name for name in names]
        if any(len(name) > LONGEST_NAME for name in names):
            raise LineFault(f"A name is longer than {LONGEST_NAME:,} characters.")
        if not ad_id and not all(names):
            shortened = "A spreadsheet has shortened the ad's id, and" if is_shortened else "The line has no ad id, and"
            raise LineFault(f"{shortened} a name of ad, ad set or campaign is missing.")
        return NamedAd(
            ad_id=ad_id,
            ad_name=names[0],
            ad_set_id=_id(says.get(ReportPart.AD_SET_ID, ""))[0],
            ad_set_name=names[1],
            campaign_id=_id(says.get(ReportPart.CAMPAIGN_ID, ""))[0],
            campaign_name=names[2],
            is_shortened=is_shortened,
        )

    def _day(self, says: Mapping[ReportPart, str]) -> date:
        text = says.get(ReportPart.DAY, says.get(ReportPart.STARTS, ""))
        day = day_of(text, self._survey.day_order)
        if day is None:
            raise LineFault(f"{_told(text)} is no day that can be read.")
        if ReportPart.DAY not in says and day_of(says[ReportPart.ENDS], self._survey.day_order) != day:
            message = f"The line is of {_told(text)} to {_told(says[ReportPart.ENDS])}: export the report by day."
            raise LineFault(message, is_period=True)
        if day > self._expected.last_day:
            raise LineFault(f"The day {day} has not come yet.")
        if day < FIRST_DAY:
            raise LineFault(f"The day {day} is older than any ad.")
        return day

    def _value(self, fact: BaseFact, text: str) -> Decimal | None:
        if text in _NOTHING_WRITTEN:
            return self._missing(fact)
        value = number_of(text, self._survey.decimal_mark)
        if value is None:
            raise LineFault(f"{_told(text)} is no number that can be read.")
        if value < 0:
            raise LineFault(f"{_told(text)} is negative, which no number of an ad is.")
        if value >= _LARGEST[fact.kind]:
            raise LineFault(f"{_told(text)} is larger than any number of an ad.")
        if fact.kind is FactKind.COUNT:
            if value != value.to_integral_value():
                raise LineFault(f"{_told(text)} is no whole number, as {fact.name.replace('_', ' ')} are.")
            return value.to_integral_value()
        return value.quantize(_PLACES) if -int(value.as_tuple().exponent) > _MOST_PLACES else value

    def _missing(self, fact: BaseFact) -> Decimal | None:
        """Ads Manager leaves out what is zero; but not people, and an ad without a video has no views of one.

        An export says null by nothing.
        """
        is_null = self._headings.layout is ReportLayout.OWN or fact.is_video or fact.name in _UNIQUE
        return None if is_null else Decimal(0)


def _id(text: str) -> tuple[str, bool]:
    """The id, '' where there is none that can be used, and whether a spreadsheet has shortened it."""
    told = text.removeprefix("'")
    if not told or told in _NOTHING_WRITTEN:
        return "", False
    if _SHORTENED.fullmatch(told):
        return "", True
    if not _ID.fullmatch(told):
        raise LineFault(f"{_told(text)} is no id of an ad platform.")
    return told, False


def _told(text: str) -> str:
    return f"`{text[:_MOST_TOLD]}…`" if len(text) > _MOST_TOLD else f"`{text}`"
