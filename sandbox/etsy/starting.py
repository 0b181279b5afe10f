"""Owns starting Etsy's stand-in alone, for people: its options and what they are told."""

import argparse

from sandbox.etsy.app import ORDERS
from sandbox.etsy.config import EtsyConfig
from sandbox.etsy.server import EtsyServer, run_etsy
from sandbox.marketplaces.starting import add_usual_options, admin_token_of, serve_for_ever

DEFAULT_PORT = 8006
_USUAL = EtsyConfig("sandboxkeystring0000000", "sandboxsecret", "")


def parse_etsy(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox --vendor etsy", description="A stand-in of Etsy's Open API v3."
    )
    add_usual_options(parser, port=DEFAULT_PORT, seed=_USUAL.seed)
    parser.add_argument("--keystring", default=_USUAL.keystring)
    parser.add_argument("--shared-secret", default=_USUAL.shared_secret)
    parser.add_argument(
        "--redirect-uri",
        action="append",
        help=f"registered for the app, repeatable (default {_USUAL.redirect_uris[0]})",
    )
    parser.add_argument("--per-second", type=int, default=_USUAL.per_second, help="calls (default %(default)s)")
    parser.add_argument("--per-day", type=int, default=_USUAL.per_day, help="calls in 24 hours (default %(default)s)")
    parser.add_argument("--no-limit-headers", action="store_true", help="say nothing of limits in answers")
    parser.add_argument("--webhook-url", help="where messages of orders go")
    parser.add_argument(
        "--webhook-secret", action="append", default=[], help="whsec_ and base64; every one signs, repeatable"
    )
    return parser.parse_args(arguments)


def etsy_config_of(options: argparse.Namespace) -> EtsyConfig:
    return EtsyConfig(
        options.keystring,
        options.shared_secret,
        admin_token_of(options),
        redirect_uris=tuple(options.redirect_uri or _USUAL.redirect_uris),
        seed=options.seed,
        state_path=options.state,
        latency_s=options.latency,
        per_second=options.per_second,
        per_day=options.per_day,
        has_limit_headers=not options.no_limit_headers,
        webhook_url=options.webhook_url,
        webhook_secrets=tuple(options.webhook_secret),
    )


def etsy_greeting(server: EtsyServer) -> str:
    """Everything that a person needs to begin."""
    config, url = server.sandbox.config, server.url
    shops = "\n".join(
        f"  {shop.seller.shop_name} ({shop.shop_id}, of user {shop.seller.user_id}, {shop.seller.currency})"
        for shop in server.sandbox.book.shops.values()
    )
    routes = "\n".join(f"  {order.method} /_sandbox/{order.path}" for order in ORDERS)
    key = f"{config.keystring}:{config.shared_secret}"
    return f"""Etsy sandbox on {url} (www, api, openapi; calls begin with {server.api_url})
keystring {config.keystring}, shared secret {config.shared_secret}
after consent {", ".join(config.redirect_uris)}
shops:
{shops}
control, with the header X-Sandbox-Token: {config.admin_token}
{routes}
try:
  curl -X POST {url}/_sandbox/tokens -H 'X-Sandbox-Token: {config.admin_token}' -d '{{"shop": "DE"}}'
  curl {server.api_url}/users/me -H 'x-api-key: {key}' -H 'Authorization: Bearer <access_token of the answer>'
Ctrl-C ends it.
"""


async def serve_etsy(config: EtsyConfig, port: int) -> None:
    await serve_for_ever(run_etsy(config, port=port), etsy_greeting)
