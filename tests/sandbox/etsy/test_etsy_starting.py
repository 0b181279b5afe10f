"""Owns what starting the stand-in of Etsy alone takes and tells; that it starts is test_sandbox_main.py's."""

from pathlib import Path

from sandbox.etsy.starting import etsy_config_of, etsy_greeting, parse_etsy
from tests.sandbox.etsy.etsy_client import EtsyClient


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
