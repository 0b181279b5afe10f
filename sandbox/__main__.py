"""Starts a sandbox alone, for people and for programs of others; must not be used in production."""

import argparse
import asyncio
import sys
from collections.abc import Coroutine
from dataclasses import replace
from datetime import date
from pathlib import Path

from sandbox.ebay.starting import ebay_config_of, parse_ebay, serve_ebay
from sandbox.etsy.starting import etsy_config_of, parse_etsy, serve_etsy
from sandbox.marketplaces.starting import admin_token_of, serve_for_ever
from sandbox.meta.admin_routes import admin_paths
from sandbox.meta.config import SandboxConfig
from sandbox.meta.sign_in.tokens import pinned_tokens, proof_of
from sandbox.meta.trouble.limits import Throttle, development_tier
from sandbox.server import SandboxServer, run_sandbox
from sandbox.vinted.starting import parse_vinted, serve_vinted, vinted_config_of

_DEFAULT_PORT = 8001
_TOKEN = "SANDBOX-SYSTEM-USER"  # noqa: S105 - it is there for everybody
_TIERS = {"none": None, "development": development_tier(), "standard": Throttle()}
# With --help the vendor's own options are told.
_VENDOR = argparse.ArgumentParser(add_help=False)
_VENDOR.add_argument(
    "--vendor", choices=("meta", "ebay", "etsy", "vinted"), default="meta", help="whose stand-in (default %(default)s)"
)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="A stand-in of Meta's Graph API.", parents=[_VENDOR]
    )
    parser.add_argument("--port", type=int, default=_DEFAULT_PORT, help="0 takes a free one (default %(default)s)")
    parser.add_argument("--app-id", default="4711")
    parser.add_argument("--app-secret", default="sandbox-secret")
    parser.add_argument("--admin-token", help="made anew at each start when absent")
    parser.add_argument("--seed", type=int, default=7, help="another seed, other numbers")
    parser.add_argument("--today", type=date.fromisoformat, help="a day to stand still at; else the real clock")
    parser.add_argument("--state", type=Path, help="file that keeps tokens over restarts")
    parser.add_argument("--extra-ads", type=int, default=0, help="account act_9000 with this many steady ads")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before every answer")
    parser.add_argument("--run-seconds", type=float, nargs=2, default=(0.0, 0.0), metavar=("MIN", "MAX"))
    parser.add_argument("--time-scale", type=float, help="runs and limits by real seconds times this")
    parser.add_argument("--tier", choices=_TIERS, default="none", help="whose limits hold")
    parser.add_argument("--tier-scale", type=float, default=1.0, help="divides every limit of the tier")
    parser.add_argument("--no-proof", action="store_true", help="do not require appsecret_proof")
    return parser.parse_args(arguments)


def config_of(options: argparse.Namespace) -> SandboxConfig:
    tier = _TIERS[options.tier]
    return SandboxConfig(
        options.app_id,
        options.app_secret,
        admin_token_of(options),
        seed=options.seed,
        today=options.today,
        state_path=options.state,
        extra_ads=options.extra_ads,
        latency_s=options.latency,
        run_seconds=(options.run_seconds[0], options.run_seconds[1]),
        time_scale=options.time_scale,
        throttle=replace(tier, scale=options.tier_scale) if tier else None,
        require_proof=not options.no_proof,
    )


def greeting(server: SandboxServer) -> str:
    """Everything that a person needs to begin."""
    config = server.admin.sandbox.config
    accounts = tuple(server.admin.sandbox.dataset.accounts)
    tokens = "\n".join(f"  {token.value}" for token in pinned_tokens(accounts[0]))
    routes = "\n".join(f"  {path}" for path in admin_paths())
    proof = proof_of(config.app_secret, _TOKEN)
    return f"""Meta sandbox on {server.url} (graph and dialog)
app id {config.app_id}, app secret {config.app_secret}, accounts {", ".join(accounts)}
tokens:
{tokens}
admin, with the header X-Sandbox-Token: {config.admin_token}
{routes}
try:
  curl '{server.url}/v26.0/me/adaccounts?fields=name&access_token={_TOKEN}&appsecret_proof={proof}'
Ctrl-C ends it.
"""


async def serve(config: SandboxConfig, port: int) -> None:
    await serve_for_ever(run_sandbox(config, port=port), greeting)


def main(arguments: list[str] | None = None) -> int:
    chosen, rest = _VENDOR.parse_known_args(arguments)
    if chosen.vendor == "ebay":
        wanted = parse_ebay(rest)
        return _run(serve_ebay(ebay_config_of(wanted), wanted.port), wanted.port)
    if chosen.vendor == "etsy":
        wanted = parse_etsy(rest)
        return _run(serve_etsy(etsy_config_of(wanted), wanted.port), wanted.port)
    if chosen.vendor == "vinted":
        wanted = parse_vinted(rest)
        return _run(serve_vinted(vinted_config_of(wanted), wanted.port), wanted.port)
    options = parse(rest)
    return _run(serve(config_of(options), options.port), options.port)


def _run(serving: Coroutine[object, object, None], port: int) -> int:
    try:
        asyncio.run(serving)
    except OSError as error:
        sys.stderr.write(f"port {port}: {error.strerror}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
