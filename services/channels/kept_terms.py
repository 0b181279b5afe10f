"""What a marketplace is asked by a browser extension alone calls things: read by jobs, kept with the channel for a day.

Nobody waits for the extension: a question is answered by what is kept, and what is not is read by a job that it asks
for. Categories are known level by level, and only below those that are known anything is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from errors import BadInput
from integrations.selling.records import MarketTerm
from integrations.vinted.session import VintedSession
from integrations.vinted.terms import KINDS, LONGEST_SEARCH
from models.acting import Acting
from models.audit.actor import ActorKind
from models.channel_jobs.job import ChannelJobKind
from models.channels.channel import Channel, ChannelStatus, channel_for_update
from models.channels.term_list import ChannelTermList, is_known_term, keep_term_lists, term_list
from models.database import Database
from services.channel_jobs.requests import JobWish, request_job
from services.channel_jobs.work import ChannelRun

FRESH_FOR = timedelta(days=1)
# In the payload of CHECK: which list is to be read, and nothing else.
TERMS = "terms"
_CATEGORY, _BRAND = "CATEGORY", "BRAND"
# What every check reads.
_AT_A_CHECK = (_CATEGORY, "CONDITION", "COLOUR")
_NO_KIND = "{name} has terms of these kinds: {known}."
_NO_CATEGORY = "`parent` has to be a category that this question has answered before, from the top on."


@dataclass(frozen=True, slots=True)
class ListName:
    """`search` is said for brands alone, of which there are too many; in other lists it is looked for here."""

    kind: str
    parent: str = ""
    search: str = ""

    @classmethod
    def of(cls, kind: str, parent: str | None, search: str | None) -> "ListName":
        return cls(kind, parent or "", " ".join((search or "").casefold().split()) if kind == _BRAND else "")

    @property
    def wish(self) -> JobWish:
        return JobWish(
            ChannelJobKind.CHECK, sameness=f"{TERMS}:{self.kind}:{self.parent}:{self.search}", payload=self.said
        )

    @property
    def said(self) -> Mapping[str, Any]:
        return {TERMS: asdict(self)}


async def load_or_ask(
    db: Database, scope: Acting, channel: Channel, name: ListName, *, now: datetime
) -> list[MarketTerm]:
    """What is kept, in the marketplace's order; what is not kept, or older than a day, is read by a job.

    Raises BadInput for a kind that the marketplace has not, a search that is too long, and an unknown category.
    """
    if name.kind not in KINDS:
        raise BadInput(_NO_KIND.format(name=channel.kind.shown, known=", ".join(KINDS)))
    if len(name.search) > LONGEST_SEARCH:
        raise BadInput(f"`search` must have at most {LONGEST_SEARCH} characters.")
    async with db.read(scope) as session:
        if name.parent and not await is_known_term(session, channel.id, _CATEGORY, name.parent):
            raise BadInput(_NO_CATEGORY)
        found = await term_list(session, channel.id, **asdict(name))
    if found is None or found.read_at <= now - FRESH_FOR:
        await _ask(db, scope, channel.id, name, now=now)
    return [] if found is None else [MarketTerm(**_term(each)) for each in found.terms]


async def read_terms(run: ChannelRun) -> None:
    """Reads the list that the job was asked for, or what every check reads where it is older than a day."""
    if not isinstance(run.market, VintedSession):
        return
    asked, now = run.job.payload.get(TERMS), run.tools.clock()
    names = [ListName(**asked)] if asked else [ListName(kind) for kind in _AT_A_CHECK]
    async with run.tools.db.read(run.scope) as session:
        kept = [await term_list(session, run.channel.id, **asdict(name)) for name in names]
    wanted = [
        name for name, each in zip(names, kept, strict=True) if asked or each is None or each.read_at <= now - FRESH_FOR
    ]
    told = await run.market.term_lists([(each.kind, each.parent, each.search) for each in wanted])
    if not wanted:
        return
    async with run.writing() as session:
        rows = [_row(run, name, terms, now) for name, terms in zip(wanted, told, strict=True)]
        await keep_term_lists(session, run.channel.id, rows)


async def _ask(db: Database, scope: Acting, channel_id: UUID, name: ListName, *, now: datetime) -> None:
    async with db.write(scope) as session:
        channel = await channel_for_update(session, channel_id)
        if channel is None or channel.status is not ChannelStatus.CONNECTED or channel.frozen_at is not None:
            return
        # By the system: whoever maps values need not be somebody who sells.
        await request_job(session, scope, channel, name.wish, now=now, by=ActorKind.SYSTEM)


def _row(run: ChannelRun, name: ListName, terms: Sequence[MarketTerm], now: datetime) -> ChannelTermList:
    told = [
        {"id": each.external_id, "name": each.name, "parent": each.parent, "is_leaf": each.is_leaf} for each in terms
    ]
    return ChannelTermList(
        tenant_id=run.fence.tenant_id, channel_id=run.channel.id, **asdict(name), terms=told, read_at=now
    )


def _term(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "external_id": kept["id"],
        "name": kept["name"],
        "parent": kept.get("parent"),
        "is_leaf": kept.get("is_leaf", True),
    }
