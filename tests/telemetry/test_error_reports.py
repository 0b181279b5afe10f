"""Error reports: what the log calls an error leaves, masked; nothing else does."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
import sentry_sdk
import structlog
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.database import Database
from telemetry.error_reports import reporter
from telemetry.redaction import MASK
from tests.telemetry.test_redaction import NAMED

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


@pytest.mark.parametrize("text", NAMED)
def test_what_an_error_quotes_of_a_request_is_reported_masked(outbox: Outbox, text: str) -> None:
    secret = uuid4().hex  # the trace shows lines of code, but not this one

    def call() -> None:
        raise OSError(text.replace("hunter2", secret))

    try:
        call()
    except OSError:
        structlog.get_logger().exception("it_failed")
    (event,) = outbox.events
    assert MASK in event["exception"]["values"][0]["value"]
    assert secret not in str(event)


def test_what_is_no_error_is_not_reported(outbox: Outbox) -> None:
    structlog.get_logger().warning("listener_lost")
    assert outbox.events == []


async def test_a_refused_statement_is_reported_without_its_values(outbox: Outbox, db: Database) -> None:
    address, password = f"{uuid4().hex}@example.com", uuid4().hex
    headers = {"authorization": f"Bearer {TOKEN}", "cookie": f"session={password}"}
    refused = "insert into user_account (id, name, email) values (gen_random_uuid(), :password, upper(:address))"
    with suppress(DBAPIError):
        try:
            async with db.write(None) as session:
                await (await session.connection()).execute(text(refused), {"password": password, "address": address})
        except DBAPIError:
            structlog.get_logger().exception("it_failed", headers=headers, password=password, email=address)
            raise
    (event,) = outbox.events
    told = str(event).lower()
    assert "insert into user_account" in told
    assert not [secret for secret in (address, password, TOKEN.lower()) if secret in told]
    assert not {"request", "user", "extra"} & {name for name, value in event.items() if value}
