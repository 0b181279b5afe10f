"""Imports products from a file: who may, what is read, and in which steps it is stored."""

import asyncio
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Protocol

from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import NotFound
from models.tenants.tenant import NO_TENANT, tenants_by_ids
from services.imports.problems import ProblemList
from services.imports.receiving import HasImports, ImportedLines, SentFile, read_in_thread, received
from services.products.files.parsing import ProductFile, ProductRow, RowFault
from services.products.files.storing import StoredRows, store_rows
from services.products.saving import CatalogueTools

# Of one transaction, for which the tenant's row is locked.
_AT_ONCE = 500


class ProductImportTools(CatalogueTools, HasImports, Protocol):
    """What stores the products of a file."""


async def import_products(
    tools: ProductImportTools, viewer: Viewer, file: SentFile, *, is_trial: bool
) -> ImportedLines:
    """Makes the products of a file, and changes what its columns name of those that there are; needs EDIT_CATALOG.

    Lines are stored some hundreds at a time, so that an import that breaks off may be sent again. Raises Refused:
    FILE_INVALID for a file of which no line can be read, QUOTA_EXCEEDED while a payment is overdue; and RateLimited
    while another import runs.
    """
    require(viewer, Permission.EDIT_CATALOG)
    assert viewer.tenant_id is not None
    async with tools.db.read(viewer) as reading:
        tenants = await tenants_by_ids(reading, [viewer.tenant_id])
    if not tenants:
        raise NotFound(NO_TENANT)
    async with received(tools, viewer.tenant_id, file) as source:
        products = await read_in_thread(partial(ProductFile, source))
        return await _imported(tools, viewer, products, time_zone=tenants[0].time_zone, is_trial=is_trial)


async def _imported(
    tools: ProductImportTools, viewer: Viewer, products: ProductFile, *, time_zone: str, is_trial: bool
) -> ImportedLines:
    unread, done = ProblemList(), StoredRows(is_trial)
    rows = _rows(products, unread)
    while batch := await asyncio.to_thread(lambda: [*islice(rows, _AT_ONCE)]):
        async with tools.db.write(viewer) as session:
            await store_rows(tools, session, viewer, batch, time_zone=time_zone, done=done)
            if is_trial:
                await session.rollback()
    return ImportedLines(
        rows_imported=done.rows,
        rows_skipped=unread.count + done.problems.count,
        problems=unread.first_with(done.problems),
        notes=[*products.notes, _told(done)],
    )


def _told(done: StoredRows) -> str:
    parts = [f"{done.made:,} products are new", f"{done.changed:,} changed"]
    costs = f", and {done.costs:,} lines of orders have a cost that had none" if done.costs else ""
    return f"{' and '.join(parts)}{costs}."


def _rows(products: ProductFile, unread: ProblemList) -> Iterator[ProductRow]:
    """The rows of the file; of one SKU the first one counts."""
    lines: dict[str, int] = {}
    for record in products.records():
        try:
            row = products.row(record)
        except RowFault as fault:
            unread.add(record.line, fault.message)
            continue
        if row.sku in lines:
            unread.add(row.line, f"Line {lines[row.sku]} has this SKU already.")
        else:
            lines[row.sku] = row.line
            yield row
