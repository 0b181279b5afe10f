"""Chooses the set of breakdowns from which each account is read: one for its days, whatever other accounts have."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from analytics.enums import Breakdown
from analytics.meta.breakdowns import OFFERED, combination_of, set_name, sets_with, unknown_columns
from errors import BadInput
from models.database import ReadSession
from models.insights.days import StoredDays, stored_parts
from models.insights.question import AccountDays

Stored = Mapping[tuple[UUID, str], StoredDays]


def in_order(breakdowns: Collection[Breakdown], *, compared: Collection[Breakdown] = ()) -> tuple[Breakdown, ...]:
    """The breakdowns of `groupBy` in the order of their set.

    Raises BadInput where the platform does not divide by them and those that a filter compares together.
    """
    known = combination_of([*breakdowns, *({*compared} - {*breakdowns})])
    if known is None:
        raise BadInput(f"{OFFERED}. A filter's breakdown counts too.")
    return tuple(each for each in known if each in breakdowns)


async def choose_sets(
    session: ReadSession, spans: Sequence[AccountDays], needed: Collection[Breakdown], *, columns: Collection[str]
) -> tuple[tuple[AccountDays, ...], Mapping[UUID, StoredDays]]:
    """The spans divided by the sets from which their accounts are read, and what is stored of these by account.

    `columns` are the facts that are asked for. An account is read from the set of which more days were read; where they
    are as many, from that of just the `needed` breakdowns. The days that are compared with have a set of their own. A
    set that lacks a fact stands in for another one only where no account has that: its nulls would make sums over
    accounts partial.
    """
    compared = [replace(span, days=span.compared) for span in spans if span.compared is not None]
    holders = [set_name(each) for each in sets_with(needed)]
    now = await stored_parts(session, spans, holders)
    then = await stored_parts(session, compared, holders) if compared else {}
    knowing = [set_name(each) for each in sets_with(needed) if not {*unknown_columns(each)} & {*columns}]
    usable = knowing if any(name in knowing for _, name in (*now, *then)) else holders
    found: dict[AccountDays, list[UUID]] = defaultdict(list)
    stored = {}
    for span in spans:
        for account in span.ad_account_ids:
            best, before = _best(account, usable, now), _best(account, usable, then)
            found[replace(span, ad_account_ids=(), breakdown_set=best, compared_set=before)].append(account)
            if (account, best) in now:
                stored[account] = now[account, best]
        if not span.ad_account_ids:
            found[replace(span, breakdown_set=usable[0], compared_set=usable[0])] = []
    return tuple(replace(span, ad_account_ids=tuple(ids)) for span, ids in found.items()), stored


def _best(account: UUID, sets: Sequence[str], stored: Stored) -> str:
    """The first of `sets` of which no other has more days with numbers."""

    def days(name: str) -> int:
        found = stored.get((account, name))
        return found.stored - found.lost if found is not None else 0

    return max(sets, key=days)
