"""Owns how a request to the Graph is read; must not answer it."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request

from sandbox.forms import read_form
from sandbox.meta.errors import bad_parameter

T = TypeVar("T")

_DEFAULT_VERSION = "v26.0"
_VERSION = re.compile(r"v\d+\.\d+")
# What a log or an assertion must never hold.
SECRET_PARAMS = frozenset(
    (
        "access_token",
        "appsecret_proof",
        "client_secret",
        "code",
        "code_verifier",
        "fb_exchange_token",
        "input_token",
        # Its calls may carry tokens of their own, and are logged one by one.
        "batch",
    )
)


@dataclass(slots=True)
class GraphCall:
    """`path` has neither version nor slashes at its ends; `account_id` and `user_id` are filled in on the way."""

    method: str
    path: str
    params: dict[str, str]
    token: str | None
    url: str
    version: str
    account_id: str | None = None
    user_id: str | None = None
    is_batched: bool = False
    loggable: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.loggable = {name: value for name, value in self.params.items() if name not in SECRET_PARAMS}

    def next_url(self, cursor: str) -> str:
        """Like the real one: absolute, with every parameter of the call and its token."""
        params = self.params | {"after": cursor}
        params.pop("before", None)
        if self.token:
            params["access_token"] = self.token
        return f"{self.url}?{urlencode(params)}"

    def integer(self, name: str, default: int) -> int:
        text = self.params.get(name, "")
        if not text:
            return default
        if not text.isdecimal():
            raise bad_parameter(f"param {name} must be a non-negative integer")
        return int(text)

    def strings(self, name: str) -> tuple[str, ...]:
        """A JSON list or a comma list."""
        text = self.params.get(name, "").strip()
        if not text.startswith("["):
            return tuple(part.strip() for part in text.split(",") if part.strip())
        return tuple(self.json(name, list[str]))

    def json(self, name: str, shape: type[T]) -> T:
        try:
            return msgspec.json.decode(self.params.get(name, ""), type=shape)
        except msgspec.MsgspecError as error:
            raise bad_parameter(f"param {name} is not valid JSON of the expected shape") from error


def parse_day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise bad_parameter(f"param {name} must be a date in the form YYYY-MM-DD") from error


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def split_version(path: str, *, default: str = _DEFAULT_VERSION) -> tuple[str, str]:
    """The version that a path begins with, and the path without it and without slashes at its ends."""
    steps = [step for step in path.split("/") if step]
    version = steps.pop(0) if steps and _VERSION.fullmatch(steps[0]) else default
    return version, "/".join(steps)


async def read_call(request: Request) -> GraphCall:
    params = dict(request.query_params)
    if request.method != "GET":
        params |= await read_form(request)
    # `method` lets a form stand for another verb, so that long parameters need no long URL.
    method = params.pop("method", request.method).upper()
    version, path = split_version(request.url.path)
    url = str(request.url.replace(query="", fragment=""))
    token = params.get("access_token") or _bearer(request)
    return GraphCall(method, path, params, token, url, version)
