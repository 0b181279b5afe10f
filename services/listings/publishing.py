"""Publishing products on channels: what stands in the way of each pair, and a job for each that nothing stops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from integrations.selling.records import ListingDraft, RecordProblem
from models.channel_jobs.job import ChannelJob, ChannelJobKind, SubjectKind
from models.channel_jobs.job_queries import channel_jobs_by_ids
from models.channels.abilities import ABILITIES, ChannelAbility
from models.channels.channel import Channel, channel_for_update
from models.database import WriteSession
from models.ids import new_id
from models.listener import notify_changes
from models.listings.listing import OFFERED, ChannelListing, ListingStatus
from models.listings.reading import listings_of_channel, listings_of_products
from models.products.product import Product, products_for_update
from services.channel_access import AccessTools
from services.channel_jobs.requests import JobWish, refuse_closed_channel, request_job
from services.channels.wishes import one_market_only
from services.idempotency import Answer, KeyedCall, once
from services.listings.drafts import draft_of, product_problems, told
from services.listings.materials import Material, goods_of, load_materials, load_place, sku_in
from services.listings.trials import refused_by_marketplaces
from services.listings.wishes import OfferWish, check_offer
from services.products.locking import changeable, lock_catalogue
from services.tools import HasFiles, HasVendors

MOST_PRODUCTS = 200
MOST_CHANNELS = 20
MOST_PAIRS = 500
_OPERATION = "publishProducts"


class PublishTools(AccessTools, HasFiles, Protocol):
    """What publishes: pictures are linked to, and marketplaces say what they would refuse."""


@dataclass(frozen=True, slots=True)
class PublishWish:
    """Which products are to be published where. An id may be None: a text that was none."""

    product_ids: Sequence[UUID | None]
    channel_ids: Sequence[UUID | None]
    market: str | None = None
    offer: OfferWish = field(default_factory=OfferWish)


@dataclass(frozen=True, slots=True)
class PairProblem:
    """Why a product is not published on a channel; `path` leads to the fault from the product or the channel."""

    product_id: UUID
    channel_id: UUID
    code: UserErrorCode
    message: str
    path: Sequence[str] | None = None


@dataclass(slots=True)
class Publication:
    """The jobs that were asked for, in the order of products and channels, and what stands in the way elsewhere."""

    jobs: list[ChannelJob] = field(default_factory=list)
    problems: list[PairProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A product and a channel that nothing about either stops; `failed` is a listing that was tried before."""

    product: Product
    channel: Channel
    market: str
    sku: str
    failed: ChannelListing | None

    def problem(self, told: Mapping[str, Any]) -> PairProblem:
        code = UserErrorCode(told["code"])
        return PairProblem(self.product.id, self.channel.id, code, told["message"], told.get("field"))


async def publish_products(
    tools: PublishTools, viewer: Viewer, wish: PublishWish, *, idempotency_key: str | None, is_trial: bool
) -> Publication:
    """Asks for a job for each product and channel that nothing stands in the way of; needs SELL.

    A trial tells the problems, those that only the marketplaces know of too, and asks for nothing. Two calls at once
    make one listing: the second one finds the first one's. Raises Refused: INVALID, NOT_FOUND for a product or a
    channel, CONFLICT for a key that came with another input.
    """
    require(viewer, Permission.SELL)
    _check(wish)

    async def publish() -> Answer:
        async with tools.db.write(viewer) as session:
            found = await _look(tools, session, wish)
            made = [] if is_trial else [await _ask(session, viewer, each, wish, tools.clock()) for each in found.good]
            await notify_changes(session, "LISTING", [listing_id for listing_id, _ in made])
        if is_trial:
            found.problems += await _asked(tools, viewer, found.good)
        return {"jobs": [str(job.id) for _, job in made], "problems": [_kept(each) for each in found.problems]}

    # What is only looked at may be another answer a moment later.
    call = KeyedCall(_OPERATION, None if is_trial else idempotency_key, _given(wish))
    answer = await once(tools.db, tools.clock, viewer, call, publish)
    async with tools.db.read(viewer) as session:
        jobs = {job.id: job for job in await channel_jobs_by_ids(session, [UUID(each) for each in answer["jobs"]])}
    return Publication(
        [jobs[UUID(each)] for each in answer["jobs"] if UUID(each) in jobs],
        [_shown(each) for each in answer["problems"]],
    )


