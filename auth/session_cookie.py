"""The session cookie for browsers on our own origin: which requests may use it, and how it is written.

The cookie has the refresh token and authenticates no request by itself: only renewing and ending a session read it. A
page of another site cannot have it used: the request must have our own Origin, a body of JSON and a header of ours, and
the cookie is SameSite.
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
    """The headers of the answer; setting a name replaces its value."""

    def __setitem__(self, name: str, value: str, /) -> None: ...


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """The cookie of one request: what was presented, and `answer`, the headers to which a new value is written.

    `is_wanted`: the request comes from our own origin and asks for the cookie. If not, `presented` is None, and the
    caller must not write a token.
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
    """The cookie of a request; if the request may not use it, it counts as absent."""
    is_secure = urlsplit(public_url).scheme == "https"
    is_wanted = (
        headers.get(HEADER, "").lower() == _WANTED
        and headers.get("content-type", "").partition(";")[0].strip().lower() == _JSON
        and _comes_from_us(headers, public_url)
    )
    presented = cookies.get(cookie_name(is_secure=is_secure)) if is_wanted else None
    return SessionCookie(is_wanted, is_secure, presented or None, answer)


def cookie_name(*, is_secure: bool) -> str:
    """The cookie's name. The prefix __Host- keeps other hosts of the domain from setting it; it needs https."""
    return f"__Host-{_NAME}" if is_secure else _NAME


def _comes_from_us(headers: Mapping[str, str], public_url: str) -> bool:
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") == "same-origin"
    return origin == _origin_of(public_url)


def _origin_of(url: str) -> str:
    """The origin of a URL as browsers write it: in lower case, without the default port of its scheme."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    is_default = parts.port is None or parts.port == _DEFAULT_PORTS.get(parts.scheme)
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{parts.port}"
