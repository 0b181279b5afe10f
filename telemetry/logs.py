"""Logs as data: JSON in production, readable lines elsewhere; credentials never get into one."""

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

_NAMES = r"(?:token|secret|password|authorization|cookie|api[_-]?key|code_verifier)"
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"EAA[A-Za-z0-9]{6,}"  # Meta's access tokens
    r"|ag[kor]_[\w-]{8,}"  # our own API keys, one-time and refresh tokens
    r"|eyJ[\w-]{8,}(?:\.[\w-]*){0,2}"  # JWTs; without the dots too, else each eyJ of many is looked at to the end
    r"|(?i:bearer\s+)[\w.~+/=-]+"
    r"|(?i:(?:access_token|refresh_token|client_secret|appsecret_proof|fb_exchange_token|code)=)[^&\s\"']+"
    r"|\b[a-z][a-z0-9+.-]{2,30}://[^\s/@:]*:[^\s/]*@"  # of a database, Redis or a mail server; it may have an @
    r"|GOCSPX-[\w-]+|ya29\.[\w-]+|\b4/0A[\w-]{8,}"  # Google's client secrets, access tokens and codes
    r"|(?:sk|rk)_(?:test|live)_\w+|whsec_\w+"  # Stripe's keys
    r"|SANDBOX-[A-Z-]{6,}"
)
# A name and its value as texts show them: an item of JSON or of a Python object, a header, a parameter. A value that is
# quoted ends with its quote, a header with its line.
_NAMED_TEXT = re.compile(
    rf"(?P<item>{_NAMES}[\w-]{{0,30}}\\?[\"'] ?[:,] ?b?(?P<quote>\\?[\"']))(?:(?!(?P=quote))(?:\\[\s\S]|[^\\]))*"
    r"|(?P<header>(?:cookie|authorization|\bx-[\w-]{0,30}(?:key|token|secret)) ?: ?)[^\r\n]+"
    rf"|(?P<parameter>{_NAMES}[\w-]{{0,30}}=)(?:'[^']*|\"[^\"]*|[^&\s\"',;)]+)",
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
MASK = "***"
# Their news is either in a line of ours as well or of no use to an operator.
_NOISY = ("uvicorn", "aiohttp", "httpx", "httpcore", "strawberry", "asyncio", "alembic", "procrastinate", "stripe")


def redact(value: Any) -> Any:
    """The value with every credential in it masked, however deep."""
    if isinstance(value, str):
        return _NAMED_TEXT.sub(_without_value, _SECRET_TEXT.sub(MASK, _SQL_VALUES.sub(_without_value, value)))
    if isinstance(value, Mapping):
        return {name: _redacted_item(name, item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


def _without_value(found: re.Match[str]) -> str:
    name = next(text for name, text in found.groupdict().items() if text is not None and name != "quote")
    return f"{name}{MASK}"


def _redacted_item(name: Any, value: Any) -> Any:
    is_secret = isinstance(name, str) and _SECRET_NAME.search(name) and not isinstance(value, bool | int | None)
    return MASK if is_secret else redact(value)


def redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor; the last one before rendering, so that traces pass it as well."""
    return {name: _redacted_item(name, value) for name, value in event.items()}


def configure_logs(*, level: str, as_json: bool, first: Sequence[Processor] = ()) -> None:
    """One pipeline for our events and for the libraries' records; to standard error. `first` sees ours unmasked."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            *first,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    readable = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    renderer: Processor = structlog.processors.JSONRenderer() if as_json else readable
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact_event, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
