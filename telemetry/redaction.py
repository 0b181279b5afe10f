"""Masks credentials in texts; every URL, body, error or log line passes here before it is shown."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

MASK = "***"
_NAMES = r"(?:token|secret|password|authorization|cookie|api[_-]?key|code_verifier|signed_request)"
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
# Names that do not occur as words of a sentence: a value behind one of these is masked even without quotes.
_EXACT = (
    r"\b(?:access_token|appsecret_proof|client_secret|code_verifier|fb_exchange_token|input_token|refresh_token"
    r"|signed_request)"
)
_TEXT = re.compile(
    r"\bEAA[A-Za-z0-9]{6,}"  # Meta's access tokens
    r"|\b\d{3,}\|[\w-]{8,}"  # an app's token at Meta: its id and its secret
    r"|ag[bkor]_[\w-]{8,}"  # our own API keys, tokens of extensions, one-time and refresh tokens
    r"|eyJ[\w-]{8,}(?:\.[\w-]*){0,2}"  # JWTs; without the dots too, else each eyJ of many is looked at to the end
    r"|(?i:bearer\s+)[\w|.~+/=-]+"
    r"|(?i:\boauth\s+)(?=[^\s\d]*\d)[\w|.~+/=-]{8,}"  # Meta's header; "OAuth authorization" is none
    r"|GOCSPX-[\w-]+|ya29\.[\w-]+|\b4/0A[\w-]{8,}"  # Google's client secrets, access tokens and codes
    r"|(?:sk|rk)_(?:test|live)_\w+|whsec_\w+"  # Stripe's keys
    r"|SANDBOX-[A-Z-]{6,}"
)
# User and password in the URL of a database, Redis, a mail server or a site. A password may contain @ and /, which
# should be escaped but may not be, so everything up to the last @ is masked. Behind the name and port of a site an @
# belongs to the path.
_URL = re.compile(
    r"\b(?!https?://[^\s/@:]*:\d{1,5}[/?#])[a-z][a-z0-9+.-]{2,30}://[^\s/@:]*:(?:\S{0,500}|[^\s/]*)@", re.IGNORECASE
)
# A name with its value in the forms of texts: an item of JSON or of a Python object, a header, a parameter. A quoted
# value ends with its quote, a header with its line. The `code` of an error is not masked: it is a short number or a
# word in capitals.
_NAMED = re.compile(
    rf"(?P<item>{_NAMES}[\w-]{{0,30}}\\?[\"'] ?[:,] ?b?(?P<quote>\\?[\"']))(?:(?!(?P=quote))(?:\\[\s\S]|[^\\]))*"
    r"|(?P<header>(?:cookie|authorization|\bx-[\w-]{0,30}(?:key|token|secret)) ?: ?)[^\r\n]+"
    rf"|(?P<parameter>{_NAMES}[\w-]{{0,30}}(?:=|%3D))(?:'[^']*|\"[^\"]*|[^&\s\"',;)]+)"
    rf"|(?P<exact>{_EXACT}: ?)[^&\s\"',;)}}\]]+"
    r"|(?P<code>\bcode(?:=|%3D|\\?[\"'] ?: ?\\?[\"']))(?!\d{1,4}\b|(?-i:[A-Z_]+)\b)[^&\s\"',;)}\]\\]+",
    re.IGNORECASE,
)
# Values of a statement that Postgres and its drivers quote in errors. A value may contain line breaks and quotes, so
# text whose end cannot be told from the value's is masked too. "Key (email)=(...)" and "Failing row contains (...)"
# are details of an error, which Sentry's SDK reports as its text, without the word DETAIL.
# The words before a value may come again without a value. So the search for the value stops at the next such words:
# otherwise a text that repeats them would be read to its end each time.
_ENDS = r"\n\(Background on|\n\nDuring handling|\n\nThe above exception|\Z"
_SQL_VALUES = re.compile(
    r"(?P<alone>\A(?:Failing row contains |Key )\().*"
    rf"|(?P<detail>DETAIL:\s+).*?(?=\n(?:HINT|CONTEXT|LINE \d+):|\n\[SQL: |{_ENDS})"
    r"|(?P<context>CONTEXT:\s++(?:(?!CONTEXT:)[^\n])*?parameter \$\d+ = )[^\n]*"
    rf"|(?P<parameters>\[parameters: ).*?(?={_ENDS})"
    r"|(?P<argument>invalid input for query argument \$\d++(?:(?!invalid input)[^:\n])*+: )"
    r".*?(?= \([^()\n]*\)(?:\n|\Z)|\Z)"
    r"|(?P<syntax>(?:invalid input syntax for type|invalid input value for enum) (?:(?!invalid input)[^:\n])*+: )"
    r"\".*?(?:\"(?=\n|\Z)|\Z)",
    re.DOTALL,
)
# Most texts of log lines: ids, instants and numbers; words and paths; codes. No pattern above matches such a text, and
# this one looks at it once: all of them together would be an eighth of the work of a small request.
_PLAIN = re.compile(
    r"[0-9a-f:.+TZ-]*"
    r"|(?!.*(?:ag[bkor]|whsec|test|live)_)[a-z_./]*"
    r"|(?!.*EAA)[A-Z_]*"
)


def redact(value: Any) -> Any:
    """The value with every credential in it masked, at any depth of mappings and lists."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {name: redact_item(name, item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


def redact_text(text: str) -> str:
    return text if is_plain(text) else masked(text)


def is_plain(text: str) -> bool:
    """Whether the letters of the text alone tell that it holds no credential."""
    return _PLAIN.fullmatch(text) is not None


def masked(text: str) -> str:
    """The text with every credential in it masked, however it looks."""
    text = _URL.sub(MASK, _SQL_VALUES.sub(_without_value, text))
    return _NAMED.sub(_without_value, _TEXT.sub(MASK, text))


def redact_item(name: Any, value: Any) -> Any:
    """The value of a named item: masked as a whole if the name is that of a secret, otherwise as by `redact`."""
    is_secret = isinstance(name, str) and _is_secret_name(name) and not isinstance(value, bool | int | None)
    return MASK if is_secret else redact(value)


@lru_cache(maxsize=256)
def _is_secret_name(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _without_value(found: re.Match[str]) -> str:
    name = next(text for name, text in found.groupdict().items() if text is not None and name != "quote")
    return f"{name}{MASK}"
