"""Owns starting Vinted's stand-in alone, for people: its options and what they are told."""

import argparse

from sandbox.marketplaces.starting import add_usual_options, admin_token_of, serve_for_ever
from sandbox.vinted.app import ORDERS
from sandbox.vinted.config import VintedConfig
from sandbox.vinted.server import VintedServer, run_vinted

DEFAULT_PORT = 8007
_USUAL = VintedConfig("")


def parse_vinted(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox --vendor vinted", description="A stand-in of the site of Vinted."
    )
    add_usual_options(parser, port=DEFAULT_PORT, seed=_USUAL.seed)
    parser.add_argument("--password", default=_USUAL.password, help="of every member (default %(default)s)")
    parser.add_argument("--items", type=int, default=_USUAL.items, help="in the first wardrobe (default %(default)s)")
    parser.add_argument("--listing-delay", type=float, default=0.0, help="seconds until a new item is in lists")
    parser.add_argument("--per-minute", type=int, default=_USUAL.per_minute, help="calls (default %(default)s)")
    return parser.parse_args(arguments)


def vinted_config_of(options: argparse.Namespace) -> VintedConfig:
    return VintedConfig(
        admin_token_of(options),
        password=options.password,
        items=options.items,
        seed=options.seed,
        state_path=options.state,
        latency_s=options.latency,
        listing_delay_s=options.listing_delay,
        per_minute=options.per_minute,
    )


def vinted_greeting(server: VintedServer) -> str:
    """Everything that a person needs to begin."""
    config, url = server.sandbox.config, server.url
    members = "\n".join(
        f"  {member.login} ({member.member_id}, {len(member.items)} items)"
        for member in server.sandbox.book.members.values()
    )
    routes = "\n".join(f"  {order.method} /_sandbox/{order.path}" for order in ORDERS)
    return f"""Vinted sandbox on {url} (pages, and their calls under {url}/api/v2)
members, each with the password {config.password}:
{members}
control, with the header X-Sandbox-Token: {config.admin_token}
{routes}
try:
  a browser at {url}/member/login
  curl -X POST {url}/_sandbox/sessions -H 'X-Sandbox-Token: {config.admin_token}' -d '{{"member": 1}}'
  curl {url}/api/v2/users/current -H 'Cookie: <cookie of the answer>'
Ctrl-C ends it.
"""


async def serve_vinted(config: VintedConfig, port: int) -> None:
    await serve_for_ever(run_vinted(config, port=port), vinted_greeting)
