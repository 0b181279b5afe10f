"""A model of refreshes: whatever goes wrong on the way, the stored rows are those that the platform reports."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from math import ceil

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from analytics.periods import AskedDays
from models.ads.ad_account import AdAccount
from models.refreshes.job import RefreshJob, RefreshStatus
from models.refreshes.job_queries import FINISHED
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from sandbox.meta.trouble.limits import BrokenField, Heaviness
from services.toolbox import Toolbox
from tests.drills.strangers_rows import AdDayRow, days, differences, reported_rows, stored_rows
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import NOON, Interrupted, Killed, RefreshWorld, forget_limits, refresh_world
from tests.worlds.vendors import meta_of

pytestmark = pytest.mark.drill

# Steady ads: two months of them are three pages.
ADS, PAGE, HISTORY_DAYS = 24, 500, 59
MOST_RUNS = 40
# The account, four lists of entities and four questions about people.
CALLS_BESIDE_INSIGHTS = 9
LONGEST_SLICE_CALLS = 12
# Of a report run: asking, polls and pages, with the way down to what is light enough.
CALLS_TO_LIGHTEN, CALLS_OF_A_HEAVY_DAY = 100, 30
# What is left of a row without a field.
LOST: dict[str, Callable[[AdDayRow], AdDayRow]] = {
    "actions": lambda row: row._replace(actions=frozenset()),
    "action_values": lambda row: row._replace(action_values=frozenset()),
}

SPOILED = (
    FaultKind.EMPTY_PAGE, FaultKind.REPEAT_ROW, FaultKind.NO_CURSORS, FaultKind.TRUNCATED, FaultKind.NOT_JSON,
    FaultKind.HTML_503, FaultKind.RESET, FaultKind.ANSWER_LOST,
)  # fmt: skip
# Temporary ones, throttles of account and app, and one that ends the job.
ERRORS = (
    (1, None), (2, None), (2, 1504044), (17, 2446079), (613, 1487742), (80000, 2446079), (80004, 2446079), (4, 1504022),
    (4, None), (200, None),
)  # fmt: skip
PATHS = ("act_9000", "act_9000/campaigns", "act_9000/ads", "act_9000/insights", "act_9000/insights")
# What a refresh goes on without, as a gap: people and names of assets, never the rows of ads.
SPARED = {"reach", "creatives"}
# A list that is refused in its middle is a gap of its own; by the paths of the lists.
LISTS = {"act_9000/campaigns": "campaigns", "act_9000/ads": "ads"}


class Blow(Enum):
    """What ends a run: its process, a deploy, or Postgres' end of every connection."""

    KILL = auto()
    STOP = auto()
    DATABASE_RESTART = auto()


@dataclass(frozen=True, slots=True)
class Refresh:
    """The days, what goes wrong while they are read, and what the platform takes back or restates before."""

    since: date
    until: date
    faults: tuple[FaultRule, ...]
    blows: tuple[tuple[Blow, int], ...]
    vanishing: date | None
    is_restated: bool
    # How much one question may ask for, and a field that cannot be computed for an ad on a day.
    heaviness: Heaviness
    broken: tuple[str, int, date] | None

    @property
    def disturbances(self) -> int:
        return len(self.blows) + sum(fault.times or 0 for fault in self.faults)