@dataclass(slots=True)
class _Found:
    """`good` are the pairs that can be published, with what is offered."""

    good: list[tuple[_Pair, ListingDraft]] = field(default_factory=list)
    problems: list[PairProblem] = field(default_factory=list)


async def _look(tools: PublishTools, session: WriteSession, wish: PublishWish) -> _Found:
    """What can be published, and what stands in the way of the rest; tenant, channels and products are locked."""
    await lock_catalogue(session)
    channels = await _channels(session, wish.channel_ids)
    products = await _products(session, wish.product_ids)
    materials = await load_materials(session, [each.id for each in products])
    there = await listings_of_products(session, [each.id for each in products], [*ListingStatus])
    found = _Found()
    for channel in channels:
        market = wish.market or channel.market or ""
        named = await listings_of_channel(session, channel.id, skus=[each.sku for each in products])
        for product in products:
            others = [each for each in there if (each.product_id, each.channel_id) == (product.id, channel.id)]
            pair = _Pair(product, channel, market, sku_in(product, market, others), _failed(others, market))
            problem = _of_pair(pair, others, named)
            if problem is not None:
                found.problems.append(problem)
                continue
            draft, told_now = await _of_draft(tools, session, pair, materials[product.id], wish.offer)
            found.problems += told_now
            if not told_now:
                found.good.append((pair, draft))
    return found


async def _asked(tools: PublishTools, viewer: Viewer, good: Sequence[tuple[_Pair, ListingDraft]]) -> list[PairProblem]:
    """What the marketplaces say of the drafts; no transaction is open meanwhile."""
    answers = await refused_by_marketplaces(tools, viewer, [(pair.channel, draft) for pair, draft in good])
    return [pair.problem(each) for (pair, _), told_now in zip(good, answers, strict=True) for each in told_now]


def _of_pair(pair: _Pair, others: Sequence[ChannelListing], named: Sequence[ChannelListing]) -> PairProblem | None:
    """What forbids the pair whatever a draft of it would say."""

    def problem(code: UserErrorCode, message: str) -> PairProblem:
        return pair.problem({"code": code, "message": message})

    abilities = ABILITIES.get(pair.channel.kind, ())
    if ChannelAbility.PUBLISH not in abilities:
        return problem(UserErrorCode.NOT_SUPPORTED, f"Nothing can be published at {pair.channel.kind.shown}.")
    try:
        refuse_closed_channel(pair.channel, field="channel_ids")
        changeable(pair.product, field="product_ids")
    except Refused as refused:
        return problem(refused.user_code, refused.message)
    if any((each.market or "") == pair.market and each.status in OFFERED for each in others):
        return problem(UserErrorCode.ALREADY_EXISTS, "The product is offered there already, or is being published.")
    is_taken = [
        each for each in named if each.sku == pair.sku and each.status in OFFERED and each.product_id != pair.product.id
    ]
    if is_taken:
        whose = "belongs to no product: link it" if is_taken[0].product_id is None else "belongs to another product"
        return problem(UserErrorCode.CONFLICT, f"The channel has a listing with the SKU {pair.sku}, which {whose}.")
    return None


async def _of_draft(
    tools: PublishTools, session: WriteSession, pair: _Pair, material: Material, wish: OfferWish
) -> tuple[ListingDraft, list[PairProblem]]:
    """The draft of the pair, and what it lacks, as far as it can be seen without asking the channel."""
    goods = await goods_of(tools.files, pair.product, material)
    place = await load_place(session, pair.channel, pair.market, pair.sku)
    draft, problems = draft_of(goods, place, wish)
    problems += product_problems(pair.product, draft)
    problems += marketplace_problems(tools, pair.channel, problems, draft)
    return draft, [pair.problem(each) for each in told(problems)]


def marketplace_problems(
    tools: HasVendors, channel: Channel, known: Sequence[RecordProblem], draft: Any
) -> list[RecordProblem]:
    """What the channel's marketplace would refuse; not what a mapping lacks that is told already."""
    marketplace = tools.vendors.marketplace(channel.kind)
    if marketplace is None:
        return [RecordProblem(f"{channel.kind.shown} is not set up here.")]
    if draft.market and not marketplace.markets:
        return [RecordProblem(one_market_only(channel.kind), "market")]
    unmapped = {each.field for each in known}
    lacks = {"category_id": "attributes.CATEGORY", "condition": "attributes.CONDITION"}
    return [each for each in marketplace.problems_of(draft) if lacks.get(each.field or "") not in unmapped]


