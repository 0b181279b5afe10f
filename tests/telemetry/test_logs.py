"""Logs: credentials are masked wherever they stand."""

import json
import logging
from contextlib import suppress

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.database import Database
from telemetry.logs import MASK, configure_logs, redact, redact_event

# What libraries say of a request, an answer or a connection within the text of an error.
NAMED = [
    "Authorization: Basic hunter2==",
    "authorization: token hunter2",
    "Cookie: a=b; session=hunter2",
    "Set-Cookie: sid=hunter2; Path=/",
    "X-Api-Key: hunter2",
    "{'Authorization': 'Basic hunter2', 'Cookie': 'session=hunter2'}",
    "[(b'cookie', b'session=hunter2')]",
    '{"access_token": "hunter2", "password":"it\'s hunter2"}',
    r'"{\"password\": \"hunter2\"}"',
    "https://graph.test/debug_token?input_token=hunter2&fields=id",
    "host=db user=adgraph password=hunter2 dbname=adgraph, password='a hunter2'",
    "postgresql://adgraph:its@hunter2@db/adgraph",
]


@pytest.mark.parametrize(
    "text",
    [
        "token EAABsbCS1iHgBO7ZCzQm",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "Authorization: Bearer abc.def-ghi",
        "GET /v26.0/me?access_token=abc123&fields=id",
        "https://graph.test/next?appsecret_proof=00ff",
        "postgresql://adgraph:hunter2@db/adgraph",
        "pasted SANDBOX-SYSTEM-USER",
        "key agk_hunter2x_SYSTEM-USER",
        "sk_live_hunter2, whsec_hunter2",
        "redis://:hunter2@redis:6379/0, smtps://mailer:hunter2@mail.test",
        "GOCSPX-hunter2, ya29.hunter2, 4/0AhuNhunter2hunter2",
        *NAMED,
    ],
)
def test_a_credential_in_a_text_is_masked(text: str) -> None:
    assert MASK in redact(text)
    for secret in ("EAAB", "eyJ", "abc", "00ff", "hunter2", "SYSTEM-USER"):
        assert secret not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Invalid token: it has expired",
        "{'tokens_used': 4, 'name': 'Ann'}",
        "password = checked(password)",
        "https://ads.test:8000/accounts?day=2026-11-01",
        "The cookie is missing.",
    ],
)
def test_what_holds_no_credential_is_kept(text: str) -> None:
    assert redact(text) == text


def test_a_parameter_is_masked_alone() -> None:
    assert redact("GET /x?input_token=hunter2&fields=id failed") == f"GET /x?input_token={MASK}&fields=id failed"


@pytest.mark.parametrize("text", ["token", "token'", "x-", "password='", 'cookie":"', "abc://a:", "a://b:c@"])
def test_a_long_text_is_read_once(text: str) -> None:
    """A pattern that went back for each of its beginnings would not end."""
    redact(text * 20_000)


def test_values_under_secret_names_are_masked_at_any_depth() -> None:
    event = {"event": "x", "password": "p", "nested": [{"refresh_token": "r", "rows": 3}], "tokens_used": 4}
    assert redact_event(None, "info", event) == {
        "event": "x",
        "password": MASK,
        "nested": [{"refresh_token": MASK, "rows": 3}],
        "tokens_used": 4,
    }


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
    assert json.loads(capsys.readouterr().err)["event"] == f"calling /?{MASK}"


def test_a_file_gets_no_colours(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", as_json=False)
    structlog.get_logger("t").info("it_went_well", rows=3)
    line = capsys.readouterr().err
    assert "it_went_well" in line
    assert "\x1b" not in line


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('violates "uq"\nDETAIL:  Key (email)=(ann@hidden.test) already exists.\n[SQL: insert]', "[SQL: insert]"),
        ("violates check\nDETAIL:  Failing row contains (1, a\nhidden\nname).", "violates check"),
        ("[SQL: select 1]\n[parameters: ('hidden',)]\n(Background on this error at: x)", "(Background on"),
        ("invalid input for query argument $1: 'hidden' (an integer is required)", "(an integer is required)"),
        ('invalid input syntax for type uuid: "hidden"', "type uuid"),
        ("refused\nCONTEXT:  unnamed portal parameter $1 = 'hidden'", "refused"),
    ],
)
def test_values_of_a_statement_are_masked(text: str, kept: str) -> None:
    assert "hidden" not in redact(text)
    assert kept in redact(text)


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
