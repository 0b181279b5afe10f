"""Whether a refresh may call its platform now: one rule for all workers and tenants, which share what they know.

Every answer of the platform says how full the limits are that it counted towards. Readings that matter are stored in
Postgres, so that a limit that one job meets holds other jobs too: a limit of an ad account those of the same account,
whichever tenant has connected it, and a limit of the whole installation all jobs. Nobody sleeps here: a job that is
held gives up its worker and comes back later.

While the installation's calls are short, tenants take turns. A tenant goes on unless it has made more than LEAD_CALLS
calls above the least served of the tenants that want calls as well. So the least served tenant is never held for
others, and over time every tenant that wants calls gets an equal share of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from analytics.clock import Clock
from integrations.ads.platform import AdSession
from integrations.ads.usage import LONGEST_REGAIN_S, Usage
from integrations.errors import Throttled
from models.ads.ad_account import AdAccount
from models.database import Database
from models.ingestion.throttle import WHOLE_APP, VendorThrottle, forget_throttles, keep_throttles, throttles_over
from models.ingestion.turn import forget_turns, take_turn
from services.patience import patiently

_log = structlog.get_logger(__name__)

# Fractions of a limit. From SHORT on, readings are stored and tenants take turns. From NEARLY_FULL on, a job waits
# before the platform refuses it, until the limit has drained to ROOMY.
SHORT, NEARLY_FULL, ROOMY = 0.5, 0.9, 0.75
# A reading is stored only when it differs from the known one by so much of the limit: most looks then write nothing.
_STEP = 0.05
# In how many seconds a full limit drains. Meta counts the calls of an hour, except for the score of an ad account,
# which decays within 300 seconds.
_DRAINS_IN_S = {"ad_account": 300}
_HOUR_S = 3600
# These two limits are for questions that a refresh does not ask: people of more than a year ago by breakdowns.
_OF_NO_CONCERN = frozenset({"reach_app", "reach_account"})
_REFUSAL = "refusal"
_FULL_PERCENT = 100
# A job looks again after this time, whatever longer wait the platform names.
LONGEST_WAIT_S = 3600
# How many calls a tenant may be ahead of the least served one, and after how long it looks whether it may go on.
LEAD_CALLS = 5
TURN_S = 30
# A tenant counts among those that want calls for so long after its job last looked. So no step between two looks should
# take longer.
_WANTS_FOR_S = 60

_ACCOUNT_TEXT = "The platform's calls for this ad account are used up for a while."
_APP_TEXT = "The platform's calls for this installation are used up for a while."
_TURNS_TEXT = "The platform's calls for this installation are short: other teams' refreshes go first for a moment."


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a job may not call now, in words, and when it may look again."""

    reason: str
    until: datetime


class OnHold(Exception):
    """The job must wait: it occupies no worker meanwhile, and the wait counts as no attempt."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(hold.reason)
        self.hold = hold


class Pacer:
    """One run's view of the limits: it stores what the answers to this run tell, and reads what other runs stored."""

    def __init__(self, db: Database, clock: Clock, account: AdAccount, source: AdSession | None = None) -> None:
        """`source` is None before the job is claimed: then nothing has been called yet."""
        self._db = db
        self._clock = clock
        self._account = account
        self._source = source
        self._shared: dict[tuple[str, str | None], Usage] = {}
        self._counted_calls = 0

    async def go_on(self) -> None:
        """To be called between two steps of a run; raises OnHold when it may not call now."""
        if (hold := await self.look()) is not None:
            raise OnHold(hold)

    async def look(self) -> Hold | None:
        """Stores what the run's answers told of the limits, reads what all runs stored, and says why the job may not
        call now; None when it may.
        """
        return await self._decide(await self._store_and_load(self._learned()))

    async def refused(self, error: Throttled) -> Hold:
        """Stores that the platform refused a call, so that every job under the same limit waits; answers how long."""
        now = self._clock()
        until = now + timedelta(seconds=min(error.retry_after_s, LONGEST_WAIT_S))
        refusal = VendorThrottle(
            platform=self._account.platform,
            external_account_id=WHOLE_APP if error.scope == "app" else self._account.external_id,
            kind=_REFUSAL,
            utilisation=1.0,
            blocked_until=until,
            updated_at=now,
        )
        _log.warning("platform_throttles", account=refusal.external_account_id or None, until=until.isoformat())
        learned = self._learned()
        for limit in learned:
            # Only some headers name the time of release. The refusal's time counts for every limit that is full now.
            if limit.utilisation >= 1 and limit.blocked_until is None:
                limit.blocked_until = until
        await self._decide(await self._store_and_load([*learned, refusal]))
        return Hold(error.message, until)

    def _learned(self) -> list[VendorThrottle]:
        """The readings of answers that came since the last look."""
        if self._source is None:
            return []
        now, usage = self._clock(), dict(self._source.usage)
        # A new answer replaces the reading by another object, even where the numbers are the same.
        news = [reading for key, reading in usage.items() if self._shared.get(key) is not reading]
        self._shared = usage
        return [_throttle(reading, self._account, now) for reading in news]

    async def _store_and_load(self, readings: Sequence[VendorThrottle]) -> list[VendorThrottle]:
        """The limits over the account, with these readings; one transaction, mostly of a single read."""
        account, now = self._account, self._clock()

        async def once() -> list[VendorThrottle]:
            async with self._db.write(None) as session:
                stored = await throttles_over(session, account.platform, account.external_id)
                known = {(limit.external_account_id, limit.kind): limit for limit in stored}
                news = {
                    (reading.external_account_id, reading.kind): reading
                    for reading in readings
                    if is_news(reading, known.get((reading.external_account_id, reading.kind)), now)
                }
                await keep_throttles(session, [*news.values()])
            return [*(known | news).values()]

        return await patiently(once)

    async def _decide(self, limits: Iterable[VendorThrottle]) -> Hold | None:
        """The hold that ends last, of the app's limits, the account's own and the tenant's turn; None without any."""
        now, calls = self._clock(), self._newly_made_calls()
        known = [limit for limit in limits if limit.kind not in _OF_NO_CONCERN]
        of_app = [limit for limit in known if limit.external_account_id == WHOLE_APP]
        app = _hold(of_app, now, reason=_APP_TEXT)
        own = _hold([limit for limit in known if limit.external_account_id != WHOLE_APP], now, reason=_ACCOUNT_TEXT)
        turn = None
        if any(fullness(limit, now) >= SHORT for limit in of_app):
            # Held by its account's own limit, the job makes no calls: its tenant must not count as wanting any. Held by
            # the app's limit, it wants calls as soon as the hold ends.
            wanted_until = now if own else (app.until if app else now) + timedelta(seconds=_WANTS_FOR_S)
            turn = await patiently(partial(self._take_turn, calls, now=now, wanted_until=wanted_until))
        return max((hold for hold in (app, own, turn) if hold), key=lambda hold: hold.until, default=None)

    def _newly_made_calls(self) -> int:
        calls = self._source.calls if self._source is not None else 0
        newly, self._counted_calls = calls - self._counted_calls, calls
        return newly

    async def _take_turn(self, calls: int, *, now: datetime, wanted_until: datetime) -> Hold | None:
        """Counts the calls that were made for the tenant, and holds it when it is too far ahead of the least served."""
        account = self._account
        # Comparing tenants needs the rows of all, which only the system role reads.
        async with self._db.sweep(reason="take turns on a platform") as session:
            ahead = await take_turn(
                session, account.tenant_id, account.platform, calls=calls, now=now, until=wanted_until
            )
        return Hold(_TURNS_TEXT, now + timedelta(seconds=TURN_S)) if ahead > LEAD_CALLS else None


