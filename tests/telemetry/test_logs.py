"""Logs: credentials are masked wherever they stand."""

import json
import logging
from contextlib import suppress

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.database import Database
from telemetry.logs import configure_logs
from telemetry.redaction import MASK


def test_production_writes_json_and_masks_traces(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", as_json=True)
    try:
        int("?access_token=abc123")
    except ValueError:
        structlog.get_logger("t").exception("it_failed", rows=3)
    line = json.loads(capsys.readouterr().err)
    assert line["event"] == "it_failed"
    assert line["rows"] == 3
    assert "ValueError" in line["exception"]
    assert "abc123" not in line["exception"]


def test_records_of_libraries_go_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", as_json=True)
    logging.getLogger("library").warning("calling %s", "/?code=abc123")
    assert json.loads(capsys.readouterr().err)["event"] == f"calling /?code={MASK}"


def test_a_file_gets_no_colours(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", as_json=False)
    structlog.get_logger("t").info("it_went_well", rows=3)
    line = capsys.readouterr().err
    assert "it_went_well" in line
    assert "\x1b" not in line


@pytest.mark.parametrize(
    "statement",
    [
        "insert into procrastinate_workers (id) select cast(:value as text)::bigint",
        "select cast(:value as text)::uuid",
        "select cast(:value as int)",
        "insert into user_account (id, name, email) values (gen_random_uuid(), :value, upper(:value))",
    ],
)
async def test_the_trace_of_a_refused_statement_names_none_of_its_values(
    db: Database, capsys: pytest.CaptureFixture[str], statement: str
) -> None:
    configure_logs(level="info", as_json=True)
    values = {"value": "Veiled@example.com"}  # the trace shows lines of code, but not this one
    with suppress(DBAPIError):
        try:
            async with db.write(None) as session:
                await (await session.connection()).execute(text(statement), values)
        except DBAPIError:
            structlog.get_logger("t").exception("it_failed")
            raise
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert "Error" in line["exception"]
    assert "veiled" not in line["exception"].lower()
