"""The session cookie of browsers on our own origin: whose request may use it, and how it is written.

It holds the refresh token and authenticates nothing by itself: only renewing and ending a session read it. A page of
another site cannot make a browser send it along: SameSite, our own Origin, JSON and a header of ours are all needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

HEADER = "x-adgraph-session"
_WANTED = "cookie"
_NAME = "adgraph_session"
_JSON = "application/json"
_DEFAULT_PORTS = {"http": 80, "https": 443}


class AnswerHeaders(Protocol):
    """Where the cookie is written to: a name's value replaces the one before."""

    def __setitem__(self, name: str, value: str, /) -> None: ...


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """One request's part in it; `answer` are the headers of its answer.

    `is_wanted`: the request comes from our own origin and asks for the cookie. Else nothing was presented, and nothing
    is to be kept.
    """

    is_wanted: bool
    is_secure: bool
    presented: str | None = field(repr=False)
    answer: AnswerHeaders = field(repr=False)

    def keep(self, token: str, *, until: datetime, now: datetime) -> None:
        self._write(token, max(0, int((until - now).total_seconds())))

    def clear(self) -> None:
        self._write("", 0)

    def _write(self, value: str, max_age_s: int) -> None:
        secure = "; Secure" if self.is_secure else ""
        name = cookie_name(is_secure=self.is_secure)
        self.answer["set-cookie"] = f"{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}"


def session_cookie(
    headers: Mapping[str, str], cookies: Mapping[str, str], *, public_url: str, answer: AnswerHeaders
) -> SessionCookie:
    """What a request may do with the cookie; a cookie that comes with a wrong request is as if it were absent."""
    is_secure = urlsplit(public_url).scheme == "https"
    is_wanted = (
        headers.get(HEADER, "").lower() == _WANTED
        and headers.get("content-type", "").partition(";")[0].strip().lower() == _JSON
        and _comes_from_us(headers, public_url)
    )
    presented = cookies.get(cookie_name(is_secure=is_secure)) if is_wanted else None
    return SessionCookie(is_wanted, is_secure, presented or None, answer)


def cookie_name(*, is_secure: bool) -> str:
    """The __Host- prefix keeps other hosts of the domain from planting the cookie; browsers take it with https only."""
    return f"__Host-{_NAME}" if is_secure else _NAME


def _comes_from_us(headers: Mapping[str, str], public_url: str) -> bool:
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") == "same-origin"
    return origin == _origin_of(public_url)


def _origin_of(url: str) -> str:
    """As browsers write it: in small letters, without the port that its scheme has anyway."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    is_default = parts.port is None or parts.port == _DEFAULT_PORTS.get(parts.scheme)
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{parts.port}"
