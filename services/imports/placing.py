"""Finds the ads that a file names; of those that nobody knows it says what has to be made (placeholders.py).

An ad is found by the platform's id, else by the names of campaign, ad set and ad together. Where several have these
names nobody knows which one is meant, and the lines are refused.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from analytics.reports.rows import NamedAd
from models.ads.ad import Ad
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.entity_upsert import PLACEHOLDERS, AdPlace, Entity, ad_places
from models.ads.placeholders import FoundEntity, NamedPlace, ads_by_names, entities_of
from models.database import ReadSession, WriteSession

# The name of what ads of a file lie in that names neither their campaigns nor their ad sets.
NAMELESS = "Imported"
_AT_ONCE = 2_000
_OF_ANOTHER = "The {what} {id} is of another ad account."
_SEVERAL = "Several {what} have these names: add the column Ad ID to the report."
_SEVERAL_ABOVE = "Several {what} are called {name!r}: add the columns with ids to the report."

Session = ReadSession | WriteSession
T = TypeVar("T")
# The three names of an ad, as NamedAd.names has them.
Names = tuple[str, str, str]


class UnclearPlaceError(Exception):
    """Where an ad belongs cannot be known."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(slots=True, eq=False)
class MissingEntity:
    """A campaign, an ad set or an ad that nobody knows. `external_id` is '' where a file has its name alone."""

    entity: Entity
    external_id: str
    name: str
    above: "MissingEntity | UUID"
    # Of an ad, since a known ad set is not in the campaign that a file says, but in its own.
    campaign: "MissingEntity | UUID | None" = None
    id: UUID | None = None  # once it is stored

    @property
    def stored_id(self) -> UUID:
        assert self.id is not None
        return self.id


@dataclass(slots=True)
class PlacedAd:
    """What is known of an ad that a file names; two that are the same ad have the same `number`.

    `place` is None where the ad is `missing` or where `fault` says why nobody knows which one it is.
    """

    number: int = -1
    place: AdPlace | None = None
    missing: MissingEntity | None = None
    fault: str = ""


async def find_places(session: Session, ad_account_id: UUID, ads: Sequence[NamedAd]) -> list[PlacedAd]:
    """What is known of each of these ads, in their order."""
    known = await _known(session, ad_account_id, ads)
    by_names = await _by_names(session, ad_account_id, ads)
    foreign = await _foreign(session, ad_account_id, {ad.ad_id for ad in ads if ad.ad_id} - known.keys())
    # Of many ads this takes a while.
    finder = await asyncio.to_thread(lambda: _AdFinder(known, by_names, foreign, _ids_by_names(ads)))
    placed = await asyncio.to_thread(lambda: [finder.placed(ad) for ad in ads])
    unknown = [ad for ad, each in zip(ads, placed, strict=True) if each.place is None and not each.fault]
    above = await _above(session, ad_account_id, unknown)
    await asyncio.to_thread(lambda: _note_missing(ads, placed, finder, above))
    return placed


def _note_missing(ads: Sequence[NamedAd], placed: Sequence[PlacedAd], finder: "_AdFinder", above: "_Above") -> None:
    for ad, each in zip(ads, placed, strict=True):
        if each.place is None and not each.fault:
            try:
                each.missing = above.missing(ad, finder.key_of(ad))
            except UnclearPlaceError as error:
                each.fault = error.message


async def _known(session: Session, ad_account_id: UUID, ads: Iterable[NamedAd]) -> dict[str, AdPlace]:
    found: dict[str, AdPlace] = {}
    for ids in slices(sorted({ad.ad_id for ad in ads if ad.ad_id})):
        found |= await ad_places(session, ad_account_id, ids)
    return found


async def _by_names(
    session: Session, ad_account_id: UUID, ads: Iterable[NamedAd]
) -> Mapping[Names, Sequence[NamedPlace]]:
    found: defaultdict[Names, list[NamedPlace]] = defaultdict(list)
    for names in slices(sorted({ad.names for ad in ads if not ad.ad_id})):
        for each in await ads_by_names(session, ad_account_id, names):
            found[each.names].append(each)
    return found


async def _foreign(session: Session, ad_account_id: UUID, external_ids: Iterable[str]) -> set[str]:
    """Those of the ids that are of ads in other accounts of the tenant."""
    found: set[str] = set()
    for ids in slices(sorted(external_ids)):
        ads = await entities_of(session, Ad, ad_account_id, ids=ids, names=())
        found |= {each.external_id for each in ads if each.ad_account_id != ad_account_id}
    return found


def _ids_by_names(ads: Iterable[NamedAd]) -> Mapping[Names, set[str]]:
    """The ids that the file itself has beside these names."""
    found: defaultdict[Names, set[str]] = defaultdict(set)
    for ad in ads:
        if ad.ad_id and all(ad.names):
            found[ad.names].add(ad.ad_id)
    return found


