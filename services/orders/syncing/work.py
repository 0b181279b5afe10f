"""The job that reads the orders of a channel: from the newest change that is stored to two minutes ago.

What is known of the reading moves on only when it is complete: `orders_read_to` is the newest change that was stored by
a complete reading, and never later than that reading began. The next one begins ten minutes before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.errors import IntegrationError, ObjectMissing, Throttled
from integrations.selling.records import OrderPage
from models.channel_jobs.job import ChannelJobKind
from models.channel_jobs.retry import ChannelRetry, RetriesOf, load_retries
from models.channels.channel import Channel
from models.database import WriteSession
from models.listener import notify_changes
from models.orders.refund import orders_with_open_refunds
from services.billing.quotas import writable_entitlement
from services.channel_jobs.work import ChannelRun
from services.orders.syncing.keeping import OrderKeeper
from services.orders.syncing.looking_over import ENDING, look_over, span_to_look_over
from services.orders.syncing.passes import ChangeSpan, PartCut, PartRead, read_window, span_named

# A first reading goes back so far, unless somebody asks for more.
FIRST_READING = timedelta(days=90)
# Changes of the last minutes may still be on their way into the marketplace's list.
SETTLES_WITHIN = timedelta(minutes=2)
READ_AGAIN = timedelta(minutes=10)
# After that nobody waits for a refund any more.
REFUND_LIFE = timedelta(days=30)
_MOST_RETRIES, _MOST_WAITING, _MOST_REFUNDS = 50, 1_000, 20
# In the memo of a job: up to where an earlier run of the attempt has read, and the newest change that it has stored.
_READ_TO, _NEWEST = "read_to", "newest"
# In what somebody asks for: from when on, as ISO 8601.
SINCE = "since"


@dataclass(frozen=True, slots=True)
class AskedOrders:
    """What a run reads: the window, and orders whose refunds are under way; `waiting` as an OrderKeeper has them.

    `placed` is when the orders were placed that are to be looked over besides; None where it is not time.
    """

    window: ChangeSpan
    waiting: dict[str, str]
    refunding: tuple[str, ...]
    placed: ChangeSpan | None = None


@dataclass(frozen=True, slots=True)
class ReadOrders:
    """All orders that changed up to `until` are stored; `newest` is the last change among them.

    `is_looked_over`: so are changes that no list of changes tells of.
    """

    until: datetime
    newest: datetime | None
    is_looked_over: bool


class SyncOrders:
    """Reads the channel's orders and stores them page by page."""

    async def load(self, session: WriteSession, run: ChannelRun) -> AskedOrders:
        now = run.tools.clock()
        await writable_entitlement(run.tools.clock, run.tools.vendors.billing, session)
        refunding = await orders_with_open_refunds(session, run.channel.id, since=now - REFUND_LIFE, most=_MOST_REFUNDS)
        waiting = {each.external_id: each.message for each in await load_retries(session, _of(run), most=_MOST_WAITING)}
        window = window_to_read(run, now)
        asked = _instant(run.job.payload.get(SINCE))
        return AskedOrders(window, waiting, tuple(refunding), span_to_look_over(run.channel, window.until, asked))

    async def do(self, run: ChannelRun, loaded: AskedOrders) -> ReadOrders:
        keeper = OrderKeeper(run, loaded.waiting)
        keeper.newest = _instant(run.memo.get(_NEWEST))
        await _read(run, keeper, loaded.window)
        newest = keeper.newest
        is_looked_over = await look_over(run, keeper, loaded.placed, read_to=loaded.window.until)
        await _ask_again(run, keeper, loaded.refunding)
        keeper.tell_waiting()
        return ReadOrders(loaded.window.until, newest, is_looked_over)

    async def store(self, session: WriteSession, run: ChannelRun, done: ReadOrders) -> None:
        channel = await session.get_one(Channel, (run.fence.tenant_id, run.channel.id))
        channel.orders_synced_at = max(filter(None, (channel.orders_synced_at, done.until)))
        # An order may be read long after the list that named it, and tell of a change that is newer than the list; what
        # else has changed since then was in no list yet.
        begun_at = run.job.started_at or run.tools.clock()
        newest = None if done.newest is None else min(done.newest, begun_at)
        channel.orders_read_to = max(filter(None, (channel.orders_read_to, newest)), default=None)
        if done.is_looked_over:
            channel.orders_looked_over_at = done.until
        channel.version += 1
        session.add(channel)
        await notify_changes(session, "CHANNEL", [channel.id])


