"""Settings: what each environment accepts, and that .env.example is complete."""

import re
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from settings.loading import SettingsError, load_settings
from settings.model import Settings

ROOT = Path(__file__).resolve().parents[2]
FERNET_KEY = Fernet.generate_key().decode()
DATABASE = {
    "database_url": "postgresql://runtime@db/adgraph",
    "database_system_url": "postgresql://system@db/adgraph",
}
UNBOUND = "DATABASE_READ_URL: must be the runtime role's"
PRODUCTION: dict[str, Any] = {
    **DATABASE,
    "app_env": "production",
    "public_url": "https://ads.acme.io",
    "jwt_secret_key": "q9Zr1u7YbT4mW0eKxN5vC2dLsH8fGjPaR3iO6wVt",
    "token_encryption_key": FERNET_KEY,
    "meta_app_id": "90210",
    "meta_app_secret": "5f0c9a7be1d24863a1f7c0d9b2e4f688",
}

BUCKET: dict[str, Any] = {
    "s3_endpoint_url": "https://s3.acme.io",
    "s3_bucket": "acme",
    "s3_access_key_id": "a1b2",
    "s3_secret_access_key": "Vb3nM7qLz0",
}
ETSY: dict[str, Any] = {"etsy_keystring": "8qk2v7m1x0c9b4n5z6l3", "etsy_shared_secret": "w4r9t2y7ui"}
EBAY: dict[str, Any] = {
    "ebay_client_id": "Acme-Ads-PRD-1a2b",
    "ebay_client_secret": "PRD-8c1f4e7b2d90a635c7e1",
    "ebay_runame": "Acme_Inc-Acme-Ads-abcdef",
}
BAD_URLS = (
    "postgresql://role@db:65536/adgraph",
    "postgresql://role@db:0/adgraph",
    "postgresql://role@db:http/adgraph",
    "postgresql://role@db:-1/adgraph",
    "postgresql://role@one:5432,two:70000/adgraph",
    "postgresql://role@[::1/adgraph",
    "postgresql://role@[::1]:65536/adgraph",
    "postgresql:///adgraph?host=/run/postgresql&port=65536",
    "postgresql://role@one:5432,,two:5432/adgraph",
    "postgresql://role@one,/adgraph",
)
GOOD_URLS = (
    "postgresql://role:word@db/adgraph",
    "postgresql://role@db:5432/adgraph",
    "postgresql://role@db:/adgraph",
    "postgresql://role@one:5432,two:65535/adgraph",
    "postgresql://role@[::1]:5432/adgraph",
    "postgresql://role@[::1]/adgraph",
    "postgresql://role@/adgraph?host=/run/postgresql&port=5433",
)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def load(tmp_path: Path, **values: Any) -> Settings:
    return load_settings(_env_file=None, data_dir=tmp_path, **values)


def complaints(tmp_path: Path, **values: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, **values)
    return str(caught.value)


def test_development_needs_nothing_and_keeps_its_own_secrets(tmp_path: Path) -> None:
    first, second = load(tmp_path), load(tmp_path)
    assert first.is_embedded
    assert first.uses_sandbox
    assert first.shows_graphiql
    assert first.jwt_secret_key == second.jwt_secret_key
    assert first.encryption_keys == second.encryption_keys
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()}
    assert modes == {0o600}


def test_invented_rates_convert_no_real_money(tmp_path: Path) -> None:
    assert load(tmp_path).uses_rates_sandbox
    assert not load(tmp_path, meta_app_id="1", meta_app_secret="2").uses_rates_sandbox
    assert not load(tmp_path, fx_rates_url="https://rates.acme.io/a.csv").uses_rates_sandbox
    assert not load(tmp_path, **PRODUCTION).uses_rates_sandbox


