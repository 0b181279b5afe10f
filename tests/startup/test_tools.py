"""Start-up: what production refuses, and how processes beside the server find it."""

import logging
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
import structlog
from cryptography.fernet import Fernet
from pydantic import SecretStr

from analytics.clock import utc_now
from embedded.postgres import DatabaseUrls
from integrations.mail.mailer import FolderMailer, SmtpMailer
from models.database import Database
from services.installation.demo import seed_people
from services.toolbox import Toolbox
from settings.loading import load_settings
from settings.model import AppEnv, Settings
from startup import tools as startup
from startup.process import StartupError, run_process
from startup.services import Services, existing_services, public_url
from startup.stand_ins import StandIns
from startup.tools import check_production, limiter_of, mailer, open_tools, queries_on_replicas
from tests.worlds.vendors import meta_of


def production(urls: DatabaseUrls) -> Settings:
    return load_settings(
        _env_file=None,
        app_env=AppEnv.PRODUCTION,
        public_url="https://ads.acme.io/",
        database_url=urls.runtime,
        database_system_url=urls.system,
        jwt_secret_key="q9Zr1u7YbT4mW0eKxN5vC2dLsH8fGjPaR3iO6wVt",
        token_encryption_key=Fernet.generate_key().decode(),
        meta_app_id="90210",
        meta_app_secret="5f0c9a7be1d24863a1f7c0d9b2e4f688",
    )


async def test_production_refuses_a_database_with_the_demo_users(tools: Toolbox, postgres: DatabaseUrls) -> None:
    await seed_people(tools)
    with pytest.raises(StartupError, match="demo users"):
        await check_production(production(postgres), tools.db)


def test_letters_leave_by_smtp_or_in_development_into_a_folder(postgres: DatabaseUrls, tmp_path: Path) -> None:
    in_development = mailer(load_settings(_env_file=None, data_dir=tmp_path))
    assert isinstance(in_development, FolderMailer)
    assert in_development.folder == tmp_path / "mails"
    assert mailer(production(postgres)) is None
    configured = {"smtp_url": SecretStr("smtps://ads:p%40ss@mail.acme.io"), "mail_from": "ads@acme.io"}
    by_smtp = mailer(production(postgres).model_copy(update=configured))
    assert isinstance(by_smtp, SmtpMailer)
    assert (by_smtp.server.host, by_smtp.server.port, by_smtp.server.password) == ("mail.acme.io", 465, "p@ss")
    assert "p@ss" not in repr(by_smtp)


@pytest.mark.parametrize("options", ["?timeout=5", "?db=first"])
def test_wrong_options_of_redis_are_told_at_start(postgres: DatabaseUrls, options: str) -> None:
    """Otherwise each question of the rate limits would wait for an answer that cannot come."""
    settings = production(postgres).model_copy(update={"redis_url": SecretStr("redis://:hidden@redis/0" + options)})
    with pytest.raises(StartupError, match="REDIS_URL") as refused:
        limiter_of(settings, utc_now)
    assert "hidden" not in refused.value.message


async def test_production_uses_the_real_platform(postgres: DatabaseUrls) -> None:
    settings = production(postgres)
    async with existing_services(settings) as services, open_tools(settings, services) as tools:
        assert services.stand_ins == StandIns()
        assert meta_of(tools).app.graph_url == "https://graph.facebook.com"
        assert meta_of(tools).app.redirect_uri == "https://ads.acme.io/auth/facebook/callback"
        assert public_url(settings) == "https://ads.acme.io"
        await tools.db.ping()


async def test_a_process_beside_the_server_uses_the_configured_database(postgres: DatabaseUrls, tmp_path: Path) -> None:
    settings = load_settings(
        _env_file=None,
        app_env=AppEnv.TEST,
        data_dir=tmp_path,
        port=0,
        database_url=postgres.runtime,
        database_system_url=postgres.system,
        database_migration_url=postgres.migration,
    )
    async with existing_services(settings) as first, existing_services(settings) as second:
        assert first.urls.runtime == second.urls.runtime == postgres.runtime
        assert first.stand_ins == second.stand_ins != StandIns()
        assert "postgresql" not in (tmp_path / "addresses.json").read_text()


