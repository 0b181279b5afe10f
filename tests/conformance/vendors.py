"""`vendors`: programs of others read the sandbox, and their rows are compared with the generator's."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from integrations.http import HttpClient
from integrations.meta.client import MetaPlatform
from integrations.meta.graph import MetaApp
from sandbox.meta.config import SandboxConfig
from sandbox.meta.state import Sandbox
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from sandbox.server import SandboxServer, run_sandbox
from tests.conformance import oidc
from tests.conformance.guests import ENVIRONMENTS, Row, generated, python_of
from tests.worlds.vendors import rows_of

TODAY = date(2026, 11, 21)
SINCE, UNTIL = date(2026, 11, 8), date(2026, 11, 14)
# A day of rows has to be longer than a page, and the tap's page of insights is 100 whatever one configures.
ADS, LIMIT = 250, 100
ACCOUNT, TOKEN = "act_9000", "SANDBOX-SYSTEM-USER"
APP_ID, APP_SECRET = "4711", "sandbox-secret"
FAULTS = {
    "empty page with next": FaultRule(FaultKind.EMPTY_PAGE, path="*/insights", method="GET", nth=2),
    "next without cursors": FaultRule(FaultKind.NO_CURSORS, path="*/insights", method="GET", times=None),
    "row repeated": FaultRule(FaultKind.REPEAT_ROW, path="*/insights", method="GET", nth=2),
}


@dataclass(frozen=True, slots=True)
class Finding:
    program: str
    circumstances: str
    expected: int
    lost: int
    doubled: int
    wrong: int

    @property
    def has_to_be_exact(self) -> bool:
        """What others lose to a fault is a finding; what we lose is a failure."""
        return self.circumstances not in FAULTS or self.program.startswith("Adgraph")

    @property
    def is_exact(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)

    def __str__(self) -> str:
        found = "exact" if self.is_exact else f"lost {self.lost}, doubled {self.doubled}, wrong {self.wrong}"
        return f"{self.program:34} {self.circumstances:22} {self.expected:5} expected: {found}"


def listed(sandbox: Sandbox, edge: str) -> list[str]:
    digit = {"campaigns": "1", "adsets": "2", "ads": "3", "adcreatives": "4", "adcreative": "4"}[edge]
    prefix = f"1202{ACCOUNT.removeprefix('act_')}{digit}"
    things = [thing for name, thing in sandbox.dataset.objects.items() if name.startswith(prefix)]
    return [thing.id for thing in things if thing.effective_status not in ("ARCHIVED", "DELETED")]


def compared(program: str, circumstances: str, found: list[Any], expected: list[Any]) -> Finding:
    got = [tuple(row) if isinstance(row, list) else row for row in found]
    return Finding(
        program,
        circumstances,
        len(expected),
        lost=len(set(expected) - set(got)),
        doubled=len(got) - len(set(got)),
        wrong=len(set(got) - set(expected)),
    )


async def read(guest: str, server: SandboxServer, **options: object) -> Any:
    """Run a guest and take the JSON that it writes."""
    given = {"url": server.url, "token": TOKEN, "account": ACCOUNT, "since": SINCE, "until": UNTIL, "limit": LIMIT}
    arguments = [text for name, value in (given | options).items() for text in (f"--{name}", str(value))]
    script = Path(__file__).with_name(f"{guest}_guest.py")
    command = [str(python_of(guest)), "-W", "ignore", str(script), *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await asyncio.wait_for(process.communicate(), 600)
    if process.returncode:
        raise RuntimeError(f"{guest} failed:\n{errors.decode()[-4000:]}")
    return json.loads(output)


async def sdk_findings(server: SandboxServer) -> list[Finding]:
    sandbox = server.admin.sandbox
    app = {"app-id": APP_ID, "app-secret": APP_SECRET}
    edges = await read("sdk", server, mode="edges", **app)
    accounts = edges.pop("adaccounts")
    findings = [compared(f"SDK, {edge}", "undisturbed", ids, listed(sandbox, edge)) for edge, ids in edges.items()]
    findings.append(compared("SDK, ad accounts", "undisturbed", accounts, [*sandbox.dataset.accounts]))
    batch = await read("sdk", server, mode="batch", **app)
    findings.append(compared("SDK, batch", "undisturbed", batch["read"], listed(sandbox, "campaigns")))
    findings.append(compared("SDK, error within a batch", "undisturbed", batch["failed"], [100]))
    rows = generated(sandbox, ACCOUNT, SINCE, until=UNTIL)
    for mode, name in (("sync", "SDK, insights"), ("run", "SDK, insights by report run")):
        findings += await disturbed(server, name, lambda mode=mode: read("sdk", server, mode=mode, **app), rows)  # type: ignore[misc] # mypy infers no default
    return findings


async def tap_findings(server: SandboxServer) -> list[Finding]:
    sandbox = server.admin.sandbox
    found = await read("tap", server)
    # Its buffer makes it begin a day earlier.
    rows = generated(sandbox, ACCOUNT, SINCE - timedelta(days=1), until=UNTIL)
    edges = [
        compared(f"tap-facebook, {edge}", "undisturbed", found[edge], listed(sandbox, edge))
        for edge in ("campaigns", "adsets", "ads", "adcreative")
    ]

    async def insights() -> Any:
        return (await read("tap", server))["ads_insights"]

    return edges + await disturbed(server, "tap-facebook, insights", insights, rows)


async def own_findings(server: SandboxServer) -> list[Finding]:
    """Ours through the same; a page of it is larger, so that less would be lost."""
    http = HttpClient()
    app = MetaApp(APP_ID, APP_SECRET, "v26.0", server.url, server.dialog_url, "http://127.0.0.1:9/callback")
    session = MetaPlatform(app, http).account_session(TOKEN)

    async def insights() -> Any:
        pages = [page async for page in session.insights(ACCOUNT, SINCE, UNTIL)]
        records = [record for page in pages for record in rows_of(page)]
        return [[record.ad_external_id, record.day.isoformat(), str(record.impressions)] for record in records]

    try:
        return await disturbed(
            server, "Adgraph, insights", insights, generated(server.admin.sandbox, ACCOUNT, SINCE, until=UNTIL)
        )
    finally:
        await http.close()


async def oidc_findings() -> list[Finding]:
    """Our sign-in at a real provider of others: each circumstance has one right outcome."""
    found = await oidc.outcomes(ENVIRONMENTS / oidc.PACKAGE.replace("@", "-"))
    return [
        compared("Adgraph at oidc-provider", name, [outcome], [expected])
        for (name, outcome), (_, expected) in zip(found, oidc.EXPECTED, strict=True)
    ]


async def disturbed(
    server: SandboxServer, program: str, read_rows: Callable[[], Awaitable[Any]], expected: list[Row]
) -> list[Finding]:
    """The same reading without a fault, then with each."""
    findings = [compared(program, "undisturbed", await read_rows(), expected)]
    for name, fault in FAULTS.items():
        server.admin.add_fault(fault)
        findings.append(compared(program, name, await read_rows(), expected))
        server.admin.clear_faults()
    return findings


async def main() -> int:
    for guest in ("sdk", "tap"):
        python_of(guest)
    # The tap sends no proof that it knows the app's secret.
    config = SandboxConfig(APP_ID, APP_SECRET, "admin", today=TODAY, extra_ads=ADS, require_proof=False)
    async with run_sandbox(config) as server:
        findings = [*await sdk_findings(server), *await tap_findings(server), *await own_findings(server)]
    findings += await oidc_findings()
    sys.stdout.writelines(f"{finding}\n" for finding in findings)
    return 0 if all(finding.is_exact for finding in findings if finding.has_to_be_exact) else 1
