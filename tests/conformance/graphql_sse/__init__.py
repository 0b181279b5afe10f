"""`graphql-sse`: the reference client of the protocol against a server with the small schema of the tests."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from execution.transport.view import GraphQLView
from telemetry.logs import configure_logs
from tests.conformance.node import installed, node
from tests.doors.serving import serving
from tests.execution.conftest import ENGINE, SmallDoor
from web.middleware.requests import RequestMiddleware

_HERE = Path(__file__).parent
_LONGEST_S = 60
EXPECTED: dict[str, Any] = {
    "subscription": [0, 1, 2],
    "variables": [0],
    "query": "ann",
    "mutation": "changed",
    "left": 1,
    "invalid": ["BAD_USER_INPUT"],
    "nobody": ["UNAUTHENTICATED"],
    "broken": ["INTERNAL"],
    "nothing": "refused: 400",
    "many": 400,
}


async def main() -> int:
    """0 if every case comes to what it has to."""
    configure_logs(level="CRITICAL", as_json=False)  # one case is a fault of the server, which it would log
    library = installed(_HERE) / "node_modules" / "graphql-sse" / "lib" / "index.mjs"
    app = Starlette(routes=[Route("/graphql", GraphQLView(ENGINE, SmallDoor()), methods=None)])
    async with serving(RequestMiddleware(app)) as (url, _server):
        command = (node(), _HERE / "client.mjs", library, f"{url}/graphql")
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        output, _ = await asyncio.wait_for(process.communicate(), _LONGEST_S)
    found = json.loads(output or b"{}")
    for name, expected in EXPECTED.items():
        came = "as expected" if found.get(name) == expected else f"{found.get(name)}, expected {expected}"
        sys.stdout.write(f"graphql-sse, {name:14} {came}\n")
    return int(found != EXPECTED)