@pytest.mark.parametrize("note", ["", "{}", '{"pid": 999999999, "runtime": "", "migration": "", "system": ""}'])
async def test_the_note_of_a_killed_server_is_not_believed(postgres: DatabaseUrls, tmp_path: Path, note: str) -> None:
    (tmp_path / "addresses.json").write_text(note)
    settings = load_settings(
        _env_file=None,
        app_env=AppEnv.TEST,
        data_dir=tmp_path,
        port=0,
        database_url=postgres.runtime,
        database_system_url=postgres.system,
    )
    async with existing_services(settings) as services:
        assert isinstance(services, Services)
        assert services.stand_ins.meta is not None


@pytest.fixture
def _own_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A process configures logs for itself; what it changed here is put back."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    root, configured = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.configure(**configured)


@pytest.mark.usefixtures("_own_process")
def test_a_process_that_cannot_start_says_why_and_returns_1(capsys: pytest.CaptureFixture[str]) -> None:
    async def life(_settings: Settings) -> None:
        raise StartupError("The port is taken.")

    assert run_process(life) == 1
    assert capsys.readouterr().err == "The port is taken.\n"


@pytest.mark.usefixtures("_own_process")
def test_wrong_settings_return_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    async def life(_settings: Settings) -> None:
        raise AssertionError("never begun")

    monkeypatch.setenv("PORT", "eighty")
    assert run_process(life) == 2
    assert "PORT" in capsys.readouterr().err


@pytest.mark.usefixtures("_own_process")
@pytest.mark.parametrize("is_interrupted", [True, False])
def test_a_process_that_ends_returns_0(is_interrupted: bool) -> None:
    async def life(settings: Settings) -> None:
        assert settings.is_embedded
        if is_interrupted:
            raise KeyboardInterrupt

    assert run_process(life) == 0


@pytest.mark.parametrize(("newest", "is_fine"), [("0001", True), ("9999", False)])
async def test_a_release_serves_from_a_newer_database_and_not_from_an_older_one(
    db: Database, monkeypatch: pytest.MonkeyPatch, newest: str, *, is_fine: bool
) -> None:
    monkeypatch.setattr(startup, "head", lambda: newest)
    with nullcontext() if is_fine else pytest.raises(StartupError, match="db upgrade"):
        await startup.require_revision(db)


async def test_a_database_on_shards_has_no_read_replicas(postgres: DatabaseUrls) -> None:
    settings = production(postgres).model_copy(update={"database_read_url": ("postgresql://reads@two/x",)})
    db = Database(postgres.runtime, system_url=postgres.system)
    db.sharded = True
    with pytest.raises(StartupError, match="DATABASE_READ_URL"):
        async with queries_on_replicas(settings, db):
            pass
    await db.close()


async def test_a_role_that_no_policy_binds_serves_nobody(postgres: DatabaseUrls) -> None:
    settings = production(postgres).model_copy(update={"database_url": postgres.system})
    with pytest.raises(StartupError, match="DATABASE_URL: row-level security does not bind adgraph_system"):
        async with existing_services(settings) as services, open_tools(settings, services):
            pass


async def test_a_role_that_no_policy_binds_reads_from_no_replica(postgres: DatabaseUrls) -> None:
    urls = ("postgresql://adgraph_runtime@127.0.0.1:9/adgraph", "postgresql://127.0.0.1:9/adgraph?user=adgraph_system")
    settings = production(postgres).model_copy(update={"database_read_url": urls})
    db = Database(postgres.runtime, system_url=postgres.system)
    with pytest.raises(StartupError, match="DATABASE_READ_URL: row-level security does not bind adgraph_system"):
        async with queries_on_replicas(settings, db):
            pass
    await db.close()


async def test_replicas_that_are_away_keep_no_server_from_starting(postgres: DatabaseUrls) -> None:
    url = "postgresql://adgraph_runtime@127.0.0.1:9/adgraph"
    settings = production(postgres).model_copy(update={"database_read_url": (url,)})
    db = Database(postgres.runtime, system_url=postgres.system)
    async with queries_on_replicas(settings, db), db.for_query().read(None) as session:
        await session.connection()
    await db.close()
