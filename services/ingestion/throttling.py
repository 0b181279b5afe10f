"""Whether a refresh may call its platform now: one rule for all workers and tenants, which share what they know.

Every answer says how full the limits are that it counted towards. What matters of it is kept in Postgres, so that a
limit that one job meets holds its neighbours too: those of the same ad account, whichever tenant has it, and for the
limits of the whole installation all. Nobody sleeps here: a job that is held gives up its worker and comes back.

While the installation's calls are short, tenants take turns: a tenant goes on unless it is some calls ahead of the
least served of those that want calls as well. So whoever is served least is never held for others, those that want
calls stay within the lead plus what one step costs, and each gets its equal share of the calls.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from integrations.errors import Throttled
from integrations.meta.usage import APP_KINDS, LONGEST_REGAIN_S, Usage
from models.ads.ad_account import AdAccount
from models.ingestion.throttle import WHOLE_APP, VendorThrottle, forget_throttles, keep_throttles, throttles_over
from models.ingestion.turn import forget_turns, take_turn
from services.ingestion.source import RefreshSource
from services.patience import patiently
from services.toolbox import Toolbox

_log = structlog.get_logger(__name__)

# Fractions of a limit: from where readings are kept and tenants take turns; where a job waits; where it goes on.
SHORT, NEARLY_FULL, ROOMY = 0.5, 0.9, 0.75
# What a reading must differ by from what is known to be written down: the happy path writes nothing.
_STEP = 0.05
# In how many seconds a full limit drains; Meta counts calls by the hour but for an account's score.
_DRAINS_IN_S = {"ad_account": 300}
_HOUR_S = 3600
# Only of questions that a refresh does not ask: people of more than a year ago by breakdowns.
_OF_NO_CONCERN = frozenset({"reach_app", "reach_account"})
_REFUSAL = "refusal"
_FULL_PERCENT = 100
# Whatever the platform says, a job looks again after this.
LONGEST_WAIT_S = 3600
# How many calls a tenant may be ahead of the least served, and when it looks again.
LEAD_CALLS = 5
TURN_S = 30
# A tenant whose job is under way, or due, wants calls: no step between two looks should take longer.
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
    """The job must wait; it holds no worker meanwhile and burns no attempt."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(hold.reason)
        self.hold = hold


class Pacer:
    """One run's view of the limits: what it learns goes to the others, what they learned holds it."""

    def __init__(self, tools: Toolbox, account: AdAccount, source: RefreshSource | None = None) -> None:
        """Without a source nothing has been called yet."""
        self._tools = tools
        self._account = account
        self._source = source
        self._shared: dict[tuple[str, str | None], Usage] = {}
        self._counted_calls = 0

    async def go_on(self) -> None:
        """Between two steps of a run; raises OnHold when it may not call now."""
        if (hold := await self.look()) is not None:
            raise OnHold(hold)

    async def look(self) -> Hold | None:
        """Shares what the run's answers said of the limits, and reads what everybody's said."""
        return await self._decide(await self._store_and_load(self._learned()))

    async def refused(self, error: Throttled) -> Hold:
        """The platform refused a call: everybody under the same limit waits."""
        now = self._tools.clock()
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
            # Only some headers name a time; the refusal's own holds for every limit that is full with it.
            if limit.utilisation >= 1 and limit.blocked_until is None:
                limit.blocked_until = until
        await self._decide(await self._store_and_load([*learned, refusal]))
        return Hold(error.message, until)

    def _learned(self) -> list[VendorThrottle]:
        """Readings of answers that came since the last look."""
        if self._source is None:
            return []
        now, usage = self._tools.clock(), dict(self._source.usage)
        news = [reading for key, reading in usage.items() if self._shared.get(key) is not reading]
        self._shared = usage
        return [_throttle(reading, self._account, now) for reading in news]

    async def _store_and_load(self, readings: Sequence[VendorThrottle]) -> list[VendorThrottle]:
        """The limits over the account, these readings included; one transaction, mostly of a single read."""
        account, now = self._account, self._tools.clock()

        async def once() -> list[VendorThrottle]:
            async with self._tools.db.write(None) as session:
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
        now, calls = self._tools.clock(), self._newly_made_calls()
        known = [limit for limit in limits if limit.kind not in _OF_NO_CONCERN]
        of_app = [limit for limit in known if limit.external_account_id == WHOLE_APP]
        app = _hold(of_app, now, reason=_APP_TEXT)
        own = _hold([limit for limit in known if limit.external_account_id != WHOLE_APP], now, reason=_ACCOUNT_TEXT)
        turn = None
        if any(fullness(limit, now) >= SHORT for limit in of_app):
            # Who waits for its own account wants no turn.
            wanted_until = now if own else (app.until if app else now) + timedelta(seconds=_WANTS_FOR_S)
            turn = await patiently(partial(self._take_turn, calls, now=now, wanted_until=wanted_until))
        return max((hold for hold in (app, own, turn) if hold), key=lambda hold: hold.until, default=None)

    def _newly_made_calls(self) -> int:
        calls = self._source.calls if self._source is not None else 0
        newly, self._counted_calls = calls - self._counted_calls, calls
        return newly

    async def _take_turn(self, calls: int, *, now: datetime, wanted_until: datetime) -> Hold | None:
        account = self._account
        async with self._tools.db.system(reason="take turns on a platform") as session:
            ahead = await take_turn(
                session, account.tenant_id, account.platform, calls=calls, now=now, until=wanted_until
            )
        return Hold(_TURNS_TEXT, now + timedelta(seconds=TURN_S)) if ahead > LEAD_CALLS else None