def test_a_sandbox_stands_in_for_etsy_where_it_is_not_set_up_and_for_vinted_always(tmp_path: Path) -> None:
    assert load(tmp_path).uses_etsy_sandbox
    assert not load(tmp_path, **ETSY).uses_etsy_sandbox
    assert not load(tmp_path, sandbox="off").uses_etsy_sandbox
    assert not load(tmp_path, **PRODUCTION).uses_etsy_sandbox
    made = (load(tmp_path, **ETSY), load(tmp_path, sandbox="off"), load(tmp_path, **PRODUCTION))
    assert [each.uses_vinted_sandbox for each in made] == [True, False, False]
    secrets = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    production = load(tmp_path, **PRODUCTION | ETSY, etsy_webhook_secrets=secrets)
    assert not production.uses_etsy_sandbox
    assert production.etsy_signing_secrets == tuple(secrets.split(", "))
    assert load(tmp_path).etsy_signing_secrets == ()


def test_a_sandbox_stands_in_for_ebay_where_it_is_not_set_up(tmp_path: Path) -> None:
    assert load(tmp_path).uses_ebay_sandbox
    assert not load(tmp_path, **EBAY).uses_ebay_sandbox
    assert not load(tmp_path, sandbox="off").uses_ebay_sandbox
    production = load(tmp_path, **PRODUCTION | EBAY, ebay_scopes="https://api.ebay.com/oauth/api_scope/sell.account")
    assert not production.uses_ebay_sandbox
    assert production.ebay_scopes == ("https://api.ebay.com/oauth/api_scope/sell.account",)
    assert not load(tmp_path, **PRODUCTION).uses_ebay_sandbox


def test_production_starts_with_everything_set(tmp_path: Path) -> None:
    settings = load(tmp_path, **PRODUCTION)
    assert not settings.uses_sandbox
    assert not settings.shows_graphiql
    assert load(tmp_path, **PRODUCTION, graphiql="true").shows_graphiql


