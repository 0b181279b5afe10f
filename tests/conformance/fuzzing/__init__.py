"""`fuzz[:MINUTES]`: schemathesis asks the demo whatever the schema allows; no answer may be a fault of ours."""

import asyncio
import os
import sys
from pathlib import Path

from tests.conformance.clients.served import demo_served, until_refreshed
from tests.conformance.guests import ROOT, python_of
from tests.processes import data_directory

MINUTES = 10
# Generated queries can grow without end, and so can the generator.
_MEMORY_KIB = 4 * 1024 * 1024
# A key does not end, as an access token does, and can neither end the team nor its own person.
_KEY = 'mutation { createApiKey(input: { name: "fuzzing", role: ADMIN }) { secret } }'


async def main(minutes: int = MINUTES) -> int:
    """The exit code of schemathesis."""
    program = python_of("schemathesis").with_name("st")
    hooks = {"PYTHONPATH": str(Path(__file__).with_name("hooks")), "SCHEMATHESIS_HOOKS": "fault_check"}
    with data_directory() as folder:
        async with demo_served(folder) as owner:
            await until_refreshed(owner)
            key = (await owner.ask(_KEY)).data["createApiKey"]["secret"]
            options = ("--url", f"{owner.url}/graphql", "--header", f"Authorization: Bearer {key}")
            how = ("--checks", "no_fault", "--continue-on-failure", "--max-time", str(minutes * 60))
            limited = ("sh", "-c", f'ulimit -v {_MEMORY_KIB}; exec "$@"', "sh")
            process = await asyncio.create_subprocess_exec(
                *limited,
                *(program, "fuzz", *options, *how, ROOT / "schema.graphql"),
                env={**os.environ, **hooks},
                cwd=folder,  # it writes notes where it is
            )
            code = await process.wait()
    sys.stdout.write(f"{minutes} minutes, exit code {code}\n")
    return code
