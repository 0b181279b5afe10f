"""Runs one process from its settings to its end, with its exit code; opens the socket that it listens on."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from errors import AppError
from settings.loading import SettingsError, load_settings
from settings.model import Settings
from telemetry.logs import configure_logs


class SignalFreeServer(uvicorn.Server):
    """Leaves signals to the process: uvicorn's own handling would end it before it has cleaned up."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class StartupError(AppError):
    """The process cannot start; the message says what to do."""


def listening_socket(host: str, port: int, *, setting: str = "PORT") -> socket.socket:
    """A socket that is bound but does not listen yet; raises StartupError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only if the socket names its protocol. Without it the body of an answer waits until the
    # caller has acknowledged the headers, which takes 40 ms on a connection that is in use.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise StartupError(
            f"Cannot listen on {host}:{port} ({error.strerror}): stop what runs there or set {setting}."
        ) from error
    return bound


def run_process(life: Callable[[Settings], Coroutine[Any, Any, None]]) -> int:
    """Runs a process from its settings to its end; answers its exit code: 2 for wrong settings, 1 when it fails."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"The settings are wrong:\n{error}\n")
        return 2
    configure_logs(level=settings.log_level.value, as_json=settings.is_production)
    loop_factory = uvicorn.Config("", loop="auto", log_config=None).get_loop_factory()
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the one that asyncio takes over
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(life(settings))
    except AppError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    except KeyboardInterrupt:
        pass  # Ctrl-C came before the process listened for signals; everything was closed on the way here
    return 0
