"""Where a browser may be sent back to after a dialog; pure."""

from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_LONGEST = 2000
_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str | None:
    """Scheme, host and port of a URL in one spelling; None when it is no plain http(s) URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or _DEFAULT_PORTS[parts.scheme]}"


def is_allowed(return_url: str, origins: Collection[str]) -> bool:
    r"""Whether the URL is a path of this site, or lies under one of the origins.

    Browsers read a backslash as a slash and drop control characters, so `//host`, `/\host` and a tab within either
    would lead to another site.
    """
    if len(return_url) > _LONGEST or not return_url.isascii():
        return False
    if "\\" in return_url or any(character <= " " or character == "\x7f" for character in return_url):
        return False
    if return_url.startswith("/"):
        return not return_url.startswith("//")
    origin = origin_of(return_url)
    return origin is not None and origin in {origin_of(allowed) for allowed in origins}


def with_answer(return_url: str, public_url: str, answer: dict[str, str]) -> str:
    """The absolute URL to go to, with `answer` added to its query; names that it has already are replaced."""
    url = f"{public_url.rstrip('/')}{return_url}" if return_url.startswith("/") else return_url
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in answer]
    return urlunsplit(parts._replace(query=urlencode([*kept, *answer.items()])))
