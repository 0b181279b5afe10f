"""Custom metrics: lists, saves and deletes the formulas of a tenant; analytics/metrics/custom/ says which are good."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from analytics.clock import Clock
from analytics.enums import MetricUnit
from analytics.metrics.custom.formula_book import BUILT_IN, CustomFormula
from analytics.metrics.custom.terms import FormulaFault
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import NotFound, Refused, UserErrorCode
from models.audit.entry import record
from models.billing.usage_counter import lock_quotas
from models.database import Database, WriteSession
from models.insights.custom_metric import MOST_CUSTOM_METRICS, CustomMetric, book_of, custom_metrics
from models.tenants.tenant import NO_TENANT
from services.people.names import checked_name

LONGEST_KEY = 64
_KEY = re.compile(r"[a-z][A-Za-z0-9]*")
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class CustomMetricWish:
    """What somebody wants a custom metric to be."""

    key: str
    name: str
    formula: str
    unit: MetricUnit
    higher_is_better: bool | None


async def all_custom_metrics(db: Database, viewer: Viewer) -> Sequence[CustomMetric]:
    """The tenant's custom metrics in order of key; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await custom_metrics(session)


async def save_custom_metric(db: Database, clock: Clock, viewer: Viewer, wish: CustomMetricWish) -> CustomMetric:
    """Makes the metric with this key, or changes it; needs EDIT_NAMING.

    Raises Refused: INVALID, FORMULA_INVALID, QUOTA_EXCEEDED for the one after the 200th, CONFLICT when metrics that use
    this one would have no meaning any more.
    """
    require(viewer, Permission.EDIT_NAMING)
    _check_key(wish.key)
    name = checked_name(wish.name, what="A metric's name", field="name")
    async with db.write(viewer) as session:
        stored = await _lock_custom_metrics(session)
        _check_formula(wish, stored.values())
        known = stored.get(wish.key)
        if known is None and len(stored) >= MOST_CUSTOM_METRICS:
            message = f"A tenant has at most {MOST_CUSTOM_METRICS} custom metrics: delete one that nobody needs."
            raise Refused(UserErrorCode.QUOTA_EXCEEDED, message)
        before = None if known is None else _shown(known)
        wanted = {**asdict(wish), "name": name}
        metric = known or CustomMetric(tenant_id=session.tenant_id, created_at=clock(), **wanted)
        metric.sqlmodel_update(wanted)
        if _shown(metric) != before:
            metric.updated_at = clock()
            session.add(metric)
            record(
                session,
                viewer,
                action="custom_metric.saved",
                target_type="CustomMetric",
                target_id=metric.id,
                before=before,
                after=_shown(metric),
            )
    return metric


async def delete_custom_metric(db: Database, viewer: Viewer, key: str) -> CustomMetric:
    """Deletes the metric with this key and answers it as it was; needs EDIT_NAMING.

    Raises Refused: NOT_FOUND, CONFLICT while other metrics use it.
    """
    require(viewer, Permission.EDIT_NAMING)
    async with db.write(viewer) as session:
        stored = await _lock_custom_metrics(session)
        metric = stored.get(key)
        if metric is None:
            raise Refused(UserErrorCode.NOT_FOUND, "There is no custom metric with this key.", field="key")
        if users := book_of(stored.values()).users_of(key):
            message = f"{_named(users)} {key}: change or delete what uses it first."
            raise Refused(UserErrorCode.CONFLICT, message, field="key")
        await session.delete(metric)
        record(
            session,
            viewer,
            action="custom_metric.deleted",
            target_type="CustomMetric",
            target_id=metric.id,
            before=_shown(metric),
        )
    return metric


async def _lock_custom_metrics(session: WriteSession) -> dict[str, CustomMetric]:
    """The tenant's metrics by key, which nobody else changes before the session ends; NotFound for a deleted tenant.

    One change at a time: of two that are good by themselves, both together could make a circle, or one too many.
    """
    if not await lock_quotas(session):
        raise NotFound(NO_TENANT)
    return {each.key: each for each in await custom_metrics(session)}


def _check_key(key: str) -> None:
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        raise Refused(
            UserErrorCode.INVALID,
            f"A metric's key is in lower camel case, such as profitPerClick: a small letter, then letters and digits, "
            f"{LONGEST_KEY} at most.",
            field="key",
        )
    if key in BUILT_IN:
        raise Refused(UserErrorCode.FORMULA_INVALID, f"{key} is a built-in metric: choose another key.", field="key")


def _check_formula(wish: CustomMetricWish, stored: Iterable[CustomMetric]) -> None:
    """Raises Refused unless the formula is good beside the stored ones, and those that use the metric stay good."""
    book = book_of(stored, CustomFormula(wish.key, wish.formula, wish.unit))
    try:
        book.check(wish.key)
    except FormulaFault as fault:
        raise Refused(UserErrorCode.FORMULA_INVALID, str(fault), field="formula") from fault
    if broken := book.broken_by(wish.key):
        message = f"{_named(broken)} {wish.key}, and would have no meaning any more: change what uses it first."
        raise Refused(UserErrorCode.CONFLICT, message, field="formula")


def _named(users: Sequence[str]) -> str:
    """The subject of a sentence: `a, b and 3 more use`."""
    shown, more = users[:_MOST_NAMED], len(users) - _MOST_NAMED
    names = [*shown, f"{more} more"] if more > 0 else shown
    if len(names) == 1:
        return f"{names[0]} uses"
    return f"{', '.join(names[:-1])} and {names[-1]} use"


def _shown(metric: CustomMetric) -> dict[str, Any]:
    """What the audit log says of a metric."""
    return metric.model_dump(mode="json", include={"key", "name", "formula", "unit", "higher_is_better"})
