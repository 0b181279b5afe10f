"""Ad-days over a distance, beside Meta's SDK and a connector: undisturbed for their speed, then in trouble.

200 ms before every answer and 2 to 5 s a report run. Trouble: 2 % of the calls to insights fail for a moment, and two
seconds after a program has begun its account is throttled for five. What each has in the end is compared with the
generator's rows.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.guests import GuestRun, Question, read_with_sdk, read_with_tap
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import Place, child, own_postgres
from sandbox.meta.config import SandboxConfig
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from sandbox.meta.trouble.limits import LimitKind
from sandbox.server import SandboxServer, run_sandbox
from settings.loading import kept_secret
from tests.conformance.guests import Row, generated

ACCOUNT, APP_ID = "act_9000", "10203040506070"
ADS, DAYS, ROUNDS = 500, 5, 2
LATENCY_S, RUN_SECONDS = 0.2, (2.0, 5.0)
FAULTY, THROTTLED_AFTER_S, THROTTLED_FOR_S = 0.02, 2, 5
UNTIL = datetime.now(UTC).date() - timedelta(days=1)
SINCE = UNTIL - timedelta(days=DAYS - 1)


@dataclass(frozen=True, slots=True)
class Finding:
    program: str
    run: GuestRun
    expected: list[Row]

    @property
    def lost(self) -> int:
        return len(set(self.expected) - set(self.run.rows))

    @property
    def speed(self) -> float:
        return (len(self.expected) - self.lost) / self.run.seconds

    @property
    def wrong(self) -> int:
        """Rows that are twice there, or that nobody reported."""
        return len(self.run.rows) - len(set(self.run.rows) & set(self.expected))

    def __str__(self) -> str:
        error = f"; ended with: {self.run.error[:120]}" if self.run.error else ""
        return f"{self.program}: {self.run.seconds:.1f} s, lost {self.lost:,}, wrong {self.wrong}{error}"

    @property
    def is_exact(self) -> bool:
        return not (self.lost or self.wrong or self.run.error)


@asynccontextmanager
async def trouble(server: SandboxServer, seed: int) -> AsyncIterator[None]:
    """The same for every program of a round."""

    async def throttle() -> None:
        await asyncio.sleep(THROTTLED_AFTER_S)
        server.admin.block(LimitKind.ACCOUNT, THROTTLED_FOR_S, account=ACCOUNT)

    fault = FaultRule(
        FaultKind.ERROR,
        path="*/insights",
        times=None,
        probability=FAULTY,
        seed=seed,
        code=2,
        status=500,
        is_transient=True,
        message="Service temporarily unavailable",
    )
    server.admin.add_fault(fault)
    throttling = asyncio.create_task(throttle())
    try:
        yield
    finally:
        throttling.cancel()
        server.admin.clear_faults()
        server.admin.block(LimitKind.ACCOUNT, 0, account=ACCOUNT)


async def ours(place: Place, url: str) -> GuestRun:
    """From the request to the end of the job, on a worker with a queue as in production."""

    def refresh() -> dict[str, Any]:
        with child("benchmarks.worker_process", place.as_argument(), url, SINCE, UNTIL) as lines:
            found: dict[str, Any] = json.loads(lines.readline())
        return found

    found = await asyncio.to_thread(refresh)
    error = None if found["status"] == "SUCCEEDED" else found["status"]
    return GuestRun(found["ended_s"], [tuple(key) for key in found["keys"]], error)


class Findings:
    """By program, in the order of the rounds."""

    def __init__(self, programs: Iterable[str]) -> None:
        self.found: dict[str, list[Finding]] = {name: [] for name in programs}

    def add(self, server: SandboxServer, program: str, done: GuestRun) -> None:
        # The tap's buffer makes it begin a day earlier.
        since = SINCE - timedelta(days=1) if program == "tap-facebook" else SINCE
        finding = Finding(program, done, generated(server.admin.sandbox, ACCOUNT, since, until=UNTIL))
        self.found[program].append(finding)
        print(finding, flush=True)

    def readings(self, circumstances: str) -> dict[str, Reading]:
        return {
            name: Reading(f"{name}, {circumstances}", "rows/s", [finding.speed for finding in findings])
            for name, findings in self.found.items()
        }

    def exact_rounds(self, program: str) -> int:
        return sum(finding.is_exact for finding in self.found[program])


async def measured(server: SandboxServer, place: Place, question: Question) -> tuple[Findings, Findings]:
    """Undisturbed and in trouble, round by round, so that all share the machine's moods."""
    programs: dict[str, Callable[[], Awaitable[GuestRun]]] = {
        "Adgraph": lambda: ours(place, server.url),
        "SDK, report run": lambda: read_with_sdk(question, "run"),
        "tap-facebook": lambda: read_with_tap(question),
    }
    calm, troubled = Findings(programs), Findings(programs)
    # The sandbox keeps rows that it has made: nobody pays for making them.
    await ours(place, server.url)
    for seed in range(ROUNDS):
        for name, program in programs.items():
            calm.add(server, name, await program())
            async with trouble(server, seed):
                done = await program()
            troubled.add(server, name, done)
    return calm, troubled


async def main() -> None:
    with own_postgres() as place:
        secret = kept_secret(place.data_dir / "secrets" / "sandbox_app_secret", "secret-of-the-benchmark")
        # The tap sends no proof that it knows the app's secret.
        config = SandboxConfig(APP_ID, secret, "admin", extra_ads=ADS, require_proof=False)
        config = replace(config, latency_s=LATENCY_S, run_seconds=RUN_SECONDS)
        async with run_sandbox(config) as server:
            calm, troubled = await measured(server, place, Question(server.url, ACCOUNT, SINCE, UNTIL, APP_ID, secret))
    speeds = calm.readings("undisturbed")
    own, tap, sdk = (speeds[name].median for name in ("Adgraph", "tap-facebook", "SDK, report run"))
    exact = calm.exact_rounds("Adgraph") + troubled.exact_rounds("Adgraph")
    print_table(
        f"over a distance: {ADS * DAYS:,} ad-days, {ROUNDS} rounds",
        [*speeds.values(), *troubled.readings("in trouble").values()],
        [
            Ratio("Adgraph, times tap-facebook, undisturbed", own / tap, "at least 10x", own >= 10 * tap),
            Ratio("Adgraph, times the SDK's report run, undisturbed", own / sdk, "for comparison", None),
            Ratio("rounds in which Adgraph was exact", exact, f"all {2 * ROUNDS}", exact == 2 * ROUNDS),
            *(
                Ratio(f"rounds in trouble in which {name} was exact", troubled.exact_rounds(name), "shown", None)
                for name in ("SDK, report run", "tap-facebook")
            ),
        ],
    )


if __name__ == "__main__":
    asyncio.run(main())
