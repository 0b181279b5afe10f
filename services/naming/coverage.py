"""Says how far naming templates reach: of the ads that delivered, how many have names that they match."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from analytics.enums import NamingLevel, NamingStatus
from analytics.naming.derived import NamedEntity
from analytics.naming.deriver import Deriver
from analytics.periods import AskedRange
from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.ads.named_entities import named_by_ids
from models.database import Database, ReadSession
from models.insights.accounts import accounts_for_insights, tenant_currency
from models.naming.spend_by_ad import AdSpend, spend_by_ad
from models.naming.template import naming_templates, rules_of
from services.insights.questions import spans_of
from services.naming.override_source import OverrideSource
from services.naming.turns import in_turns

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class NamingCoverage:
    """Ads that delivered, by how their names are read; an ad is only as good as the worst of the names above it too.

    `unmatched_spend_share` is None where nothing was spent, or an exchange rate is missing. `names` are those that no
    template matches, what was spent on them most first.
    """

    matched: int
    partial: int
    unmatched: int
    unmatched_spend_share: float | None
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Read:
    """How the names of an ad, its ad set and its campaign are read; of an ad that is gone nothing is."""

    status: NamingStatus
    unmatched: tuple[str, ...]


async def naming_coverage(db: Database, viewer: Viewer, asked: AskedRange, *, now: datetime) -> NamingCoverage:
    """How the names of ads that delivered in the range are read by the templates of today; needs READ.

    Raises BadInput for a range that cannot be.
    """
    require(viewer, Permission.READ)
    async with db.read(viewer, is_snapshot=True) as session:
        accounts = await accounts_for_insights(session, None)
        currencies, into = {each.currency for each in accounts}, await tenant_currency(session)
        spent = await spend_by_ad(session, spans_of(accounts, asked, now), sorted(currencies), into=into)
        read = await _read(session, [each.ad_id for each in spent])
    return _coverage(spent, read)


def _coverage(spent: Sequence[AdSpend], read: Mapping[UUID, _Read]) -> NamingCoverage:
    gone = _Read(NamingStatus.UNMATCHED, ())
    counts, by_name = dict.fromkeys(NamingStatus, 0), defaultdict[str, float](float)
    for each in spent:
        found = read.get(each.ad_id, gone)
        counts[found.status] += 1
        for name in found.unmatched:
            by_name[name] += each.spend
    total = math.fsum(each.spend for each in spent)
    lost = math.fsum(each.spend for each in spent if read.get(each.ad_id, gone).status is NamingStatus.UNMATCHED)
    return NamingCoverage(
        counts[NamingStatus.MATCHED],
        counts[NamingStatus.PARTIAL],
        counts[NamingStatus.UNMATCHED],
        lost / total if total > 0 else None,
        # What cannot be converted may be much, so it comes first.
        sorted(by_name, key=lambda name: (-math.inf if math.isnan(by_name[name]) else -by_name[name], name)),
    )


async def _read(session: ReadSession, ad_ids: Sequence[UUID]) -> dict[UUID, _Read]:
    templates = [rules_of(each) for each in await naming_templates(session)]
    # How a name is read, mistaken values can change, and nothing that is said of one name or thing.
    overrides = await OverrideSource(session).about_anything()
    deriver, above = Deriver(templates, overrides), dict[UUID, tuple[NamingStatus | None, str]]()
    read: dict[UUID, _Read] = {}
    for start in range(0, len(ad_ids), _AT_ONCE):
        ads = await named_by_ids(session, NamingLevel.AD, ad_ids[start : start + _AT_ONCE])
        for level in (NamingLevel.CAMPAIGN, NamingLevel.AD_SET):
            ids = {_parent(each, level) for each in ads} - above.keys() - {None}
            above |= await _statuses(deriver, await named_by_ids(session, level, [each for each in ids if each]))
        own = await _statuses(deriver, ads)
        for ad in ads:
            names = [own[ad.id], *(above[each] for each in (ad.ad_set_id, ad.campaign_id) if each in above)]
            read[ad.id] = _worst(ad.name, names)
    return read


def _parent(ad: NamedEntity, level: NamingLevel) -> UUID | None:
    return ad.campaign_id if level is NamingLevel.CAMPAIGN else ad.ad_set_id


async def _statuses(deriver: Deriver, entities: Sequence[NamedEntity]) -> dict[UUID, tuple[NamingStatus | None, str]]:
    """How each name is read, None where no template is for it, and the name itself."""
    return {each.id: (deriver.derive_one(each).status, each.name) async for each in in_turns(entities)}


def _worst(ad_name: str, names: Sequence[tuple[NamingStatus | None, str]]) -> _Read:
    """An ad for whose names no template is made is not matched either."""
    statuses = {status for status, _ in names} - {None}
    if not statuses:
        return _Read(NamingStatus.UNMATCHED, (ad_name,))
    unmatched = tuple(name for status, name in names if status is NamingStatus.UNMATCHED)
    if unmatched:
        return _Read(NamingStatus.UNMATCHED, unmatched)
    return _Read(NamingStatus.PARTIAL if NamingStatus.PARTIAL in statuses else NamingStatus.MATCHED, ())
