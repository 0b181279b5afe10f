"""What is told of sums: amounts to the cent, profit of what is known, ratios of sums, and what is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from analytics.revenue.rounding import cents, quotient, without_noise
from analytics.revenue.sums import Missing, OnDays, Sums
from analytics.revenue.terms import RevenueGapCode


@dataclass(slots=True)
class RevenueGap:
    """Something that is not known: of how many orders, products or days, and the revenue or spend concerned."""

    code: RevenueGapCode
    message: str
    count: int
    amount: Decimal | None


@dataclass(slots=True, kw_only=True)
class Figures:
    """What was sold and spent, in one currency, amounts to the cent; None is what is not known.

    `sums` are the exact ones. `net_revenue` and `profit` are made of the amounts that are told, so that a reader who
    adds these up gets them.
    """

    currency: str
    orders: int
    units: int
    gross_revenue: Decimal
    refunds: Decimal
    fees: Decimal | None
    cost: Decimal | None
    spend: Decimal | None
    coverage: float | None
    sums: Sums
    platform_revenue: Decimal | None = None

    @property
    def gaps(self) -> list[RevenueGap]:
        """All that is not known; made when it is asked for."""
        return [*_gaps(self.sums)]

    @property
    def net_revenue(self) -> Decimal:
        return self.gross_revenue - self.refunds

    @property
    def profit(self) -> Decimal | None:
        """Net revenue less fees, cost and spend, as far as they are known; None where no revenue has both known."""
        if not self.coverage:
            return None
        zero = Decimal(0)
        return self.net_revenue - (self.fees or zero) - (self.cost or zero) - (self.spend or zero)

    @property
    def blended_roas(self) -> float | None:
        """Net revenue over spend, also called marketing efficiency ratio; None without spend."""
        return _float(quotient(self.net_revenue, self.spend))

    @property
    def aov(self) -> Decimal | None:
        """Gross revenue by order; None without orders."""
        return quotient(self.gross_revenue, self.orders)

    @property
    def spend_per_order(self) -> Decimal | None:
        return quotient(self.spend, self.orders)

    @property
    def platform_roas(self) -> float | None:
        """What the platforms claim over spend; None without spend."""
        return _float(quotient(self.platform_revenue, self.spend))


def figures_of(sums: Sums, currency: str) -> Figures:
    """Of one sum by itself."""
    return Figures(
        currency=currency,
        orders=sums.orders,
        units=sums.units,
        gross_revenue=cents(sums.gross),
        refunds=cents(sums.refunds),
        fees=_known_cents(sums.fees),
        cost=_known_cents(sums.cost),
        spend=_known_cents(sums.spend),
        coverage=coverage_of(sums),
        sums=sums,
        platform_revenue=_known_cents(sums.claimed),
    )


def _known_cents(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else cents(amount)


def coverage_of(sums: Sums) -> float | None:
    """The share of the net revenue that is covered; None without any.

    On a day with more refunds than sales one of both parts may be below zero: sizes keep the share between 0 and 1.
    """
    # Shares of sales and refunds that are equal may differ by noise, of which no share can be told.
    covered, rest = (abs(without_noise(each)) for each in (sums.covered, sums.net - sums.covered))
    return _float(quotient(covered, covered + rest))


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


def _gaps(sums: Sums) -> Iterator[RevenueGap]:
    for what, missing in (("revenue", sums.no_rate_sales), ("ad spend", sums.no_rate_spend)):
        for currency, without in sorted(missing.items()):
            yield _without_rate(what, currency, without)
    for code, missing_of, message in (
        (RevenueGapCode.COST_MISSING, sums.cost_missing, "What {} cost is not known, so it is not taken off."),
        (RevenueGapCode.FEES_MISSING, sums.fees_missing, "The fees of {} are not known, so they are not taken off."),
        (
            RevenueGapCode.TAX_UNKNOWN,
            sums.tax_unknown,
            "{} came by channels that say no tax: the prices count as they are.",
        ),
    ):
        if missing_of.count or cents(missing_of.amount):
            noun = "product" if code is RevenueGapCode.COST_MISSING else "order"
            yield _gap(code, missing_of, message.format(_counted(missing_of.count, noun)))
    if sums.unsynced_days:
        days = _counted(sums.unsynced_days, "day")
        message = f"The sales of a channel are not known on {days}: nothing was read or pushed."
        yield RevenueGap(RevenueGapCode.SALES_NOT_SYNCED, message, sums.unsynced_days, None)
    if sums.unlinked_sales.count or cents(sums.unlinked_sales.amount):
        message = f"{_counted(sums.unlinked_sales.count, 'order')} sold something that is linked to no product."
        yield _gap(RevenueGapCode.NOT_LINKED, sums.unlinked_sales, message)
    if cents(sums.unlinked_spend.amount):
        count = len(sums.unlinked_spend.days)
        message = f"On {_counted(count, 'day')} ads that are linked to no product spent money."
        yield RevenueGap(RevenueGapCode.NOT_LINKED, message, count, cents(sums.unlinked_spend.amount))


def _gap(code: RevenueGapCode, missing: Missing, message: str) -> RevenueGap:
    return RevenueGap(code, message, missing.count, cents(missing.amount))


def _without_rate(what: str, currency: str, without: OnDays) -> RevenueGap:
    days, amount = _counted(len(without.days), "day"), cents(without.amount)
    message = (
        f"No exchange rate is known on {days} from {min(without.days)} to {max(without.days)}:"
        f" {what} of {amount} {currency} is left out."
    )
    return RevenueGap(RevenueGapCode.NO_FX_RATE, message, len(without.days), amount)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
