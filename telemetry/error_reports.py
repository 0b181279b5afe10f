"""Reports unexpected errors to Sentry: what the log says of an error, masked like the log, and nothing of a request.

The SDK is installed with requirements-extras.lock.
"""

import sys
from typing import Any

from structlog.types import EventDict, Processor, WrappedLogger

from errors import AppError
from telemetry.redaction import redact

try:
    import sentry_sdk
except ImportError:  # the extra is not installed
    _IS_INSTALLED = False
else:
    _IS_INSTALLED = True

_KEPT = ("request_id", "tenant_id", "refresh_job_id", "task", "check", "chore")


class ErrorReportsError(AppError):
    """SENTRY_DSN is set, but reports cannot be sent."""


def reporter(dsn: str, *, environment: str, transport: Any = None) -> Processor:
    """A processor of log events for `configure_logs`; raises ErrorReportsError if the SDK is not installed."""
    if not _IS_INSTALLED:
        raise ErrorReportsError("SENTRY_DSN is set: install requirements-extras.lock, which has its SDK.")
    sentry_sdk.init(
        dsn,
        environment=environment,
        transport=transport,
        # Sentry's integrations would send requests, headers and local variables, which contain credentials.
        default_integrations=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=lambda event, _hint: redact(event),
    )
    return _report


def _report(_logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    if method in ("error", "exception", "critical"):
        with sentry_sdk.new_scope() as scope:
            scope.fingerprint = ["{{ default }}", str(event.get("event"))]
            scope.set_tags({name: str(event[name]) for name in _KEPT if event.get(name) is not None})
            scope.set_tag("event", str(event.get("event")))
            error = sys.exc_info()[1] if event.get("exc_info") else None
            if error is not None:
                scope.capture_exception(error)
            else:
                scope.capture_message(str(event.get("event")), level="error")
    return event


def flush() -> None:
    """Sends the reports that wait; takes two seconds at most."""
    if _IS_INSTALLED:
        sentry_sdk.flush(timeout=2.0)
