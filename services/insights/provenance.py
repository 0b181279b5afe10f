"""Describes an answer about insights: its days, currency and age, and warnings about what it lacks."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from analytics.enums import AttributionWindow, EntityLevel, InsightsWarningCode
from analytics.periods import SETTLED_AFTER_DAYS, DateRange, local_day, settled_through
from models.ads.ad_account import AdAccount
from models.database import ReadSession
from models.insights.conversion import MissingRates, missing_rates
from models.insights.days import StoredDays, stored_people
from services.ads.entities import account_settled_through
from services.insights.questions import Insights

_PEOPLE = (
    "Counts of people cannot be summed, so they are null where the platform was not asked for exactly this: ads by day;"
    " campaigns and accounts by day, by calendar month, and over the last 7, 28 and 30 days."
)


@dataclass(slots=True)
class InsightsWarning:
    """A warning about an answer; `metrics` are the keys of those that it concerns, empty for all of them."""

    code: InsightsWarningCode
    message: str
    metrics: list[str]


@dataclass(slots=True)
class InsightsMeta:
    """What is true of a whole answer; `time_zone` and `currency` are None where its accounts have several.

    `data_as_of` is when the account was refreshed that waits the longest for a refresh.
    """

    range: DateRange
    comparison_range: DateRange | None
    time_zone: str | None
    currency: str | None
    attribution: AttributionWindow
    data_version: str
    data_as_of: datetime | None
    settled_through: date | None
    warnings: list[InsightsWarning]


async def describe(session: ReadSession, insights: Insights, *, now: datetime) -> InsightsMeta:
    """Describes the whole answer to a question, whichever parts of it a client reads."""
    accounts, question = insights.accounts, insights.question
    stored = insights.stored
    has_people, early = question.has_people, frozenset[UUID]()
    if has_people and question.level is not EntityLevel.AD and insights.shown.needs_people:
        people = await stored_people(session, question)
        has_people, early = not people.are_missing, people.early
    zones = sorted({account.time_zone for account in accounts})
    settled = [_settled_through(insights, account, stored, now) for account in accounts]
    refreshed = [_refreshed_at(insights, account, stored) for account in accounts]
    return InsightsMeta(
        range=question.days,
        comparison_range=question.compared_days,
        time_zone=zones[0] if len(zones) == 1 else None,
        currency=question.told_in or currency_of(question.currency, stored),
        attribution=question.attribution,
        data_version=insights.data_version,
        data_as_of=min((instant for instant in refreshed if instant is not None), default=None),
        settled_through=min((day for day in settled if day is not None), default=None),
        warnings=[
            *_of_days(insights, stored),
            *_of_zones(zones),
            *_of_early_people(insights, stored, early),
            *_of_people(insights, has_people=has_people),
            *await _of_rates(session, insights),
        ],
    )


def _settled_through(
    insights: Insights, account: AdAccount, stored: Mapping[UUID, StoredDays], now: datetime
) -> date | None:
    """The last stored day that the platform no longer restates; with breakdowns of the set that is read."""
    if not insights.question.needed_breakdowns:
        return account_settled_through(account, now)
    last = stored[account.id].last_day if account.id in stored else None
    return None if last is None else min(settled_through(local_day(now, account.time_zone)), last)


def _refreshed_at(insights: Insights, account: AdAccount, stored: Mapping[UUID, StoredDays]) -> datetime | None:
    if not insights.question.needed_breakdowns:
        return account.last_refreshed_at
    return stored[account.id].refreshed_at if account.id in stored else None


def currency_of(of_accounts: str, stored: Mapping[UUID, StoredDays]) -> str | None:
    """The currency of all rows; without rows that of the accounts; None where there are several."""
    found = {currency for days in stored.values() for currency in days.currencies} or {of_accounts}
    return (found.pop() or None) if len(found) == 1 else None


def _of_days(insights: Insights, stored: Mapping[UUID, StoredDays]) -> Iterator[InsightsWarning]:
    by = " and ".join(sorted(insights.question.needed_breakdowns))
    read = {account.id for account in insights.accounts if account.id in stored or (not by and _was_read(account))}
    never = [account.name for account in insights.accounts if account.id not in read]
    names = {account.id: account.name for account in insights.accounts if account.id in read}
    if never:
        what = f"refreshed by {by} in these days" if by else "refreshed"
        message = f"These ad accounts were never {what}, so their numbers are missing: {_listed(never)}."
        yield InsightsWarning(InsightsWarningCode.NOT_REFRESHED, message, [])
    asked = {account: span.days.days for span in insights.question.spans for account in span.ad_account_ids}
    none = StoredDays(0, 0, 0)
    known = {account: stored.get(account, none) for account in names}
    partial = [names[account] for account, days in known.items() if days.stored < asked[account]]
    if partial:
        what = f"refreshed by {by}" if by else "refreshed"
        message = f"Some days of the range were not {what}, or have not come yet: {_listed(partial)}."
        yield InsightsWarning(InsightsWarningCode.PARTIAL_RANGE, message, [])
    gaps = [names[account] for account, days in known.items() if days.gaps]
    if gaps:
        message = f"Some days could not be read in full from the platform: {_listed(gaps)}."
        yield InsightsWarning(InsightsWarningCode.GAPS, message, [])
    early = [names[account] for account, days in known.items() if days.partial]
    if early:
        message = f"Some days were last read before they had ended, as today always is: {_listed(early)}."
        yield InsightsWarning(InsightsWarningCode.PARTIAL_DAY, message, [])
    if any(days.provisional for days in known.values()):
        message = f"The platform may still change days younger than {SETTLED_AFTER_DAYS} days, conversions above all."
        yield InsightsWarning(InsightsWarningCode.NOT_SETTLED, message, [])


def _was_read(account: AdAccount) -> bool:
    """Whether any day of the account was read yet."""
    return account.last_refreshed_at is not None or account.data_through is not None


def _of_zones(zones: list[str]) -> Iterator[InsightsWarning]:
    if len(zones) > 1:
        message = f"The ad accounts have several time zones ({_listed(zones)}): a day is each account's own."
        yield InsightsWarning(InsightsWarningCode.MIXED_TIME_ZONES, message, [])


def _of_early_people(
    insights: Insights, stored: Mapping[UUID, StoredDays], early: Collection[UUID]
) -> Iterator[InsightsWarning]:
    """A warning for accounts whose people were counted too early; those with partial days have a warning already."""
    told = {account_id for account_id, days in stored.items() if days.partial}
    names = [account.name for account in insights.accounts if account.id in early and account.id not in told]
    if names:
        message = f"In some periods people were last counted before the period had ended: {_listed(names)}."
        people = [each.key for each in insights.shown.measures if each.needs_people]
        yield InsightsWarning(InsightsWarningCode.PARTIAL_DAY, message, people)


def _of_people(insights: Insights, *, has_people: bool) -> Iterator[InsightsWarning]:
    people = [each.key for each in insights.shown.measures if each.needs_people]
    if people and not has_people:
        yield InsightsWarning(InsightsWarningCode.NOT_ADDITIVE, _PEOPLE, people)


async def _of_rates(session: ReadSession, insights: Insights) -> list[InsightsWarning]:
    conversion = insights.question.conversion
    if conversion is None or not conversion.is_needed or conversion.has_all_rates:
        return []
    # A ratio of two amounts needs no rate where all rows have one currency.
    is_mixed = len(conversion.sources) > 1
    keys = [each.key for each in insights.measures if each.is_in_currency or (is_mixed and each.is_money)]
    if not keys and not insights.shown.actions:
        return []
    missing = await missing_rates(session, conversion, insights.question.spans)
    told = _listed([f"{each.currency} on {_days_told(each)}" for each in missing])
    message = f"Sums that need these exchange rates have no value, since none is known: {told}."
    return [InsightsWarning(InsightsWarningCode.NO_FX_RATE, message, keys)] if missing else []


def _days_told(missing: MissingRates) -> str:
    if missing.days == 1:
        return f"{missing.first}"
    return f"{missing.days} days from {missing.first} to {missing.last}"


def _listed(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