async def _ask(
    session: WriteSession, viewer: Viewer, good: tuple[_Pair, ListingDraft], wish: PublishWish, now: datetime
) -> tuple[UUID, ChannelJob]:
    """The listing, from now on being published, and the job for it."""
    pair, draft = good
    listing = pair.failed or ChannelListing(
        tenant_id=session.tenant_id,
        id=new_id(),
        channel_id=pair.channel.id,
        product_id=pair.product.id,
        market=pair.market or None,
        created_at=now,
        status=ListingStatus.PENDING,
        title=draft.title,
        currency=draft.currency,
        price=draft.price,
        quantity=draft.quantity,
    )
    listing.sqlmodel_update(
        {
            "status": ListingStatus.PENDING,
            "sku": draft.sku,
            "title": draft.title,
            "description": draft.description,
            "currency": draft.currency,
            "price": draft.price,
            "quantity": draft.quantity,
            "problems": [],
            "updated_at": now,
            "version": listing.version + 1,
        }
    )
    session.add(listing)
    await session.flush()
    job = JobWish(ChannelJobKind.PUBLISH, SubjectKind.LISTING, listing.id, payload=wish.offer.said)
    return listing.id, await request_job(session, viewer, pair.channel, job, now=now)


def _failed(others: Sequence[ChannelListing], market: str) -> ChannelListing | None:
    tried = (ListingStatus.FAILED, ListingStatus.DRAFT)
    return next((each for each in others if (each.market or "") == market and each.status in tried), None)


async def _channels(session: WriteSession, ids: Sequence[UUID | None]) -> list[Channel]:
    """The channels in the order of the call, locked in that of their ids."""
    found: Mapping[UUID, Channel | None] = {
        each: await channel_for_update(session, each) for each in sorted({each for each in ids if each is not None})
    }
    return [_there(found.get(each) if each else None, "channel", place) for each, place in _placed(ids)]


async def _products(session: WriteSession, ids: Sequence[UUID | None]) -> list[Product]:
    found = {each.id: each for each in await products_for_update(session, [each for each in ids if each is not None])}
    return [_there(found.get(each) if each else None, "product", place) for each, place in _placed(ids)]


def _placed(ids: Sequence[UUID | None]) -> list[tuple[UUID | None, int]]:
    """Each id once, with its first place."""
    return [(each, ids.index(each)) for each in dict.fromkeys(ids)]


def _there(found: Any, noun: str, place: int) -> Any:
    if found is None:
        raise Refused(UserErrorCode.NOT_FOUND, f"There is no such {noun}.", field=f"{noun}_ids", place=place)
    return found


def _check(wish: PublishWish) -> None:
    """Raises Refused INVALID for a call that names nothing or too much, and for values that no listing can have."""
    for name, ids, most in (("product", wish.product_ids, MOST_PRODUCTS), ("channel", wish.channel_ids, MOST_CHANNELS)):
        if not 1 <= len(ids) <= most:
            fault = f"One call publishes 1 to {most} {name}s."
            raise Refused(UserErrorCode.INVALID, fault, field="product_ids" if name == "product" else "channel_ids")
    if len({*wish.product_ids}) * len({*wish.channel_ids}) > MOST_PAIRS:
        fault = f"One call makes at most {MOST_PAIRS} listings: publish in parts."
        raise Refused(UserErrorCode.INVALID, fault, field="product_ids")
    check_offer(wish.offer, currency=None)


def _given(wish: PublishWish) -> dict[str, Any]:
    return {
        "product_ids": [str(each) for each in wish.product_ids],
        "channel_ids": [str(each) for each in wish.channel_ids],
        "market": wish.market,
        **wish.offer.said,
    }


def _kept(problem: PairProblem) -> dict[str, Any]:
    return {
        "product_id": str(problem.product_id),
        "channel_id": str(problem.channel_id),
        "code": problem.code.value,
        "message": problem.message,
        "path": None if problem.path is None else list(problem.path),
    }


def _shown(kept: Mapping[str, Any]) -> PairProblem:
    found = PairProblem(
        UUID(kept["product_id"]), UUID(kept["channel_id"]), UserErrorCode(kept["code"]), kept["message"]
    )
    return replace(found, path=kept["path"])
