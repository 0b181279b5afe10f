"""Runs programs of others for comparison, each in the throw-away environment that `make conformance` uses too."""

import asyncio
import json
import time
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from integrations.meta.insights.ad_days import FIELDS
from tests.conformance.guests import ROOT, Row, python_of

TOKEN = "SANDBOX-SYSTEM-USER"
LONGEST_S = 900


@dataclass(frozen=True, slots=True)
class GuestRun:
    """What a program read until it ended, well or with an error."""

    seconds: float
    rows: list[Row]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """An account's ad-days, both days included."""

    url: str
    account: str
    since: date
    until: date
    app_id: str = "4711"
    app_secret: str = "sandbox-secret"

    def arguments(self, **more: str) -> list[str]:
        given = {"url": self.url, "token": TOKEN, "account": self.account, "since": self.since, "until": self.until}
        return [text for name, value in (given | more).items() for text in (f"--{name}", str(value))]


async def read_with_sdk(question: Question, mode: str) -> GuestRun:
    """Into dicts, timed inside: `sync` pages, or `run` for a report run, the SDK's asynchronous job."""
    app = {"app-id": question.app_id, "app-secret": question.app_secret}
    arguments = question.arguments(mode=mode, fields=",".join(FIELDS), **app)
    said, errors = await _run("sdk", Path(__file__).with_name("sdk_reader.py"), arguments)
    assert said, errors
    found = json.loads(said)
    return GuestRun(found["s"], [tuple(key) for key in found["keys"]], found["error"])


async def read_with_tap(question: Question) -> GuestRun:
    """From its start to its last record, entities included as ours are; an error leaves nothing behind."""
    script = ROOT / "tests" / "conformance" / "tap_guest.py"
    began = time.perf_counter()
    said, errors = await _run("tap", script, question.arguments(limit="500"))
    seconds = time.perf_counter() - began
    if not said:
        return GuestRun(seconds, [], errors.strip().splitlines()[-1])
    return GuestRun(seconds, [tuple(key) for key in json.loads(said)["ads_insights"]])


async def _run(guest: str, script: Path, arguments: list[str]) -> tuple[str, str]:
    command: list[Any] = [python_of(guest), "-W", "ignore", script, *arguments]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)
    try:
        output, errors = await asyncio.wait_for(process.communicate(), LONGEST_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output.decode(), errors.decode()