async def forget_old_limits(db: Database, clock: Clock) -> int:
    """Deletes readings and turns of more than a day ago, since every limit has drained by then; answers how many."""
    before = clock() - timedelta(days=1)
    async with db.sweep(reason="forget old limits") as session:
        return await forget_throttles(session, before=before) + await forget_turns(session, before=before)


def fullness(limit: VendorThrottle, now: datetime) -> float:
    """How full a limit is by now, as a fraction: the reading, less what has drained since.

    A limit that refused a call counts as full until the time that the platform named, and as ROOMY from then on.
    """
    level, since = limit.utilisation, limit.updated_at
    if limit.blocked_until is not None and limit.blocked_until > since:
        if limit.blocked_until > now:
            return max(level, 1.0)
        level, since = ROOMY, limit.blocked_until
    return max(0.0, level - max(0.0, (now - since).total_seconds()) / _drains_in_s(limit))


def is_news(reading: VendorThrottle, known: VendorThrottle | None, now: datetime) -> bool:
    """Whether a reading is worth storing for other runs.

    It is when it names a later time of release, or when a limit that is at least half full differs by _STEP.
    """
    if reading.blocked_until is not None:
        return known is None or known.blocked_until is None or reading.blocked_until > known.blocked_until
    before = fullness(known, now) if known is not None else 0.0
    return max(before, reading.utilisation) >= SHORT and abs(before - reading.utilisation) >= _STEP


def _hold(limits: Iterable[VendorThrottle], now: datetime, *, reason: str) -> Hold | None:
    """The hold by the limit that is free last; None when all are free."""
    until = max((_free_from(limit, now) for limit in limits), default=now)
    return Hold(reason, until) if until > now else None


def _free_from(limit: VendorThrottle, now: datetime) -> datetime:
    """The time of release that the platform named; else when a nearly full limit has drained to ROOMY; else now."""
    if limit.blocked_until is not None and limit.blocked_until > now:
        return limit.blocked_until
    level = fullness(limit, now)
    if level < NEARLY_FULL:
        return now
    return now + timedelta(seconds=min((level - ROOMY) * _drains_in_s(limit), LONGEST_REGAIN_S))


def _drains_in_s(limit: VendorThrottle) -> int:
    return _DRAINS_IN_S.get(limit.kind, _HOUR_S)


def _throttle(reading: Usage, account: AdAccount, now: datetime) -> VendorThrottle:
    """The row for a reading; a header that names no account is about the one that was asked about.

    Only a full limit blocks: some headers name a time of release before the limit is full.
    """
    account_id = WHOLE_APP if reading.is_of_app else reading.external_account_id or account.external_id
    regain_s = min(reading.regain_s or 0, LONGEST_REGAIN_S) if reading.utilisation >= _FULL_PERCENT else 0
    return VendorThrottle(
        platform=account.platform,
        external_account_id=account_id,
        kind=reading.kind,
        utilisation=reading.utilisation / _FULL_PERCENT,
        blocked_until=now + timedelta(seconds=regain_s) if regain_s else None,
        updated_at=now,
    )