@dataclass(slots=True)
class _AdFinder:
    known: Mapping[str, AdPlace]
    by_names: Mapping[Names, Sequence[NamedPlace]]
    foreign: set[str]
    ids: Mapping[Names, set[str]]
    _numbers: dict[object, int] = field(default_factory=dict)

    def placed(self, ad: NamedAd) -> PlacedAd:
        if ad.ad_id in self.foreign:
            return PlacedAd(fault=_OF_ANOTHER.format(what="ad", id=ad.ad_id))
        same = self._same(ad)
        if len(same) > 1:
            return PlacedAd(fault=_SEVERAL.format(what="ads"))
        place = self._place(ad)
        key = place.ad_id if place is not None else self.key_of(ad)
        return PlacedAd(self._numbers.setdefault(key, len(self._numbers)), place)

    def key_of(self, ad: NamedAd) -> str | Names:
        """The id of the ad, or its names: what two that nobody knows have in common if they are the same."""
        return next(iter(self._same(ad)), ad.names)

    def _same(self, ad: NamedAd) -> set[str]:
        """The platform's ids that may be meant."""
        if ad.ad_id:
            return {ad.ad_id}
        stored = {each.external_id for each in self.by_names.get(ad.names, ()) if not each.is_placeholder}
        return stored | self.ids.get(ad.names, set())

    def _place(self, ad: NamedAd) -> AdPlace | None:
        if ad.ad_id:
            return self.known.get(ad.ad_id)
        same = self._same(ad)
        if known := next((self.known[each] for each in same if each in self.known), None):
            return known
        found = [each for each in self.by_names.get(ad.names, ()) if not same or each.external_id in same]
        return AdPlace(found[0].ad_id, found[0].ad_set_id, found[0].campaign_id, None) if found else None


async def _above(session: Session, ad_account_id: UUID, ads: Sequence[NamedAd]) -> "_Above":
    """What is known of the campaigns and ad sets of these ads."""
    campaigns = {(ad.campaign_id, ad.campaign_name or NAMELESS) for ad in ads}
    ad_sets = {(ad.ad_set_id, ad.ad_set_name or NAMELESS) for ad in ads}
    return _Above(
        ad_account_id,
        await _entities(session, Campaign, ad_account_id, campaigns),
        await _entities(session, AdSet, ad_account_id, ad_sets),
    )


async def _entities(
    session: Session, entity: Entity, ad_account_id: UUID, named: Iterable[tuple[str, str]]
) -> "_Entities":
    found = _Entities()
    for some in slices(sorted(named)):
        ids = [external_id for external_id, _ in some if external_id]
        names = [name for external_id, name in some if not external_id]
        for each in await entities_of(session, entity, ad_account_id, ids=ids, names=names):
            found.add(each, is_own=each.ad_account_id == ad_account_id)
    return found


@dataclass(slots=True)
class _Entities:
    by_id: dict[str, FoundEntity] = field(default_factory=dict)
    parents: dict[UUID, UUID] = field(default_factory=dict)
    by_name: defaultdict[tuple[UUID, str], dict[UUID, FoundEntity]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, found: FoundEntity, *, is_own: bool) -> None:
        self.by_id[found.external_id] = found
        self.parents[found.id] = found.parent_id
        if is_own:
            self.by_name[found.parent_id, found.name][found.id] = found


@dataclass(slots=True)
class _Above:
    """Where ads belong that nobody knows."""

    ad_account_id: UUID
    campaigns: _Entities
    ad_sets: _Entities
    _made: dict[object, MissingEntity] = field(default_factory=dict)

    def missing(self, ad: NamedAd, key: str | Names) -> MissingEntity:
        """The ad, beside all that is missing above it; raises UnclearPlaceError."""
        campaign = self._entity(Campaign, self.ad_account_id, ad.campaign_id, ad.campaign_name)
        ad_set = self._entity(AdSet, campaign, ad.ad_set_id, ad.ad_set_name)
        external_id = key if isinstance(key, str) else ""
        missing = self._once(Ad, external_id, ad.ad_name, ad_set, key=key)
        # Another line may have put the ad into another ad set before, and there it stays.
        place = missing.above
        missing.campaign = place.above if isinstance(place, MissingEntity) else self.ad_sets.parents[place]
        return missing

    def _entity(
        self, entity: Entity, above: MissingEntity | UUID, external_id: str, named: str
    ) -> MissingEntity | UUID:
        known, what = (self.campaigns, "campaigns") if entity is Campaign else (self.ad_sets, "ad sets")
        if external_id:
            found = known.by_id.get(external_id)
            if found is None:
                return self._once(entity, external_id, named, above, key=external_id)
            if found.ad_account_id != self.ad_account_id:
                raise UnclearPlaceError(_OF_ANOTHER.format(what=what.removesuffix("s"), id=external_id))
            return found.id
        name = named or NAMELESS
        same = known.by_name.get((above, name), {}) if isinstance(above, UUID) else {}
        if len(same) > 1:
            raise UnclearPlaceError(_SEVERAL_ABOVE.format(what=what, name=name))
        return next(iter(same), None) or self._once(entity, "", name, above, key=(above, name))

    def _once(
        self, entity: Entity, external_id: str, name: str, above: MissingEntity | UUID, *, key: object
    ) -> MissingEntity:
        told = name or f"{PLACEHOLDERS[entity]} {external_id}"
        made: MissingEntity = self._made.setdefault((entity, key), MissingEntity(entity, external_id, told, above))
        return made


def slices(values: Sequence[T], size: int = _AT_ONCE) -> Iterator[Sequence[T]]:
    """The values in parts, in their order."""
    return (values[start : start + size] for start in range(0, len(values), size))
