"""Imports orders from a file of a shop's program: each order for itself, as if it had been pushed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import BinaryIO, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from analytics.reports.lines import FileFault, Record, RecordReader
from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.orders.storing import stored_orders
from models.tenants.tenant import tenants_by_ids
from services.imports.problems import ProblemList
from services.imports.receiving import HasImports, ImportedLines, SentFile, read_in_thread, received
from services.imports.text_files import TextFile
from services.orders.files.layouts import FIRST_LINES, OrderHeadings, headings_of
from services.orders.files.parsing import FileOrder, OrderFault, OrderParser, mark_of
from services.orders.saving import MOST_AT_ONCE, OrderTools, SavedOrders, lock_shop, look_at_newer, store_pushed
from services.orders.wishes import OrderWish, refusal_of

MOST_ORDERS = 100_000


class OrderImportTools(OrderTools, HasImports, Protocol):
    """What stores the orders of a file."""


@dataclass(slots=True)
class _ReadOrders:
    """The orders of a file that can be stored, each with how many lines it is; `failed` are those paid never."""

    orders: list[tuple[OrderWish, int]] = field(default_factory=list)
    failed: list[tuple[OrderWish, int]] = field(default_factory=list)
    problems: ProblemList = field(default_factory=ProblemList)
    notes: list[str] = field(default_factory=list)
    nothing_bought: int = 0
    undated_refunds: int = 0
    external_ids: set[str] = field(default_factory=set)


async def import_orders(
    tools: OrderImportTools, viewer: Viewer, channel_id: UUID | None, file: SentFile, *, is_trial: bool
) -> ImportedLines:
    """Stores the orders of a file that are as new as what is stored, a thousand in a transaction; needs SELL.

    Raises Refused: as `save_orders` does, and FILE_INVALID for a file of which no line can be read; and RateLimited
    while another import runs.
    """
    require(viewer, Permission.SELL)
    assert viewer.tenant_id is not None
    async with tools.db.write(viewer) as session:
        await lock_shop(tools, session, channel_id)
        [tenant] = await tenants_by_ids(session, [viewer.tenant_id])
    async with received(tools, viewer.tenant_id, file) as source:
        read = await read_in_thread(partial(_read_file, source, tenant.time_zone, tools.clock()))
        await _cancel_failed(tools, viewer, channel_id, read)
        outcome = SavedOrders()
        for start in range(0, len(read.orders), MOST_AT_ONCE):
            wishes = [wish for wish, _ in read.orders[start : start + MOST_AT_ONCE]]
            async with tools.db.write(viewer) as session:
                channel = await lock_shop(tools, session, channel_id)
                if is_trial:
                    await look_at_newer(session, channel, wishes, outcome)
                else:
                    await store_pushed(
                        tools, session, viewer, channel, wishes=wishes, outcome=outcome, takes_equal=True
                    )
    return ImportedLines(
        rows_imported=sum(lines for _, lines in read.orders),
        rows_skipped=read.problems.count,
        problems=read.problems.told,
        notes=[*read.notes, *_notes(read, outcome)],
    )


async def _cancel_failed(tools: OrderImportTools, viewer: Viewer, channel_id: UUID | None, read: _ReadOrders) -> None:
    """Adds orders that were known before their payment failed, which are cancelled; others were never orders."""
    if not read.failed or channel_id is None:
        return
    async with tools.db.read(viewer) as session:
        known = await stored_orders(session, channel_id, [wish.external_id for wish, _ in read.failed])
    for wish, lines in read.failed:
        if wish.external_id in known:
            read.orders.append((wish, lines))
        else:
            read.nothing_bought += lines


def _notes(read: _ReadOrders, outcome: SavedOrders) -> Iterator[str]:
    yield f"The file has {len(read.orders):,} orders that can be stored."
    if outcome.stale:
        yield f"{outcome.stale:,} of them are older than what is stored, which stays."
    if read.nothing_bought:
        yield f"{read.nothing_bought:,} lines are of payments that failed, and were left out."
    if read.undated_refunds:
        yield (
            f"Of {read.undated_refunds:,} refunds the file does not say when they were: they count on the day of the"
            " last change that it tells of their orders."
        )


def _read_file(source: BinaryIO, time_zone: str, now: datetime, is_stopped: Callable[[], bool]) -> _ReadOrders:
    text = TextFile(source, is_stopped)
    headings = headings_of(list(islice(text.lines(), FIRST_LINES)))
    zone = UTC if headings.layout.is_utc else ZoneInfo(time_zone)
    parser = OrderParser(headings, mark_of(headings, _below(headings, text)), zone)
    read = _ReadOrders(notes=[f"The text is {text.told}.", headings.told])
    read.notes.append(f"Decimals stand behind a {parser.mark.lower()}.")
    for found in _grouped(parser, headings, _below(headings, text), read):
        _take(parser, found, read, now)
    return read


def _below(headings: OrderHeadings, text: TextFile) -> Iterator[Record]:
    records = RecordReader(text.lines(), headings.separator, headings.width)
    return (record for record in records if record.line > headings.line and not record.is_blank)


def _grouped(
    parser: OrderParser, headings: OrderHeadings, records: Iterator[Record], read: _ReadOrders
) -> Sequence[FileOrder]:
    """The orders of the file in the order of their first lines; raises FileFault for too many."""
    found: dict[str, FileOrder] = {}
    incomplete = set[str]()
    for record in records:
        name = "" if record.fault else parser.name_of(record)
        if record.fault or not name:
            read.problems.add(record.line, record.fault or "The line does not say which order it is of.")
            incomplete.add(parser.seeming_name_of(record))
        elif name in found and headings.layout.has_lines:
            found[name].records.append(record)
        elif name in found:
            read.problems.add(record.line, "Another line of the file has this id.")
        elif len(found) == MOST_ORDERS:
            raise FileFault(f"The file has more than {MOST_ORDERS:,} orders: send it in parts.")
        else:
            found[name] = FileOrder(name, [record])
    if headings.layout.has_lines:
        for name in sorted(incomplete & found.keys()):
            _note(read, found.pop(name), "Another line of this order cannot be read.")
    return list(found.values())


def _take(parser: OrderParser, found: FileOrder, read: _ReadOrders, now: datetime) -> None:
    is_bought = parser.is_bought(found)
    try:
        wish = parser.order(found)
    except OrderFault as fault:
        if is_bought:
            _note(read, found, fault.message)
        else:
            read.nothing_bought += len(found.records)
        return
    refusal = refusal_of(wish, 0, now=now)
    if refusal is None and wish.external_id in read.external_ids:
        # Names tell the orders of a file apart, and ids which ones they are: of two that are one neither is more right.
        _note(read, found, "Another order of the file has this id.")
        return
    if refusal is None:
        read.external_ids.add(wish.external_id)
    if not is_bought:
        if refusal is None:
            read.failed.append((wish, len(found.records)))
        else:
            read.nothing_bought += len(found.records)
        return
    if refusal is not None:
        _note(read, found, " ".join(map(str, refusal.within)).replace("_", " ") + f": {refusal.message}")
        return
    read.undated_refunds += bool(wish.refunds) and not parser.dates_refunds(found)
    read.orders.append((wish, len(found.records)))


def _note(read: _ReadOrders, found: FileOrder, message: str) -> None:
    """All lines of an order that is refused are left out: half an order would be wrong."""
    for record in found.records:
        read.problems.add(record.line, message)
