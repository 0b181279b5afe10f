"""The table of data sets: files with the ad-days of an account, one for each period, and the named queries on it.

A row names an object in the storage of files. It outlives what it is of until that object is deleted.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Index, Uuid, any_, bindparam, delete, func, select, update
from sqlmodel import Field, col
from sqlmodel import select as select_rows

from models.columns import TenantRow, TextEnum, dated, is_any, one_of
from models.database import ReadSession, WriteSession
from models.thin.compiled import TENANT, compiled
from models.thin.records import rows


class DatasetPeriod(StrEnum):
    """How many days a data set has, up to the last refreshed one."""

    LAST_7_DAYS = "LAST_7_DAYS"
    LAST_30_DAYS = "LAST_30_DAYS"
    LAST_90_DAYS = "LAST_90_DAYS"
    LAST_365_DAYS = "LAST_365_DAYS"

    @property
    def days(self) -> int:
        return _DAYS[self]


_DAYS: Mapping[DatasetPeriod, int] = {
    DatasetPeriod.LAST_7_DAYS: 7,
    DatasetPeriod.LAST_30_DAYS: 30,
    DatasetPeriod.LAST_90_DAYS: 90,
    DatasetPeriod.LAST_365_DAYS: 365,
}


class Dataset(TenantRow, table=True):
    """One without `ends_at` is the data set of its account and period; of the others the objects are deleted then.

    `data_version` is that of the account when it was read last, and `generated_at` the instant of that: a later reading
    that gives the same bytes raises both and leaves the object. There is no foreign key to the account, whose objects
    are still to be deleted when it is gone.
    """

    __tablename__ = "dataset"
    __table_args__ = (
        one_of("period", DatasetPeriod),
        Index(
            "ix_dataset_current",
            "tenant_id",
            "ad_account_id",
            "period",
            unique=True,
            postgresql_where="ends_at is null",
        ),
        # For the chore, which looks over all tenants.
        Index("ix_dataset_ended", "ends_at", postgresql_where="ends_at is not null"),
    )

    ad_account_id: UUID
    period: DatasetPeriod = Field(sa_type=TextEnum(DatasetPeriod))
    object_key: str
    rows: int = Field(sa_type=BigInteger)
    bytes: int = Field(sa_type=BigInteger)
    sha256: str
    data_version: int = Field(sa_type=BigInteger)
    generated_at: datetime = dated()
    ends_at: datetime | None = None


_IS_CURRENT = (col(Dataset.tenant_id) == TENANT, col(Dataset.ends_at).is_(None))
_IN_FORCE = compiled(
    select(Dataset).where(*_IS_CURRENT, col(Dataset.ad_account_id) == any_(bindparam("ids", type_=ARRAY(Uuid()))))
)


async def datasets_by_account(
    session: ReadSession | WriteSession, account_ids: Sequence[UUID]
) -> dict[tuple[UUID, DatasetPeriod], Dataset]:
    """The data sets of these accounts, by account and period."""
    found = await rows(session, Dataset, _IN_FORCE, {"ids": list(account_ids)})
    return {(each.ad_account_id, each.period): each for each in found}


async def current_datasets(session: WriteSession, account_id: UUID) -> dict[DatasetPeriod, Dataset]:
    """The data sets of an account that the caller has locked, by period."""
    query = select_rows(Dataset).where(
        Dataset.tenant_id == session.tenant_id, Dataset.ad_account_id == account_id, col(Dataset.ends_at).is_(None)
    )
    return {each.period: each for each in (await session.exec(query)).all()}


async def end_datasets_of(session: WriteSession, account_id: UUID, *, now: datetime) -> None:
    """Ends all data sets of an account, those too that were to end later: a chore deletes their objects."""
    is_of_account = (col(Dataset.tenant_id) == session.tenant_id, col(Dataset.ad_account_id) == account_id)
    change = update(Dataset).where(*is_of_account).values(ends_at=func.least(col(Dataset.ends_at), now))
    await (await session.connection()).execute(change)


async def forget_datasets(session: WriteSession, ids: Sequence[UUID]) -> None:
    """Deletes rows whose objects are gone."""
    is_one = (col(Dataset.tenant_id) == session.tenant_id, is_any(Dataset.id, ids))
    await (await session.connection()).execute(delete(Dataset).where(*is_one))