@pytest.mark.parametrize("missing", [name for name in PRODUCTION if name not in ("app_env", "meta_app_secret")])
def test_production_names_what_is_missing(tmp_path: Path, missing: str) -> None:
    values = {name: value for name, value in PRODUCTION.items() if name != missing}
    assert missing.upper() in complaints(tmp_path, **values)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"jwt_secret_key": "short"}, "JWT_SECRET_KEY: must have"),
        ({"jwt_secret_key": "change-me-change-me-change-me-change-me"}, "JWT_SECRET_KEY: is a sample"),
        ({"jwt_secret_key": "x" * 48}, "JWT_SECRET_KEY: is a sample"),
        ({"jwt_secret_key_previous": PRODUCTION["jwt_secret_key"]}, "JWT_SECRET_KEY_PREVIOUS: repeats JWT_SECRET_KEY"),
        ({"jwt_secret_key": FERNET_KEY}, "TOKEN_ENCRYPTION_KEY: repeats JWT_SECRET_KEY"),
        ({"token_encryption_key": "not-a-key"}, "TOKEN_ENCRYPTION_KEY: each key"),
        ({"token_encryption_key": f"{FERNET_KEY},{FERNET_KEY}"}, "TOKEN_ENCRYPTION_KEY: holds a key twice"),
        ({"meta_app_secret": "5f0c"}, "META_APP_SECRET: must have"),
        ({"meta_app_secret": None}, "META_APP_SECRET"),
        ({"public_url": "http://ads.acme.io"}, "PUBLIC_URL"),
        ({"meta_graph_url": "http://127.0.0.1:8001"}, "META_GRAPH_URL"),
        ({"meta_dialog_url": "https://localhost"}, "META_DIALOG_URL"),
        ({"smtp_url": "smtp+insecure://mail.acme.io", "mail_from": "ads@acme.io"}, "SMTP_URL: smtp+insecure"),
        ({"google_client_id": "1", "google_client_secret": "5f0c"}, "GOOGLE_CLIENT_SECRET: must have"),
        ({"google_issuer": "http://accounts.google.com"}, "GOOGLE_ISSUER"),
        ({**EBAY, "ebay_client_secret": "5f0c"}, "EBAY_CLIENT_SECRET: must have"),
        *(
            ({name: "http://127.0.0.1:1"}, name.upper())
            for name in ("ebay_api_url", "ebay_apiz_url", "ebay_auth_url", "ebay_graphql_url")
        ),
        ({"stripe_api_url": "http://127.0.0.1:1"}, "STRIPE_API_URL"),
        ({"fx_rates_url": "http://rates.acme.io/a.csv"}, "FX_RATES_URL"),
        ({**BUCKET, "s3_endpoint_url": "http://s3.acme.io"}, "S3_ENDPOINT_URL: must be https in production"),
        ({"relay_spacing_ms": "4999"}, "RELAY_SPACING_MS: must be at least 5000"),
        ({**BUCKET, "s3_secret_access_key": "x" * 40}, "S3_SECRET_ACCESS_KEY: is a sample"),
    ],
)
def test_production_refuses_weak_values_by_name(tmp_path: Path, wrong: dict[str, Any], named: str) -> None:
    assert named in complaints(tmp_path, **{**PRODUCTION, **wrong})


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"host": "0.0.0.0"}, "HOST"),
        ({"host": "ads.acme.io"}, "HOST"),
        ({"public_url": "https://ads.acme.io"}, "PUBLIC_URL"),
        ({"public_url": "ftp://localhost"}, "PUBLIC_URL"),
        ({"port": "eighty"}, "PORT"),
        ({"app_url": "app.test"}, "APP_URL"),
        ({"smtp_url": "smtp://localhost"}, "MAIL_FROM"),
        ({"smtp_url": "http://localhost", "mail_from": "ads@acme.io"}, "SMTP_URL"),
        ({"smtp_url": "smtp://localhost", "mail_from": "Ads"}, "MAIL_FROM: must be"),
        ({"worker": "both"}, "WORKER"),
        ({"documents": "some"}, "DOCUMENTS"),
        ({"documents": "trusted"}, "DOCUMENTS_FILE: is required with DOCUMENTS=trusted"),
        ({"documents": "trusted", "documents_file": " "}, "DOCUMENTS_FILE: is required with DOCUMENTS=trusted"),
        ({"fx_rates_url": "rates.csv"}, "FX_RATES_URL"),
        ({"s3_bucket": "acme"}, "S3_ENDPOINT_URL: is required with S3_BUCKET"),
        *(
            ({name: value for name, value in BUCKET.items() if name != gone}, f"{gone.upper()}: is required with")
            for gone in BUCKET
        ),
        ({**BUCKET, "s3_bucket": "Acme"}, "S3_BUCKET: must be a bucket's name"),
        ({**BUCKET, "s3_endpoint_url": "s3.acme.io"}, "S3_ENDPOINT_URL: must be an http"),
        ({**BUCKET, "s3_region": "eu central"}, "S3_REGION"),
        ({"return_origins": "https://a.test/path"}, "RETURN_ORIGINS"),
        ({"cors_origins": "*"}, "CORS_ORIGINS"),
        ({"database_url": "postgresql://only@db/x"}, "DATABASE_SYSTEM_URL"),
        ({"database_system_url": "postgresql://only@db/x"}, "DATABASE_URL"),
        ({"database_url": "postgresql://a:b/c@db/x", "database_system_url": "postgresql://x"}, "DATABASE_URL: in a"),
        ({"database_system_url": "postgresql://a:b@c@db/x"}, "DATABASE_SYSTEM_URL: in a password write / as %2F"),
        ({"redis_url": "redis://:b/c@redis/0"}, "REDIS_URL: in a password"),
        ({"smtp_url": "smtp://a@acme.io:b?c@localhost", "mail_from": "a@b.c"}, "SMTP_URL: in a password"),
        ({"database_url": "mysql://x", "database_system_url": "postgresql://x"}, "DATABASE_URL: must begin"),
        ({"meta_app_id": "1"}, "META_APP_SECRET"),
        ({"google_client_id": "1"}, "GOOGLE_CLIENT_SECRET"),
        *(
            ({name: value for name, value in EBAY.items() if name != gone}, f"{gone.upper()}: is required with")
            for gone in EBAY
        ),
        ({**EBAY, "ebay_runame": "https://ads.acme.io/auth/ebay/callback"}, "EBAY_RUNAME: must be the name"),
        ({**EBAY, "ebay_scopes": "sell.inventory"}, "EBAY_SCOPES: each"),
        ({"ebay_graphql_url": "graphqlapi.ebay.com"}, "EBAY_GRAPHQL_URL"),
        *(
            ({name: value for name, value in ETSY.items() if name != gone}, "ETSY_SHARED_SECRET: ETSY_KEYSTRING and")
            for gone in ETSY
        ),
        ({"etsy_webhook_secrets": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "ETSY_WEBHOOK_SECRETS: needs"),
        *(
            ({**ETSY, "etsy_webhook_secrets": bad}, "ETSY_WEBHOOK_SECRETS: each")
            for bad in ("whsec_", "whsec_abc", "not base64 at all!", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw,x")
        ),
        ({"etsy_api_url": "openapi.etsy.com"}, "ETSY_API_URL"),
        ({"relay_spacing_ms": "-1"}, "RELAY_SPACING_MS"),
        ({"relay_listing_delay_s": "0"}, "RELAY_LISTING_DELAY_S"),
        *(({"relay_oldest_agent": bad}, "RELAY_OLDEST_AGENT") for bad in ("1.", "v1", "1.2.3.4.5", "123456")),
        ({"stripe_secret_key": "pk_live_1"}, "STRIPE_SECRET_KEY: must be"),
        ({"stripe_secret_key": "sk_live_1"}, "STRIPE_WEBHOOK_SECRET: is required"),
        ({"stripe_secret_key": "sk_live_1", "stripe_webhook_secret": "whsec_1"}, "STRIPE_PRICE_IDS: is required"),
        ({"stripe_webhook_secret": "whsec_1"}, "STRIPE_WEBHOOK_SECRET: needs STRIPE_SECRET_KEY"),
        ({"stripe_secret_key": "sk_live_1", "stripe_webhook_secret": "whsec_1,abc"}, "STRIPE_WEBHOOK_SECRET: each"),
        ({"stripe_secret_key": "sk_live_1", "stripe_price_ids": "PRO=price_1"}, "STRIPE_PRICE_IDS: each"),
        ({"meta_graph_url": "http://["}, "META_GRAPH_URL"),
        ({"database_read_url": "postgresql://reads@db/x"}, "DATABASE_READ_URL: needs DATABASE_URL"),
        ({**DATABASE, "database_read_url": "postgresql://a@two/x, mysql://b"}, "DATABASE_READ_URL: each URL"),
        ({**DATABASE, "database_read_url": DATABASE["database_url"]}, "DATABASE_READ_URL: names a server twice"),
        ({**DATABASE, "database_read_url": "postgresql://a:b/c@two/x"}, "DATABASE_READ_URL: in a password"),
        *(
            ({**DATABASE, "database_read_url": url}, "DATABASE_READ_URL: each URL must name the runtime role")
            for url in (
                "postgresql://two/x",
                "postgresql://a@one/x,postgresql://:word@two/x",
                "postgresql://two/x?user=",
            )
        ),
        ({**DATABASE, "database_url": "postgresql://system@db/adgraph"}, "DATABASE_URL: must be the runtime role's"),
        *(
            ({**DATABASE, "database_migration_url": "postgresql://owner@db/x", "database_read_url": url}, UNBOUND)
            for url in ("postgresql://system@two/x", "postgresql://a@one/x,postgresql://two/x?user=owner")
        ),
        ({"read_max_lag": "five"}, "READ_MAX_LAG: must be a duration"),
        ({"read_max_lag": "5"}, "READ_MAX_LAG: must be a duration"),
        ({"read_max_lag": "900ms"}, "READ_MAX_LAG: must be a duration"),
        ({"meta_graph_url": "http://localhost:65536"}, "META_GRAPH_URL: must be"),
        ({"public_url": "http://localhost:0"}, "PUBLIC_URL: must be"),
        ({"public_url": "http://localhost:http"}, "PUBLIC_URL: must be"),
        ({"return_origins": "https://a.test:65536"}, "RETURN_ORIGINS"),
        ({"redis_url": "redis://localhost:65536/0"}, "REDIS_URL: must begin"),
        ({"smtp_url": "smtp://localhost:99999", "mail_from": "a@b.c"}, "SMTP_URL: must be"),
        *(
            ({"database_url": url, "database_system_url": "postgresql://x"}, "DATABASE_URL: must be")
            for url in BAD_URLS
        ),
        ({"database_url": "postgresql://x", "database_system_url": BAD_URLS[0]}, "DATABASE_SYSTEM_URL: must be"),
        *(
            (
                {**DATABASE, "database_read_url": f"postgresql://reads@one/x,{url}"},
                "DATABASE_READ_URL: each URL must be",
            )
            for url in BAD_URLS
        ),
    ],
)
def test_development_refuses_wrong_values_by_name(tmp_path: Path, wrong: dict[str, Any], named: str) -> None:
    assert named in complaints(tmp_path, **wrong)


