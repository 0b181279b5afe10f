"""The environment, read once: one frozen Settings, checked as a whole, each wrong variable named."""

import os
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from cryptography.fernet import Fernet
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from settings_rules import of_development, of_everybody, of_production, plain, words


class SettingsError(Exception):
    """The settings are wrong; the message is one line per variable, without values."""


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


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(words)]
Text = Annotated[str | None, BeforeValidator(_none_if_blank)]
Secret = Annotated[SecretStr | None, BeforeValidator(_none_if_blank)]
Switch = Annotated[bool | None, BeforeValidator(_none_if_blank)]


class Settings(BaseSettings):
    """Every variable is explained in .env.example."""

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
    stripe_secret_key: Secret = None
    stripe_webhook_secret: Secret = None
    stripe_price_ids: Words = ()
    stripe_api_url: str = "https://api.stripe.com"
    sandbox: Annotated[SandboxMode, BeforeValidator(_lower)] = SandboxMode.AUTO
    app_url: Annotated[str, BeforeValidator(_without_slash)] = ""
    password_login: Switch = None
    smtp_url: Secret = None
    mail_from: Text = None
    session_retention_days: Annotated[int, Field(ge=30, le=3650)] = 90
    audit_retention_days: Annotated[int, Field(ge=0, le=3650)] = 0
    graphiql: Switch = None
    rate_limits: bool = True
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

    @model_validator(mode="after")
    def _all_at_once(self) -> Self:
        wrong = [*of_everybody(self), *(of_production(self) if self.is_production else of_development(self))]
        if wrong:
            raise SettingsError("\n".join(wrong))
        return self

    @property
    def is_production(self) -> bool:
        return self.app_env is AppEnv.PRODUCTION

    @property
    def is_embedded(self) -> bool:
        """Whether we bring our own Postgres."""
        return self.database_url is None

    @property
    def uses_sandbox(self) -> bool:
        """Whether the stand-in of Meta runs: wherever it may, unless it is off or a real app is configured."""
        return not self.is_production and self.sandbox is SandboxMode.AUTO and self.meta_app_id is None

    @property
    def uses_google_sandbox(self) -> bool:
        """Whether the stand-in of Google's sign-in runs, by the same rule."""
        return not self.is_production and self.sandbox is SandboxMode.AUTO and self.google_client_id is None

    @property
    def uses_stripe_sandbox(self) -> bool:
        """Whether the stand-in of Stripe runs, by the same rule."""
        return not self.is_production and self.sandbox is SandboxMode.AUTO and self.stripe_secret_key is None

    @property
    def uses_stand_ins(self) -> bool:
        return self.uses_sandbox or self.uses_google_sandbox or self.uses_stripe_sandbox

    @property
    def has_passwords(self) -> bool:
        """Whether people may sign in by password."""
        return self.password_login is not False

    @property
    def shows_graphiql(self) -> bool:
        return not self.is_production if self.graphiql is None else self.graphiql

    @property
    def shows_schema(self) -> bool:
        """Whether clients may ask for the schema: tools need it where the page is."""
        return self.shows_graphiql if self.introspection is None else self.introspection

    @property
    def encryption_keys(self) -> tuple[str, ...]:
        """The first encrypts, all decrypt."""
        return words(plain(self.token_encryption_key)) if self.token_encryption_key else ()

    @property
    def stripe_webhook_secrets(self) -> tuple[str, ...]:
        """Any of them may sign an event."""
        return words(plain(self.stripe_webhook_secret)) if self.stripe_webhook_secret else ()


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment and `.env`; raises SettingsError. Outside production, missing secrets are made."""
    values: dict[str, Any] = {"_env_file": ".env", **overrides}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError("\n".join(_line(item) for item in error.errors(include_input=False))) from None
    return settings if settings.is_production else _with_own_secrets(settings)


def _line(item: Any) -> str:
    name = str(item["loc"][0]).upper() if item["loc"] else "SETTINGS"
    return f"{name}: {item['msg']}"


def _with_own_secrets(settings: Settings) -> Settings:
    """Development and tests: secrets made once and kept under DATA_DIR, readable by their owner alone."""
    folder = settings.data_dir / "secrets"
    made: dict[str, Any] = {}
    if settings.jwt_secret_key is None:
        made["jwt_secret_key"] = SecretStr(kept_secret(folder / "jwt_secret_key", secrets.token_urlsafe(48)))
    if settings.token_encryption_key is None:
        key = kept_secret(folder / "token_encryption_key", Fernet.generate_key().decode())
        made["token_encryption_key"] = SecretStr(key)
    return settings.model_copy(update=made)


def kept_secret(path: Path, fresh: str) -> str:
    """The secret in the file, which is made with `fresh` when it is not there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(fresh)
    return fresh
