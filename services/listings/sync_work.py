"""The work of the job SYNC_LISTINGS: what a channel offers is stored, linked by SKU, and compared with the products."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from integrations.selling.records import ListingPage, RecordProblem, RemoteListing, RemoteStatus
from models.database import WriteSession
from models.ids import new_id
from models.listener import notify_changes
from models.listings.listing import ChannelListing, ListingStatus
from models.listings.reading import listings_of_channel, offered_on_channel, renew_drift
from models.listings.suggestion import SuggestionKind
from models.products.product import Product, products_named
from services.channel_jobs.suggesting import suggest, take_back_links
from services.channel_jobs.syncing import MIGRATE
from services.channel_jobs.work import ChannelRun
from services.listings.changing import is_offered_beside
from services.listings.publish_work import remote_values
from services.listings.sold_products import suggest_marking_sold

_STATUSES = {
    RemoteStatus.LIVE: ListingStatus.LIVE,
    RemoteStatus.SOLD: ListingStatus.SOLD,
    RemoteStatus.ENDED: ListingStatus.ENDED,
    # At the channel it is prepared and not offered: what was offered before is not any more.
    RemoteStatus.DRAFT: ListingStatus.ENDED,
}
# What is not offered is stored only where it was before.
_WORTH_A_ROW = (ListingStatus.LIVE, ListingStatus.SOLD)
_UNKNOWN = "The channel tells a state of this listing that Adgraph does not know: the old one stays."
_BY_TITLE = "A listing of the channel has the same title as this product."
_BY_SKU = "A listing of the channel has the SKU of this product, which is offered there by another listing."


@dataclass(slots=True)
class Seen:
    """What a pass has seen: rows of ours, the channel's ids of listings, and of what could not be read.

    `is_whole` is False once something that could not be read has no id: then nothing is taken for gone.
    """

    rows: set[UUID] = field(default_factory=set)
    external_ids: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    is_whole: bool = True


class SyncListingsWork:
    """See services/channel_jobs/work.py."""

    async def load(self, _session: WriteSession, _run: ChannelRun) -> None:
        return None

    async def do(self, run: ChannelRun, _loaded: None) -> Seen:
        seen = await self._read(run)
        wanted = [each for each in run.job.payload.get(MIGRATE, []) if each not in seen.external_ids]
        if not wanted:
            return seen
        # What an earlier run has taken over is among those that were read: it is not asked for again.
        await run.tell("Taking over listings of the older interfaces")
        refused = await run.market.migrate(wanted)
        run.problems.clear()
        seen = await self._read(run)
        for problem in refused:
            if problem.external_id not in seen.external_ids:
                run.problem(problem.message, path=["migrate", problem.external_id or ""])
        return seen

    async def _read(self, run: ChannelRun) -> Seen:
        seen, done = Seen(), 0
        async for page in run.market.listings():
            async with run.writing() as session:
                await _StoredPage(session, run, seen).store(page)
            for problem in page.unreadable:
                _note(run, seen, problem)
            done += len(page.listings) + len(page.unreadable)
            run.progress(done, page.total)
        return seen

    async def store(self, session: WriteSession, run: ChannelRun, done: Seen) -> None:
        """What the channel does not list any more has ended; what it has sold out may be sold."""
        now = run.tools.clock()
        if done.is_whole:
            await self._end_missing(session, run, done, now)
        await suggest_marking_sold(session, run.channel, now=now)

    async def _end_missing(self, session: WriteSession, run: ChannelRun, done: Seen, now: datetime) -> None:
        gone = list[UUID]()
        for listing in await offered_on_channel(session, run.channel.id):
            if listing.id in done.rows or listing.external_id in done.unreadable:
                continue
            gone.append(listing.id)
            listing.sqlmodel_update(
                {"status": ListingStatus.ENDED, "ended_at": now, "updated_at": now, "version": listing.version + 1}
            )
            session.add(listing)
        await renew_drift(session, ids=gone)
        await notify_changes(session, "LISTING", gone)


def _path(external_id: str | None) -> list[str]:
    return ["listings"] if external_id is None else ["listings", external_id]


def _note(run: ChannelRun, seen: Seen, problem: RecordProblem) -> None:
    run.problem(problem.message, path=_path(problem.external_id))
    if problem.external_id is None:
        seen.is_whole = False
    else:
        seen.unreadable.add(problem.external_id)


@dataclass(slots=True)
class _StoredPage:
    """One page within a transaction of the run."""

    session: WriteSession
    run: ChannelRun
    seen: Seen
    changed: list[UUID] = field(default_factory=list)

    async def store(self, page: ListingPage) -> None:
        known = await listings_of_channel(
            self.session,
            self.run.channel.id,
            skus=[each.sku for each in page.listings if each.sku],
            external_ids=[each.external_id for each in page.listings if each.external_id],
            offer_ids=[each.offer_id for each in page.listings if each.offer_id],
        )
        products = await products_named(
            self.session,
            skus=[each.sku for each in page.listings if each.sku],
            titles=[each.title for each in page.listings],
        )
        rows, touched = [*known], list[UUID]()
        for remote in page.listings:
            if remote.external_id is not None:
                self.seen.external_ids.add(remote.external_id)
            listing = await self._store(remote, rows, products)
            if listing is not None:
                touched.append(listing.id)
                self.seen.rows.add(listing.id)
        self.changed += await renew_drift(self.session, ids=touched)
        await notify_changes(self.session, "LISTING", self.changed)

    async def _store(
        self, remote: RemoteListing, rows: list[ChannelListing], products: Sequence[Product]
    ) -> ChannelListing | None:
        """The row of a listing as it is now; None for one that is not offered and never was."""
        found = _row_of(remote, rows)
        if found is not None and found.status is ListingStatus.PENDING:
            return found  # the job that publishes it goes on, and stores what came of it
        status = _STATUSES.get(remote.status) if remote.status is not None else None
        if remote.status is None:
            self.run.problem(_UNKNOWN, path=_path(remote.external_id))
        if found is None and (status not in _WORTH_A_ROW or remote.external_id is None):
            return None
        now = self.run.tools.clock()
        listing = found or _new_row(self.run, remote, rows, now)
        status = status or listing.status
        before = listing.model_dump(include=_COMPARED)
        listing.sqlmodel_update(remote_values(remote) | {"synced_at": now, "status": status})
        if status is ListingStatus.LIVE:
            listing.published_at, listing.ended_at, listing.problems = listing.published_at or now, None, []
        elif status is ListingStatus.ENDED:
            listing.ended_at = listing.ended_at or now
        if found is None:
            rows.insert(0, listing)
        self.session.add(listing)
        await self.session.flush()
        await self._link(listing, products, now)
        if found is None or listing.model_dump(include=_COMPARED) != before:
            listing.version, listing.updated_at = listing.version + 1, now
            self.changed.append(listing.id)
            await self.session.flush()
        return listing

    async def _link(self, listing: ChannelListing, products: Sequence[Product], now: datetime) -> None:
        """By its SKU; by its title it is only suggested, and never what a person has unlinked."""
        if listing.product_id is not None or listing.is_unlinked or listing.status not in _WORTH_A_ROW:
            return
        named = next((each for each in products if each.sku == listing.sku), None)
        if named is not None and not await is_offered_beside(self.session, listing, named.id):
            listing.product_id = named.id
            await take_back_links(self.session, [listing.id])
            return
        alike = [each for each in products if each.title == listing.title]
        candidate, reason = (
            (named, _BY_SKU) if named is not None else (alike[0] if len(alike) == 1 else None, _BY_TITLE)
        )
        if candidate is not None:
            await suggest(self.session, SuggestionKind.LINK_LISTING, listing.id, candidate.id, reason=reason, now=now)


_COMPARED = {
    "external_id", "offer_id", "sku", "url", "market", "title", "description", "currency", "price", "quantity",
    "image_url", "status", "product_id",
}  # fmt: skip


def _row_of(remote: RemoteListing, rows: Sequence[ChannelListing]) -> ChannelListing | None:
    """By the channel's id; else what was to become this listing, and its job broke off or still runs."""
    by_id = next((each for each in rows if remote.external_id and each.external_id == remote.external_id), None)
    if by_id is not None:
        return by_id
    for each in rows:
        is_tried = each.external_id is None and each.status in (ListingStatus.PENDING, ListingStatus.FAILED)
        is_same = (remote.sku is not None and each.sku == remote.sku) or (
            remote.offer_id is not None and each.offer_id == remote.offer_id
        )
        if is_tried and is_same and (each.market or "") == (remote.market or ""):
            return each
    return None


def _new_row(run: ChannelRun, remote: RemoteListing, rows: Sequence[ChannelListing], now: datetime) -> ChannelListing:
    """Of what was offered before under the same offer the product stays."""
    before = next((each for each in rows if remote.offer_id and each.offer_id == remote.offer_id), None)
    kept: dict[str, Any] = {} if before is None else {"is_unlinked": before.is_unlinked}
    return ChannelListing(
        tenant_id=run.channel.tenant_id,
        id=new_id(),
        channel_id=run.channel.id,
        status=ListingStatus.LIVE,
        title=remote.title,
        currency=remote.currency,
        price=remote.price,
        quantity=remote.quantity,
        created_at=now,
        updated_at=now,
        **kept,
    )
