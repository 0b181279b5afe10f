"""Error reports: what the log calls an error leaves, masked; nothing else does."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import sentry_sdk
import structlog
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from error_reports import reporter
from logs import MASK

TOKEN = "EAABsbCS1iHgBO7ZCzQm"


class Outbox(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        event = envelope.get_event()
        assert event is not None
        self.events.append(dict(event))


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    made = Outbox()
    report = reporter("https://key@127.0.0.1/1", environment="test", transport=made)
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[report, *before])
    yield made
    structlog.configure(processors=before)
    sentry_sdk.init(default_integrations=False)


def test_a_fault_is_reported_with_its_trace_and_without_credentials(outbox: Outbox) -> None:
    person = uuid4().hex

    def read(token: str) -> int:
        return int(token)

    try:
        read(TOKEN)
    except ValueError:
        structlog.get_logger().exception("operation_failed", request_id="request-1", user_name=person)
    (event,) = outbox.events
    (error,) = event["exception"]["values"]
    assert (error["type"], error["value"]) == ("ValueError", f"invalid literal for int() with base 10: '{MASK}'")
    assert event["tags"] == {"request_id": "request-1", "event": "operation_failed"}
    assert TOKEN not in str(event)
    assert person not in str(event)


def test_what_is_no_error_is_not_reported(outbox: Outbox) -> None:
    structlog.get_logger().warning("listener_lost")
    assert outbox.events == []