@pytest.mark.parametrize("url", GOOD_URLS)
def test_every_way_to_write_a_database_is_taken(tmp_path: Path, url: str) -> None:
    for name in DATABASE:
        assert getattr(load(tmp_path, **{**DATABASE, name: url}), name) == url
    assert load(tmp_path, **DATABASE, database_read_url=f"postgresql://two/x?user=a,{url}").database_read_url[1:] == (
        url,
    )


def test_every_wrong_variable_is_named_at_once(tmp_path: Path) -> None:
    text = complaints(tmp_path, host="0.0.0.0", return_origins="nowhere")
    assert "HOST" in text
    assert "RETURN_ORIGINS" in text


def test_a_complaint_never_holds_the_secret(tmp_path: Path) -> None:
    assert "sooshort" not in complaints(tmp_path, **{**PRODUCTION, "jwt_secret_key": "sooshort"})


def test_lists_are_separated_by_commas_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://a.test, https://b.test")
    assert load(tmp_path).cors_origins == ("https://a.test", "https://b.test")


def test_replicas_are_separated_by_commas_which_a_url_may_have_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = "postgresql://a@one/x?options=-cx=1,2", "postgresql://a@two/x"
    monkeypatch.setenv("DATABASE_READ_URL", f" {first}, {second}")
    assert load(tmp_path, **DATABASE).database_read_url == (first, second)


