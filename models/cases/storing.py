"""Queries of order cases for what syncs and acts: those that are open, and locks on rows that are about to change."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.cases.case import OrderCase, OrderCaseKind, OrderCaseStatus
from models.columns import is_any_text
from models.database import ReadSession, WriteSession


def _rows(session: ReadSession | WriteSession) -> SelectOfScalar[OrderCase]:
    return select(OrderCase).where(OrderCase.tenant_id == session.tenant_id)


async def open_cases(session: ReadSession | WriteSession, channel_id: UUID) -> list[tuple[OrderCaseKind, str]]:
    """Kind and the channel's id of each case of the channel that is not closed, the oldest first."""
    is_wanted = (OrderCase.channel_id == channel_id, OrderCase.status != OrderCaseStatus.CLOSED)
    query = _rows(session).where(*is_wanted).order_by(col(OrderCase.opened_at), col(OrderCase.id))
    return [(case.kind, case.external_id) for case in (await session.exec(query)).all()]


async def cases_for_update(session: WriteSession, channel_id: UUID, external_ids: Sequence[str]) -> list[OrderCase]:
    """The channel's cases with these ids, of any kind, locked until the session ends."""
    is_wanted = (OrderCase.channel_id == channel_id, is_any_text(OrderCase.external_id, external_ids))
    # Always in one order, so that two that lock the same cases do not wait for each other in a circle.
    query = _rows(session).where(*is_wanted).order_by(col(OrderCase.id)).with_for_update()
    return list((await session.exec(query)).all())


async def case_for_update(session: WriteSession, case_id: UUID) -> OrderCase | None:
    """The case, locked until the session ends; read anew, even if the session has read it before."""
    query = _rows(session).where(OrderCase.id == case_id).with_for_update()
    return (await session.exec(query, execution_options={"populate_existing": True})).one_or_none()
