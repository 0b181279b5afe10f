"""Counts a tenant's ad accounts, campaigns, ad sets, ads and creatives, account by account."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BigInteger, String, func, literal, union_all
from sqlmodel import col, select

from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.database import ReadSession
from models.thin.compiled import TENANT, Compiled, compiled, fetched

# A kind with more rows than this is not counted: reading so much of its index takes a tenth of a second.
MOST_COUNTED = 1_000_000
_MOST_ACCOUNTS = 10_000
_BELOW_ACCOUNTS = (Campaign, AdSet, Ad, Creative)


@dataclass(frozen=True, slots=True)
class EntityCounts:
    """The counts of one tenant: `by_kind` has the number of rows of each table by account id.

    A kind of which there are too many to count is not in it. `external_ids` are the platform's ids of the accounts.
    """

    external_ids: Mapping[UUID, str]
    by_kind: Mapping[type, Mapping[UUID, int]]


async def entity_counts(session: ReadSession) -> EntityCounts:
    """The counts of what the tenant has, disconnected and deleted things included; empty for too many accounts."""
    external_ids: dict[UUID, str] = {}
    found: defaultdict[str, dict[UUID, int]] = defaultdict(dict)
    for name, account_id, number, external_id in await fetched(session, _COUNTS):
        found[name][account_id] = number
        if external_id is not None:
            external_ids[account_id] = external_id
    if len(external_ids) > _MOST_ACCOUNTS:
        return EntityCounts({}, {})
    by_kind = {kind: found[kind.__name__] for kind in (AdAccount, *_BELOW_ACCOUNTS)}
    return EntityCounts(
        external_ids, {kind: counts for kind, counts in by_kind.items() if sum(counts.values()) <= MOST_COUNTED}
    )


def _counts() -> Compiled:
    of_tenant = select(AdAccount.id, AdAccount.external_id).where(col(AdAccount.tenant_id) == TENANT)
    accounts = of_tenant.limit(_MOST_ACCOUNTS + 1).subquery()
    parts = [select(literal(AdAccount.__name__, String), accounts.c.id, literal(1, BigInteger), accounts.c.external_id)]
    for kind in _BELOW_ACCOUNTS:
        some = select(kind.ad_account_id).where(col(kind.tenant_id) == TENANT).limit(MOST_COUNTED + 1).subquery()
        account_id = some.c.ad_account_id
        name = literal(kind.__name__, String)
        parts.append(select(name, account_id, func.count(), literal(None, String)).group_by(account_id))
    return compiled(union_all(*parts))


_COUNTS = _counts()
