"""Questions on five million ad-days: ours as the runtime role under its policies, against sorted DuckDB.

`python -m benchmarks.insights_sql [TENANTS]`: 50 tenants have 5.4 million ad-days. A tenth of them is filled and asked
first, so that what a tenant pays for others can be seen.
"""

import math
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from auth.viewer import Viewer
from benchmarks.insights.duck import Duck
from benchmarks.insights.questions import Question, questions
from benchmarks.insights.warehouse import Account, warehouse
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import NOON, Place, own_postgres, run, toolbox
from models.database import Database
from models.insights.rows import PageAsked, RowsPage, load_rows
from models.keyset import Window
from models.thin.watching import Ended, watch
from services.insights.answers import AskedParts, answer
from services.insights.questions import prepare
from services.toolbox import Toolbox

TENANTS, DAYS, PART_DAYS, REPEATS, UNCOUNTED = 50, 365, 60, 40, 6
# Ten accounts, 294 ads: times 50 tenants 14,700 ads, the largest account 109.
SIZES = (109, 60, 40, 25, 18, 14, 10, 8, 6, 4)
# Durability is not measured, and loading takes half the time without it. A quarter of the machine's memory is usual.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "max_wal_size": "8GB", "shared_buffers": "2GB"}
WAYS = ("DuckDB", "our SQL", "our service")
# By question and way the milliseconds on the clock, and of CPU under f"{way}, CPU": DuckDB has the whole machine, one
# server process of Postgres answers us, and what else the machine does takes time from both.
Times = dict[str, dict[str, list[float]]]


class _Sent(Exception):
    """A statement would be sent now."""


@dataclass(frozen=True, slots=True)
class _Stopped:
    """A session that ends at the first statement."""

    tenant_id: UUID | None

    async def fetch(self, _text: str, _values: Sequence[Any]) -> None:
        raise _Sent


@dataclass(frozen=True, slots=True)
class Bench:
    tools: Toolbox
    place: Place
    duck: Duck
    viewer: Viewer
    accounts: Sequence[Account]

    async def ask(self, question: Question) -> Sequence[Any]:
        """As the API's resolver does: what the question means, and its rows, in one session."""
        page = Window(first=question.first)
        parts = AskedParts(pages=(page,), rows=question.shown)
        found = (await answer(self.tools.db, self.viewer, lambda _: (question.request, parts), now=NOON)).pages[page]
        assert isinstance(found, RowsPage), found
        return found.rows

    @asynccontextmanager
    async def plain_session(self) -> AsyncIterator[asyncpg.Connection]:
        """Asyncpg alone, with the policies on."""
        connection = await asyncpg.connect(self.place.urls.runtime)
        async with connection.transaction(readonly=True):
            # What the product begins such a session with.
            tenant = f"set local app.tenant_id = '{self.viewer.tenant_id}'"
            await connection.execute(f"{tenant}; set local plan_cache_mode = force_custom_plan")
            yield connection
        await connection.close()

    async def planned(self, question: Question) -> list[float]:
        """Milliseconds of our CPU from the question to its statement with values, as it would be sent to Postgres."""
        async with self.tools.db.read(self.viewer) as session:
            asked = await prepare(session, question.request, now=NOON, has_meta=False)
        stopped: Any = _Stopped(self.viewer.tenant_id)
        times = []
        for _ in range(UNCOUNTED + REPEATS):
            began = time.thread_time()
            with suppress(_Sent):
                await load_rows(
                    stopped, asked.question, question.shown, PageAsked(Window(first=question.first), asked.sort)
                )
            times.append((time.thread_time() - began) * 1000)
        return times[UNCOUNTED:]

    async def statements(self, question: Question) -> int:
        """How many statements an answer with rows, totals, count and meta takes."""
        parts = AskedParts(
            (Window(first=question.first),), rows=question.shown, totals=question.shown, has_count=True, has_meta=True
        )
        with sent_statements(self.tools.db) as sent:
            await answer(self.tools.db, self.viewer, lambda _: (question.request, parts), now=NOON)
        return len(sent)

    async def measured(self, asked: Sequence[Question]) -> Times:
        """All questions and ways take turns, so that each round is of one moment of the machine."""
        times: Times = {question.name: defaultdict(list) for question in asked}
        async with self.plain_session() as plain:
            prepared = [(await self._checked(plain, question)) for question in asked]
            clocks = dict(
                zip(WAYS, (time.process_time, _cpu_of(plain.get_server_pid()), time.process_time), strict=True)
            )
            for round_ in range(UNCOUNTED + REPEATS):
                for question, ours in zip(asked, prepared, strict=True):
                    ways = (self._in_duckdb(question), ours, lambda question=question: self.ask(question))
                    for way, step in zip(WAYS, ways, strict=True):
                        took, cpu = await timed(step, clocks[way])
                        if round_ >= UNCOUNTED:
                            times[question.name][way].append(took)
                            times[question.name][f"{way}, CPU"].append(cpu)
        return times

    async def _checked(self, plain: asyncpg.Connection, question: Question) -> Callable[[], Awaitable[Any]]:
        """The question as our SQL, once its answer was found to be DuckDB's."""
        with sent_statements(self.tools.db) as sent:
            rows = await self.ask(question)
        # Something else of the process may have been sent meanwhile; only rows have what they were sorted by.
        text, values = next(each for each in reversed(sent) if "sorted_0" in each[0])
        expected = self.duck.rows(question.duck, question.parameters)[: question.first]
        assert rows, question.name
        assert_same([question.cells(row) for row in rows], expected)
        prepared = await plain.prepare(text)
        return lambda: prepared.fetch(*values)

    def _in_duckdb(self, question: Question) -> Callable[[], Awaitable[Any]]:
        async def step() -> None:
            self.duck.rows(question.duck, question.parameters)

        return step