def limits() -> some.SearchStrategy[Heaviness]:
    rows = some.none() | some.integers(ADS // 2, HISTORY_DAYS * ADS)
    heavy = some.builds(
        Heaviness,
        page_budget=some.none() | some.integers(2_000, 400_000),
        most_rows=rows,
        sync_rows=rows,
        run_rows=rows,
    )
    return some.just(Heaviness()) | heavy


def faults() -> some.SearchStrategy[FaultRule]:
    times = {"path": some.sampled_from(PATHS), "nth": some.integers(1, 5), "times": some.integers(1, 3)}
    spoiled = some.builds(FaultRule, some.sampled_from(SPOILED), **times)
    refused = some.builds(
        lambda error, **rest: FaultRule(FaultKind.ERROR, code=error[0], subcode=error[1], **rest),
        some.sampled_from(ERRORS),
        **times,
    )
    return some.one_of(spoiled, refused)


@some.composite
def refreshes(draw: some.DrawFn) -> Refresh:
    since = TODAY - timedelta(days=draw(some.integers(0, HISTORY_DAYS)))
    until = since + timedelta(days=draw(some.integers(0, (TODAY - since).days)))
    blows = some.lists(some.tuples(some.sampled_from(Blow), some.integers(0, 3)), max_size=3)
    return Refresh(
        since,
        until,
        tuple(draw(some.lists(faults(), max_size=4))),
        tuple(draw(blows)),
        draw(some.none() | some.dates(since, until)),
        draw(some.booleans()),
        draw(limits()),
        draw(
            some.none()
            | some.tuples(some.sampled_from(list(LOST)), some.integers(0, ADS - 1), some.dates(since, until))
        ),
    )


class Model:
    """One account of a new tenant, and the rows that it must hold."""

    def __init__(self, world: RefreshWorld, account: AdAccount) -> None:
        self.world = world
        self.account = account
        self.rows: dict[date, list[AdDayRow]] = {}
        self.broken: str | None = None
        # The day whose field broke: the next refresh reads it again, whatever its range.
        self.lost_on: date | None = None
        # What was once too heavy is asked for lightly from then on.
        self.was_heavy = False

    @property
    def expected(self) -> list[AdDayRow]:
        return [row for rows in self.rows.values() for row in rows]

    async def live_through(self, refresh: Refresh) -> None:
        self._change_upstream(refresh)
        reported = await self._reported(refresh)
        again = await self._reported_again(refresh)
        self._grow_heavy(refresh, reported)
        for fault in refresh.faults:
            self.world.server.admin.add_fault(fault)
        job = await self._ended(refresh, list(refresh.blows))
        self.world.server.admin.clear_faults()
        if job.status is RefreshStatus.FAILED:
            await self._holds_whole_days(reported | again)
            job = await self._ended(refresh, [])
        assert (job.status, job.attempt) == (RefreshStatus.SUCCEEDED, 1)
        refused = {LISTS[fault.path] for fault in refresh.faults if fault.path in LISTS and fault.code is not None}
        assert {gap["field"] for gap in job.gaps} - SPARED - refused == ({self.broken} if self.broken else set())
        assert job.days_done == job.days_total
        self.rows |= reported | again
        assert await differences(self.world, self.account, self.expected) == []

    def _change_upstream(self, refresh: Refresh) -> None:
        admin = self.world.server.admin
        if refresh.vanishing is not None:
            admin.vanish(self.account.external_id, refresh.vanishing)
        if refresh.is_restated:
            admin.set_clock(admin.sandbox.clock.now() + timedelta(hours=25))

    def _grow_heavy(self, refresh: Refresh, reported: dict[date, list[AdDayRow]]) -> None:
        """From here on; the field that breaks is missing in what can be stored of its row."""
        admin = self.world.server.admin
        admin.set_heaviness(refresh.heaviness)
        self.was_heavy |= refresh.heaviness != Heaviness() or refresh.broken is not None
        admin.sandbox.broken_fields.clear()
        self.broken = self.lost_on = None
        if refresh.broken is None:
            return
        field, number, day = refresh.broken
        rows = reported[day]
        if number < len(rows):
            self.broken, self.lost_on = field, day
            admin.break_field(BrokenField(field, rows[number].ad, day))
            rows[number] = LOST[field](rows[number])

    async def _reported(self, refresh: Refresh) -> dict[date, list[AdDayRow]]:
        self.world.server.admin.set_heaviness(Heaviness())
        self.world.server.admin.sandbox.broken_fields.clear()
        found = await reported_rows(self.world, self.account.external_id, refresh.since, refresh.until)
        return {day: [row for row in found if row.day == day] for day in days(refresh.since, refresh.until)}

    async def _reported_again(self, refresh: Refresh) -> dict[date, list[AdDayRow]]:
        """The day that the refresh before lost something of, where it lies outside of this one's range."""
        day = self.lost_on
        if day is None or refresh.since <= day <= refresh.until:
            return {}
        return {day: await reported_rows(self.world, self.account.external_id, day, day)}

    async def _ended(self, refresh: Refresh, blows: list[tuple[Blow, int]]) -> RefreshJob:
        """Runs the job as workers would until it has ended: again after a blow, and after the time that it waits."""
        disturbances = refresh.disturbances if blows or refresh.faults else 0
        asked_before = len(self.world.server.admin.log())
        job = await self.world.requested(self.account, AskedDays(refresh.since, refresh.until))
        for _ in range(MOST_RUNS):
            if job.status in FINISHED:
                asked = len(self.world.server.admin.log()) - asked_before
                assert asked <= self._most_calls(refresh, disturbances)
                return job
            if job.resumes_at is not None:
                self.world.moved_by = max(self.world.moved_by, job.resumes_at - NOON)
            job = await self._run(job, *blows.pop(0)) if blows else await self.world.run(job)
        raise AssertionError(f"does not end: {job.status}, {job.wait_reason}")

    def _most_calls(self, refresh: Refresh, disturbances: int) -> int:
        number = (refresh.until - refresh.since).days + 1
        fewest = CALLS_BESIDE_INSIGHTS + ceil(number * ADS / PAGE) + 5
        if self.was_heavy:
            fewest += CALLS_TO_LIGHTEN + number * CALLS_OF_A_HEAVY_DAY
        return fewest + disturbances * (CALLS_BESIDE_INSIGHTS + LONGEST_SLICE_CALLS)

    async def _run(self, job: RefreshJob, blow: Blow, pages: int) -> RefreshJob:
        run: asyncio.Task[RefreshJob]

        async def strike() -> None:
            match blow:
                case Blow.KILL:
                    raise Killed
                case Blow.STOP:
                    run.cancel()
                case Blow.DATABASE_RESTART:
                    await self._end_connections()

        run = asyncio.create_task(self.world.run(job, Interrupted(meta_of(self.world.tools), strike, pages=pages)))
        await asyncio.wait([run])
        if not run.cancelled() and (error := run.exception()) and not isinstance(error, Killed):
            raise error
        return await self.world.row(job)

    async def _end_connections(self) -> None:
        await self.world.select(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = current_user and datname = current_database() and pid <> pg_backend_pid()"
        )

    async def _holds_whole_days(self, reported: dict[date, list[AdDayRow]]) -> None:
        """After a failure each day is as it was before, or as it is reported now."""
        found: dict[date, set[AdDayRow]] = {}
        for row in await stored_rows(self.world, self.account):
            found.setdefault(row.day, set()).add(row)
        for day in self.rows.keys() | reported.keys():
            whole = [set(self.rows.get(day, ())), set(reported.get(day, self.rows.get(day, ())))]
            assert found.pop(day, set()) in whole
        assert not found


@pytest.fixture(scope="module")
async def new_model(tools: Toolbox) -> AsyncIterator[Callable[[], Awaitable[Model]]]:
    """Each of a tenant of its own, on a sandbox as it was after its first start."""
    async with refresh_world(tools, extra_ads=ADS) as shared:

        async def make() -> Model:
            shared.server.admin.reset()
            # Limits are the installation's: one that the example before has met would make this one wait and ask again.
            await forget_limits(tools)
            world = await shared.another_tenant()
            return Model(world, await world.connected("act_9000"))

        yield make


# Shrinking a failure takes longer than all examples; `print_blob` tells how to see the same one again.
@settings(
    max_examples=12, phases=[Phase.reuse, Phase.generate], print_blob=True, suppress_health_check=list(HealthCheck)
)
@given(history=some.lists(refreshes(), min_size=1, max_size=3))
async def test_rows_are_those_of_the_platform_whatever_happens(
    new_model: Callable[[], Awaitable[Model]], history: list[Refresh]
) -> None:
    model = await new_model()
    for refresh in history:
        await model.live_through(refresh)
