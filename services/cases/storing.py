"""Stores what a marketplace tells of cases; what we have no words for becomes a problem and costs nothing else."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from integrations.selling.records import RecordProblem, RemoteCase
from models.cases.case import CaseAction, OrderCase, OrderCaseKind, OrderCaseStatus
from models.cases.storing import cases_for_update
from models.database import WriteSession
from models.listener import notify_changes

_LONGEST_ID = 200
_LONGEST_TEXT = 1_000
# What the column holds.
_LARGEST = Decimal(10) ** 14

Word = TypeVar("Word", bound=StrEnum)


async def store_cases(
    session: WriteSession, channel_id: UUID, told: Sequence[RemoteCase]
) -> tuple[int, list[RecordProblem]]:
    """Stores new cases and what changed of known ones; answers how many, and what of them could not be stored.

    A state that we have no word for leaves the one that a case has. A new case waits for the seller then, since
    somebody has to look at it.
    """
    known = {
        (case.kind, case.external_id): case
        for case in await cases_for_update(session, channel_id, [each.external_id for each in told])
    }
    problems: list[RecordProblem] = []
    changed: dict[UUID, OrderCase] = {}
    for remote in told:
        kind = word_of(OrderCaseKind, remote.kind)
        if kind is None or not 0 < len(remote.external_id) <= _LONGEST_ID:
            problems.append(RecordProblem("This case cannot be stored: its kind or its id is unknown here."))
            continue
        problems += remote.problems
        values = _values(remote, problems)
        case = known.get((kind, remote.external_id))
        if case is None:
            values = {"status": OrderCaseStatus.AWAITING_SELLER, **values}
            case = OrderCase(
                tenant_id=session.tenant_id, channel_id=channel_id, kind=kind, external_id=remote.external_id, **values
            )
            known[kind, remote.external_id] = changed[case.id] = case
        elif any(getattr(case, name) != value for name, value in values.items()):
            changed[case.id] = _renewed(case, values)
    session.add_all(changed.values())
    await session.flush()
    await notify_changes(session, "ORDER_CASE", list(changed))
    return len(changed), problems


def word_of(words: type[Word], text: str | None) -> Word | None:
    """The member of this value; None where there is none."""
    return next((word for word in words if word.value == text), None)


def _values(remote: RemoteCase, problems: list[RecordProblem]) -> dict[str, Any]:
    """What is stored besides kind and id; a status only where it is one of ours."""
    status = word_of(OrderCaseStatus, remote.status)
    if status is None and not any(problem.field == "status" for problem in remote.problems):
        reason = f"The state {remote.status or 'is missing'} is not known here."
        problems.append(RecordProblem(reason, "status", remote.external_id))
    currency, amount = remote.currency, remote.amount
    if not _is_money(currency, amount):
        currency = amount = None
        if remote.amount is not None:
            problems.append(RecordProblem("The amount cannot be read.", "amount", remote.external_id))
    return {
        **({} if status is None else {"status": status}),
        "order_external_id": _short(remote.order_external_id, _LONGEST_ID),
        "reason": _short(remote.reason),
        "currency": currency,
        "amount": amount,
        "opened_at": remote.opened_at,
        "respond_by": remote.respond_by,
        "closed_at": remote.closed_at,
        "outcome": _short(remote.outcome),
        "actions": _actions(remote),
        "details": dict(remote.details),
    }


def _actions(remote: RemoteCase) -> list[str]:
    """Those that we have words for; what the marketplace did not tell is unknown, and nothing is offered then."""
    return [word.value for each in remote.actions if (word := word_of(CaseAction, each)) is not None]


def _is_money(currency: str | None, amount: Decimal | None) -> bool:
    if currency is None or amount is None or not amount.is_finite():
        return False
    is_currency = len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()  # noqa: PLR2004 - the letters of ISO 4217
    return is_currency and abs(amount) < _LARGEST


def _short(text: str | None, most: int = _LONGEST_TEXT) -> str | None:
    # Postgres keeps no NUL in a text.
    return None if text is None else text.replace("\0", "")[:most]


def _renewed(case: OrderCase, values: dict[str, Any]) -> OrderCase:
    for name, value in values.items():
        setattr(case, name, value)
    case.version += 1
    return case
