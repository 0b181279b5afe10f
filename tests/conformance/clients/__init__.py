"""`clients`: every program of docs/clients.md against the demo; `audits` of npm's graphql-http; `graphql-ws`."""

import json
import os
import shutil
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.clients.page import Program, programs
from tests.conformance.clients.served import demo_served, until_refreshed
from tests.conformance.guests import ROOT, python_of
from tests.conformance.node import installed, node
from tests.doors.http import GraphQLClient
from tests.processes import data_directory, server_process

_FOLDER = Path(__file__).parent
_JAVASCRIPT = {"Apollo Client 4": "apollo.mjs", "urql": "urql.mjs", "graphql-sse": "sse.mjs"}
_CODEGEN = "node_modules/@graphql-codegen/cli/cjs/bin.js"
_RELAY = "Relay with persisted documents"
_SOCKETS = {
    "query": "Demo Agency",
    "variables": 2,
    "together": 10,
    "field error": "BAD_USER_INPUT",
    "invalid document": "BAD_USER_INPUT",
    "wrong variable": "BAD_USER_INPUT",
    "subscription": "SUCCEEDED",
    "after leaving": "Query",
    "wrong token": 4401,
    "without a token": None,
}


@dataclass(frozen=True, slots=True)
class Bench:
    """Where programs run: `work` is below the folder with npm's packages, so that Node finds them."""

    owner: GraphQLClient
    packages: Path
    work: Path

    async def run(self, *command: object, given: str = "") -> str:
        """What it prints, with its errors."""
        known = {**os.environ, "ADGRAPH_URL": self.owner.url, "ADGRAPH_TOKEN": self.owner.token or ""}
        process = await create_subprocess_exec(
            *map(str, command), cwd=self.work, env=known, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        output, errors = await process.communicate(given.encode())
        return output.decode() + (errors.decode() if process.returncode else "")

    async def node(self, *command: object) -> str:
        return await self.run(node(), *command)


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    """With the demo's first data, which its server keeps in `folder`."""
    packages = installed(_FOLDER / "npm")
    work = packages / "page"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    shutil.copy(ROOT / "schema.graphql", work)
    async with demo_served(folder) as owner:
        await until_refreshed(owner)
        yield Bench(owner, packages, work)


async def audits() -> int:
    """0 if all of them pass."""
    outcomes = await _outcomes("audits.mjs")
    return _compared(outcomes, dict.fromkeys(outcomes, "ok"))


async def sockets() -> int:
    """0 if each flow of graphql-ws comes to what it has to."""
    return _compared(await _outcomes("sockets.mjs"), _SOCKETS)


async def _outcomes(script: str) -> dict[str, Any]:
    """What a script of this folder finds at the demo."""
    with data_directory() as folder:
        async with bench(folder) as place:
            shutil.copy(_FOLDER / script, place.work)
            found: dict[str, Any] = json.loads(await place.node(script, f"{place.owner.url}/graphql"))
    return found


def _compared(found: dict[str, Any], expected: dict[str, Any]) -> int:
    wrong = [name for name in expected if found.get(name, "nothing") != expected[name]]
    sys.stdout.writelines(f"{name}: {found.get(name, 'nothing')}\n" for name in wrong)
    sys.stdout.write(f"{len(expected) - len(wrong)} of {len(expected)}\n")
    return int(bool(wrong) or not expected)


async def main() -> int:
    """How many programs print something else than the page says, at most 1."""
    page = programs()
    with data_directory() as folder:
        async with bench(folder) as place:
            found = [*await _ours(place, page), *await _javascript(place, page), await _typescript(place, page)]
            await _compile_relay(place, page[_RELAY])
        # Nobody can sign in here, since the manifest has no document for it; a token is of one address.
        port = place.owner.url.rpartition(":")[2]
        trusted = {"DOCUMENTS": "trusted", "DOCUMENTS_FILE": place.work / "persisted.json", "PORT": port}
        async with server_process(folder, **trusted) as (nobody, _):
            relay = Bench(nobody.signed_in(place.owner.token), place.packages, place.work)
            found.append(_told(page[_RELAY], await relay.node("relay.mjs")))
    return 1 - min(found)


async def _ours(place: Bench, page: dict[str, Program]) -> Sequence[bool]:
    """Those that need no npm: a shell, Python, a notebook."""
    for program in (page["curl"], page["Python: gql"]):
        program.write(place.work)
    cells, python = page["A notebook"].cells, python_of("gql")
    shown = await place.run(python, _FOLDER / "notebook_guest.py", given=json.dumps(cells))
    is_shown = shown.splitlines()[-2:] == ['[["text/html", "text/plain"]]', '[["image/png", "text/plain"]]']
    sys.stdout.write(f"{'as printed' if is_shown else shown}: A notebook\n")
    return [
        _told(page["curl"], await place.run("sh", "-e", "sh")),
        _told(page["Python: gql"], await place.run(python, "-W", "ignore", "python")),
        is_shown,
    ]


async def _javascript(place: Bench, page: dict[str, Program]) -> Sequence[bool]:
    found = []
    for name, script in _JAVASCRIPT.items():
        page[name].write(place.work)
        found.append(_told(page[name], await place.node(script)))
    return found


async def _typescript(place: Bench, page: dict[str, Program]) -> bool:
    program = page["TypeScript"]
    program.write(place.work)
    made = await place.node(place.packages / _CODEGEN, "--config", "codegen.ts")
    made += await place.node(place.packages / "node_modules/typescript/bin/tsc", "-p", ".")
    return _told(program, await place.node("dist/accounts.js"), before=made)


async def _compile_relay(place: Bench, program: Program) -> None:
    program.write(place.work)
    (place.work / "persisted.json").write_text("{}")
    await place.node(place.packages / "node_modules/relay-compiler/cli.js", "relay.config.json")


def _told(program: Program, output: str, *, before: str = "") -> bool:
    different = program.differs(output)
    sys.stdout.write(f"{'as printed' if different is None else f'{before}{different}'}: {program.name}\n")
    return different is None
