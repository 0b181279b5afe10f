"""Keeps tags as templates, overrides, names and places say: derives them anew and writes what differs.

It is called in the transaction of whatever may change them: of a template or an override, and of a refresh that stores
campaigns, ad sets or ads. Each locks the accounts concerned before it reads templates and names. So of a refresh and a
change of naming at the same time one waits for the other, and the later one sees what both have stored.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from analytics.enums import NamingLevel, OverrideScope
from analytics.naming.derived import FieldValue, NamedEntity
from analytics.naming.deriver import Deriver
from analytics.naming.resolution import Resolution
from analytics.naming.template import TemplateRules
from models.ads.ad_account import lock_ad_accounts
from models.ads.named_entities import ad_sets_below, ads_below, ads_showing, named_by_ids, named_page
from models.ads.tag_swap import TagChanges, TagPlace, compare_tags, store_changes
from models.database import WriteSession
from models.naming.override import NamingOverride, has_overrides, naming_overrides, rule_of
from models.naming.template import naming_templates, rules_of
from services.ad_links.queueing import find_links_by_tags
from services.datasets.queueing import renew_datasets
from services.naming.override_source import OverrideSource
from services.naming.turns import in_turns

# Entities that are read and compared by one statement: it takes some milliseconds.
_AT_ONCE = 1_000
# Rows that are gathered before they are written: fewer at a time take longer, and these are some megabytes.
_MOST_ROWS = 50_000

T = TypeVar("T")
Sink = Callable[[WriteSession, TagChanges], Awaitable[None]]


async def forget_changes(_session: WriteSession, _changes: TagChanges) -> None:
    """What a trial does with changes instead of storing them."""


class Tagger:
    """Derives entities of one tenant in one transaction, parents before their children, each of them once.

    `changed` are the entities whose tags differ from what is stored. Of `overrides` the deriver is told those that
    concern what it derives; without them it knows all.
    """

    def __init__(
        self,
        session: WriteSession,
        deriver: Deriver,
        sink: Sink = store_changes,
        *,
        overrides: OverrideSource | None = None,
        most_rows: int = _MOST_ROWS,
    ) -> None:
        self._session, self._deriver, self._overrides = session, deriver, overrides
        self._sink, self._most_rows = sink, most_rows
        self._known: set[UUID] = set()
        self._compared: set[UUID] = set()
        self._changes = TagChanges()
        self.changed: set[UUID] = set()

    async def tag_all(self) -> None:
        """Derives everything that the tenant has."""
        for level in NamingLevel:
            after: UUID | None = None
            while found := await named_page(self._session, level, after, _AT_ONCE):
                after = found[-1].id
                await self._compare(found)
        await self._flush()

    async def tag(self, level: NamingLevel, ids: Iterable[UUID]) -> None:
        """Derives these, and what is below those of them whose tags change."""
        for some in _slices(list(dict.fromkeys(ids)), _AT_ONCE):
            await self._tag_found(level, await named_by_ids(self._session, level, some))
        await self._flush()

    async def tag_showing(self, creative_ids: Iterable[UUID]) -> None:
        """Derives the ads that show one of these creatives."""
        for some in _slices(list(dict.fromkeys(creative_ids)), _AT_ONCE):
            await self._tag_found(NamingLevel.AD, await ads_showing(self._session, some))
        await self._flush()

    async def tag_named(self, is_meant: Callable[[str], bool]) -> None:
        """Derives what has a name that is meant, and what is below those whose tags change."""
        for level in NamingLevel:
            after: UUID | None = None
            while found := await named_page(self._session, level, after, _AT_ONCE):
                after = found[-1].id
                await self._tag_found(level, [each async for each in in_turns(found) if is_meant(each.name)])
        await self._flush()

    async def _tag_found(self, level: NamingLevel, found: Sequence[NamedEntity]) -> None:
        for some in _slices([each for each in found if each.id not in self._compared], _AT_ONCE):
            await self._learn_parents(some)
            changed = await self._compare(some)
            for parents in _slices(changed, _AT_ONCE):
                if level is NamingLevel.CAMPAIGN:
                    await self._tag_found(NamingLevel.AD_SET, await ad_sets_below(self._session, parents))
                elif level is NamingLevel.AD_SET:
                    await self._tag_found(NamingLevel.AD, await ads_below(self._session, parents))

    async def _learn_parents(self, entities: Sequence[NamedEntity]) -> None:
        """Derives what these inherit from, without a look at what is stored of it."""
        ad_sets = {each.ad_set_id for each in entities if each.ad_set_id is not None} - self._known
        if ad_sets:
            found = await named_by_ids(self._session, NamingLevel.AD_SET, list(ad_sets))
            await self._learn_parents(found)
            await self._derive(found)
        campaigns = {each.campaign_id for each in entities if each.campaign_id is not None} - self._known
        if campaigns:
            await self._derive(await named_by_ids(self._session, NamingLevel.CAMPAIGN, list(campaigns)))

    async def _compare(self, entities: Sequence[NamedEntity]) -> list[UUID]:
        """Those of these whose tags differ from what is stored."""
        wanted = await self._derive(entities)
        self._compared.update(wanted)
        for place, some in _by_place(entities).items():
            await compare_tags(self._session, self._changes, place, {each.id: wanted[each.id] for each in some})
        changed = [each.id for each in entities if each.id in self._changes.entities]
        if self._changes.rows > self._most_rows:
            await self._flush()
        return changed

    async def _derive(self, entities: Sequence[NamedEntity]) -> Mapping[UUID, Sequence[FieldValue]]:
        if self._overrides is not None:
            self._deriver.tell(await self._overrides.about(entities))
        derived = {each.id: self._deriver.derive_one(each).tags async for each in in_turns(entities)}
        self._known.update(each.id for each in entities if each.level is not NamingLevel.AD)
        return derived

    async def _flush(self) -> None:
        await self._sink(self._session, self._changes)
        self.changed |= self._changes.entities
        self._changes = TagChanges()


async def store_for_all(session: WriteSession, changes: TagChanges) -> None:
    """Stores changes that no refresh has brought; data sets show them, and some may say what an ad advertises."""
    await store_changes(session, changes)
    await renew_datasets(session, changes.accounts)
    await find_links_by_tags(session)


async def tag_tenant(session: WriteSession) -> set[UUID]:
    """Derives everything anew, as templates and overrides are stored; answers the entities whose tags have changed."""
    await lock_ad_accounts(session)
    templates, overrides = await _load_templates(session), await naming_overrides(session)
    # In a thread of its own: a hundred thousand overrides take half a second, in which others are served.
    deriver = await asyncio.to_thread(lambda: Deriver(templates, [rule_of(each) for each in overrides]))
    tagger = Tagger(session, deriver, store_for_all)
    await tagger.tag_all()
    return tagger.changed


async def tag_overridden(
    session: WriteSession, overrides: OverrideSource, about: Iterable[NamingOverride], sink: Sink = store_for_all
) -> set[UUID]:
    """Derives what `about` may concern, as `overrides` say; answers the entities whose tags change."""
    await lock_ad_accounts(session)
    deriver = Deriver(await _load_templates(session), await overrides.about_anything())
    tagger = Tagger(session, deriver, sink, overrides=overrides)
    rules = [rule_of(each) for each in about]
    of_texts = [each for each in rules if isinstance(each.target, str)]
    if any(each.scope is OverrideScope.VALUE for each in of_texts):  # any name may have the mistaken value
        await tagger.tag_all()
        return tagger.changed
    targets: defaultdict[OverrideScope, list[UUID]] = defaultdict(list)
    for each in rules:
        if isinstance(each.target, UUID):
            targets[each.scope].append(each.target)
    for level in NamingLevel:
        await tagger.tag(level, targets[OverrideScope.ENTITY])
    await tagger.tag_showing(targets[OverrideScope.CREATIVE])
    if of_texts:
        await tagger.tag_named(Resolution(of_texts).is_about)
    return tagger.changed


async def tag_stored(session: WriteSession, level: NamingLevel, ids: Sequence[UUID]) -> None:
    """Derives entities that a refresh has just stored, and what is below those of them whose tags change.

    The refresh has raised the `data_version` of their account before, and so locked it.
    """
    if not ids:
        return
    templates = await _load_templates(session)
    if not templates and not await has_overrides(session):
        return
    overrides = OverrideSource(session)
    deriver = Deriver(templates, await overrides.about_anything())
    tagger = Tagger(session, deriver, overrides=overrides)
    await tagger.tag(level, ids)
    if tagger.changed:
        await find_links_by_tags(session, is_hurried=False)


async def _load_templates(session: WriteSession) -> list[TemplateRules]:
    return [rules_of(each) for each in await naming_templates(session)]


def _by_place(entities: Sequence[NamedEntity]) -> Mapping[TagPlace, list[NamedEntity]]:
    found: defaultdict[TagPlace, list[NamedEntity]] = defaultdict(list)
    for each in entities:
        found[TagPlace(each.ad_account_id, each.level)].append(each)
    return found


def _slices(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))
