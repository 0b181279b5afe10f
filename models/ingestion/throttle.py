"""How much of an ad platform's limits is used up, by account of the platform and for the whole app.

The table belongs to no tenant, because tenants that connect the same account share its limits.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, col, select

from models.columns import Row, TextEnum, dated, one_of
from models.database import WriteSession
from models.platform import Platform


class VendorThrottle(Row, table=True):
    """`utilisation` is the used fraction of the limit of this `kind`; no call is made before `blocked_until`."""

    __tablename__ = "vendor_throttle"
    __table_args__ = (one_of("platform", Platform),)

    platform: Platform = Field(primary_key=True, sa_type=TextEnum(Platform))
    external_account_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    utilisation: float = 0.0
    blocked_until: datetime | None = None
    updated_at: datetime = dated()


# Stands in place of an account's id in rows of limits that count every call of the installation.
WHOLE_APP = ""


async def throttles_over(
    session: WriteSession, platform: Platform, external_account_id: str
) -> Sequence[VendorThrottle]:
    """The limits of the account, whichever tenants share it, and those of the whole app."""
    query = select(VendorThrottle).where(
        VendorThrottle.platform == platform,
        col(VendorThrottle.external_account_id).in_((WHOLE_APP, external_account_id)),
    )
    return (await session.exec(query)).all()


async def keep_throttles(session: WriteSession, throttles: Sequence[VendorThrottle]) -> None:
    """Stores the newest readings. `blocked_until` never moves back, because other workers' answers may be older."""
    # Always in the same order, so that two workers that write the same limits cannot end in a deadlock.
    rows = sorted((row.model_dump() for row in throttles), key=lambda row: (row["external_account_id"], row["kind"]))
    if not rows:
        return
    new = insert(VendorThrottle).values(rows)
    statement = new.on_conflict_do_update(
        index_elements=["platform", "external_account_id", "kind"],
        set_={
            "utilisation": new.excluded.utilisation,
            "updated_at": new.excluded.updated_at,
            "blocked_until": func.greatest(col(VendorThrottle.blocked_until), new.excluded.blocked_until),
        },
    )
    await (await session.connection()).execute(statement)


async def forget_throttles(session: WriteSession, *, before: datetime) -> int:
    """Deletes readings from before the instant that block nothing after it; answers how many."""
    until = func.greatest(col(VendorThrottle.blocked_until), col(VendorThrottle.updated_at))
    return (await (await session.connection()).execute(delete(VendorThrottle).where(until < before))).rowcount
