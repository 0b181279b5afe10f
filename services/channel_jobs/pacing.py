"""How often channels are read while a marketplace counts the calls of the whole installation by the day.

All processes pace by one row, which says what the marketplace told last; until it tells, by what the settings say.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from analytics.clock import Clock
from models.channels.calls import ChannelCalls, calls_of_marketplace, count_channels_that_are_read, keep_calls
from models.channels.channel import ChannelKind
from models.database import Database
from services.tools import Marketplaces

# What a reading of a channel costs, by and large: the pages of its orders and listings, and fees of some orders. Where
# one costs more, fewer calls are left, and the pauses get longer by themselves.
CALLS_OF_A_READING = 10
# No channel waits longer for a reading than this, however few calls are left, unless somebody wants it so.
LONGEST_PAUSE = timedelta(hours=6)
_DAY = timedelta(hours=24)


def paced(wanted: timedelta, *, left_today: int, channels: int) -> timedelta:
    """The pause between two readings of each channel: as wanted, or longer where the calls would not last.

    Calls come back 24 hours after they were made. So what is left is spread over the next 24 hours, alike over all
    channels; readings settle at half of the limit, and the other half is for what people do. Never shorter than
    `wanted`, and never longer than six hours, or than `wanted` where that is longer.
    """
    readings = left_today / CALLS_OF_A_READING
    longest = max(wanted, LONGEST_PAUSE)
    if readings * longest <= _DAY * channels:
        return longest
    return max(wanted, _DAY * channels / readings)


async def calls_left(db: Database, clock: Clock, selling: Marketplaces) -> Mapping[ChannelKind, tuple[int, int]]:
    """For each marketplace that counts calls by the day: how many are left, and how many channels are read by them."""
    counted = {kind: day for kind, each in selling.items() if (day := each.day) is not None}
    if not counted:
        return {}
    async with db.sweep(reason="pace the reading of channels") as session:
        return {
            kind: (
                _left(await calls_of_marketplace(session, kind), day.per_day, clock()),
                await count_channels_that_are_read(session, kind),
            )
            for kind, day in counted.items()
        }


async def keep_what_was_told(db: Database, selling: Marketplaces, kind: ChannelKind) -> None:
    """Stores for all processes what the marketplace told this one last of the calls that are left."""
    marketplace = selling.get(kind)
    day = None if marketplace is None else marketplace.day
    if day is None or day.left_today is None or day.told_at is None:
        return
    async with db.write(None) as session:
        calls = ChannelCalls(kind=kind, per_day=day.per_day, left_today=day.left_today, told_at=day.told_at)
        await keep_calls(session, calls)


def _left(told: ChannelCalls | None, per_day: int, now: datetime) -> int:
    """What was told a day ago says nothing any more: all calls before it have come back."""
    return per_day if told is None or now - told.told_at >= _DAY else told.left_today
