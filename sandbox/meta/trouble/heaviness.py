"""Owns which insights questions are too heavy, and how they are refused; must not read rows."""

from sandbox.meta.errors import GraphError, too_much_data
from sandbox.meta.insights.report import Report
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from sandbox.meta.trouble.limits import Heaviness


def check_call(report: Report) -> None:
    """For every question, also that of a report run."""
    limits = report.sandbox.heaviness
    if limits.most_rows is not None and report.rows_at_most > limits.most_rows:
        raise GraphError("(#100) The request exceeds the limit of data per call", 100, 1487534)


def check_page(report: Report, limit: int) -> None:
    """For a synchronous page; `limit` is its number of rows."""
    check_call(report)
    limits = report.sandbox.heaviness
    if _is_broken(report) or _exceeds(limit * len(report.query.fields) * report.days, limits.page_budget):
        raise too_much_data()
    if limits.sync_rows is not None and report.rows_at_most > limits.sync_rows:
        raise _timeout(limits, report.rows_at_most)


def check_run_page(limits: Heaviness, weight: int) -> None:
    """For a page of a run, limit times fields: its days were computed before."""
    if _exceeds(weight, limits.page_budget):
        raise too_much_data()


def run_fate(report: Report) -> FaultRule | None:
    """Why a run over this question cannot end well."""
    largest = report.sandbox.heaviness.run_rows
    if largest is not None and report.rows_at_most > largest:
        message = "The report is too large: please reduce the time range or the breakdowns"
        return FaultRule(FaultKind.RUN_FAILED, message=message, code=-3, subcode=1504045)
    if _is_broken(report):
        return FaultRule(FaultKind.RUN_FAILED, message="The report failed", code=-2, subcode=2490547)
    return None


def _exceeds(number: int, limit: int | None) -> bool:
    return limit is not None and number > limit


def _timeout(limits: Heaviness, rows: int) -> GraphError:
    if rows <= 2 * (limits.sync_rows or 0):
        return GraphError("Service temporarily unavailable: the request timed out", 2, 1504038, 500, is_transient=True)
    return GraphError("(#100) The request timed out. Please try an asynchronous report run", 100, 1504018)


def _is_broken(report: Report) -> bool:
    if not report.sandbox.broken_fields:
        return False
    ads = {ad.ad_id for ad in report.ads}
    return any(
        broken.level == report.query.level
        and broken.field in report.query.fields
        and broken.ad_id in ads
        and any(since <= broken.day <= until for since, until in report.periods)
        for broken in report.sandbox.broken_fields
    )
