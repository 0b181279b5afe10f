"""Owns what starting the stand-in of eBay alone takes and tells; that it starts is test_sandbox_main.py's."""

from pathlib import Path

from sandbox.ebay.starting import ebay_config_of, ebay_greeting, parse_ebay
from tests.sandbox.ebay.ebay_client import EbayClient


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
