"""Owns starting the stand-in of Etsy alone: its options, its greeting and its end."""

import asyncio
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from sandbox.__main__ import main
from sandbox.etsy.starting import etsy_config_of, etsy_greeting, parse_etsy
from tests.sandbox.etsy.etsy_client import EtsyClient

ROOT = Path(__file__).resolve().parents[3]


def test_options_become_the_configuration() -> None:
    usual = etsy_config_of(parse_etsy([]))
    assert (usual.redirect_uris, len(usual.admin_token) > 20) == (("http://127.0.0.1:8000/auth/etsy/callback",), True)
    given = (
        "--keystring k --shared-secret s --redirect-uri http://a --redirect-uri http://b --admin-token t "
        "--state s.json --latency 0.5 --per-second 10 --per-day 10000 --no-limit-headers --webhook-url http://w "
        "--webhook-secret whsec_x"
    )
    config = etsy_config_of(parse_etsy(given.split()))
    assert (config.keystring, config.shared_secret, config.admin_token, config.state_path) == (
        "k", "s", "t", Path("s.json"),
    )  # fmt: skip
    assert (config.redirect_uris, config.latency_s, config.has_limit_headers) == (("http://a", "http://b"), 0.5, False)
    assert (config.per_second, config.per_day, config.webhook_url) == (10, 10_000, "http://w")
    assert config.webhook_secrets == ("whsec_x",)


def test_the_greeting_says_where_and_with_what(etsy: EtsyClient) -> None:
    text = etsy_greeting(etsy.server)
    config = etsy.server.sandbox.config
    for needed in (
        etsy.server.url,
        config.keystring,
        config.shared_secret,
        config.redirect_uris[0],
        "POST /_sandbox/sell",
    ):
        assert needed in text


def test_a_port_in_use_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--vendor", "etsy", "--port", str(taken.getsockname()[1])]) == 1
    assert "in use" in capsys.readouterr().err


async def test_it_serves_until_it_is_interrupted() -> None:
    command = (sys.executable, "-m", "sandbox", "--vendor", "etsy", "--port", "0")
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    first = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    async with aiohttp.ClientSession() as session, session.get(f"{first.split()[3]}/v3/application/users/me") as got:
        assert got.status == 403
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
