"""Owns starting the stand-in of eBay alone: its options, its greeting and its end."""

import asyncio
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from sandbox.__main__ import main
from sandbox.ebay.starting import ebay_config_of, ebay_greeting, parse_ebay
from tests.sandbox.ebay.ebay_client import EbayClient

ROOT = Path(__file__).resolve().parents[3]


def test_options_become_the_configuration() -> None:
    usual = ebay_config_of(parse_ebay([]))
    assert (usual.fetches_pictures, len(usual.admin_token) > 20) == (True, True)
    given = "--client-id a --ru-name r --admin-token t --state s.json --latency 0.5 --write-seconds 1 --no-pictures"
    config = ebay_config_of(parse_ebay(given.split()))
    assert (config.client_id, config.ru_name, config.admin_token, config.state_path) == ("a", "r", "t", Path("s.json"))
    assert (config.latency_s, config.write_s, config.fetches_pictures) == (0.5, 1.0, False)


def test_the_greeting_says_where_and_with_what(ebay: EbayClient) -> None:
    text = ebay_greeting(ebay.server)
    config = ebay.server.sandbox.config
    for needed in (ebay.server.url, config.client_id, config.client_secret, config.ru_name, "POST /_sandbox/faults"):
        assert needed in text


def test_a_port_in_use_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--vendor", "ebay", "--port", str(taken.getsockname()[1])]) == 1
    assert "in use" in capsys.readouterr().err


def test_another_vendor_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--vendor", "bazaar"])
    assert "bazaar" in capsys.readouterr().err


async def test_it_serves_until_it_is_interrupted() -> None:
    command = (sys.executable, "-m", "sandbox", "--vendor", "ebay", "--port", "0")
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    first = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    async with aiohttp.ClientSession() as session, session.get(f"{first.split()[3]}/commerce/identity/v1/user") as got:
        assert got.status == 401
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
