"""Owns what starting the stand-in of Vinted alone takes and tells; that it starts is test_sandbox_main.py's."""

from pathlib import Path

from sandbox.vinted.starting import parse_vinted, vinted_config_of, vinted_greeting
from tests.sandbox.vinted.site_browser import PASSWORD, SiteBrowser


def test_options_become_the_configuration() -> None:
    usual = vinted_config_of(parse_vinted([]))
    assert (usual.items, usual.password, len(usual.admin_token) > 20) == (120, "sandbox", True)
    given = (
        "--admin-token t --password p --items 5 --seed 9 --state s.json --latency 0.5 --listing-delay 60 --per-minute 9"
    )
    config = vinted_config_of(parse_vinted(given.split()))
    assert (config.admin_token, config.password, config.items, config.seed) == ("t", "p", 5, 9)
    assert (config.state_path, config.latency_s, config.listing_delay_s) == (Path("s.json"), 0.5, 60.0)
    assert config.per_minute == 9


def test_the_greeting_says_where_and_with_what(site: SiteBrowser) -> None:
    text = vinted_greeting(site.server)
    for needed in (site.server.url, site.member.login, PASSWORD, "admin", "POST /_sandbox/challenge"):
        assert needed in text
