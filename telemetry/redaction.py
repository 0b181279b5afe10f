"""What a credential looks like: whatever is shown of a URL, a body, an error or a log line passes here before."""

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"
_NAMES = r"(?:token|secret|password|authorization|cookie|api[_-]?key|code_verifier|signed_request)"
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
# Names that are no words of a sentence: what stands behind them is masked without quotes as well.
_EXACT = (
    r"\b(?:access_token|appsecret_proof|client_secret|code_verifier|fb_exchange_token|input_token|refresh_token"
    r"|signed_request)"
)
_TEXT = re.compile(
    r"\bEAA[A-Za-z0-9]{6,}"  # Meta's access tokens
    r"|\b\d{3,}\|[\w-]{8,}"  # an app's token at Meta: its id and its secret
    r"|ag[kor]_[\w-]{8,}"  # our own API keys, one-time and refresh tokens
    r"|eyJ[\w-]{8,}(?:\.[\w-]*){0,2}"  # JWTs; without the dots too, else each eyJ of many is looked at to the end
    r"|(?i:bearer\s+)[\w|.~+/=-]+"
    r"|(?i:\boauth\s+)(?=[^\s\d]*\d)[\w|.~+/=-]{8,}"  # Meta's header; "OAuth authorization" is none
    r"|GOCSPX-[\w-]+|ya29\.[\w-]+|\b4/0A[\w-]{8,}"  # Google's client secrets, access tokens and codes
    r"|(?:sk|rk)_(?:test|live)_\w+|whsec_\w+"  # Stripe's keys
    r"|SANDBOX-[A-Z-]{6,}"
)
# The user and password of a database, Redis, a mail server or a site. A password may have an @, and a / of one is
# easily left as it is: all up to the last @ goes. Behind a site's name and port an @ belongs to its path.
_URL = re.compile(
    r"\b(?!https?://[^\s/@:]*:\d{1,5}[/?#])[a-z][a-z0-9+.-]{2,30}://[^\s/@:]*:(?:\S{0,500}|[^\s/]*)@", re.IGNORECASE
)
# A name and its value as texts show them: an item of JSON or of a Python object, a header, a parameter. A value that is
# quoted ends with its quote, a header with its line. An error has a code too: a short number, or a word in capitals.
_NAMED = re.compile(
    rf"(?P<item>{_NAMES}[\w-]{{0,30}}\\?[\"'] ?[:,] ?b?(?P<quote>\\?[\"']))(?:(?!(?P=quote))(?:\\[\s\S]|[^\\]))*"
    r"|(?P<header>(?:cookie|authorization|\bx-[\w-]{0,30}(?:key|token|secret)) ?: ?)[^\r\n]+"
    rf"|(?P<parameter>{_NAMES}[\w-]{{0,30}}(?:=|%3D))(?:'[^']*|\"[^\"]*|[^&\s\"',;)]+)"
    rf"|(?P<exact>{_EXACT}: ?)[^&\s\"',;)}}\]]+"
    r"|(?P<code>\bcode(?:=|%3D|\\?[\"'] ?: ?\\?[\"']))(?!\d{1,4}\b|(?-i:[A-Z_]+)\b)[^&\s\"',;)}\]\\]+",
    re.IGNORECASE,
)
# What Postgres and its drivers quote of a statement's values; a value may have lines and quotes of its own, so what
# cannot be told from its end goes too. "Key (email)=(...)" and "Failing row contains (...)" are details, of which
# Sentry's SDK makes the error's text, without the word before.
_ENDS = r"\n\(Background on|\n\nDuring handling|\n\nThe above exception|\Z"
_SQL_VALUES = re.compile(
    r"(?P<alone>\A(?:Failing row contains |Key )\().*"
    rf"|(?P<detail>DETAIL:\s+).*?(?=\n(?:HINT|CONTEXT|LINE \d+):|\n\[SQL: |{_ENDS})"
    r"|(?P<context>CONTEXT:\s+[^\n]*?parameter \$\d+ = )[^\n]*"
    rf"|(?P<parameters>\[parameters: ).*?(?={_ENDS})"
    r"|(?P<argument>invalid input for query argument \$\d+[^:\n]*: ).*?(?= \([^()\n]*\)(?:\n|\Z)|\Z)"
    r"|(?P<syntax>(?:invalid input syntax for type|invalid input value for enum) [^:\n]*: )\".*?\"(?=\n|\Z)",
    re.DOTALL,
)


def redact(value: Any) -> Any:
    """The value with every credential in it masked, however deep."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {name: redact_item(name, item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


def redact_text(text: str) -> str:
    text = _URL.sub(MASK, _SQL_VALUES.sub(_without_value, text))
    return _NAMED.sub(_without_value, _TEXT.sub(MASK, text))


def redact_item(name: Any, value: Any) -> Any:
    """The value masked whole where its name tells that it is a secret."""
    is_secret = isinstance(name, str) and _SECRET_NAME.search(name) and not isinstance(value, bool | int | None)
    return MASK if is_secret else redact(value)


def _without_value(found: re.Match[str]) -> str:
    name = next(text for name, text in found.groupdict().items() if text is not None and name != "quote")
    return f"{name}{MASK}"
