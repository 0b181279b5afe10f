"""Settings: one frozen object per process, whose fields are the variables of the environment in lower case."""

import re
from enum import StrEnum
from math import nan
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|min)")
_SECONDS = {"ms": 0.001, "s": 1, "min": 60}


class AppEnv(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class WorkerMode(StrEnum):
    INLINE = "inline"
    EXTERNAL = "external"


class SandboxMode(StrEnum):
    AUTO = "auto"
    OFF = "off"


class DocumentsMode(StrEnum):
    OPEN = "open"
    TRUSTED = "trusted"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _without_slash(value: Any) -> Any:
    return value.rstrip("/") if isinstance(value, str) else value


def words(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _urls(value: Any) -> Any:
    # A URL of Postgres may have a comma in it; one that is followed by the beginning of a URL separates two.
    if isinstance(value, str):
        listed = value.strip(", \t\r\n")
        return tuple(re.split(r"[\s,]+(?=\w+://)", listed)) if listed else ()
    return value


def plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(words)]
Urls = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_urls)]
Text = Annotated[str | None, BeforeValidator(_none_if_blank)]
Secret = Annotated[SecretStr | None, BeforeValidator(_none_if_blank)]
Switch = Annotated[bool | None, BeforeValidator(_none_if_blank)]


class Settings(BaseSettings):
    """Each variable is explained in .env.example; settings/rules.py checks those that depend on each other."""

    model_config = SettingsConfigDict(frozen=True, case_sensitive=False, extra="ignore", env_file_encoding="utf-8")

    app_env: Annotated[AppEnv, BeforeValidator(_lower)] = AppEnv.DEVELOPMENT
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: Annotated[str, BeforeValidator(_without_slash)] = ""
    return_origins: Words = ()
    cors_origins: Words = ()
    data_dir: Path = Path(".data")
    database_url: Text = None
    database_migration_url: Text = None
    database_system_url: Text = None
    listen_database_url: Text = None
    database_read_url: Urls = ()
    read_max_lag: str = "5s"
    worker: Annotated[WorkerMode, BeforeValidator(_lower)] = WorkerMode.INLINE
    jwt_secret_key: Secret = None
    jwt_secret_key_previous: Secret = None
    token_encryption_key: Secret = None
    meta_app_id: Text = None
    meta_app_secret: Secret = None
    meta_api_version: Annotated[str, Field(pattern=r"^v\d+\.\d+$")] = "v26.0"
    meta_graph_url: str = "https://graph.facebook.com"
    meta_dialog_url: str = "https://www.facebook.com"
    google_client_id: Text = None
    google_client_secret: Secret = None
    google_issuer: str = "https://accounts.google.com"
    ebay_client_id: Text = None
    ebay_client_secret: Secret = None
    ebay_runame: Text = None
    ebay_scopes: Words = ()
    ebay_verification_token: Secret = None
    ebay_alert_email: Text = None
    ebay_api_url: str = "https://api.ebay.com"
    ebay_apiz_url: str = "https://apiz.ebay.com"
    ebay_auth_url: str = "https://auth.ebay.com"
    ebay_graphql_url: str = "https://graphqlapi.ebay.com/graphql"
    etsy_keystring: Text = None
    etsy_shared_secret: Secret = None
    etsy_webhook_secrets: Secret = None
    etsy_calls_per_day: Annotated[int, Field(ge=1, le=100_000_000)] = 10_000
    etsy_api_url: Annotated[str, BeforeValidator(_without_slash)] = "https://openapi.etsy.com/v3/application"
    etsy_token_url: str = "https://api.etsy.com/v3/public/oauth/token"  # noqa: S105 - an address
    etsy_connect_url: str = "https://www.etsy.com/oauth/connect"
    relay_spacing_ms: Annotated[int, Field(ge=0, le=600_000)] = 5_000
    relay_listing_delay_s: Annotated[int, Field(ge=1, le=3_600)] = 60
    relay_oldest_agent: Annotated[str, Field(pattern=r"^\d{1,5}(\.\d{1,5}){0,3}$")] = "1.0.0"
    stripe_secret_key: Secret = None
    stripe_webhook_secret: Secret = None
    stripe_price_ids: Words = ()
    stripe_api_url: str = "https://api.stripe.com"
    fx_rates_url: Secret = None
    s3_endpoint_url: Text = None
    s3_bucket: Text = None
    s3_access_key_id: Text = None
    s3_secret_access_key: Secret = None
    s3_region: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")] = "auto"
    sandbox: Annotated[SandboxMode, BeforeValidator(_lower)] = SandboxMode.AUTO
    app_url: Annotated[str, BeforeValidator(_without_slash)] = ""
    password_login: Switch = None
    smtp_url: Secret = None
    mail_from: Text = None
    session_retention_days: Annotated[int, Field(ge=30, le=3650)] = 90
    audit_retention_days: Annotated[int, Field(ge=0, le=3650)] = 0
    graphiql: Switch = None
    documents: Annotated[DocumentsMode, BeforeValidator(_lower)] = DocumentsMode.OPEN
    documents_file: Annotated[Path | None, BeforeValidator(_none_if_blank)] = None
    response_cache_mib: Annotated[int, Field(ge=0, le=65_536)] = 64
    rate_limits: bool = True
    demo_shop: bool = True
    max_sockets_per_caller: Annotated[int, Field(ge=1)] = 100
    redis_url: Secret = None
    trusted_proxies: Words = ()
    allowed_hosts: Words = ()
    introspection: Switch = None
    log_level: Annotated[LogLevel, BeforeValidator(_lower)] = LogLevel.INFO
    metrics_port: Annotated[Annotated[int, Field(ge=0, le=65535)] | None, BeforeValidator(_none_if_blank)] = None
    metrics_token: Secret = None
    otel_exporter_otlp_endpoint: Text = None
    sentry_dsn: Secret = None

    @property
    def is_production(self) -> bool:
        return self.app_env is AppEnv.PRODUCTION

    @property
    def is_embedded(self) -> bool:
        """Whether the process starts a Postgres of its own, since no DATABASE_URL is set."""
        return self.database_url is None

    @property
    def uses_sandbox(self) -> bool:
        """Whether the stand-in of Meta is started: outside production, unless SANDBOX is off or META_APP_ID is set."""
        return not self.is_production and self.sandbox is SandboxMode.AUTO and self.meta_app_id is None

    @property
    def uses_google_sandbox(self) -> bool:
        """Whether the stand-in of Google's sign-in is started, by the same rule with GOOGLE_CLIENT_ID."""
        return not self.is_production and self.sandbox is SandboxMode.AUTO and self.google_client_id is None

    @property
    def uses_ebay_sandbox(self) -> bool:
        """Whether the stand-in of eBay is started, by the same rule with EBAY_CLIENT_ID."""
        return not self.is_production and self.sandbox is SandboxMode.AUTO and self.ebay_client_id is None

    @property
    def uses_etsy_sandbox(self) -> bool:
        """Whether the stand-in of Etsy is started, by the same rule with ETSY_KEYSTRING."""
        return not self.is_production and self.sandbox is SandboxMode.AUTO and self.etsy_keystring is None

    @property
    def uses_vinted_sandbox(self) -> bool:
        """Whether the stand-in of Vinted's site is started: nothing of the real one is ever set up at the server."""
        return not self.is_production and self.sandbox is SandboxMode.AUTO

    @property
    def uses_stripe_sandbox(self) -> bool:
        """Whether the stand-in of Stripe is started, by the same rule with STRIPE_SECRET_KEY."""
        return not self.is_production and self.sandbox is SandboxMode.AUTO and self.stripe_secret_key is None

    @property
    def uses_rates_sandbox(self) -> bool:
        """Whether a stand-in publishes exchange rates: beside that of Meta alone, so that none convert real money."""
        return self.uses_sandbox and self.fx_rates_url is None

    @property
    def uses_stand_ins(self) -> bool:
        sellers = (self.uses_ebay_sandbox, self.uses_etsy_sandbox, self.uses_vinted_sandbox)
        return any((self.uses_sandbox, self.uses_google_sandbox, self.uses_stripe_sandbox, *sellers))

    @property
    def has_passwords(self) -> bool:
        """Whether users may sign in by password."""
        return self.password_login is not False

    @property
    def shows_graphiql(self) -> bool:
        return not self.is_production if self.graphiql is None else self.graphiql

    @property
    def shows_editor(self) -> bool:
        """Whether GraphiQL itself is the page at `/`: where the documents of a manifest run alone, it has no use."""
        return self.shows_graphiql and self.documents is DocumentsMode.OPEN

    @property
    def shows_schema(self) -> bool:
        """Whether clients may read the schema by introspection; by default where GraphiQL, which needs it, is shown."""
        return self.shows_graphiql if self.introspection is None else self.introspection

    @property
    def read_max_lag_s(self) -> float:
        """READ_MAX_LAG in seconds; NaN if it is no duration."""
        found = _DURATION.fullmatch(self.read_max_lag.strip())
        return float(found[1]) * _SECONDS[found[2]] if found else nan

    @property
    def encryption_keys(self) -> tuple[str, ...]:
        """The keys of stored secrets: the first one encrypts, all of them decrypt."""
        return words(plain(self.token_encryption_key)) if self.token_encryption_key else ()

    @property
    def stripe_webhook_secrets(self) -> tuple[str, ...]:
        """The signing secrets of Stripe's events: an event may be signed by any of them."""
        return words(plain(self.stripe_webhook_secret)) if self.stripe_webhook_secret else ()

    @property
    def etsy_signing_secrets(self) -> tuple[str, ...]:
        """The secrets of Etsy's messages: a message may be signed by any of them."""
        return words(plain(self.etsy_webhook_secrets)) if self.etsy_webhook_secrets else ()
