"""`python -m tests.conformance [PART...]` runs programs of others against ours; docs/conformance.md has the results."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from tests.conformance import graphql_core, graphql_sse, vendors

PARTS: dict[str, Callable[[], Awaitable[int]]] = {
    "vendors": vendors.main,
    "graphql-core": graphql_core.main,
    "graphql-sse": graphql_sse.main,
}


async def main(names: list[str]) -> int:
    """The highest exit code of the parts; each runs, whatever became of the one before."""
    if unknown := [name for name in names if name not in PARTS]:
        sys.exit(f"{', '.join(unknown)}: no part. The parts are {', '.join(PARTS)}.")
    worst = 0
    for name in names or ["vendors"]:
        sys.stdout.write(f"\n{name}\n")
        worst = max(worst, await PARTS[name]())
    return worst


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(sys.argv[1:])))
