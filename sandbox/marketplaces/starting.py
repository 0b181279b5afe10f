"""Owns what starting a stand-in alone has in common, whoever's it is: options, the greeting, the waiting."""

import argparse
import asyncio
import secrets
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeVar

Server = TypeVar("Server")


def add_usual_options(parser: argparse.ArgumentParser, *, port: int, seed: int) -> None:
    parser.add_argument("--port", type=int, default=port, help="0 takes a free one (default %(default)s)")
    parser.add_argument("--admin-token", help="made anew at each start when absent")
    parser.add_argument("--seed", type=int, default=seed, help="another seed, other sellers")
    parser.add_argument("--state", type=Path, help="file that keeps everything over restarts")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before every answer")


def admin_token_of(options: argparse.Namespace) -> str:
    given: str | None = options.admin_token
    return given or secrets.token_urlsafe(18)


async def serve_for_ever(running: AbstractAsyncContextManager[Server], greeting: Callable[[Server], str]) -> None:
    """Greets once it serves, and serves until it is cancelled."""
    async with running as server:
        sys.stdout.write(greeting(server))
        sys.stdout.flush()
        await asyncio.Event().wait()
