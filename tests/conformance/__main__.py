"""`python -m tests.conformance [PART...]` runs programs of others against ours; docs/conformance.md has the results.

A part may have a number behind a colon: `fuzz:3` asks for three minutes.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from tests.conformance import clients, ebay, etsy, fuzzing, graphql_core, graphql_sse, vendors

PARTS: dict[str, Callable[..., Awaitable[int]]] = {
    "vendors": vendors.main,
    "ebay": ebay.main,
    "etsy": etsy.main,
    "graphql-core": graphql_core.main,
    "graphql-sse": graphql_sse.main,
    "audits": clients.audits,
    "graphql-ws": clients.sockets,
    "clients": clients.main,
    "fuzz": fuzzing.main,
}


async def main(names: list[str]) -> int:
    """The highest exit code of the parts; each runs, whatever became of the one before."""
    if unknown := [name for name in names if name.partition(":")[0] not in PARTS]:
        sys.exit(f"{', '.join(unknown)}: no part. The parts are {', '.join(PARTS)}.")
    worst = 0
    for name in names or ["vendors", "ebay", "etsy"]:
        sys.stdout.write(f"\n{name}\n")
        part, _, number = name.partition(":")
        worst = max(worst, await PARTS[part](*([int(number)] if number else [])))
    return worst


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(sys.argv[1:])))
