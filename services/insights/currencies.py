"""In which currency an answer tells its money, and when money of several currencies is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from analytics.enums import EntityLevel
from errors import MixedCurrency
from models.ads.ad_account import AdAccount
from models.database import ReadSession
from models.insights.accounts import tenant_currency
from models.insights.conversion import load_conversion
from models.insights.days import StoredDays, stored_currencies
from models.insights.question import AccountDays, InsightsQuestion
from services.insights.request import InsightsRequest


async def load_currency(session: ReadSession, accounts: Sequence[AdAccount]) -> str:
    """The currency of all accounts; the tenant's where there are none; empty where they differ."""
    currencies = {account.currency for account in accounts}
    if not currencies:
        return await tenant_currency(session)
    return currencies.pop() if len(currencies) == 1 else ""


async def converted(session: ReadSession, request: InsightsRequest, question: InsightsQuestion) -> InsightsQuestion:
    """The question with the conversion of its money, where a currency is asked for.

    It is of the question and not of what is selected: cursors are for whichever fields the next page has.
    """
    if request.currency is None:
        return question
    conversion = await load_conversion(session, request.currency, question.spans, question.read_days)
    return replace(question, conversion=conversion)


def needs_one_currency(request: InsightsRequest) -> bool:
    """Whether amounts are compared, or are all that the answer adds up: they must have one currency then.

    In any other answer a sum over several currencies is null, and the other numbers stay. A ratio of two amounts is
    compared with those of other groups, but over all accounts together it has no value to compare.
    """
    is_of_all = request.level is EntityLevel.TENANT
    compares = any(each.is_in_currency or (is_of_all and each.is_money) for each in request.compared)
    return compares or _adds_money_alone(request)


async def check_one_currency(
    session: ReadSession, request: InsightsRequest, question: InsightsQuestion, stored: Mapping[UUID, StoredDays]
) -> None:
    """Raises MixedCurrency where the stored amounts have several currencies, those of the comparison included."""
    currencies = {currency for days in stored.values() for currency in days.currencies}
    if any(key.is_change for key in request.sort):
        before = [
            AccountDays(span.ad_account_ids, span.compared, breakdown_set=span.compared_set)
            for span in question.spans
            if span.compared
        ]
        currencies |= {*await stored_currencies(session, before)} if before else set()
    if len(currencies) > 1:
        raise MixedCurrency(
            f"The numbers are in several currencies ({_listed(currencies)}), which are neither added up nor compared:"
            " ask for one `currency` to convert them into, ask about ad accounts of one currency, or ask without money."
        )


def _listed(currencies: set[str]) -> str:
    return ", ".join(sorted(currencies))


def _adds_money_alone(request: InsightsRequest) -> bool:
    """Whether the answer has nothing but sums of money over all accounts, and ratios of them."""
    if request.level is not EntityLevel.TENANT and request.has_rows:
        return False
    shown = request.shown
    is_money_alone = bool(shown.measures) and all(each.is_money for each in shown.measures)
    return is_money_alone and not shown.actions