@pytest.mark.parametrize("written", ["{0},{1},", ",{0},{1}", "{0},,{1}", "{0} , , {1} ,\n"])
def test_an_empty_item_names_no_replica(tmp_path: Path, written: str) -> None:
    first, second = "postgresql://a@one/x", "postgresql://a@two/x"
    text = written.format(first, second)
    assert load(tmp_path, **DATABASE, database_read_url=text).database_read_url == (first, second)
    assert load(tmp_path, **DATABASE, database_read_url=" , ").database_read_url == ()


@pytest.mark.parametrize(("text", "seconds"), [("5s", 5), ("1500ms", 1.5), ("2 min", 120), ("2.5s", 2.5)])
def test_the_lag_is_a_duration(tmp_path: Path, text: str, seconds: float) -> None:
    assert load(tmp_path, read_max_lag=text).read_max_lag_s == seconds


@pytest.mark.parametrize(
    ("name", "days", "is_fine"),
    [
        ("session_retention_days", 29, False),  # devices are known for 30 days
        ("session_retention_days", 30, True),
        ("session_retention_days", 3651, False),
        ("audit_retention_days", 0, True),
        ("audit_retention_days", 29, False),
        ("audit_retention_days", 730, True),
        ("audit_retention_days", -1, False),
        ("audit_retention_days", "for ever", False),
    ],
)
def test_traces_of_people_are_kept_for_a_number_of_days(
    tmp_path: Path, name: str, days: object, *, is_fine: bool
) -> None:
    if is_fine:
        assert getattr(load(tmp_path, **{name: days}), name) == days
    else:
        assert complaints(tmp_path, **{name: days}).startswith(f"{name.upper()}: ")


def test_the_example_file_names_every_setting_with_its_default(tmp_path: Path) -> None:
    text = (ROOT / ".env.example").read_text()
    written = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", text, re.MULTILINE))
    assert set(written) == {name.upper() for name in Settings.model_fields}
    from_file = load_settings(_env_file=ROOT / ".env.example", jwt_secret_key=None, data_dir=tmp_path)
    assert from_file.model_dump(exclude={"data_dir"}) == load(tmp_path).model_dump(exclude={"data_dir"})
