"""The days and accounts of a question as SQL conditions and columns; knows no metric."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Date, FromClause, and_, case, literal, or_

from models.columns import is_any
from models.insights.question import AccountDays, InsightsQuestion
from models.insights.statements.groups import Column, period_within
from models.thin.compiled import TENANT


def within(spans: Sequence[AccountDays], facts: FromClause) -> ColumnElement[bool]:
    """The condition that a row of `facts` is the tenant's, and that its account and day are within one of the spans.

    Of rows about sets of breakdowns it is those of the set from which the span is read.
    """
    return and_(facts.c.tenant_id == TENANT, or_(*(_is_of_span(span, facts) for span in spans)))


def _is_of_span(span: AccountDays, facts: FromClause) -> ColumnElement[bool]:
    is_of = is_any(facts.c.ad_account_id, span.ad_account_ids)
    is_within = and_(is_of, facts.c.day.between(span.days.start, span.days.end))
    if "breakdown_set" not in facts.c:
        return is_within
    return and_(is_within, facts.c.breakdown_set == span.breakdown_set)


def period_in(question: InsightsQuestion, start: Column, *, account: Column) -> tuple[Column, Column]:
    """The first and the last day of the period that begins on `start`, cut to the range of the account's span."""
    spans = [(is_any(account, span.ad_account_ids), span.days) for span in question.spans]
    first = case(*((is_of, literal(days.start, Date())) for is_of, days in spans))
    last = case(*((is_of, literal(days.end, Date())) for is_of, days in spans))
    return period_within(start, question.grain, first=first, last=last)
