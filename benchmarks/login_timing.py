"""Sign-ins and resets of addresses with an account and without: the clock must not tell them apart."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

from auth.limits.limiter import Limiter
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import own_postgres, run, toolbox
from errors import Refused
from models.acting import Origin
from services.people.passwords import request_password_reset
from services.sign_in.by_password import Registration, login, register
from services.toolbox import Toolbox

SAMPLES, WARM_UP = 1000, 50
FURTHEST_APART = 0.05
ORIGIN = Origin(ip="192.0.2.1", user_agent="benchmark", request_id="benchmark")
PASSWORD = "correct horse battery"

Attempt = Callable[[str], Awaitable[object]]


async def measure(title: str, attempt: Attempt, known: str) -> tuple[list[Reading], Ratio]:
    """Known and unknown in turn, so that whatever else the machine does falls upon both."""
    spent: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(WARM_UP + SAMPLES):
        # An address of the same length, a new one each time, as a guesser would send.
        for kind, address in (("known", known), ("unknown", f"{uuid4().hex}@example.com")):
            started = time.perf_counter()
            with suppress(Refused):
                await attempt(address)
            if number >= WARM_UP:
                spent[kind].append((time.perf_counter() - started) * 1000)
    readings = [Reading(f"{title}, {kind} address", "ms", values) for kind, values in spent.items()]
    apart = abs(readings[0].median - readings[1].median) / readings[1].median
    return readings, Ratio(f"{title}: medians apart (%)", apart * 100, "at most 5 %", is_met=apart <= FURTHEST_APART)


async def compare(tools: Toolbox) -> None:
    known = f"{uuid4().hex}@example.com"
    await register(tools, ORIGIN, Registration(known, PASSWORD, "Known", "Bench"))
    attempts: tuple[tuple[str, Attempt], ...] = (
        ("a wrong password", lambda address: login(tools, ORIGIN, email=address, password="a wrong password")),
        ("a request for a new one", lambda address: request_password_reset(tools, address)),
    )
    measured = [await measure(title, attempt, known) for title, attempt in attempts]
    readings = [reading for found, _ in measured for reading in found]
    print_table(f"Known and unknown addresses, {SAMPLES:,} samples each", readings, [ratio for _, ratio in measured])


async def main() -> None:
    with own_postgres() as place:
        async with toolbox(place) as tools:
            # The limit on failed attempts is the same for both, and would end the measurement after ten.
            await compare(replace(tools, limiter=Limiter.off(tools.clock)))


if __name__ == "__main__":
    run(main())
