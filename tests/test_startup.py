"""Start-up: what production refuses, and how processes beside the server find it."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from embedded import DatabaseUrls
from services.demo import seed_people
from services.toolbox import Toolbox
from settings import AppEnv, Settings, load_settings
from startup import Services, StartupError, check_production, found_services, open_tools, public_url


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


async def test_production_uses_the_real_platform(postgres: DatabaseUrls) -> None:
    settings = production(postgres)
    async with found_services(settings) as services, open_tools(settings, services) as tools:
        assert services.sandbox_url is None
        assert tools.meta.app.graph_url == "https://graph.facebook.com"
        assert tools.meta.app.redirect_uri == "https://ads.acme.io/auth/facebook/callback"
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
    async with found_services(settings) as first, found_services(settings) as second:
        assert first.urls.runtime == second.urls.runtime == postgres.runtime
        assert first.sandbox_url == second.sandbox_url
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
    async with found_services(settings) as services:
        assert isinstance(services, Services)
        assert services.sandbox_url is not None
