"""The operator's commands, on a database of their own."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commands.app import app
from migrations.run import head
from schema import schema_text
from settings.model import Settings
from tests.processes import data_directory

Call = Callable[..., Result]


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    with data_directory() as folder:
        yield folder


@pytest.fixture
def call(data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Runs one command far from any .env."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATA_DIR", str(data_dir))
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, words)


def test_the_way_of_a_database(call: Call) -> None:
    assert call("db", "upgrade").exit_code == 0
    assert call("db", "current").output.strip() == head()
    assert call("db", "downgrade", "-1").exit_code == 0
    assert call("db", "current").output.strip() != head()
    refused = call("staff", "list")
    assert (refused.exit_code, "db upgrade" in refused.stderr) == (1, True), "no trace of a missing table"
    assert "yes" in call("db", "history").output
    assert call("db", "reset", "--yes").exit_code == 0
    assert call("db", "current").output.strip() == head()


@pytest.mark.parametrize("options", [(), ("--plan",)])
def test_plain_postgres_is_not_distributed(call: Call, options: tuple[str, ...]) -> None:
    assert call("db", "upgrade").exit_code == 0
    refused = call("db", "distribute", *options)
    assert (refused.exit_code, "create extension citus" in refused.stderr) == (1, True)


def test_reset_asks_first(call: Call) -> None:
    assert call("db", "reset").exit_code == 1


def test_seeding_can_be_repeated(call: Call) -> None:
    assert [call("seed").exit_code for _ in range(2)] == [0, 0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("db", "upgrade", "nowhere"), "nowhere"),
        (("db", "bootstrap"), "DATABASE_URL"),
    ],
)
def test_an_operators_mistake_is_told_without_a_trace(call: Call, words: tuple[str, ...], said: str) -> None:
    result = call(*words)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_wrong_settings_are_told(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    result = call("db", "current")
    assert (result.exit_code, "PORT" in result.stderr) == (1, True)


@pytest.mark.parametrize("words", [("db", "reset", "--yes"), ("seed",)])
def test_production_refuses_what_destroys_or_publishes(
    call: Call, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    production = {
        "APP_ENV": "production",
        "PUBLIC_URL": "https://ads.acme.io",
        "DATABASE_URL": "postgresql://adgraph_runtime@db/adgraph",
        "DATABASE_SYSTEM_URL": "postgresql://adgraph_system@db/adgraph",
        "JWT_SECRET_KEY": "q9Zr1u7YbT4mW0eKxN5vC2dLsH8fGjPaR3iO6wVt",
        "TOKEN_ENCRYPTION_KEY": "l7Wv8BqA3SrmW6lsEW6Ayyhwkcam5V9zP6MaBLOE4ug=",
        "META_APP_ID": "90210",
        "META_APP_SECRET": "5f0c9a7be1d24863a1f7c0d9b2e4f688",
    }
    for name, value in production.items():
        monkeypatch.setenv(name, value)
    assert call(*words).exit_code == 1


def test_the_schema_is_written_where_it_is_wanted(call: Call, tmp_path: Path) -> None:
    assert call("export-schema", str(tmp_path / "s.graphql")).exit_code == 0
    assert (tmp_path / "s.graphql").read_text() == schema_text()


def test_the_schemas_folder_is_made(call: Call, tmp_path: Path) -> None:
    wanted = tmp_path / "not" / "there" / "s.graphql"
    assert call("export-schema", str(wanted)).exit_code == 0
    assert wanted.read_text() == schema_text()


@pytest.mark.parametrize("place", [".", "file/s.graphql", "file/deeper/s.graphql", "n" * 300])
def test_a_place_that_takes_no_file_is_told_in_a_sentence(call: Call, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("kept")
    result = call("export-schema", place)
    assert result.exit_code == 1
    assert re.fullmatch(r".+ cannot be written: [a-z ]+\.", " ".join(result.stderr.split()))
    assert (tmp_path / "file").read_text() == "kept"


NO_DAYS = ["tomorrow", "2026-13-45", "2026-02-30", "01/02/2026", "2026-01-01T00:00:00Z", "20260101", "0000-01-01", ""]


@pytest.mark.parametrize("text", NO_DAYS)
@pytest.mark.parametrize("option", ["--since", "--until"])
def test_what_is_no_day_is_told_with_one_that_is(call: Call, option: str, text: str) -> None:
    result = call("refresh", "act_1001", option, text)
    assert result.exit_code == 2
    told = " ".join(re.sub("[│╭╮╰╯─]", " ", result.stderr).split())
    assert f"Invalid value for '{option}': '{text}' is no day; write it like 2026-11-01 (year-month-day)." in told


def test_staff_are_made_and_unmade_at_a_terminal(call: Call) -> None:
    assert call("seed").exit_code == 0
    assert call("staff", "grant", "nobody@example.com").exit_code == 1
    assert call("staff", "grant", "demo@example.com").exit_code == 0
    assert "demo@example.com" in call("staff", "list").output
    assert call("staff", "revoke", "demo@example.com").exit_code == 0
    assert "demo@example.com" not in call("staff", "list").output


RATES = "day,currency,per_eur\n2026-01-02,ISK,145.5\n2026-01-05,ISK,146\n"


def test_rates_are_loaded_from_a_file_and_listed(call: Call, tmp_path: Path) -> None:
    assert call("db", "upgrade").exit_code == 0
    (tmp_path / "rates.csv").write_text(RATES)
    assert "2 rates up to 2026-01-05, of which 2 were new" in call("rates", "load", "rates.csv").output
    assert "of which 0 were new" in call("rates", "load", "rates.csv").output
    [line] = [line for line in call("rates", "list").output.splitlines() if "ISK" in line]
    assert re.findall(r"[\d.-]+", line) == ["2026-01-02", "2026-01-05", "2", "146"]


@pytest.mark.parametrize(
    ("content", "said"), [(RATES + "2026-01-06,ISK,-1\n", "Line 4: '-1' is no rate"), (None, "cannot be read")]
)
def test_a_file_without_rates_is_told_in_a_sentence(call: Call, tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "rates.csv").write_text(content)
    result = call("rates", "load", "rates.csv")
    assert (result.exit_code, said in result.stderr, "Traceback" in result.output) == (1, True, False)


def test_rates_are_fetched_from_the_sandbox_or_it_is_said_how(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "were new or changed" in call("rates", "fetch").output
    monkeypatch.setenv("SANDBOX", "off")
    result = call("rates", "fetch")
    assert (result.exit_code, "NOT_CONFIGURED: set FX_RATES_URL" in result.stderr) == (1, True)
    monkeypatch.setenv("FX_RATES_URL", "http://127.0.0.1:9/rates?key=hush")
    result = call("rates", "fetch")
    assert (result.exit_code, "cannot be reached" in result.stderr, "hush" in result.output) == (1, True, False)
