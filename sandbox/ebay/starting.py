"""Owns starting eBay's stand-in alone, for people: its options and what they are told."""

import argparse
from urllib.parse import quote

from sandbox.ebay.app import ORDERS
from sandbox.ebay.calls import SCOPE
from sandbox.ebay.config import EbayConfig
from sandbox.ebay.server import EbayServer, run_ebay
from sandbox.marketplaces.starting import add_usual_options, admin_token_of, serve_for_ever

DEFAULT_PORT = 8005
_USUAL = EbayConfig("SandboxApp-SBX-1", "sandbox-secret", "")


def parse_ebay(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox --vendor ebay", description="A stand-in of eBay's sell APIs."
    )
    add_usual_options(parser, port=DEFAULT_PORT, seed=_USUAL.seed)
    parser.add_argument("--client-id", default=_USUAL.client_id)
    parser.add_argument("--client-secret", default=_USUAL.client_secret)
    parser.add_argument("--ru-name", default=_USUAL.ru_name)
    parser.add_argument("--accept-url", default=_USUAL.accept_url, help="registered with the RuName: after Agree")
    parser.add_argument("--decline-url", default=_USUAL.decline_url, help="registered with the RuName: after Cancel")
    parser.add_argument("--write-seconds", type=float, default=0.0, help="how long a write holds its SKU")
    parser.add_argument("--no-pictures", action="store_true", help="publish without fetching pictures")
    return parser.parse_args(arguments)


def ebay_config_of(options: argparse.Namespace) -> EbayConfig:
    return EbayConfig(
        options.client_id,
        options.client_secret,
        admin_token_of(options),
        ru_name=options.ru_name,
        accept_url=options.accept_url,
        decline_url=options.decline_url,
        seed=options.seed,
        state_path=options.state,
        latency_s=options.latency,
        write_s=options.write_seconds,
        fetches_pictures=not options.no_pictures,
    )


def ebay_greeting(server: EbayServer) -> str:
    """Everything that a person needs to begin."""
    config, url = server.sandbox.config, server.url
    sellers = "\n".join(
        f"  {shop.seller.username} ({shop.seller.user_id}, {shop.seller.marketplace})"
        for shop in server.sandbox.book.shops.values()
    )
    consent = f"client_id={config.client_id}&redirect_uri={config.ru_name}&response_type=code&scope={quote(SCOPE, '')}"
    routes = "\n".join(f"  {order.method} /_sandbox/{order.path}" for order in ORDERS)
    return f"""eBay sandbox on {url} (api, apiz, auth; GraphQL at {server.graphql_url})
client id {config.client_id}, client secret {config.client_secret}, RuName {config.ru_name}
after Agree {config.accept_url}, after Cancel {config.decline_url}
sellers:
{sellers}
control, with the header X-Sandbox-Token: {config.admin_token}
{routes}
try:
  a browser at {url}/oauth2/authorize?{consent}
  curl -X POST {url}/_sandbox/tokens -H 'X-Sandbox-Token: {config.admin_token}' -d '{{"seller": "EBAY_DE"}}'
  curl {url}/commerce/identity/v1/user/ -H 'Authorization: Bearer <access_token of the answer>'
Ctrl-C ends it.
"""


async def serve_ebay(config: EbayConfig, port: int) -> None:
    await serve_for_ever(run_ebay(config, port=port), ebay_greeting)