def assert_same(ours: Sequence[Sequence[Any]], theirs: Sequence[Sequence[Any]]) -> None:
    """Numbers may differ by rounding alone: we print six digits of money, DuckDB divides as floats."""
    assert len(ours) == len(theirs), (len(ours), len(theirs))
    # Both are in the order that was asked for, which says nothing of equal rows.
    for one, other in zip(sorted(ours, key=_about), sorted(theirs, key=_about), strict=True):
        assert len(one) == len(other)
        for mine, its in zip(one, other, strict=True):
            is_number = isinstance(mine, (int, float, Decimal)) and its is not None
            same = math.isclose(mine, its, rel_tol=1e-9, abs_tol=1e-6) if is_number else mine == its
            assert same, f"not the same answer: {one}, {other}"


def _about(row: Sequence[Any]) -> tuple[str, str]:
    return str(row[0]), str(row[1])


@contextmanager
def sent_statements(db: Database) -> Iterator[list[tuple[str, Any]]]:
    """What the runtime role sends within the block: statements and their values."""
    sent: list[tuple[str, Any]] = []

    def note(statement: str, values: Any) -> Ended:
        sent.append((statement, values))
        return lambda _error: None

    stop = watch(db.engine, note)
    try:
        yield sent
    finally:
        stop()


def _cpu_of(pid: int) -> Callable[[], float]:
    """Seconds of CPU that a process has taken."""
    path = Path(f"/proc/{pid}/schedstat")
    return lambda: int(path.read_text().split()[0]) / 1e9


async def timed(step: Callable[[], Awaitable[Any]], cpu: Callable[[], float]) -> tuple[float, float]:
    began, spent = time.perf_counter(), cpu()
    await step()
    return (time.perf_counter() - began) * 1000, (cpu() - spent) * 1000


def medians_of(times: Times) -> dict[tuple[str, str], float]:
    return {(name, way): statistics.median(found) for name, ways in times.items() for way, found in ways.items()}


def report(title: str, asked: Sequence[Question], times: Times) -> None:
    ways = (*WAYS, "DuckDB, CPU", "our SQL, CPU")
    readings = [Reading(f"{name}: {way}", "ms", found[way]) for name, found in times.items() for way in ways]
    medians, ratios = medians_of(times), []
    for question in asked:
        for kind in ("", ", CPU"):
            ours, duck = medians[question.name, f"our SQL{kind}"], medians[question.name, f"DuckDB{kind}"]
            share = ours / duck if question.of is None else ours / medians[question.of, f"our SQL{kind}"]
            of = "DuckDB" if question.of is None else "itself without"
            is_met = None if kind else share <= question.goal
            ratios.append(
                Ratio(f"{question.name}: our SQL of {of}{kind}", share, f"at most {question.goal:g}x", is_met)
            )
            if question.of is not None:
                ratios.append(Ratio(f"{question.name}: our SQL of DuckDB{kind}", ours / duck, "for comparison", None))
    print_table(title, readings, ratios)


async def report_ways(bench: Bench, asked: Sequence[Question]) -> None:
    """What a question costs before its statement is sent, and how many statements its whole answer takes."""
    readings, ratios = [], []
    for question in asked:
        readings.append(Reading(question.name, "ms", await bench.planned(question)))
        most, sent = max(readings[-1].median, 0), await bench.statements(question)
        ratios.append(Ratio(f"{question.name}: from question to statement, ms", most, "at most 1 ms", most <= 1))
        ratios.append(Ratio(f"{question.name}: statements of an answer", sent, "at most 5", sent <= 5))
    print_table("insights_sql: from question to statement", readings, ratios)


def report_growth(few: Times, many: Times, tenants: int) -> None:
    before, after = medians_of(few), medians_of(many)
    ratios = [
        Ratio(f"{name}: {way}", after[name, way] / before[name, way], "for comparison", None)
        for name in few
        for way in ("our SQL", "our SQL, CPU", "DuckDB", "DuckDB, CPU")
    ]
    print_table(f"insights_sql: {tenants} tenants of a tenth of them", [], ratios)


async def main(tenants: int) -> None:
    began = time.perf_counter()
    with own_postgres(SETTINGS) as place:
        async with toolbox(place) as tools, warehouse(tools, place) as stock:
            duck = Duck(place.data_dir)
            await duck.load_rates(stock.connection)
            found: list[Times] = []
            for number in range(tenants):
                viewer, accounts = await stock.fill(sizes=SIZES, days=DAYS, part_days=PART_DAYS)
                await duck.load(stock.connection, viewer)
                if number == tenants // 20:
                    bench, asked = Bench(tools, place, duck, viewer, accounts), questions(viewer, accounts)
                if number + 1 in (tenants // 10, tenants):
                    await stock.settle()
                    found.append(await bench.measured(asked))
                    rows = (number + 1) * sum(SIZES) * DAYS
                    report(f"insights_sql: {rows:,} ad-days, {REPEATS} rounds", asked, found[-1])
            await report_ways(bench, asked)
            if len(found) > 1:
                report_growth(found[0], found[1], tenants)
            duck.close()
            print(f"{time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    run(main(int(sys.argv[1]) if len(sys.argv) > 1 else TENANTS))
