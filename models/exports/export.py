"""The table of exports: a question about insights whose whole answer becomes a file, and the named queries on it.

The queue only tells workers to write the file. The row has the question, the state, and where the file is.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ColumnElement, Index, Uuid, any_, func, literal, update
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.ads.ad_account import AdAccount
from models.audit.actor import ActorKind
from models.columns import JSON, TenantRow, TextEnum, dated, is_any, one_of
from models.database import ReadSession, WriteSession
from models.keyset import KeysetPage, Listing, Ordering, Window, count_rows, load_page
from models.thin.compiled import TENANT
from models.thin.records import by_ids, rows


class ExportFormat(StrEnum):
    PARQUET = "PARQUET"
    CSV = "CSV"
    JSONL = "JSONL"


class ExportStatus(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


UNFINISHED = (ExportStatus.QUEUED, ExportStatus.RUNNING)
_UUIDS = ARRAY(Uuid())


class Export(TenantRow, table=True):
    """A worker's writes are fenced by `run_id`. `version` rises with every change and orders events.

    `object_key` is where the file is, or will be, in the storage; null once it was deleted. `ad_account_ids` are the
    accounts whose numbers are in the file, known when it is written.
    """

    __tablename__ = "export"
    __table_args__ = (
        one_of("format", ExportFormat),
        one_of("status", ExportStatus),
        one_of("requested_by_kind", ActorKind),
        CheckConstraint("progress between 0 and 1", name="progress"),
        Index(None, "tenant_id", "created_at", "id"),
        # For chores, which look over all tenants.
        Index("ix_export_unfinished", "heartbeat_at", postgresql_where="status in ('QUEUED', 'RUNNING')"),
        Index("ix_export_stored", "expires_at", postgresql_where="object_key is not null"),
    )

    format: ExportFormat = Field(sa_type=TextEnum(ExportFormat))
    status: ExportStatus = Field(default=ExportStatus.QUEUED, sa_type=TextEnum(ExportStatus))
    question: dict[str, Any] = Field(sa_type=JSON)
    byte_order_mark: bool = False
    requested_by_kind: ActorKind = Field(sa_type=TextEnum(ActorKind))
    requested_by_user_id: UUID | None = None
    requested_by_api_key_id: UUID | None = None
    ad_account_ids: list[UUID] = Field(default_factory=list, sa_type=_UUIDS)
    progress: float = 0.0
    rows: int | None = Field(default=None, sa_type=BigInteger)
    bytes: int | None = Field(default=None, sa_type=BigInteger)
    sha256: str | None = None
    error: str | None = None
    object_key: str | None = None
    run_id: UUID | None = None
    heartbeat_at: datetime = dated()
    created_at: datetime = dated()
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    version: int = Field(default=1, sa_type=BigInteger)


_NEWEST_FIRST = Ordering("export", key=col(Export.created_at), row_id=col(Export.id), descending=True)
_by_ids = by_ids(Export, col(Export.tenant_id) == TENANT)


def _rows(session: ReadSession | WriteSession) -> SelectOfScalar[Export]:
    return select(Export).where(Export.tenant_id == session.tenant_id)


async def list_exports(session: ReadSession, window: Window) -> KeysetPage[Export]:
    """One page, the newest first; raises BadInput for a cursor of another list."""
    return await load_page(session, Listing(_rows(session), _NEWEST_FIRST), window)


async def count_exports(session: ReadSession) -> int:
    return await count_rows(session, _rows(session))


async def exports_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[Export]:
    return await rows(session, Export, _by_ids(), {"ids": ids})


async def export_for_update(session: WriteSession, export_id: UUID) -> Export | None:
    """The export, locked until the session ends; read anew, even if the session has read it before."""
    query = _rows(session).where(Export.id == export_id).with_for_update()
    return (await session.exec(query, execution_options={"populate_existing": True})).one_or_none()


async def advance_export(session: WriteSession, export_id: UUID, run_id: UUID, *, progress: float) -> int | None:
    """Stores how far a run is; answers the new version, and None when the export is no longer this run's."""
    change = (
        update(Export)
        .where(*_owned(session, export_id, run_id))
        .values(
            progress=func.greatest(col(Export.progress), progress),
            version=col(Export.version) + 1,
            heartbeat_at=func.now(),
        )
        .returning(col(Export.version))
    )
    version: int | None = (await (await session.connection()).execute(change)).scalar_one_or_none()
    return version


def _owned(session: WriteSession, export_id: UUID, run_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Export.tenant_id) == session.tenant_id,
        col(Export.id) == export_id,
        col(Export.run_id) == run_id,
        col(Export.status) == ExportStatus.RUNNING,
    )


async def hold_accounts(session: WriteSession, ids: Sequence[UUID]) -> int:
    """Keeps these accounts from being deleted until the session ends; answers how many there are.

    To be called before the export is locked: who deletes an account locks it first too, then ends its exports.
    """
    query = select(AdAccount.id).where(AdAccount.tenant_id == session.tenant_id, is_any(AdAccount.id, ids))
    query = query.order_by(col(AdAccount.id)).with_for_update(read=True, key_share=True)
    return len((await session.exec(query)).all())


async def expire_exports_of(session: WriteSession, account_id: UUID, *, now: datetime) -> None:
    """Ends the links to all files with numbers of the account, which a chore deletes then."""
    change = (
        update(Export)
        .where(
            col(Export.tenant_id) == session.tenant_id,
            col(Export.object_key).is_not(None),
            literal(account_id, Uuid()) == any_(col(Export.ad_account_ids)),
        )
        .values(expires_at=now, version=col(Export.version) + 1)
    )
    await (await session.connection()).execute(change)