def window_to_read(run: ChannelRun, now: datetime) -> ChangeSpan:
    """Whatever is asked for, nothing between what is stored and now is left out."""
    until = now - SETTLES_WITHIN
    read_to = run.channel.orders_read_to
    begin = until - FIRST_READING if read_to is None else read_to - READ_AGAIN
    asked = _instant(run.job.payload.get(SINCE))
    begin = begin if asked is None else min(begin, asked)
    # An earlier run of the attempt has read a part of it.
    begin = max(begin, _instant(run.memo.get(_READ_TO)) or begin)
    return ChangeSpan(min(begin, until), until)


async def _read(run: ChannelRun, keeper: OrderKeeper, window: ChangeSpan) -> None:
    begun_with = run.done if _READ_TO in run.memo else 0
    done, total = begun_with, begun_with
    async for each in read_window(run.market.orders, window):
        if isinstance(each, PartCut):
            total = max(total, begun_with + each.total)
            continue
        if isinstance(each, PartRead):
            await keeper.note(each)
            if each.window.until < window.until:
                newest = None if keeper.newest is None else keeper.newest.isoformat()
                await run.remember({_READ_TO: each.window.until.isoformat(), _NEWEST: newest})
            continue
        await keeper.keep(each)
        done += len(each.orders) + len(each.unreadable)
        total = max(total, done, begun_with + (each.total or 0))
        run.progress(done, total)


async def _ask_again(run: ChannelRun, keeper: OrderKeeper, refunding: Sequence[str]) -> None:
    """Asks for single records. Whatever becomes of one, the reading is complete: it ends no job."""
    async with run.tools.db.read(run.scope) as session:
        waiting = await load_retries(session, _of(run), most=_MOST_RETRIES)
    try:
        for retry in waiting:
            if retry.next_try_at <= run.tools.clock():
                await _try_again(run, keeper, retry)
        for order_id in dict.fromkeys((*refunding, *keeper.sent)):
            await _look_at(run, keeper, order_id)
    except Throttled:
        # The next run goes on with them.
        return


async def _try_again(run: ChannelRun, keeper: OrderKeeper, retry: ChannelRetry) -> None:
    window = span_named(retry.external_id)
    try:
        if window is None:
            await keeper.keep(OrderPage([await run.market.order(retry.external_id)]), takes_equal=True)
        else:
            await _read_once_more(run, keeper, window)
    except (Throttled, *ENDING):
        raise
    except ObjectMissing:
        gone = f"Order {retry.external_id} could not be read, and the channel does not know it any more."
        await keeper.give_up(retry.external_id, gone)
    except IntegrationError:
        pass
    if retry.external_id in keeper.waiting:
        await keeper.put_off(retry)
    run.check()


async def _read_once_more(run: ChannelRun, keeper: OrderKeeper, window: ChangeSpan) -> None:
    """The retry of a window is over when each of its parts is whole."""
    is_whole = True
    async for each in read_window(run.market.orders, window):
        if isinstance(each, PartRead):
            is_whole &= each.is_whole
        elif isinstance(each, OrderPage):
            await keeper.keep(each)
            run.check()
    if is_whole:
        await keeper.note(PartRead(window))


async def _look_at(run: ChannelRun, keeper: OrderKeeper, order_id: str) -> None:
    try:
        order = await run.market.order(order_id)
    except (Throttled, *ENDING):
        raise
    except IntegrationError:
        # The list tells of a refund that settles, too, and parcels are told with the next change of their order.
        return
    await keeper.keep(OrderPage([order]), takes_equal=True)
    run.check()


def _of(run: ChannelRun) -> RetriesOf:
    return RetriesOf(run.channel.id, ChannelJobKind.SYNC_ORDERS)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
