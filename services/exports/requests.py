"""Asking for an export: whether it is allowed, its row and its place on the queue; and the list of exports."""

from typing import Protocol
from uuid import UUID

from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import MixedCurrency, NotFound, QueryTooComplex, Refused, UserErrorCode
from models.audit.entry import kind_of, record
from models.database import Database, WriteSession
from models.exports.export import Export, ExportFormat, count_exports, exports_by_ids, list_exports
from models.ids import new_id
from models.keyset import KeysetPage, Window
from models.queue.enqueue import enqueue
from models.tenants.tenant import hold_tenant
from services.billing.plans import QuotaKind
from services.billing.quotas import spend, writable_entitlement
from services.idempotency import Answer, KeyedCall, once
from services.insights.question_text import kept_question
from services.insights.questions import prepare
from services.insights.request import InsightsRequest
from services.tools import HasClock, HasDb, HasVendors

EXPORT_TASK = "export.write"
_STORED_NAME = "exportInsights"


class ExportTools(HasDb, HasClock, HasVendors, Protocol):
    """What asks for an export: without Stripe all have the FREE plan and its quota."""


async def request_export(
    tools: ExportTools,
    viewer: Viewer,
    request: InsightsRequest,
    wanted: ExportFormat,
    *,
    byte_order_mark: bool = False,
    idempotency_key: str | None = None,
) -> Export:
    """Queues an export of all rows of the answer; needs EXPORT.

    Raises BadInput for a question that has no answer, and Refused: INVALID, NOT_FOUND, MIXED_CURRENCY, QUOTA_EXCEEDED,
    CONFLICT for a key that came with another input.
    """
    require(viewer, Permission.EXPORT)
    if byte_order_mark and wanted is not ExportFormat.CSV:
        message = "A byte order mark is for CSV alone: other formats say by themselves how they are written."
        raise Refused(UserErrorCode.INVALID, message, field="byte_order_mark")
    kept = kept_question(request)

    async def insert() -> Answer:
        await _check(tools, viewer, request)
        async with tools.db.write(viewer) as session:
            export = Export(
                tenant_id=session.tenant_id,
                id=new_id(),
                format=wanted,
                question=kept,
                byte_order_mark=byte_order_mark,
                requested_by_kind=kind_of(viewer),
                requested_by_user_id=viewer.user_id,
                requested_by_api_key_id=viewer.api_key_id,
                created_at=tools.clock(),
            )
            await _insert(tools, session, viewer, export)
        return {"export_id": str(export.id)}

    given = {"question": kept, "format": wanted.value, "byte_order_mark": byte_order_mark}
    call = KeyedCall(_STORED_NAME, idempotency_key, given)
    answer = await once(tools.db, tools.clock, viewer, call, insert)
    async with tools.db.read(viewer) as session:
        found = await exports_by_ids(session, [UUID(answer["export_id"])])
    if not found:
        raise Refused(UserErrorCode.NOT_FOUND, "The export that this key has made is gone.", field="idempotency_key")
    return found[0]


async def exports(db: Database, viewer: Viewer, window: Window) -> KeysetPage[Export]:
    """One page of the tenant's exports, the newest first; needs EXPORT."""
    require(viewer, Permission.EXPORT)
    async with db.read(viewer) as session:
        return await list_exports(session, window)


async def number_of_exports(db: Database, viewer: Viewer) -> int:
    """How many exports the tenant has; needs EXPORT."""
    require(viewer, Permission.EXPORT)
    async with db.read(viewer) as session:
        return await count_exports(session)


async def enqueue_export(session: WriteSession, export_id: UUID) -> None:
    """Puts the export on the queue with the caller's transaction; of one tenant one file is written at a time."""
    tenant_id = str(session.tenant_id)
    await enqueue(
        session,
        EXPORT_TASK,
        lock=f"export:{tenant_id}",
        queueing_lock=str(export_id),
        tenant_id=tenant_id,
        export_id=str(export_id),
    )


async def _check(tools: ExportTools, viewer: Viewer, request: InsightsRequest) -> None:
    """Raises Refused and BadInput for a question that has no answer, before anything is counted."""
    try:
        async with tools.db.read(viewer, is_snapshot=True) as session:
            await prepare(session, request, now=tools.clock(), has_meta=False)
    except NotFound as error:
        raise Refused(UserErrorCode.NOT_FOUND, error.message, field="request") from error
    except MixedCurrency as error:
        raise Refused(UserErrorCode.MIXED_CURRENCY, error.message, field="request") from error
    except QueryTooComplex as error:
        raise Refused(UserErrorCode.INVALID, error.message, field="request") from error


async def _insert(tools: ExportTools, session: WriteSession, viewer: Viewer, export: Export) -> None:
    # Until the end of this transaction nobody closes the tenant, whose erasure would else miss the row.
    await hold_tenant(session)
    allowed = await writable_entitlement(tools.clock, tools.vendors.billing, session)
    await spend(tools.clock, session, allowed, QuotaKind.EXPORTS_PER_DAY)
    session.add(export)
    await session.flush()
    await enqueue_export(session, export.id)
    record(
        session,
        viewer,
        action="export.requested",
        target_type="Export",
        target_id=export.id,
        after={"format": export.format.value},
    )