async def forget_old_limits(tools: Toolbox) -> int:
    """Deletes readings and turns of more than a day ago: every limit has drained since; answers how many."""
    before = tools.clock() - timedelta(days=1)
    async with tools.db.system(reason="forget old limits") as session:
        return await forget_throttles(session, before=before) + await forget_turns(session, before=before)


def fullness(limit: VendorThrottle, now: datetime) -> float:
    """What is left of a reading by now; a limit that refused counts as full, and as roomy once its time is over."""
    level, since = limit.utilisation, limit.updated_at
    if limit.blocked_until is not None and limit.blocked_until > since:
        if limit.blocked_until > now:
            return max(level, 1.0)
        level, since = ROOMY, limit.blocked_until
    return max(0.0, level - max(0.0, (now - since).total_seconds()) / _drains_in_s(limit))


def is_news(reading: VendorThrottle, known: VendorThrottle | None, now: datetime) -> bool:
    """Whether others should know: it blocks, or it tells of a limit half full something new."""
    if reading.blocked_until is not None:
        return known is None or known.blocked_until is None or reading.blocked_until > known.blocked_until
    before = fullness(known, now) if known is not None else 0.0
    return max(before, reading.utilisation) >= SHORT and abs(before - reading.utilisation) >= _STEP


def _hold(limits: Iterable[VendorThrottle], now: datetime, *, reason: str) -> Hold | None:
    until = max((_free_from(limit, now) for limit in limits), default=now)
    return Hold(reason, until) if until > now else None


def _free_from(limit: VendorThrottle, now: datetime) -> datetime:
    """The time that the platform named, else when the limit has room again."""
    if limit.blocked_until is not None and limit.blocked_until > now:
        return limit.blocked_until
    level = fullness(limit, now)
    if level < NEARLY_FULL:
        return now
    return now + timedelta(seconds=min((level - ROOMY) * _drains_in_s(limit), LONGEST_REGAIN_S))


def _drains_in_s(limit: VendorThrottle) -> int:
    return _DRAINS_IN_S.get(limit.kind, _HOUR_S)


def _throttle(reading: Usage, account: AdAccount, now: datetime) -> VendorThrottle:
    """A header that names no account speaks of the one that was asked about."""
    account_id = WHOLE_APP if reading.kind in APP_KINDS else reading.external_account_id or account.external_id
    regain_s = min(reading.regain_s or 0, LONGEST_REGAIN_S) if reading.utilisation >= _FULL_PERCENT else 0
    return VendorThrottle(
        platform=account.platform,
        external_account_id=account_id,
        kind=reading.kind,
        utilisation=reading.utilisation / _FULL_PERCENT,
        blocked_until=now + timedelta(seconds=regain_s) if regain_s else None,
        updated_at=now,
    )
