"""Owns starting the sandbox alone: its options, its greeting and its end."""

import asyncio
import signal
import socket
import sys
from datetime import date
from pathlib import Path

import aiohttp
import pytest

from sandbox.__main__ import config_of, greeting, main, parse
from sandbox.meta.trouble.limits import Throttle
from sandbox.server import SandboxServer
from tests.sandbox.graph_client import ADMIN_TOKEN

ROOT = Path(__file__).resolve().parents[2]


def test_without_options_it_is_the_plain_sandbox() -> None:
    config = config_of(parse([]))
    assert (config.app_id, config.today, config.throttle, config.require_proof) == ("4711", None, None, True)
    assert len(config.admin_token) > 20
    assert config_of(parse([])).admin_token != config.admin_token


OPTIONS = """--today 2026-11-21 --extra-ads 9 --latency 0.2 --run-seconds 2 5 --time-scale 1 --tier standard
    --tier-scale 10 --no-proof --admin-token secret --state folder/s.json"""


def test_options_become_the_configuration() -> None:
    config = config_of(parse(OPTIONS.split()))
    assert (config.today, config.extra_ads, config.latency_s) == (date(2026, 11, 21), 9, 0.2)
    assert (config.run_seconds, config.time_scale, config.throttle) == ((2.0, 5.0), 1.0, Throttle(scale=10))
    assert (config.require_proof, config.admin_token, config.state_path) == (False, "secret", Path("folder/s.json"))


def test_the_greeting_says_where_and_with_what(shared_server: SandboxServer) -> None:
    text = greeting(shared_server)
    for needed in (shared_server.url, ADMIN_TOKEN, "SANDBOX-SYSTEM-USER", "POST /_sandbox/faults", "act_1001"):
        assert needed in text


VENDORS = {"meta": [], "ebay": ["--vendor", "ebay"], "etsy": ["--vendor", "etsy"], "vinted": ["--vendor", "vinted"]}


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_port_in_use_is_said_in_a_line(capsys: pytest.CaptureFixture[str], vendor: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main([*VENDORS[vendor], "--port", str(taken.getsockname()[1])]) == 1
    assert "in use" in capsys.readouterr().err


def test_another_vendor_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--vendor", "bazaar"])
    assert "bazaar" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "path", "status"),
    [
        (["--no-proof"], "/me?access_token=SANDBOX-SYSTEM-USER", 200),
        (VENDORS["ebay"], "/commerce/identity/v1/user", 401),
        (VENDORS["etsy"], "/v3/application/users/me", 403),
        (VENDORS["vinted"], "/api/v2/users/current", 401),
    ],
    ids=VENDORS,
)
async def test_it_serves_until_it_is_interrupted(options: list[str], path: str, status: int) -> None:
    command = (sys.executable, "-m", "sandbox", "--port", "0", *options)
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    first = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    async with aiohttp.ClientSession() as session, session.get(f"{first.split()[3]}{path}") as answer:
        assert answer.status == status
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
