"""Until when a marketplace takes no calls of this installation; of no tenant, because all of them share its limits."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, col, select

from models.channels.channel import ChannelKind
from models.columns import Row, TextEnum, dated, one_of
from models.database import ReadSession, WriteSession

# Stands in place of an area where a marketplace limits all calls together.
WHOLE_MARKETPLACE = ""


class ChannelThrottle(Row, table=True):
    """`area` is a part of the marketplace's API that is limited for itself, such as `sell.inventory`."""

    __tablename__ = "channel_throttle"
    __table_args__ = (one_of("kind", ChannelKind),)

    kind: ChannelKind = Field(primary_key=True, sa_type=TextEnum(ChannelKind))
    area: str = Field(primary_key=True)
    blocked_until: datetime = dated()


async def throttles_of_marketplace(session: ReadSession | WriteSession, kind: ChannelKind) -> Sequence[ChannelThrottle]:
    """Those that are over as well, until they are forgotten."""
    return (await session.exec(select(ChannelThrottle).where(ChannelThrottle.kind == kind))).all()


async def keep_channel_throttle(session: WriteSession, throttle: ChannelThrottle) -> None:
    """`blocked_until` never moves back, because other workers' answers may be older."""
    new = insert(ChannelThrottle).values(throttle.model_dump())
    later = func.greatest(col(ChannelThrottle.blocked_until), new.excluded.blocked_until)
    statement = new.on_conflict_do_update(index_elements=["kind", "area"], set_={"blocked_until": later})
    await (await session.connection()).execute(statement)


async def forget_channel_throttles(session: WriteSession, *, before: datetime) -> int:
    """Deletes what was over at the instant; answers how many."""
    statement = delete(ChannelThrottle).where(col(ChannelThrottle.blocked_until) < before)
    return (await (await session.connection()).execute(statement)).rowcount
