"""What refreshes have learned about an account: what the platform answered, and what it refused."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field

from models.columns import JSON, Row, tenant_key
from models.database import ReadSession, WriteSession


class FetchMemory(Row, table=True):
    """What was learned about one kind of question.

    The kind decides what `worked` and `refused` hold: ways to ask, sizes of pages, fields and rules that are left out.
    `refused_at` says from when on they count. `rows_each` is the number of rows of a day or a period, of the newest.
    """

    __tablename__ = "fetch_memory"
    __table_args__ = (tenant_key("ad_account_id", "ad_account"),)

    tenant_id: UUID = Field(primary_key=True)
    ad_account_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    worked: list[Any] = Field(default_factory=list, sa_type=JSON)
    refused: list[Any] = Field(default_factory=list, sa_type=JSON)
    refused_at: datetime | None = None
    rows_each: float | None = None
    updated_at: datetime


async def fetch_memory(session: ReadSession | WriteSession, ad_account_id: UUID, kind: str) -> FetchMemory | None:
    return await session.get(FetchMemory, (session.tenant_id, ad_account_id, kind))


async def store_fetch_memory(session: WriteSession, memory: FetchMemory) -> None:
    """Replaces what was stored for this account and kind of question."""
    row = memory.model_dump()
    key = ("tenant_id", "ad_account_id", "kind")
    learned = {name: value for name, value in row.items() if name not in key}
    upsert = insert(FetchMemory).values(**row).on_conflict_do_update(index_elements=key, set_=learned)
    await (await session.connection()).execute(upsert)
