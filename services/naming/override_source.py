"""Finds the overrides that concern entities, some entities at a time: a team may have a hundred thousand of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from analytics.naming.derived import NamedEntity
from analytics.naming.override import OverrideRule
from models.database import ReadSession, WriteSession
from models.naming.override import ABOUT_ANYTHING, NamingOverride, about_name, overrides_about, rule_of


class OverrideSource:
    """The stored overrides of the session's tenant: without those that are `gone`, and with `new` ones behind them."""

    def __init__(
        self, session: ReadSession | WriteSession, *, gone: Collection[UUID] = (), new: Iterable[NamingOverride] = ()
    ) -> None:
        self._session, self._gone = session, gone
        self._new: defaultdict[UUID, list[NamingOverride]] = defaultdict(list)
        for each in new:
            self._new[each.about].append(each)

    async def about_anything(self) -> list[OverrideRule]:
        """Those that may concern whatever there is, such as patterns of names."""
        return await self._about([ABOUT_ANYTHING])

    async def about(self, entities: Iterable[NamedEntity]) -> list[OverrideRule]:
        """All others that concern one of these: itself, its creative or its name, and not what is above it."""
        ids: set[UUID] = set()
        for each in entities:
            ids |= {each.id, about_name(each.name)}
            if each.creative_id is not None:
                ids.add(each.creative_id)
        return await self._about(list(ids))

    async def _about(self, ids: Sequence[UUID]) -> list[OverrideRule]:
        stored = [each for each in await overrides_about(self._session, ids) if each.id not in self._gone]
        new = [each for of in ids for each in self._new.get(of, ())]
        return [rule_of(each) for each in (*stored, *new)]
